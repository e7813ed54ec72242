"""Installs the guard in a pytest session, tells it each contract's declared writes, and undoes writes at the end.

Each process of a session has its own guard, and undoes its own writes.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest

from contracts.safety import ledger
from contracts.safety.guard import Guard
from contracts.safety.undo import UndoReport
from contracts.spec.markers import MARK
from contracts.spec.redactor import REDACTOR
from contracts.spec.verdicts import TargetUnreachableError
from contracts.target.session import TargetSession
from contracts.target.stop_requests import STOP_REQUESTS
from contracts.target.target import TargetOptions

GUARD_PLUGIN_NAME = "contracts-guard"
MAX_PARAMETER_SETS = 1
"""How many sets of parameters of a contract run on the target's own data, unless all cases are wanted."""
MAX_SIGN_IN_SETS = 1
SIGN_IN_MODULES = "test_sign_in"
"""The beginning of the names of the modules that sign in, of whose contracts MAX_SIGN_IN_SETS sets run."""
UNDONE_OUTPUT_KEY = "contracts_undone"


class RunRecord(Protocol):
    """The part of a run's facts that the undo sets."""

    ended: str
    undone: tuple[str, ...]


def install_guard(config: pytest.Config, target_session: TargetSession, collector: RunRecord | None) -> None:
    """Install the guard as the gate of the target's own data, and register the plugin that undoes the writes."""
    target_session.gate = Guard(
        target_session, ledger.create_for(target_session.target, Path(config.getoption("contracts_ledger_dir")))
    )
    config.pluginmanager.register(GuardPlugin(target_session, target_session.gate, collector), GUARD_PLUGIN_NAME)


def find_guard_plugin(config: pytest.Config) -> "GuardPlugin":
    """Return the session's guard plugin. Raises LookupError if the session has no target."""
    plugin = config.pluginmanager.get_plugin(GUARD_PLUGIN_NAME)
    if not isinstance(plugin, GuardPlugin):
        raise LookupError("the session has no target, so it has no guard")
    return plugin


class GuardPlugin:
    """Tells the guard which writes the running contract declares, and reports writes that could not be undone.

    `collector` is None in a worker process, which sends its report to the main process.
    """

    def __init__(self, target_session: TargetSession, guard: Guard, collector: RunRecord | None) -> None:
        self.target_session = target_session
        self._guard = guard
        self.collector = collector

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run all contracts on the target's own data in one worker, because two would undo each other's changes.

        Of the contracts with many sets of parameters, only a few are run.
        """
        if not _has_control(self.target_session):
            for item in items:
                if "deployment" in getattr(item, "fixturenames", ()):
                    item.add_marker(pytest.mark.xdist_group("target"))
            if self.target_session.samples_cases:
                items[:] = sample_parameters(items, self.target_session.target)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Allow the writes that the contract declares. A test that is not a contract may make any write."""
        mark = item.get_closest_marker(MARK)
        self._guard.declared_writes = None if mark is None else mark.kwargs["writes"]
        try:
            return (yield)
        finally:
            self._guard.declared_writes = None

    @contextmanager
    def allowing_any_write(self) -> Iterator[None]:
        """Allow any write, for what is started before the contract that declares it runs."""
        declared, self._guard.declared_writes = self._guard.declared_writes, None
        try:
            yield
        finally:
            self._guard.declared_writes = declared

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Collect the writes that a worker could not undo."""
        self._report(tuple(getattr(node, "workeroutput", {}).get(UNDONE_OUTPUT_KEY, ())))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Undo the writes, before the report is written. A request to stop interrupts neither."""
        STOP_REQUESTS.ignore()
        messages = format_undo_report(self._guard.undo(), self.target_session.target.run_id)
        self._guard.close()
        if self.collector is None:
            session.config.workeroutput[UNDONE_OUTPUT_KEY] = list(messages)  # type: ignore[attr-defined] # of pytest-xdist
        self._report(messages)

    def _report(self, messages: tuple[str, ...]) -> None:
        if self.collector is not None:
            self.collector.undone += messages


def sample_parameters(items: Sequence[pytest.Item], target: TargetOptions) -> list[pytest.Item]:
    """Return the items without the surplus sets of parameters of contracts on the target's own data.

    The seed decides which sets stay. They are spread evenly over all sets. A set for a user whom the run does not have
    stays only if no other set does.
    """
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker(MARK) is not None and "deployment" in getattr(item, "fixturenames", ()):
            groups.setdefault(item.nodeid.partition("[")[0], []).append(item)
    surplus: set[pytest.Item] = set()
    for members in groups.values():
        group = [item for item in members if _has_user(item, target)] or members
        surplus.update(set(members) - set(group))
        at_most = MAX_SIGN_IN_SETS if group[0].path.stem.startswith(SIGN_IN_MODULES) else MAX_PARAMETER_SETS
        if len(group) > at_most:
            kept = {(target.seed + number * len(group) // at_most) % len(group) for number in range(at_most)}
            surplus.update(item for number, item in enumerate(group) if number not in kept)
    return [item for item in items if item not in surplus]


def _has_user(item: pytest.Item, target: TargetOptions) -> bool:
    """Whether the run has the user of a set of parameters, whom its `role` names."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return parameters.get("role") is None or parameters["role"] in target.roles


def format_undo_report(report: UndoReport, run_id: str) -> tuple[str, ...]:
    """Return a line for each write that was not undone, with the command that tries again, and without secrets."""
    prefix = f"not undone; try `contracts cleanup --run {run_id}`"
    lines = (*(f"{prefix}: {trouble}" for trouble in report.failed), *report.permanent)
    return tuple(map(REDACTOR.hide, lines))


def _has_control(target_session: TargetSession) -> bool:
    try:
        return target_session.control is not None
    except (TargetUnreachableError, httpx2.TransportError):
        return False
