"""If nobody reads its output, as in `contracts run … | head -c 0`, the command ends quietly, with its own status."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests import forked_process
from tests.contracts import suite_process
from tests.contracts.suite_process import COMMAND, USER_OPTIONS

ONE_QUICK_RULE = ("--rule", "LAM-02", "--kind", "example", "--profile", "smoke")
UNREACHABLE_URL = "http://127.0.0.1:1/api/v3"


def run_without_reader(folder: Path, *arguments: str, both_streams: bool = False) -> tuple[int, str]:
    """Run the command with its output, and with `both_streams` also its errors, going to a pipe that nobody reads.

    Return its status and errors.
    """
    reader, writer = os.pipe()
    os.close(reader)
    with tempfile.TemporaryFile("w+") as errors, open(os.devnull) as nothing:
        streams = (nothing.fileno(), writer, writer if both_streams else errors.fileno())
        process = forked_process.start(suite_process.PROGRAM, arguments, folder, os.environ, streams)
        os.close(writer)
        code = process.wait()
        errors.seek(0)
        return code, errors.read()


@pytest.mark.parametrize("both_streams", [False, True], ids=["the output", "the errors too"])
def test_a_run_that_nobody_watches_is_complete(both_streams: bool, tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        arguments = ("run", "--base-url", f"{origin}/api/v3", *USER_OPTIONS, *ONE_QUICK_RULE)
        code, errors = run_without_reader(tmp_path, *arguments, both_streams=both_streams)
    assert code == 0
    assert "Error" not in errors
    assert (tmp_path / "contracts-report" / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--help", 0),
        ("run --help", 0),
        ("list", 0),
        ("explain BASE-01", 0),
        ("cleanup", 0),
        (f"run --base-url {UNREACHABLE_URL}", 3),
        (f"run --base-url {UNREACHABLE_URL} --plan", 3),
    ],
)
def test_a_command_whose_output_nobody_reads_ends_quietly(arguments: str, code: int, tmp_path: Path) -> None:
    status, errors = run_without_reader(tmp_path, *arguments.split())
    assert status == code
    assert "Error" not in errors


@pytest.mark.parametrize("arguments", ["run", "replay none.json", "explain NO-1", "cleanup --run none", "nonsense"])
def test_a_command_whose_error_nobody_reads_keeps_its_status(arguments: str, tmp_path: Path) -> None:
    assert run_without_reader(tmp_path, *arguments.split(), both_streams=True) == (2, "")


def test_a_run_without_an_output_is_complete(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        arguments = ("run", "--base-url", f"{origin}/api/v3", *USER_OPTIONS, "--rule", "BASE-06", "--kind", "law")
        shell_command = ["sh", "-c", 'exec "$0" "$@" >&-', COMMAND, *arguments]
        completed = subprocess.run(shell_command, stderr=subprocess.PIPE, cwd=tmp_path, text=True, check=False)
    assert completed.returncode == 0
    assert "Error" not in completed.stderr
    assert (tmp_path / "contracts-report" / "report.html").is_file()
