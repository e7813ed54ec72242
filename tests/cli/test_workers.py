"""`--workers`: processes that serve the same sockets, and how the main process starts, replaces and stops them."""

import logging
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mock_server import app, server, workers
from mock_server.app import OpenedState
from mock_server.cli import main
from mock_server.settings import Settings
from mock_server.workers import MAX_PAUSE, REMEMBERED_SECONDS, Workers
from tests import plain_http
from tests.http.raw_connection import STATUS_REQUEST, connect
from tests.http.server_process import FROZEN, start_server
from tests.storage import postgres_cluster

WORKERS = 2
URL = "postgresql://nobody@127.0.0.1:1/nothing"
MISSING = postgres_cluster.missing_reason()
NEED_POSTGRES = pytest.mark.skipif(bool(MISSING), reason=MISSING)


class FakeWorker:
    """A worker that ends when the test says so. `obeys` says whether it stops when it is asked to."""

    def __init__(self, pid: int, *, obeys: bool) -> None:
        self.pid = pid
        self.exitcode: int | None = None
        self.calls = list[str]()
        self._obeys = obeys
        self._ends, self._runs = socket.socketpair()

    @property
    def sentinel(self) -> int:
        return self._ends.fileno()

    def end(self, exitcode: int) -> None:
        self.exitcode = exitcode
        self._runs.close()

    def close(self) -> None:
        self._runs.close()
        self._ends.close()

    def start(self) -> None:
        self.calls.append("start")

    def terminate(self) -> None:
        self.calls.append("terminate")
        if self._obeys:
            self.end(0)

    def kill(self) -> None:
        self.calls.append("kill")
        self.end(-9)

    def join(self) -> None:
        self._ends.close()


class Machine:
    """Workers on a machine whose time the test sets."""

    def __init__(self, *, obey: bool = True, stop_seconds: float = 7.0) -> None:
        self.now = 1_000.0
        self.built = list[FakeWorker]()
        self._pids = count(1)
        self._obey = obey
        self.workers = Workers(WORKERS, self._build, stop_seconds, lambda: self.now)

    def _build(self) -> FakeWorker:
        self.built.append(FakeWorker(next(self._pids), obeys=self._obey))
        return self.built[-1]

    def __enter__(self) -> "Machine":
        self.workers.start_due()
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.built:
            worker.close()

    def end_last(self) -> None:
        """Let the worker end that started last, and its end be seen."""
        self.built[-1].end(1)
        self.workers.note_ends()

    def replace_last(self) -> float:
        """Let the worker end that started last, and return the seconds until another one starts."""
        self.end_last()
        known, begin = len(self.built), self.now
        self.workers.start_due()
        while len(self.built) == known:
            self.now += 0.5
            self.workers.start_due()
        return self.now - begin

    def stop(self, *, requests_again: bool = False) -> None:
        receiver, sender = socket.socketpair()
        with receiver, sender:
            if requests_again:
                sender.send(b"\0")
            self.workers.stop(receiver)


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.ERROR, "mock_server")
    return caplog


def test_a_worker_that_ends_is_replaced_at_once_and_the_log_says_so(log: pytest.LogCaptureFixture) -> None:
    with Machine() as machine:
        assert [worker.calls for worker in machine.built] == [["start"]] * WORKERS
        machine.end_last()
        assert log.messages == ["worker process 2 ended with exit code 1; another one starts in 0 s"]
        machine.workers.start_due()
        assert [worker.pid for worker in machine.built] == [1, 2, 3]


def test_workers_that_keep_ending_start_after_longer_and_longer_pauses() -> None:
    with Machine() as machine:
        pauses = [machine.replace_last() for _ in range(9)]
        assert pauses == [0, 1, 2, 4, 8, 16, MAX_PAUSE, MAX_PAUSE, MAX_PAUSE]
        assert len(machine.built) == WORKERS + len(pauses)
        machine.now += REMEMBERED_SECONDS
        assert [machine.replace_last() for _ in range(2)] == [0, 1]


def test_workers_are_asked_to_stop_and_awaited(log: pytest.LogCaptureFixture) -> None:
    with Machine() as machine:
        machine.stop()
        assert [worker.calls for worker in machine.built] == [["start", "terminate"]] * WORKERS
    assert not log.messages


