"""Benchmarks of this server beside others, and beside a raw ASGI application. They are not part of the tests."""
