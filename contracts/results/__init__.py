"""The result of a run, and the known failures of a target."""
