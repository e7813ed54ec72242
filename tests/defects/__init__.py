"""Deployments with one rule broken each, patched from outside: the proof that the contracts inspect."""
