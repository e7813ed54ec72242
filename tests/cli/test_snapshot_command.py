"""`mock-server snapshot save` and `load` write a workspace's state to a file and restore it, or report an error."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.settings import Settings
from mock_server.state.clock import machine_now
from tests import plain_http
from tests.mock_harness import running_server

SETTINGS = Settings(clock_mode="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))
RESTORED = "restored default to 2026-09-01T12:00:00Z\ntokens of this workspace stay valid until they expire\n"


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
    plain_http.post(f"{origin}/_mock/clock/advance", json={"days": 2})
    run_snapshot("load", file, "--base-url", origin)
    assert capsys.readouterr().out == RESTORED
    assert plain_http.get(f"{origin}/_mock/snapshot").json() == json.loads(Path(file).read_text(encoding="utf-8"))


def test_each_command_prints_json(origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "state.json")
    run_snapshot("save", file, "--json", "--base-url", origin)
    saved = json.loads(capsys.readouterr().out)
    assert saved == {"file": file, "clock": json.loads(Path(file).read_text(encoding="utf-8"))["clock"]}
    run_snapshot("load", file, "--json", "--base-url", origin)
    assert json.loads(capsys.readouterr().out)["clock"] == saved["clock"]
    run_snapshot("show", file, "--json")
    assert json.loads(capsys.readouterr().out)["world"].startswith("sample, seed 1")


def test_a_dash_is_standard_output_and_input(
    origin: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_snapshot("save", "-", "--base-url", f"{origin}/api/v3")
    printed = capsys.readouterr().out
    assert json.loads(printed) == plain_http.get(f"{origin}/_mock/snapshot").json()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(printed.encode())))
    run_snapshot("load", "-", "--base-url", origin)
    assert capsys.readouterr().out == RESTORED


def test_a_workspace_can_be_named(origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain_http.post(
        f"{origin}/_mock/workspaces", json={"name": "later", "now": "2026-10-01T00:00:00Z", "mode": "frozen"}
    )
    file = str(tmp_path / "later.json")
    run_snapshot("save", file, "--base-url", origin, "--workspace", "later")
    assert "saved the state of 2026-10-01T00:00:00Z" in capsys.readouterr().out
    assert plain_http.get(f"{origin}/_mock/clock").json()["now"] == "2026-09-01T12:00:00Z"


def test_a_snapshot_is_loaded_into_a_new_workspace(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "state.json")
    run_snapshot("save", file, "--base-url", origin)
    capsys.readouterr()
    run_snapshot("load", file, "--base-url", f"{origin}/api/v3", "--workspace", "made", "--ttl", "7776000")
    assert capsys.readouterr().out.splitlines() == [
        "created workspace made, deleted after 7776000 s without a request",
        "restored made to 2026-09-01T12:00:00Z",
        f"tokens of other workspaces are not valid in it: sign in at {origin}/w/made/api/v3",
    ]
    assert plain_http.get(f"{origin}/w/made/_mock/snapshot").json() == json.loads(
        Path(file).read_text(encoding="utf-8")
    )
    run_snapshot("load", file, "--base-url", origin, "--workspace", "made")
    assert capsys.readouterr().out == RESTORED.replace("default", "made")
    assert plain_http.get(f"{origin}/_mock/workspaces/made").json()["ttl_seconds"] == 7_776_000


def test_a_snapshot_of_the_sample_is_loaded_beside_a_world_of_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main.main(["world", "export", str(tmp_path / "world"), "--now", "2026-09-01T12:00:00Z"])
    file, settings = str(tmp_path / "state.json"), replace(SETTINGS, world_folder=tmp_path / "world")
    with running_server(app.create_workspace(SETTINGS), SETTINGS) as sample:
        run_snapshot("save", file, "--base-url", sample)
    with running_server(app.create_workspace(settings), settings) as files:
        run_snapshot("load", file, "--base-url", files, "--workspace", "of-the-sample")
    assert "restored of-the-sample to 2026-09-01T12:00:00Z" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("new", "{}", "this is not a snapshot"),
        ("new", '{"format": "wavetank-snapshot", "version": 1, "world": []}', "clock is required"),
        ("not a name", "{}", "name contains characters that are not allowed"),
    ],
)
def test_a_workspace_that_cannot_be_restored_is_not_created(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, why: str
) -> None:
    (tmp_path / "bad.json").write_text(content, encoding="utf-8")
    before = plain_http.get(f"{origin}/_mock/workspaces").json()
    with pytest.raises(SystemExit) as ended:
        run_snapshot("load", str(tmp_path / "bad.json"), "--base-url", origin, "--workspace", name)
    error_output = capsys.readouterr().err
    assert (ended.value.code, error_output.count("\n")) == (2, 1)
    assert why in error_output
    assert [each["name"] for each in plain_http.get(f"{origin}/_mock/workspaces").json()] == [
        each["name"] for each in before
    ]


def test_the_clock_goes_on_from_the_machines_time_on_request(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_time, file = machine_now() - timedelta(days=2), str(tmp_path / "state.json")
    order = {"name": "earlier", "now": start_time.isoformat(), "mode": "running"}
    assert plain_http.post(f"{origin}/_mock/workspaces", json=order).status_code == 201
    run_snapshot("save", file, "--base-url", origin, "--workspace", "earlier")
    for flags, days in (([], 0), (["--resume-from", "snapshot"], 0), (["--resume-from", "machine"], 2)):
        run_snapshot("load", file, "--base-url", origin, "--workspace", "copy", *flags)
        clock = plain_http.get(f"{origin}/w/copy/_mock/clock").json()
        assert clock["mode"] == "running"
        assert (datetime.fromisoformat(clock["now"]) - start_time).days == days
    capsys.readouterr()


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
    before = plain_http.get(f"{origin}/_mock/snapshot").content
    with pytest.raises(SystemExit) as end:
        run_snapshot("load", str(file), "--base-url", origin)
    error_output = capsys.readouterr().err
    assert (end.value.code, error_output.count("\n")) == (2, 1)
    assert why in error_output
    assert plain_http.get(f"{origin}/_mock/snapshot").content == before


@pytest.mark.parametrize("from_standard_input", [False, True], ids=["a file", "standard input"])
def test_a_snapshot_may_have_a_byte_order_mark(
    origin: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    from_standard_input: bool,
) -> None:
    content = b"\xef\xbb\xbf" + plain_http.get(f"{origin}/_mock/snapshot").content
    (tmp_path / "state.json").write_bytes(content)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    run_snapshot("load", "-" if from_standard_input else str(tmp_path / "state.json"), "--base-url", origin)
    assert capsys.readouterr().out.startswith("restored default to 2026-09-01T12:00:00Z")
    answer = plain_http.put(f"{origin}/_mock/snapshot", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_snapshot_in_another_unicode_encoding_is_refused_by_name(
    origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    file = tmp_path / "state.json"
    file.write_text("{}", encoding=encoding)
    with pytest.raises(SystemExit) as ended:
        run_snapshot("load", str(file), "--base-url", origin)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"mock-server: {file} is in {encoding[:6].upper()}; save it as UTF-8\n"


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


def test_a_snapshot_is_shown_on_one_screen(origin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shown.json"
    plain_http.post(
        f"{origin}/_mock/workspaces", json={"name": "shown", "now": "2026-09-01T12:00:00Z", "mode": "frozen"}
    )
    control = f"{origin}/w/shown/_mock"
    plain_http.put(f"{control}/faults", json={"rules": [{"effect": {"status": 503}}]})
    plain_http.put(f"{control}/quirks", json={"numeric_client_id": True})
    run_snapshot("save", str(file), "--base-url", origin, "--workspace", "shown")
    capsys.readouterr()
    run_snapshot("show", str(file))
    lines = capsys.readouterr().out.splitlines()
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert lines[0] == "snapshot  version 1"
    assert lines[1].startswith("world     sample, seed 1, start 2026-09-01T12:00:00Z, digest ")
    assert lines[2] == "clock     2026-09-01T12:00:00Z, frozen, speed 1"
    assert lines[3] == "timing    build stage 2 s, evaluation 2 s, ingest 2 s"
    assert lines[4] == "follows   older, clear_sales_204, numeric_client_id"
    assert lines[5:7] == ["faults    1 rule", "limits    none"]
    assert lines[7].startswith(f"jobs      {len(saved['jobs']['pending'])} pending (1 attribution_run, ")
    counted = [f"{len(saved['records'][name])} {name}" for name in ("partners", "events", "packages")]
    assert set(counted) <= set(lines[8].removeprefix("records   ").split(", "))
    assert len(lines) == 9
    assert "wavetank" not in "".join(lines[1:])


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"{}", "this is not a snapshot"), (b"[", "JSON"), (b'{"format": "wavetank-snapshot", "version": 9}', "version")],
)
def test_a_file_without_a_snapshot_is_not_shown(
    tmp_path: Path, content: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.json").write_bytes(content)
    with pytest.raises(SystemExit) as exited:
        run_snapshot("show", str(tmp_path / "wrong.json"))
    error = capsys.readouterr().err
    assert (exited.value.code, error.count("\n")) == (2, 1)
    assert why in error


def test_the_checkpoints_of_a_workspace_are_listed(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain_http.post(
        f"{origin}/_mock/workspaces", json={"name": "moved", "now": "2026-09-01T12:00:00Z", "mode": "frozen"}
    )
    plain_http.post(f"{origin}/w/moved/_mock/clock/advance", json={"days": 1})
    main.main(["checkpoint", "list", "--base-url", origin, "--workspace", "moved"])
    assert capsys.readouterr().out == "2026-09-01T12:00:00Z reset\n2026-09-01T12:00:00Z clock_move\n"
