"""The contracts. Each module has the contracts of one part of a rule area."""
