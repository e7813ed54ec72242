"""The state of each workspace: clock, records, jobs, tokens, journal and checkpoints. All state is in memory."""
