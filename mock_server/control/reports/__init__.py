"""The reports of contract runs: given to the server, listed, read and removed."""
