"""Workspaces: create, list, fork and delete."""
