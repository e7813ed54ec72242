"""What a power loss leaves of an SQLite file, replayed from a trace of its writes. See `replay.py`."""
