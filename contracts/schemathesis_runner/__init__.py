"""Schemathesis over the document, its findings told by rule."""
