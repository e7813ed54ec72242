"""Two lines a route: call the operation, put its records into their schema."""
