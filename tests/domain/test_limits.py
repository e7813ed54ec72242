"""Requests are limited per sliding minute, and rejected requests do not count."""

from collections import deque
from datetime import timedelta

import pytest

from mock_server.domain import limits
from tests.builders import START_TIME


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/auth", "sign_ins"),
        ("POST", "/auth/refresh_token", "sign_ins"),
        ("GET", "/events/", "reads"),
        ("DELETE", "/campaign_results/", "writes"),
        ("POST", "/authors", "writes"),
    ],
)
def test_a_request_counts_as_a_sign_in_a_read_or_a_write(method: str, path: str, kind: str) -> None:
    assert limits.classify_request(method, path) == kind


def test_a_minute_slides() -> None:
    past, seconds = deque(), [0, 30, 59, 60, 61, 89, 90]
    accepted = [limits.try_acquire(past, START_TIME + timedelta(seconds=second), 2) for second in seconds]
    assert accepted == [True, True, False, True, False, False, True]
