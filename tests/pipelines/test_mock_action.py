"""The action `mock` starts the mock, and ends when it answers, or fails and shows why it did not start."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.docs.pages import ROOT
from tests.pipelines import installed_suite
from tests.pipelines.composite_action import Run, Runner
from tests.storage.replicas import free_port

FILE = ROOT / ".github" / "actions" / "mock" / "action.yml"


def run_action(folder: Path, **inputs: str) -> Run:
    python = installed_suite.make_python(folder / "bin")
    (folder / "a job").mkdir()
    environment = {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": ""}
    return Runner(FILE, folder / "a job", environment).run(**inputs)


def stop(ran: Run) -> None:
    for group in ran.process_groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)


def test_the_mock_answers_when_the_action_ends(tmp_path: Path) -> None:
    port = free_port()
    ran = run_action(tmp_path, port=str(port), clock="frozen", now="2026-09-01T12:00:00Z")
    try:
        assert ran.code == 0, ran.output
        origin = f"http://127.0.0.1:{port}"
        assert ran.outputs == {"origin": origin, "url": f"{origin}/api/v3"}
        assert ran.read("GITHUB_ENV") == f"WAVETANK_URL={origin}\n"
        clock = httpx2.get(f"{origin}/_mock/clock", trust_env=False).json()
        assert (clock["now"], clock["mode"]) == ("2026-09-01T12:00:00Z", "frozen")
    finally:
        stop(ran)


def test_a_mock_that_cannot_start_fails_the_job_with_its_log(tmp_path: Path) -> None:
    ran = run_action(tmp_path, port=str(free_port()), world="no-such-folder")
    stop(ran)
    assert ran.code == 1
    assert "no-such-folder" in ran.output
    assert "::error::The mock did not start." in ran.output


@pytest.mark.parametrize("name", ["contracts", "mock"])
def test_only_actions_of_github_are_used_pinned_by_their_major_version(name: str) -> None:
    text = (FILE.parents[1] / name / "action.yml").read_text(encoding="utf-8")
    used = [line.partition("uses:")[2].strip() for line in text.splitlines() if "uses:" in line]
    assert used
    assert all(each.startswith("actions/") and each.rpartition("@v")[2].isdigit() for each in used)
