"""The control API under `/_mock`: one folder or module a feature."""
