"""How schemathesis is run: `st run` as a process of its own, in a folder of its own, read when it is through."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from contracts import promises
from contracts.fuzz import report
from contracts.fuzz.order import Order
from contracts.fuzz.report import Report
from contracts.fuzz.stage import Stage
from contracts.promises import Promises

LONGEST = 1_800
"""Seconds after which a run counts as broken; the longest of the thorough profile takes a tenth of it."""
MOST_SHOWN = 4_000


class EngineBroke(Exception):
    """Schemathesis did not get through; that says nothing of the target."""


def run(order: Order, stage: Stage, seed: int, document: Promises) -> Report:
    """What schemathesis finds. Raises EngineBroke."""
    with tempfile.TemporaryDirectory(prefix="contracts-") as name:
        folder = Path(name)
        summary, events, config = folder / "summary.json", folder / "events.ndjson", folder / "schemathesis.toml"
        config.write_text(order.toml(), encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
        command += [str(promises.located()), "--url", stage.base_url, "--seed", str(seed), "--no-color", "--no-shrink"]
        command += ["--report-json-path", str(summary), "--report-ndjson-path", str(events), *order.options()]
        said = _ran(command, stage, folder)
        try:
            found = report.read(summary, events, document)
        except (OSError, ValueError) as missing:
            raise EngineBroke(f"schemathesis left no report: {missing}\n{said}") from missing
    if found.broke:
        raise EngineBroke(f"{found.broke}\n{said}")
    return found


def _ran(command: list[str], stage: Stage, folder: Path) -> str:
    """What the process said, for people; its findings are read from its reports."""
    # S603: every word of the command is ours, or an address that the suite was given.
    ran = subprocess.run(  # noqa: S603
        command,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        env=_environment(stage),
        cwd=folder,
        check=False,
        timeout=LONGEST,
    )
    return ran.stdout[-MOST_SHOWN:] + ran.stderr[-MOST_SHOWN:]


def _environment(stage: Stage) -> dict[str, str]:
    """The environment of the caller, without what would change the run, and with the suite where the hooks find it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS")}
    home = str(Path(__file__).resolve().parent.parent.parent)
    paths = [home, *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, **stage.environment(), "PYTHONPATH": os.pathsep.join(paths)}
