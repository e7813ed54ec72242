"""What a workspace is made of: clock, store, jobs, ids, quirks, and the worlds it starts from."""