@pytest.mark.parametrize("requests_again", [True, False], ids=["a second request", "the end of the time"])
def test_workers_that_do_not_stop_are_killed(log: pytest.LogCaptureFixture, *, requests_again: bool) -> None:
    with Machine(obey=False, stop_seconds=7.0 if requests_again else 0.0) as machine:
        machine.stop(requests_again=requests_again)
        assert [worker.calls for worker in machine.built] == [["start", "terminate", "kill"]] * WORKERS
    assert log.messages == [f"worker process {pid} did not stop, and is killed" for pid in (1, 2)]


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        pytest.param([], "--workers needs --database-url: state in memory", id="in memory"),
        pytest.param(["--data", "tank.db"], "--workers needs --database-url: state in a file", id="SQLite"),
        pytest.param(["--database-url", URL, "--save-on-exit", "x"], "--save-on-exit", id="a file at the exit"),
        pytest.param(["--database-url", URL, "--metrics"], "--metrics", id="metrics"),
    ],
)
def test_flags_that_do_not_go_with_workers_are_refused_in_one_line(
    flags: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main.main(["serve", "--workers", "2", *flags])
    error = capsys.readouterr().err
    assert (ended.value.code, error.count("\n")) == (2, 1)
    assert why in error
    assert not list(tmp_path.iterdir())


def test_signals_are_noted_and_then_handled_as_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with workers.stop_requests() as requests:
        for each in workers.STOP_SIGNALS:
            signal.raise_signal(each)
        assert requests.recv(8) == b"\0\0"
    assert signal.getsignal(signal.SIGTERM) == before


def test_one_process_says_nothing_about_workers() -> None:
    opened = OpenedState(app.create_workspace(Settings()))
    assert not any("Workers" in line for line in server.format_state_lines(Settings(), opened))


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with postgres_cluster.running_cluster(sync=False) as cluster:
        yield cluster.create_database("workers")


def read_children(pid: int) -> set[int]:
    """Return the worker processes of a main process."""
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return {child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def read_start(process: "subprocess.Popen[str]") -> tuple[str, list[str]]:
    """Return the server's origin, and the lines that it has printed by the last one."""
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while not lines[-1].startswith("Workers"):
        assert lines[-1], f"the server has ended after {lines}"
        lines.append(process.stdout.readline())
    return lines[0].split()[1].removesuffix("/api/v3"), lines


def sign_in(origin: str) -> dict[str, str]:
    answer = plain_http.post(
        f"{origin}/api/v3/auth", json={"username": "partner@acme.example", "password": "wavetank"}, timeout=30
    )
    return {"Authorization": f"Bearer {answer.json()['AccessToken']}"}


@NEED_POSTGRES
def test_workers_share_a_port_are_replaced_when_killed_and_stop_together(database_url: str) -> None:
    flags = (*FROZEN, "--workers", str(WORKERS), "--database-url", database_url)
    with start_server(flags=flags) as process:
        origin, lines = read_start(process)
        assert [line.split()[0] for line in lines].count("Listening") == 1
        headers = sign_in(origin)
        children = read_children(process.pid)
        assert len(children) == WORKERS
        target = f"{origin}/api/v3/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme"
        for number, killed in enumerate(sorted(children), 5_000):
            answer = plain_http.post(f"{target}&purchase={number}&revenue=1", headers=headers, timeout=30)
            assert answer.status_code == 201
            os.kill(killed, signal.SIGKILL)
        assert process.stderr is not None
        ends = [process.stderr.readline() for _ in range(WORKERS)]
        assert all("ended with exit code -9; another one starts in" in line for line in ends)
        rows = plain_http.get(target, headers=headers, timeout=60).json()
        assert {row["purchase"] for row in rows} >= {5_000, 5_001}
        replaced = read_children(process.pid)
        assert not replaced & children
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    assert not any(Path(f"/proc/{child}").exists() for child in replaced)


@NEED_POSTGRES
def test_workers_stop_if_their_main_process_is_killed(database_url: str) -> None:
    flags = (*FROZEN, "--workers", str(WORKERS), "--database-url", database_url)
    with start_server(flags=flags) as process:
        origin, _ = read_start(process)
        sign_in(origin)
        with connect(origin) as connection:
            connection.send(STATUS_REQUEST)
            assert connection.read_response().status == 200
            process.kill()
            assert connection.wait_for_end() == b""
        assert process.communicate(timeout=60)[1] == ""  # the workers have closed their standard error too
