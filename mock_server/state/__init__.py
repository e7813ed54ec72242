"""What a server keeps: records, clock, jobs, tokens, journal and checkpoints of each workspace."""
