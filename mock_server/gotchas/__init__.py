"""The platform's gotchas as scenarios: the data, the player that runs them, and their rendering as text."""
