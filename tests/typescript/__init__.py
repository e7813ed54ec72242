"""Tests of clients/typescript."""
