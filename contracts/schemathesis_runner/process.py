"""How schemathesis is run: `st run` as a process of its own, beside the suite, read when it is through."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from contracts.schemathesis_runner import findings
from contracts.schemathesis_runner.command import Order
from contracts.schemathesis_runner.findings import Report
from contracts.schemathesis_runner.test_world import Stage
from contracts.spec import openapi
from contracts.spec.openapi import Promises

LONGEST = 1_800
"""Seconds after which a run counts as broken; the longest of the thorough profile takes a tenth of it."""
MOST_SHOWN = 4_000


class EngineBroke(Exception):
    """Schemathesis did not get through; that says nothing of the target."""


class Running:
    """One run of schemathesis on its way, in a folder of its own."""

    def __init__(self, order: Order, stage: Stage, seed: int, document: Promises) -> None:
        self._document = document
        self._held = tempfile.TemporaryDirectory(prefix="contracts-")
        self._folder = Path(self._held.name)
        config = self._folder / "schemathesis.toml"
        config.write_text(order.toml(), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
        command += [str(openapi.located()), "--url", stage.base_url, "--seed", str(seed), "--no-color", "--no-shrink"]
        command += ["--report-json-path", str(self._summary), "--report-ndjson-path", str(self._events)]
        with self._said.open("wb") as said:
            # S603: every word of the command is ours, or an address that the suite was given.
            self._process = subprocess.Popen(  # noqa: S603
                [*command, *order.options()],
                stdout=said,
                stderr=subprocess.STDOUT,
                env=_environment(stage),
                cwd=self._folder,
            )

    @property
    def _summary(self) -> Path:
        return self._folder / "summary.json"

    @property
    def _events(self) -> Path:
        return self._folder / "events.ndjson"

    @property
    def _said(self) -> Path:
        """What the process said, for people; its findings are read from its reports."""
        return self._folder / "said.txt"

    def found(self) -> Report:
        """What schemathesis finds, once it is through. Raises EngineBroke, and TimeoutExpired."""
        self._process.wait(LONGEST)
        said = self._said.read_text(encoding="utf-8", errors="backslashreplace")[-MOST_SHOWN:]
        try:
            found = findings.read(self._summary, self._events, self._document)
        except (OSError, ValueError) as missing:
            raise EngineBroke(f"schemathesis left no report: {missing}\n{said}") from missing
        if found.broke:
            raise EngineBroke(f"{found.broke}\n{said}")
        return found

    def close(self) -> None:
        """End it, if it has not ended, and leave nothing behind."""
        self._process.kill()
        self._process.wait()
        self._held.cleanup()


def _environment(stage: Stage) -> dict[str, str]:
    """The environment of the caller, without what would change the run, and with the suite where the hooks find it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS")}
    home = str(Path(__file__).resolve().parent.parent.parent)
    paths = [home, *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, **stage.environment(), "PYTHONPATH": os.pathsep.join(paths)}
