"""Stopping `contracts run` by Ctrl-C or SIGTERM, at any stage: reports are written, and nothing is left behind."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from contracts.results.result import Result
from contracts.target.stop_requests import StopRequests
from tests.contracts import suite_process
from tests.contracts.suite_process import EXAMPLES_AND_PROPERTIES, USER_OPTIONS

POLL_INTERVAL = 0.05
ONE_AREA = ("--area", "evaluation", *EXAMPLES_AND_PROPERTIES)
"""Selects contracts that run for some seconds, from a part of the modules."""
SIGNALS = [pytest.param(number, id=number.name) for number in (signal.SIGINT, signal.SIGTERM)]
STOPPED_AT_IMPORT = """\
import os, signal, sys
waiting = [{module!r}]
def stop(event, arguments):
    if waiting and event == "open" and waiting[0] in str(arguments[0]).replace("__pycache__/", ""):
        waiting.clear()
        os.kill(os.getpid(), signal.SIGTERM)
sys.addaudithook(stop)
from contracts.cli.main import main
main()
"""
"""Start the command, which gets a SIGTERM when it reads the file of a module."""


@pytest.fixture(autouse=True)
def _default_sigint() -> Iterator[None]:
    """Let the started processes react to Ctrl-C, as in a terminal.

    If the tests run in the background, SIGINT is ignored otherwise.
    """
    previous_handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous_handler)


@pytest.fixture(scope="module")
def mock_origin() -> Iterator[str]:
    with suite_process.running_mock() as origin:
        yield origin


@contextmanager
def started_run(origin: str, folder: Path, *options: str, code: str = "") -> Iterator[subprocess.Popen[str]]:
    """Start a run of the smoke profile, which must end in this block; its output goes to `folder/out`."""
    command = [suite_process.COMMAND] if not code else [sys.executable, "-c", code]
    command += ["run", "--base-url", f"{origin}/api/v3", *USER_OPTIONS, "--profile", "smoke", *options]
    with (
        (folder / "out").open("w") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.PIPE, text=True) as process,
    ):
        yield process
        assert process.stderr is not None
        errors = process.stderr.read()
        assert "Traceback" not in errors, errors


def assert_stopped_in_order(process: "subprocess.Popen[str]", folder: Path, origin: str) -> None:
    """Check that the run wrote its reports, and that it left no workspace and no ledger."""
    assert process.returncode == 3
    assert "interrupted" in (folder / "out").read_text()
    assert Result.load(folder / "contracts-report" / "result.json").ended == "interrupted"
    assert (folder / "contracts-report" / "report.html").is_file()
    workspaces = httpx2.get(f"{origin}/_mock/workspaces").json()
    assert [workspace["name"] for workspace in workspaces] == ["default"]
    assert not (folder / "contracts-ledger").exists()


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("options", [ONE_AREA, ("--kind", "schema")], ids=["contracts", "schemathesis"])
def test_a_run_that_is_stopped_reports_and_cleans_up(
    number: signal.Signals, options: tuple[str, ...], mock_origin: str, tmp_path: Path
) -> None:
    with started_run(mock_origin, tmp_path, *options) as process:
        if options == ONE_AREA:
            assert process.stderr is not None
            assert all(process.stderr.readline() for _ in range(3))
        else:
            wait_until(lambda: len(httpx2.get(f"{mock_origin}/_mock/workspaces").json()) > 1, process)
        process.send_signal(number)
    assert_stopped_in_order(process, tmp_path, mock_origin)


def wait_until(is_true: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait until it is true, for as long as the process runs, without keeping the processor busy."""
    while not is_true() and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLL_INTERVAL)


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("contracts/cli/run", marks=pytest.mark.soak),
        pytest.param("_pytest/config", marks=pytest.mark.soak),
        "contracts/plugin",
        "contracts/cases/test_errors",
    ],
    ids=str,
)
def test_a_run_that_is_stopped_while_it_starts_reports_too(module: str, mock_origin: str, tmp_path: Path) -> None:
    with started_run(mock_origin, tmp_path, code=STOPPED_AT_IMPORT.format(module=module)) as process:
        pass
    assert_stopped_in_order(process, tmp_path, mock_origin)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_that_is_stopped_while_the_target_does_not_answer_reports_too(
    number: signal.Signals, tmp_path: Path
) -> None:
    asked, answer = threading.Event(), threading.Event()

    class SilentHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            answer.wait(60)

        def log_message(self, *arguments: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), SilentHandler) as server:
        threading.Thread(target=server.serve_forever).start()
        with started_run(f"http://127.0.0.1:{server.server_port}", tmp_path) as process:
            assert asked.wait(60)
            process.send_signal(number)
            process.wait()
        answer.set()
        server.shutdown()
    assert process.returncode == 3
    assert "interrupted" in (tmp_path / "out").read_text()
    assert Result.load(tmp_path / "contracts-report" / "result.json").ended == "interrupted"


def test_a_run_with_workers_that_is_stopped_cleans_up(mock_origin: str, tmp_path: Path) -> None:
    with started_run(mock_origin, tmp_path, *ONE_AREA, "--workers", "2") as process:
        assert process.stderr is not None
        assert all(process.stderr.readline() for _ in range(3))
        process.send_signal(signal.SIGTERM)
    assert_stopped_in_order(process, tmp_path, mock_origin)


def read_results(origin: str) -> list[dict[str, object]]:
    """Return the campaign results of the default workspace."""
    results: list[dict[str, object]] = httpx2.get(f"{origin}/_mock/snapshot").json()["records"]["results"]
    return results


def test_a_run_on_data_of_others_that_is_stopped_in_mid_write_undoes_it(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        late_answer = {"match": {"operation": "createCampaignResult"}, "effect": {"latency": {"fixed": 2000}}}
        httpx2.put(f"{origin}/_mock/faults", json={"rules": [late_answer]}).raise_for_status()
        before = read_results(origin)
        options = ("--control", "none", "--kind", "law", "--rule", "CR-03")
        with started_run(origin, tmp_path, *options) as process:
            wait_until(lambda: read_results(origin) != before, process)
            process.send_signal(signal.SIGTERM)
        assert process.returncode == 3
        assert read_results(origin) == before
        assert suite_process.run_command(tmp_path, "cleanup").out.endswith(" needs cleanup\n")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_step_that_must_be_complete_is_completed_first(number: signal.Signals) -> None:
    requests, steps = StopRequests(), []

    def take_steps() -> None:
        with requests.deferred():
            with requests.deferred():
                signal.raise_signal(number)
                steps.append("inner")
            steps.append("outer")
        steps.append("after")

    with requests.installed():
        requests.admit()
        with pytest.raises(KeyboardInterrupt):
            take_steps()
    assert steps == ["inner", "outer"]


def test_a_second_request_interrupts_at_once() -> None:
    requests = StopRequests()
    with requests.installed(), requests.deferred():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_only_ctrl_c_interrupts_the_start_of_a_command() -> None:
    requests = StopRequests()
    with requests.installed():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            requests.admit()
    with requests.installed(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_the_end_of_a_session_is_not_interrupted() -> None:
    requests = StopRequests()
    with requests.installed():
        requests.admit()
        requests.ignore()
        signal.raise_signal(signal.SIGTERM)
        with requests.deferred():
            pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_request_that_python_ignores_is_remembered() -> None:
    requests = StopRequests()
    with requests.installed():
        requests.admit()
        assert not requests.was_requested
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        assert requests.was_requested


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with StopRequests().installed():
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
