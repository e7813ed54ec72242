"""What the server prints when it starts, and which command lines it rejects."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mock_server import app, listening, server
from mock_server.cli import main
from mock_server.settings import Settings
from mock_server.state.workspace_registry import MAX_TTL
from mock_server.worlds.world import WorldError
from tests import plain_http
from tests.builders import START_TIME
from tests.mock_harness import running_server

ADDRESSES = [("127.0.0.1", 8080)]
USERS = ["partner@acme.example", "agency@acme.example", "admin@platform.example"]


def test_the_start_message_has_both_addresses_two_users_and_a_request() -> None:
    greeting = server.format_startup_message(Settings(), USERS, ADDRESSES)
    assert "http://127.0.0.1:8080/api/v3 " in greeting
    assert "http://127.0.0.1:8080/_mock " in greeting
    assert "partner@acme.example and agency@acme.example (password: wavetank)" in greeting
    assert "curl -X POST http://127.0.0.1:8080/api/v3/auth" in greeting


def test_the_start_message_never_shows_a_chosen_password() -> None:
    greeting = server.format_startup_message(
        Settings(host="0.0.0.0", sample_password="canary", control_token="secret"), USERS, ADDRESSES
    )
    assert "canary" not in greeting
    assert "secret" not in greeting
    assert "curl http://127.0.0.1:8080/api/v3/status/" in greeting


def test_the_start_message_beyond_loopback_says_what_is_disabled() -> None:
    greeting = server.format_startup_message(Settings(host="0.0.0.0"), [], ADDRESSES)
    assert "closed: give --control-token" in greeting
    assert "none: beyond loopback give --sample-password" in greeting


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        pytest.param(["serve", "--port", "70000"], "--port", id="a port out of range"),
        pytest.param(["serve", "--host", ""], "--host", id="no address"),
        pytest.param(["serve", "--now", "yesterday"], "--now", id="not a timestamp"),
        pytest.param(["serve", "--keep-alive", "0"], "--keep-alive", id="no time to keep a connection"),
        pytest.param(["serve", "--now", "9999-12-31T23:59:59Z"], "--now: must not be later than 9998", id="too late"),
        pytest.param(
            ["workspace", "create", "--now", "9999-01-01"], "--now: must not be later than", id="too late too"
        ),
        pytest.param(
            ["world", "export", "x", "--now", "9999-01-01"], "--now: must not be later", id="too late to export"
        ),
        pytest.param(["serve", "--speed", "0"], "--speed", id="a speed of zero"),
        pytest.param(["serve", "--quirk", "none"], "--quirk", id="an unknown quirk"),
        pytest.param(["serve", "--por", "1"], "--por", id="an abbreviated flag"),
        pytest.param(["serve", "--world", "/nowhere"], "invalid world", id="no world"),
        pytest.param(["token", "--base-url", "http://[::1"], "cannot reach", id="an invalid address to sign in at"),
        pytest.param(["token", "--base-url", "ftp://x"], "--base-url", id="not http"),
        pytest.param(["serve", "--max-workspaces", "-1"], "--max-workspaces", id="a negative number of workspaces"),
        pytest.param(["workspace", "list", "--base-url", "x"], "--base-url", id="not a URL"),
        pytest.param(["workspace", "list", "--base-url", "http://[::1"], "cannot reach", id="an invalid address"),
        pytest.param(["workspace", "create", "--ttl", "long"], "--ttl", id="not a number of seconds"),
        pytest.param(["workspace", "create", "--ttl", "0"], "--ttl", id="no seconds"),
        pytest.param(["workspace", "create", "--ttl", str(MAX_TTL + 1)], f"1 to {MAX_TTL}", id="more than a year"),
        pytest.param(["workspace", "create", "--quirk", "none"], "--quirk", id="an unknown quirk of a workspace"),
        pytest.param(["workspace", "create", "--rate-limits", "none"], "--rate-limits", id="not limits"),
    ],
)
def test_an_invalid_command_line_is_reported_in_one_line(
    flags: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(flags)
    error_output = capsys.readouterr().err
    assert ended.value.code == 2
    assert why in error_output
    assert error_output.count("\n") == 1


def test_settings_with_a_start_time_that_is_too_late_make_no_workspace() -> None:
    with pytest.raises(WorldError, match="now must not be later than 9998-12-31"):
        app.create_workspace(Settings(now=datetime(9999, 1, 1, tzinfo=UTC)))


def test_a_port_in_use_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    (listener,) = listening.open_listeners("127.0.0.1", 0)
    with listener, pytest.raises(SystemExit) as ended:
        main.main(["serve", "--port", str(listener.getsockname()[1])])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "attribute", "seen"),
    [
        ("PORT", "9000", "port", 9000),
        ("CLOCK", "frozen", "clock", "frozen"),
        ("SPEED", "60", "speed", 60.0),
        ("TIMING", "faithful", "timing", "faithful"),
        ("SEED", "7", "seed", 7),
        ("CORS", "true", "cors", True),
        ("DOCUMENTATION", "newer", "documentation", "newer"),
        (
            "QUIRK",
            "clear_sales_204=false,ignore_unknown",
            "quirk",
            [("clear_sales_204", False), ("ignore_unknown", True)],
        ),
        ("CONTROL_TOKEN", "t", "control_token", "t"),
        ("SAMPLE_PASSWORD", "p", "sample_password", "p"),
        ("WORLD", "dir", "world", "dir"),
        ("HOST", "127.0.0.2", "host", "127.0.0.2"),
        ("MAX_WORKSPACES", "5", "max_workspaces", 5),
        ("KEEP_ALIVE", "30", "keep_alive", 30),
        ("MAX_CONNECTIONS", "50", "max_connections", 50),
        ("MAX_HEAD", "64", "max_head", 65_536),
        ("HEAD_TIMEOUT", "5", "head_timeout", 5),
        ("BODY_IDLE_TIMEOUT", "6", "body_idle_timeout", 6),
        ("BODY_TIMEOUT", "7", "body_timeout", 7),
        ("MAX_FILE_SIZE", "2", "max_file_size", 2_097_152),
        ("WORKERS", "3", "workers", 3),
    ],
)
def test_each_flag_is_an_environment_variable_too(name: str, value: str, attribute: str, seen: object) -> None:
    arguments = main.build_parser({f"MOCK_SERVER_{name}": value}).parse_args(["serve"])
    assert getattr(arguments, attribute) == seen


def test_a_flag_overrides_the_environment() -> None:
    assert main.build_parser({"MOCK_SERVER_PORT": "9000"}).parse_args(["serve", "--port", "9001"]).port == 9001


def test_the_token_command_uses_the_port_in_the_environment() -> None:
    arguments = main.build_parser({"MOCK_SERVER_PORT": "9000"}).parse_args(["token"])
    assert arguments.base_url == "http://127.0.0.1:9000/api/v3"


def run_and_read_output(command: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    main.main(command)
    return capsys.readouterr().out.splitlines()


def test_a_workspace_is_created_listed_and_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(clock_mode="frozen", now=START_TIME, control_token="s3cret")
    with running_server(app.create_workspace(settings), settings) as origin:
        reach = ["--base-url", origin, "--control-token", "s3cret"]
        order = ["--name", "mine", "--seed", "7", "--now", "2027-01-01T00:00:00Z", "--mode", "running", "--ttl", "60"]
        order += ["--timing", "faithful", "--documentation", "newer", "--quirk", "clear_sales_204"]
        assert run_and_read_output(["workspace", "create", *reach, *order], capsys) == [f"{origin}/w/mine/api/v3"]
        status = plain_http.get(f"{origin}/w/mine/_mock/status", headers={"X-Mock-Control-Token": "s3cret"}).json()
        assert (status["documentation"], "clear_sales_204" in status["quirks"]) == ("newer", True)
        assert run_and_read_output(["workspace", "create", *reach], capsys) == [f"{origin}/w/w1/api/v3"]
        listed = run_and_read_output(["workspace", "list", *reach], capsys)
        assert listed[0] == f"default {origin}/api/v3 2026-09-01T12:00:00Z frozen permanent"
        assert [line.split()[0] for line in listed] == ["default", "mine", "w1"]
        assert listed[1].split()[1:] == [f"{origin}/w/mine/api/v3", listed[1].split()[2], "running", "60", "s"]
        assert run_and_read_output(["workspace", "delete", "mine", *reach], capsys) == []
        assert [line.split()[0] for line in run_and_read_output(["workspace", "list", *reach], capsys)] == [
            "default",
            "w1",
        ]
        assert run_and_read_output(["token", "--base-url", f"{origin}/w/w1/api/v3"], capsys)[0].count(".") == 2


def test_a_workspace_may_be_idle_for_90_days(capsys: pytest.CaptureFixture[str]) -> None:
    with running_server(app.create_workspace(Settings(now=START_TIME))) as origin:
        run_and_read_output(["workspace", "create", "--base-url", origin, "--ttl", "7776000"], capsys)
        listed = run_and_read_output(["workspace", "list", "--base-url", origin], capsys)
        assert listed[1].endswith(" running 7776000 s")


def test_a_workspace_has_the_limits_speed_and_journal_of_the_flags(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running_server(app.create_workspace(Settings(now=START_TIME))) as origin:
        order = ["--name", "mine", "--rate-limits", "2,1,9", "--speed", "60", "--journal", "1"]
        platform = run_and_read_output(["workspace", "create", "--base-url", origin, *order], capsys)[0]
        control = platform.replace("/api/v3", "/_mock")
        assert plain_http.get(f"{control}/clock").json()["speed"] == 60.0
        token = run_and_read_output(["token", "--base-url", platform], capsys)[0]
        reads = [
            plain_http.get(f"{platform}/partners/", headers={"Authorization": f"Bearer {token}"}) for _ in range(3)
        ]
        assert [read.status_code for read in reads] == [200, 200, 429]
        assert [entry["response"]["status"] for entry in plain_http.get(f"{control}/journal").json()] == [429]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        pytest.param(["create", "--control-token", "t", "--name", "a/b"], "400", id="an invalid name"),
        pytest.param(
            ["delete", "--control-token", "t", "none"], "there is no workspace none", id="an unknown workspace"
        ),
        pytest.param(
            ["delete", "--control-token", "t", "default"],
            "the default workspace cannot be deleted",
            id="the default workspace",
        ),
        pytest.param(["list"], "--control-token", id="no control token"),
    ],
)
def test_an_error_of_the_server_is_reported_in_one_line(
    command: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(control_token="t")
    with running_server(app.create_workspace(settings), settings) as origin, pytest.raises(SystemExit) as ended:
        main.main(["workspace", *command, "--base-url", f"{origin}/api/v3"])
    error_output = capsys.readouterr().err
    assert (ended.value.code, error_output.count("\n")) == (2, 1)
    assert why in error_output


def test_an_export_does_not_overwrite_a_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["world", "export", str(tmp_path / "mine"), "--now", "2026-11-23T00:00:00Z"])
    (tmp_path / "mine" / "users.csv").write_text("edited")
    with pytest.raises(SystemExit):
        main.main(["world", "export", str(tmp_path / "mine")])
    assert (tmp_path / "mine" / "users.csv").read_text() == "edited"
    assert "already contains a world" in capsys.readouterr().err
