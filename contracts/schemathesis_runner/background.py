"""What begins with the session: schemathesis reads beside the other contracts, in a world that only it meets."""

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
"""What a contract asks for that judges what schemathesis reads."""


@contextmanager
def start_reads(target_session: TargetSession) -> Iterator[SchemathesisRun]:
    """Schemathesis on its way through the reads, in a sandbox or in the target's own world."""
    world_context = target_session.sandbox() if target_session.control else target_session.deployment()
    with (
        world_context as world,
        closing(attempts.SchemathesisRun(profiles.read_settings, world, target_session)) as run,
    ):
        yield run


class EarlyReadsPlugin:
    """Begins reading where it will be asked for, and disturbs nobody: in a sandbox, in a session of one process."""

    def __init__(self, target_session: TargetSession) -> None:
        self._target_session = target_session

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Hold it open for as long as contracts run."""
        with ExitStack() as stack:
            if any(map(_uses_reads, session.items)) and not session.config.getoption("collectonly"):
                try:
                    if self._target_session.control:
                        session.config.stash[STARTED_READS] = stack.enter_context(start_reads(self._target_session))
                except (Exception, UndecidedError):  # noqa: S110 - the contract that asks for it tries again, and says so
                    pass
            return (yield)


def _uses_reads(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARK) is not None and READS_FIXTURE in getattr(item, "fixturenames", ())
