"""A deterministic simulation of servers that share a database. See `cluster.py`."""
