"""The contracts themselves, in the order of the platform's rules."""
