"""Protects a target's data: limits the writes of a run, records them in a ledger beforehand, and undoes them."""
