"""The rules: functions of records and an instant. No I/O, no clock, no chance, no framework."""
