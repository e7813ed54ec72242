"""What begins with the session: schemathesis reads beside the other contracts, in a world that only it meets."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from contracts.schemathesis_runner import attempts, profiles
from contracts.schemathesis_runner.attempts import Trial
from contracts.spec.markers import MARK
from contracts.spec.verdicts import Undecided
from contracts.target.session import Inspection

READING = pytest.StashKey[Trial]()
FIXTURE = "reads"
"""What a contract asks for that judges what schemathesis reads."""


@contextmanager
def reading(inspection: Inspection) -> Iterator[Trial]:
    """Schemathesis on its way through the reads, in a sandbox or in the target's own world."""
    opened = inspection.sandbox() if inspection.control else inspection.deployment()
    with opened as world, closing(attempts.Trial(profiles.reads, world, inspection)) as begun:
        yield begun


class Ahead:
    """Begins reading where it will be asked for, and disturbs nobody: in a sandbox, in a session of one process."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Hold it open for as long as contracts run."""
        with ExitStack() as opened:
            if any(map(_asks, session.items)) and not session.config.getoption("collectonly"):
                try:
                    if self._inspection.control:
                        session.config.stash[READING] = opened.enter_context(reading(self._inspection))
                except (Exception, Undecided):  # noqa: S110 - the contract that asks for it tries again, and says so
                    pass
            return (yield)


def _asks(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARK) is not None and FIXTURE in getattr(item, "fixturenames", ())
