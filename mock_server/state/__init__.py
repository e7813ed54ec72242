"""The state of each workspace: clock, records, jobs, tokens, journal and checkpoints. All of it is in memory."""
