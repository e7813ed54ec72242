"""The platform over HTTP, and nothing but HTTP."""
