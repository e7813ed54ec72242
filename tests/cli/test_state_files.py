"""`mock-server serve --snapshot FILE --save-on-exit FILE`: the state continues after a restart."""

import asyncio
import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from mock_server import app, server
from mock_server.app import OpenedState
from mock_server.cli import main
from mock_server.settings import Settings
from mock_server.state import state_file
from mock_server.state.state_file import StateFileError
from tests import plain_http
from tests.builders import START_TIME
from tests.cli.test_server_stop import read_origin, stop
from tests.http.server_process import FROZEN, start_server
from tests.mock_harness import Client

FROZEN_SETTINGS = Settings(clock_mode="frozen", now=START_TIME)
LATER = "2026-09-03T12:00:00Z"


def save_a_snapshot(file: Path, days: int = 2) -> bytes:
    client = Client(app.create_workspace(FROZEN_SETTINGS))
    client.control("POST", "/clock/advance", json={"days": days})
    content: bytes = client.control("GET", "/snapshot").content
    file.write_bytes(content)
    return content


def start(file: Path, *flags: str) -> "subprocess.Popen[str]":
    return start_server(flags=(*FROZEN, "--snapshot", str(file), "--save-on-exit", str(file), *flags))


def test_the_state_continues_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    for days, by in enumerate((signal.SIGTERM, signal.SIGINT)):
        with start(file) as process:
            origin = read_origin(process)
            clock = plain_http.get(f"{origin}/_mock/clock").json()
            assert clock["now"] == f"2026-09-0{days + 1}T12:00:00Z"
            plain_http.post(f"{origin}/_mock/clock/advance", json={"days": 1})
            assert stop(process, by) == (0, "")
    assert json.loads(file.read_text(encoding="utf-8"))["clock"]["now"] == "2026-09-03T12:00:00Z"
    assert os.listdir(tmp_path) == ["state.json"]


def test_the_start_message_says_from_where_the_state_comes_and_where_it_goes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    opened = OpenedState(app.create_workspace(FROZEN_SETTINGS))
    lines = [
        server.format_state_lines(Settings(snapshot_file=snapshot, save_on_exit=saved), opened)
        for snapshot, saved in ((None, None), (one, None), (one, one), (one, other), (None, one))
    ]
    assert lines == [
        ["State     in memory: it is lost when the server stops (--data FILE keeps it)"],
        [f"State     in memory, starts from {one}: a restart returns to it"],
        [f"State     in memory, starts from {one}; saved there when the server stops"],
        [f"State     in memory, starts from {one}; saved to {other} when the server stops"],
        [f"State     in memory, new; saved to {one} when the server stops"],
    ]


def test_the_snapshot_decides_over_the_clock_and_the_seed(tmp_path: Path) -> None:
    content = save_a_snapshot(tmp_path / "state.json")
    settings = Settings(seed=7, speed=60.0, documentation="newer", snapshot_file=tmp_path / "state.json")
    client = Client(app.create_workspace(settings))
    assert client.control("GET", "/snapshot").content == content
    assert client.control("POST", "/reset").json()["clock"]["now"] == "2026-09-01T12:00:00Z"


def test_a_snapshot_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    content = save_a_snapshot(tmp_path / "state.json")
    (tmp_path / "state.json").write_bytes(b"\xef\xbb\xbf" + content)
    client = Client(app.create_workspace(Settings(snapshot_file=tmp_path / "state.json")))
    assert client.control("GET", "/clock").json()["now"] == LATER


def test_an_absent_snapshot_is_a_new_state_only_if_it_is_saved_there(tmp_path: Path) -> None:
    file, other = tmp_path / "state.json", tmp_path / "other.json"
    same = Settings(snapshot_file=file, save_on_exit=tmp_path / "." / "state.json", now=START_TIME)
    assert app.create_workspace(same).created_at == START_TIME
    for settings in (Settings(snapshot_file=file), Settings(snapshot_file=file, save_on_exit=other)):
        with pytest.raises(StateFileError, match=r"cannot read .*state\.json: No such file"):
            app.create_workspace(settings)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "json|JSON"),
        (b"{}", "this is not a snapshot"),
        (b'{"format": "wavetank-snapshot", "version": 2}', "version must be 1"),
        (b"\xff\xfe{", "JSON"),
    ],
)
def test_an_invalid_snapshot_is_one_line_and_exit_status_2(
    tmp_path: Path, content: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "state.json"
    file.write_bytes(content)
    with pytest.raises(SystemExit) as exited:
        main.main(["serve", "--port", "0", "--snapshot", str(file), "--save-on-exit", str(file)])
    assert exited.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"mock-server: cannot start from {file}: ")
    assert error.count("\n") == 1
    assert file.read_bytes() == content, "an invalid file is never overwritten"


def test_a_snapshot_of_another_world_is_refused(tmp_path: Path) -> None:
    save_a_snapshot(tmp_path / "state.json")
    main.main(["world", "export", str(tmp_path / "world"), "--now", "2026-09-01"])
    settings = Settings(world_folder=tmp_path / "world", snapshot_file=tmp_path / "state.json")
    with pytest.raises(StateFileError, match=r"cannot start from .*world"):
        app.create_workspace(settings)


@pytest.mark.parametrize("name", ["absent/state.json", "."], ids=["no folder", "a folder"])
def test_a_file_that_cannot_be_written_is_reported_at_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(StateFileError, match="cannot write"):
        app.create_workspace(Settings(save_on_exit=tmp_path / name))
    assert os.listdir(tmp_path) == []


class FullDisk:
    """A disk on which nothing can be written any more."""

    def __call__(self, descriptor: int) -> None:
        raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_the_previous_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mock_server.control.snapshots import files

    file = tmp_path / "state.json"
    content = save_a_snapshot(file)
    monkeypatch.setattr(state_file.os, "fsync", FullDisk())
    with pytest.raises(StateFileError, match="which is unchanged: No space left on device"):
        files.save(app.create_workspace(FROZEN_SETTINGS), file)
    assert file.read_bytes() == content
    assert os.listdir(tmp_path) == ["state.json"]


def test_the_content_and_the_new_name_are_on_the_disk_before_and_after_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def record_fsync(descriptor: int) -> None:
        steps.append("fsync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync file")
        fsync(descriptor)

    def record_replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        assert path.parent == target.parent
        return replace(path, target)

    monkeypatch.setattr(state_file.os, "fsync", record_fsync)
    monkeypatch.setattr(Path, "replace", record_replace)
    state_file.write(tmp_path / "state.json", b"new")
    assert steps == ["fsync file", "rename", "fsync folder"]


def test_a_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    file, link = tmp_path / "state.json", tmp_path / "link.json"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    state_file.write(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_an_application_in_another_server_saves_at_the_end_of_its_lifespan(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    application = app.create_app(Settings(save_on_exit=file, clock_mode="frozen", now=START_TIME))
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        assert file.exists() is False
        return next(messages)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    asyncio.run(application({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert json.loads(file.read_bytes())["clock"]["now"] == "2026-09-01T12:00:00Z"


def test_work_is_never_abandoned_if_the_state_is_saved(tmp_path: Path) -> None:
    """`tests/state/test_turn.py` shows what that means."""
    saving, other = Settings(save_on_exit=tmp_path / "state.json"), Settings()
    assert [app.create_workspace(settings).turn.abandons_work for settings in (saving, other)] == [False, True]
