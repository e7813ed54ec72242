"""Side-by-side benchmarks: this server, the limit of its transport, and its peers. Never part of the tests."""
