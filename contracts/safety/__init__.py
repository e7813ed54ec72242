"""Protection of a target's data: which writes a run may make, the ledger that records them first, and their undo."""
