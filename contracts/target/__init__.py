"""The deployment under test: its client, clock, control API, users and sandboxes."""
