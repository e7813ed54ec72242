"""How a pytest session becomes verdicts: fixtures, classification, collection, reproducers."""
