"""The platform's routes, one module for each group of operations."""
