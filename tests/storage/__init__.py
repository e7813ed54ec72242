"""Tests of mock_server/storage."""
