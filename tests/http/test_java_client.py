"""The client of the JDK, which offers an upgrade to h2c with each request, works with both of the server's parsers.

The second one is left to `make soak`: `test_offered_upgrades.py` sends both what this client sends.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.http.server_process import MISSING_MODULES, PARSERS, served

SESSION = Path(__file__).resolve().parent.parent / "java" / "Session.java"


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK of version 17 or later, which .ci/run installs")
@pytest.mark.parametrize("parser", [PARSERS[0], pytest.param(PARSERS[1], marks=pytest.mark.soak)])
def test_the_client_of_the_jdk_works(parser: str) -> None:
    with served(MISSING_MODULES[parser]) as origin:
        command = ["java", str(SESSION), origin]
        completed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert completed.stdout == "All calls were answered as documented.\n"
