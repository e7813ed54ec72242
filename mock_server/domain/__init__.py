"""The platform's rules as pure functions of records and a time. No I/O, no clock, no randomness, no framework."""
