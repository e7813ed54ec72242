"""The suite calls no rule broken on a server in another language, which makes other choices than the mock."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contracts.suite_process import EXAMPLES_AND_PROPERTIES, run_command
from tests.defects import black_box
from tests.ending_process import EndingProcess

SERVER = Path(__file__).with_name("server.mjs")
JOB_TIMEOUTS = ("--job-timeout", "evaluation=6", "--job-timeout", "build=8")


@contextmanager
def running_server() -> Iterator[str]:
    """Run the server, which ends when its standard input is closed, and yield its base URL."""
    with EndingProcess(["node", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield f"{server.stdout.readline().strip()}/api/v3"
        server.stdin.close()


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_a_server_in_another_language_is_not_called_broken(tmp_path: Path) -> None:
    with running_server() as base_url:
        options = ("--user", "partner@acme.example", "--profile", "smoke", "--seed", "1", "--documentation", "older")
        suite = ("--base-url", base_url, *options, *black_box.OPTIONS, *JOB_TIMEOUTS, *EXAMPLES_AND_PROPERTIES)
        verdicts = run_command(tmp_path, "run", *suite).verdicts
    assert [rule for rule, verdict in verdicts.items() if verdict == "fail"] == []
    assert sum(verdict in ("pass", "observation") for verdict in verdicts.values()) > 50
