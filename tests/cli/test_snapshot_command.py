"""`mock-server snapshot save` and `load` write a workspace's state to a file and restore it, or report an error."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.settings import Settings
from tests.mock_harness import running_server

SETTINGS = Settings(clock_mode="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(app.create_workspace(SETTINGS), SETTINGS) as address:
        yield address


def run_snapshot(*arguments: str) -> None:
    main.main(["snapshot", *arguments])


def test_a_state_is_saved_to_a_file_and_loaded_from_it(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "state.json")
    run_snapshot("save", file, "--base-url", origin)
    assert capsys.readouterr().out == f"saved the state of 2026-09-01T12:00:00Z to {file}\n"
    httpx2.post(f"{origin}/_mock/clock/advance", json={"days": 2})
    run_snapshot("load", file, "--base-url", origin)
    assert capsys.readouterr().out == "restored default to 2026-09-01T12:00:00Z\n"
    assert httpx2.get(f"{origin}/_mock/snapshot").json() == json.loads(Path(file).read_text(encoding="utf-8"))


def test_a_dash_is_standard_output_and_input(
    origin: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_snapshot("save", "-", "--base-url", f"{origin}/api/v3")
    printed = capsys.readouterr().out
    assert json.loads(printed) == httpx2.get(f"{origin}/_mock/snapshot").json()
    monkeypatch.setattr("sys.stdin", io.StringIO(printed))
    run_snapshot("load", "-", "--base-url", origin)
    assert capsys.readouterr().out == "restored default to 2026-09-01T12:00:00Z\n"


def test_a_workspace_can_be_named(origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    httpx2.post(f"{origin}/_mock/workspaces", json={"name": "later", "now": "2026-10-01T00:00:00Z", "mode": "frozen"})
    file = str(tmp_path / "later.json")
    run_snapshot("save", file, "--base-url", origin, "--workspace", "later")
    assert "saved the state of 2026-10-01T00:00:00Z" in capsys.readouterr().out
    assert httpx2.get(f"{origin}/_mock/clock").json()["now"] == "2026-09-01T12:00:00Z"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot read"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "this is not a snapshot"),
        ('{"format": "wavetank-snapshot", "version": 1}', "world is required"),
    ],
    ids=["no file", "broken JSON", "nested too deeply", "not a snapshot", "half a snapshot"],
)
def test_a_file_that_cannot_be_loaded_is_reported_in_one_line(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, why: str
) -> None:
    file = tmp_path / "bad.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    before = httpx2.get(f"{origin}/_mock/snapshot").content
    with pytest.raises(SystemExit) as end:
        run_snapshot("load", str(file), "--base-url", origin)
    error_output = capsys.readouterr().err
    assert (end.value.code, error_output.count("\n")) == (2, 1)
    assert why in error_output
    assert httpx2.get(f"{origin}/_mock/snapshot").content == before


def test_a_missing_folder_and_a_missing_workspace_are_reported(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, why in (
        (["save", str(tmp_path / "none" / "x.json")], "cannot write"),
        (["save", "-", "--workspace", "nowhere"], "there is no workspace nowhere"),
    ):
        with pytest.raises(SystemExit) as end:
            run_snapshot(*words, "--base-url", origin)
        captured = capsys.readouterr()
        assert (end.value.code, captured.out, captured.err.count("\n")) == (2, "", 1)
        assert why in captured.err
