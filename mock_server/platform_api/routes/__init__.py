"""The platform's routes: one module a family of operations."""
