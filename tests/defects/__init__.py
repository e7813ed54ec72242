"""Deployments with one broken rule each, patched from outside. They prove that the contracts detect violations."""
