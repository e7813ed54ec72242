"""The contracts. Each module contains the contracts of one part of a rule area."""
