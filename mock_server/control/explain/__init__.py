"""Explanations of what the platform shows: the cause of each value, and the purchases behind each figure."""
