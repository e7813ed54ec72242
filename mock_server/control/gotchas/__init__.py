"""The list of the platform's gotchas, and workspaces that are prepared for a gotcha."""
