"""Worlds: the data that a workspace starts from. Either the sample or CSV files."""
