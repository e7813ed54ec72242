"""Worlds: the data that a workspace starts from, either the sample or CSV files."""
