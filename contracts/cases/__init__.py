"""The contracts, one module for each part of a rule area."""
