"""Benchmarks that compare this server with others, and with a raw ASGI application. They are not part of the tests."""
