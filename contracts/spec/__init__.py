"""The specification under test: the OpenAPI document, the rules, the verdicts and the markers of contracts."""
