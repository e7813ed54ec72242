"""The command `mock-server`, with a module for each subcommand."""
