"""The platform's gotchas as data, one module for each topic."""
