"""The command `contracts`, with one module for each subcommand."""
