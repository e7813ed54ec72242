"""The functions that contracts are written with: steps, assertions, valid and invalid requests."""
