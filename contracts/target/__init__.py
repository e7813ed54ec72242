"""The deployment under test: its options, client, clock, control API, users and sandboxes."""
