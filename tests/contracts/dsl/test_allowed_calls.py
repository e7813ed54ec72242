"""A property sends the calls that are allowed, and is undecided only if there are none."""

from collections.abc import Callable

import httpx2
import pytest

from contracts.dsl.allowed_calls import send_allowed
from contracts.safety.guard import NotUndoableError
from contracts.spec.verdicts import BlockedError, InconclusiveError, NotApplicableError


def answered(status: int) -> Callable[[], httpx2.Response]:
    return lambda: httpx2.Response(status)


def refused(reason: Exception) -> Callable[[], httpx2.Response]:
    def send() -> httpx2.Response:
        raise reason

    return send


def test_calls_that_may_not_be_sent_are_left_out() -> None:
    calls = [refused(NotApplicableError("unknown")), answered(404), refused(NotUndoableError("lost")), answered(405)]
    assert [answer.status_code for answer in send_allowed(calls)] == [404, 405]


def test_if_no_call_may_be_sent_the_first_reason_is_raised() -> None:
    with pytest.raises(NotApplicableError, match="unknown"):
        list(send_allowed([refused(NotApplicableError("unknown")), refused(NotUndoableError("lost"))]))


def test_what_blocks_the_run_is_not_left_out() -> None:
    with pytest.raises(BlockedError, match="budget"):
        list(send_allowed([answered(200), refused(BlockedError("the budget is used up"))]))


def test_without_calls_nothing_passes() -> None:
    with pytest.raises(InconclusiveError, match="no call to send"):
        list(send_allowed([]))
