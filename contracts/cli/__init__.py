"""The command `contracts`: one module a subcommand."""
