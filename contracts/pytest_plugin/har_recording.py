"""Records all exchanges of a run to a HAR 1.2 file (`--har`), also those of pytest-xdist workers."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts import __version__
from contracts.target.exchange_log import ExchangeLog
from contracts.target.session import TargetSession

PLUGIN_NAME = "contracts-har"


class HarRecorder:
    """A pytest plugin that records the exchanges of its process. The main process joins the files of all processes."""

    def __init__(self, file: Path, worker: str, target_session: TargetSession) -> None:
        self._file, self._is_main = file, not worker
        if self._is_main:
            prepare(file)
        target_session.exchange_log = self._log = ExchangeLog(_name_part(file, worker or "main"))
        self._log.follow(target_session.http)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Close the file of this process, after all writes were undone. In the main process, write the HAR file."""
        self._log.close()
        if self._is_main:
            join_parts(self._file)


def install(config: pytest.Config, target_session: TargetSession) -> None:
    """Record the session if `--contracts-har` is set. Raises UsageError if the file cannot be written."""
    name = config.getoption("contracts_har")
    if not name:
        return
    worker: str = getattr(config, "workerinput", {}).get("workerid", "")
    try:
        recorder = HarRecorder(Path(name).absolute(), worker, target_session)
    except OSError as error:
        raise pytest.UsageError(f"--har: {name} cannot be written to: {error.strerror}") from error
    config.pluginmanager.register(recorder, PLUGIN_NAME)


def prepare(file: Path) -> None:
    """Create the folder of the HAR file, and delete the files of a run that was killed. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for part in _find_parts(file):
        part.unlink()
    file.touch()


def join_parts(file: Path) -> None:
    """Join the files of all processes into the HAR file, in the order of time, and delete them."""
    parts = _find_parts(file)
    # Not `splitlines`: texts of the target contain other line separators.
    entries = [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").split("\n") if line]
    log: dict[str, Any] = {
        "version": "1.2",
        "creator": {"name": "wavetank contracts", "version": __version__},
        "entries": sorted(entries, key=lambda entry: str(entry["startedDateTime"])),
    }
    text = json.dumps({"log": log}, ensure_ascii=False, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")
    for part in parts:
        part.unlink()


def _name_part(file: Path, process: str) -> Path:
    return file.with_name(f"{file.name}.part-{process}")


def _find_parts(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{file.name}.part-*"))
