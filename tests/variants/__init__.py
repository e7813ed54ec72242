"""Deployments that differ from the mock only in what is assumed, and that the suite must never call broken."""
