"""What keeps a target's data safe: what a run may write, how it is noted beforehand, and how it is undone."""
