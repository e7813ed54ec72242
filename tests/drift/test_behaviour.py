"""The second lock: schemathesis, with every check and phase, finds nothing in the app."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import app
from mock_server.api import document
from mock_server.settings import Settings
from tests.served import served

HERE = Path(__file__).resolve().parent
BORN = datetime(2026, 9, 1, 12, tzinfo=UTC)
DRAWN = ("--phases", "examples,coverage,fuzzing")
LINKED = ("--phases", "stateful", "--mode", "positive", "--max-examples", "60")
ALL_BUT_CHALLENGES = 26
"""How many operations a run must get through to. The two challenges need a Session, which nobody can make up."""
LINKED_OPERATIONS = 8
"""The same for the stateful phase: the ends of the yaml's links."""
TOO_LITTLE_REACHED = "ST901"
"""The code of a failed check of our own; `Reached` is the only one."""
PINNED = ("-H", "X-Preferred-Partner-Id: partner-id-acme")
DICTIONARY = """
[dictionaries.partners]
values = ["partner-id-acme", "partner-id-beta", "fd1042", "partner-id-nobody"]

[parameters]
"header.X-Preferred-Partner-Id" = { dictionary = "partners" }
"""

EXISTING = """
[dictionaries.events]
values = ["evt_abc123", "evt_c4v8yl"]

[dictionaries.scoped]
values = ["partner-id-acme"]

[parameters]
"query.eid" = { dictionary = "events" }
"query.partner_id" = { dictionary = "scoped" }
"""
"""The links of a campaign result start at an event that exists."""


@pytest.fixture
def origin() -> Iterator[str]:
    settings = Settings(clock="frozen", now=BORN)
    with served(app.create_workspace(settings), settings) as address:
        yield address


def inspect(origin: str, folder: Path, seed: int, options: tuple[str, ...], config: str) -> dict[str, Any]:
    """Run schemathesis against the server; its findings, once it has said that it is through."""
    who = {"username": "partner@acme.example", "password": "wavetank"}
    tokens = httpx.post(f"{origin}/api/v3/auth", json=who).json()
    (folder / "schemathesis.toml").write_text((HERE / "schemathesis.toml").read_text() + config)
    report = folder / "report.json"
    command = [str(Path(sys.executable).parent / "st"), "--config-file", str(folder / "schemathesis.toml"), "run"]
    command += [str(document.located()), "--url", f"{origin}/api/v3", "--seed", str(seed), "--no-color"]
    command += ["-H", f"Authorization: Bearer {tokens['AccessToken']}", "--report-json-path", str(report), *options]
    environment = {
        **os.environ,
        "WAVETANK_REFRESH_TOKEN": tokens["RefreshToken"],
        "WAVETANK_CONTROL": f"{origin}/_mock",
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE.parent.parent), environment.get("PYTHONPATH", "")])
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    found: dict[str, Any] = json.loads(report.read_text())
    ended_early = [failure["code"] for failure in found["failures"]] == [TOO_LITTLE_REACHED]
    assert ran.returncode == 0 or ended_early, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert found["complete"], found["stop_reason"]
    return found


def gate(operations: int) -> str:
    """A run that gets through to fewer operations than this has proved nothing, and fails."""
    return f"\n[checks.Reached]\nmin_operations = {operations}\n"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_with_the_partner_header_pinned(origin: str, tmp_path: Path, seed: int) -> None:
    found = inspect(origin, tmp_path, seed, DRAWN + PINNED, gate(ALL_BUT_CHALLENGES))
    assert found["failures"] == []


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)])
def test_schemathesis_finds_nothing_with_the_partner_header_from_a_dictionary(
    origin: str, tmp_path: Path, seed: int
) -> None:
    found = inspect(origin, tmp_path, seed, DRAWN, gate(ALL_BUT_CHALLENGES) + DICTIONARY)
    assert found["failures"] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_schemathesis_finds_nothing_along_the_links(origin: str, tmp_path: Path, seed: int) -> None:
    """Schemathesis 4.32 ends this phase early, and green, when a replay meets what an earlier step has deleted.

    The gate turns such a run red; it has proved nothing, so another seed takes its place, at most twice.
    """
    failures = [{"code": TOO_LITTLE_REACHED}]
    for attempt in (seed, seed + 10, seed + 20):
        if [failure["code"] for failure in failures] == [TOO_LITTLE_REACHED]:
            config = gate(LINKED_OPERATIONS) + EXISTING
            failures = inspect(origin, tmp_path, attempt, LINKED + PINNED, config)["failures"]
    assert failures == []
