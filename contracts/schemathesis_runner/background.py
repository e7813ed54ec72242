"""Starts schemathesis's runs at the start of the session, so that they run in parallel to other contracts."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

import pytest

from contracts.schemathesis_runner import attempts, profiles
from contracts.schemathesis_runner.attempts import SchemathesisRun, SettingsBuilder
from contracts.spec.markers import MARK
from contracts.spec.verdicts import UndecidedError
from contracts.target.session import TargetSession

READS = "reads"
"""The run that is read-only, and therefore possible on the target's own data."""
SETTINGS_BY_RUN: Mapping[str, SettingsBuilder] = {
    READS: profiles.read_settings,
    "coverage": profiles.coverage_settings,
    "fuzzing": profiles.fuzzing_settings,
    "any_partner": profiles.any_partner_settings,
    "links": profiles.link_settings,
}
"""The settings of each run. Its name is also the name of the fixture of the contracts that check it."""
STARTED_RUNS = pytest.StashKey[dict[str, SchemathesisRun]]()


@contextmanager
def start_run(name: str, target_session: TargetSession) -> Iterator[SchemathesisRun]:
    """Start a run in a sandbox of its own, and stop it at the end. Reads may use the target's own data.

    Raises NotApplicableError if another run has no sandbox.
    """
    is_in_sandbox = name != READS or target_session.control is not None
    world_context = target_session.sandbox() if is_in_sandbox else target_session.deployment()
    with (
        world_context as world,
        closing(attempts.SchemathesisRun(SETTINGS_BY_RUN[name], world, target_session)) as run,
    ):
        yield run


class EarlyRunsPlugin:
    """Starts the runs that contracts use early, if the target has sandboxes."""

    def __init__(self, target_session: TargetSession) -> None:
        self._target_session = target_session

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Start the runs before the contracts, and end them after them."""
        started = session.config.stash[STARTED_RUNS] = {}
        names = [] if session.config.getoption("collectonly") else _list_runs(session.items)
        with ExitStack() as stack:
            for name in names:
                try:
                    if self._target_session.control:
                        started[name] = stack.enter_context(start_run(name, self._target_session))
                except (Exception, UndecidedError):  # noqa: S110 - the contract that uses it tries again and reports the error
                    pass
            return (yield)


def _list_runs(items: list[pytest.Item]) -> list[str]:
    contracts = [item for item in items if item.get_closest_marker(MARK) is not None]
    used = {name for item in contracts for name in getattr(item, "fixturenames", ())}
    return [name for name in SETTINGS_BY_RUN if name in used]
