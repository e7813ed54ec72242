"""Undoing what a session wrote, at its end, in whichever of its processes wrote it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.pytest_plugin.collector import Gathering
from contracts.safety import ledger
from contracts.safety.guard import Guard
from contracts.safety.undo import Left
from contracts.spec.verdicts import Unreachable
from contracts.target.session import Inspection

UNDOING = "contracts-undoing"
"""The name under which the session's plugins have the one below."""
UNDONE = "contracts_undone"


def guard(config: pytest.Config, held: Inspection, gathered: Gathering | None) -> None:
    """Put the guard before the target's own world, and let it undo what was written at the session's end."""
    held.gate = Guard(held, ledger.of(held.target, Path(config.getoption("contracts_ledger_dir"))))
    config.pluginmanager.register(Undoing(held, held.gate, gathered), UNDOING)


class Undoing:
    """Tells the session's report what could not be undone; `gathered` is None in a process that shares the work."""

    def __init__(self, held: Inspection, guard: Guard, gathered: Gathering | None) -> None:
        self.held = held
        self._guard = guard
        self.gathered = gathered

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let one process meet the target's own world: two would put back what the other has just changed."""
        if not _has_control(self.held):
            for item in items:
                if "deployment" in getattr(item, "fixturenames", ()):
                    item.add_marker(pytest.mark.xdist_group("target"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Hear what another process could not undo."""
        self._tell(tuple(getattr(node, "workeroutput", {}).get(UNDONE, ())))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Undo, before the report is written."""
        left = told(self._guard.undo(), self.held.target.run_id)
        self._guard.close()
        if self.gathered is None:
            session.config.workeroutput[UNDONE] = list(left)  # type: ignore[attr-defined] # of pytest-xdist
        self._tell(left)

    def _tell(self, left: tuple[str, ...]) -> None:
        if self.gathered is not None:
            self.gathered.undone += left


def told(left: Left, run_id: str) -> tuple[str, ...]:
    """What is left, a line each, with what is to be done about it."""
    again = f"not undone, try `contracts cleanup --run {run_id}`"
    return (*(f"{again}: {trouble}" for trouble in left.failed), *left.forever)


def _has_control(held: Inspection) -> bool:
    try:
        return held.control is not None
    except (Unreachable, httpx.TransportError):
        return False
