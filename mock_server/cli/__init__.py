"""The command `mock-server`: one module a subcommand."""
