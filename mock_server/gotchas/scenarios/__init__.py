"""The platform's gotchas as data: one module a topic."""
