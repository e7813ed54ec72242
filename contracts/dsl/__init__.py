"""The words that contracts are written in: steps, assertions, valid and invalid requests."""
