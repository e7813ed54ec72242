"""Fault rules, which make requests and jobs fail on purpose."""
