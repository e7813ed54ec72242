"""The rate limiter waits, so that calls stay within the documented limits."""

import pytest

from contracts.safety.rate_limiter import CALLS_PER_MINUTE, CallKind, RateLimiter


class FakeTime:
    """A clock that advances only in pauses."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.pauses: list[float] = []

    def seconds(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("kind", "most"), [("read", 600), ("write", 120), ("sign-in", 10)])
def test_no_minute_has_more_calls_than_documented(kind: CallKind, most: int) -> None:
    watch = FakeTime()
    pace = RateLimiter(seconds=watch.seconds, pause=watch.pause)
    for _ in range(most):
        pace.wait(kind)
    assert watch.pauses == []
    sent = watch.now
    pace.wait(kind)
    assert watch.now - sent > 60


def test_calls_that_are_far_enough_apart_never_wait() -> None:
    watch = FakeTime()
    pace = RateLimiter(seconds=watch.seconds, pause=watch.pause)
    for _ in range(50):
        pace.wait("sign-in")
        watch.now += 6.2
    assert watch.pauses == []


def test_each_kind_has_a_limit_of_its_own() -> None:
    watch = FakeTime()
    pace = RateLimiter(seconds=watch.seconds, pause=watch.pause)
    for kind, most in CALLS_PER_MINUTE.items():
        for _ in range(most):
            pace.wait(kind)
    assert watch.pauses == []


def test_an_unlimited_rate_never_waits() -> None:
    watch = FakeTime()
    pace = RateLimiter(unlimited=True, seconds=watch.seconds, pause=watch.pause)
    for _ in range(1_000):
        pace.wait("sign-in")
    assert watch.pauses == []
