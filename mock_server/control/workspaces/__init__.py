"""Creating, listing, forking and deleting workspaces."""
