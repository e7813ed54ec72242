"""Runs schemathesis with the OpenAPI document, and maps its findings to rules."""
