"""Checkpoints, snapshots and rewinding."""
