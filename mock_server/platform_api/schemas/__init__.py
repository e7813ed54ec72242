"""Request and response formats of the platform's operations."""
