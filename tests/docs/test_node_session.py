"""A client in JavaScript follows the documented integration over a real socket."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import running_server

SESSION_SCRIPT = Path(__file__).resolve().parent.parent / "node" / "session.mjs"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node, which .ci/run installs")
def test_the_walk_in_javascript_is_through() -> None:
    with running_server(app.create_workspace(Settings())) as origin:
        completed = subprocess.run(
            ["node", str(SESSION_SCRIPT), origin], capture_output=True, text=True, check=False, timeout=120
        )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert completed.stdout.endswith("All steps of the integration passed.\n")
