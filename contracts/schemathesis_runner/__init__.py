"""Runs schemathesis over the OpenAPI document, and maps what it finds to rules."""
