"""The stream of events: what happens in a workspace, as it happens."""
