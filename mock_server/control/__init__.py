"""The control API under `/_mock`, with a module or a folder for each feature."""
