"""The platform's gotchas, listed and set up in a workspace."""
