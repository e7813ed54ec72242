"""Keeps workspaces in a database: SQLite in a file, or PostgreSQL, which several servers can share."""
