"""What the command `mock-server` asks of a running server: one module for each of its words."""
