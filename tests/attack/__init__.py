"""Attacks on the running mock that are measured: docs/reliability.md shows their figures."""
