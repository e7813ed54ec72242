"""What a run found, and which failures of a target are known."""
