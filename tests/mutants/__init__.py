"""Mutation tests: run the contracts against random changes of the mock, to see whether the suite detects them."""
