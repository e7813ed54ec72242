"""Starts schemathesis's read-only run at the start of the session, so that it runs in parallel to other contracts."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from contracts.schemathesis_runner import attempts, profiles
from contracts.schemathesis_runner.attempts import SchemathesisRun
from contracts.spec.markers import MARK
from contracts.spec.verdicts import UndecidedError
from contracts.target.session import TargetSession

STARTED_READS = pytest.StashKey[SchemathesisRun]()
READS_FIXTURE = "reads"
"""The fixture of the contracts that check the read-only run."""


@contextmanager
def start_reads(target_session: TargetSession) -> Iterator[SchemathesisRun]:
    """Start the read-only run in a sandbox or on the target's own data, and stop it at the end."""
    world_context = target_session.sandbox() if target_session.control else target_session.deployment()
    with (
        world_context as world,
        closing(attempts.SchemathesisRun(profiles.read_settings, world, target_session)) as run,
    ):
        yield run


class EarlyReadsPlugin:
    """Starts the read-only run early, if a contract uses it and the target has sandboxes."""

    def __init__(self, target_session: TargetSession) -> None:
        self._target_session = target_session

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Start the run before the contracts, and end it after them."""
        with ExitStack() as stack:
            if any(map(_uses_reads, session.items)) and not session.config.getoption("collectonly"):
                try:
                    if self._target_session.control:
                        session.config.stash[STARTED_READS] = stack.enter_context(start_reads(self._target_session))
                except (Exception, UndecidedError):  # noqa: S110 - the contract that uses it tries again and reports the error
                    pass
            return (yield)


def _uses_reads(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARK) is not None and READS_FIXTURE in getattr(item, "fixturenames", ())
