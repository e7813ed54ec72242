"""What the server says at its start about a state that a database keeps: where it is, and what was not applied."""

import signal
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from mock_server import app, server
from mock_server.app import OpenedState
from mock_server.cli import main
from mock_server.domain.limits import DOCUMENTED_LIMITS
from mock_server.settings import Settings
from mock_server.storage.database import StorageSetupError
from tests.builders import START_TIME
from tests.cli.test_server_stop import read_origin, stop
from tests.http.server_process import FROZEN, start_server

DESCRIBING: dict[str, dict[str, Any]] = {
    "--now": {"now": START_TIME},
    "--clock": {"clock_mode": "frozen"},
    "--speed": {"speed": 60.0},
    "--timing": {"timing": "faithful"},
    "--seed": {"seed": 7},
    "--world": {"world_folder": Path("world")},
    "--quirk": {"quirks": {"ignore_unknown": True}},
    "--documentation": {"documentation": "newer"},
    "--rate-limits": {"limits": DOCUMENTED_LIMITS},
    "--snapshot": {"snapshot_file": Path("tank.json")},
    "--journal": {"journal_capacity": 5},
}
"""The flags that describe a new default workspace, each with another value than its default."""
NOT_DESCRIBING = {
    *("host", "port", "cors", "allowed_hosts", "control_token", "sample_password", "max_workspaces", "journal_bytes"),
    *("keep_alive", "data", "database_url", "connection_limits", "max_file_bytes", "save_on_exit", "metrics"),
    *("log_format", "access_log", "shutdown_timeout", "workers", "json_start", "stop_with_stdin"),
    *("secrets_dir", "has_new_secrets", "max_streams"),
}
"""The settings of the server itself."""
PASSWORD = "canary"
URLS = (
    f"postgresql://someone:{PASSWORD}@127.0.0.1:1/tank",
    f"postgres://someone:{PASSWORD}@127.0.0.1:1/tank?connect_timeout=2",
    f"postgresql://127.0.0.1:1/tank?user=someone&password={PASSWORD}",
    f"postgresql://someone:{PASSWORD}@127.0.0.1:1,127.0.0.1:2/tank",
    f"postgresql://someone:x@{PASSWORD}@127.0.0.1:1/tank",
    f"postgresql://someone:{PASSWORD}@127.0.0.1:port/tank",
    f"postgresql://someone:{PASSWORD}@[::1/tank",
    f"postgresql://someone:{PASSWORD}@127.0.0.1:1/tank?no_such_parameter=1",
)


def open_state(settings: Settings) -> tuple[OpenedState, list[str]]:
    """Open the state and close its database. Return the lines about it."""
    opened = app.open_state(settings)
    lines = server.format_state_lines(settings, opened)
    assert opened.stored is not None
    opened.stored.database.close()
    return opened, lines


def test_the_settings_that_were_not_applied_are_named_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "tank.db"
    settings = Settings(data=file, now=START_TIME, clock_mode="frozen", seed=7)
    new, lines = open_state(settings)
    assert lines == [f"State     SQLite file {file} (new)"]
    found, lines = open_state(replace(settings, seed=8, speed=60.0))
    assert lines == [
        f"State     SQLite file {file} (found)",
        "          --now, --clock, --speed, --seed: not applied, because the default workspace exists already",
    ]
    assert found.workspace.ids.seed == new.workspace.ids.seed == 7
    assert open_state(Settings(data=file))[1] == [f"State     SQLite file {file} (found)"]


def test_a_saved_state_is_named_too(tmp_path: Path) -> None:
    file, saved = tmp_path / "tank.db", tmp_path / "tank.json"
    settings = Settings(data=file, save_on_exit=saved)
    for found in ("new", "found"):
        line = f"State     SQLite file {file} ({found}); the default workspace is saved to {saved}, too"
        assert open_state(settings)[1] == [line]


@pytest.mark.parametrize("flag", DESCRIBING)
def test_each_flag_that_describes_a_new_workspace_is_named(flag: str) -> None:
    assert server.find_ignored_settings(Settings(**DESCRIBING[flag])) == [flag]


def test_each_setting_describes_a_workspace_or_the_server() -> None:
    describing = {name for changes in DESCRIBING.values() for name in changes}
    assert describing | NOT_DESCRIBING == {field.name for field in fields(Settings)}
    assert describing & NOT_DESCRIBING == set()


def test_a_restarted_server_says_where_its_state_is(tmp_path: Path) -> None:
    """The same command line starts it again and again, as in a container."""
    flags = (*FROZEN, "--data", str(tmp_path / "tank.db"))
    for found, following in (("new", []), ("found", ["          --now, --clock: not applied"])):
        with start_server(flags=flags) as process:
            assert process.stdout is not None
            read_origin(process)
            lines = [process.stdout.readline() for _ in range(6 + len(following))]
            state = next(place for place, line in enumerate(lines) if line.startswith("State"))
            assert lines[state] == f"State     SQLite file {tmp_path / 'tank.db'} ({found})\n"
            assert [line[: len(start)] for line, start in zip(lines[state + 1 :], following, strict=True)] == following
            assert stop(process, signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("url", URLS)
def test_the_password_of_a_url_is_never_printed(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    postgres = pytest.importorskip("mock_server.storage.postgres")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with suppress(StorageSetupError):
        assert PASSWORD not in postgres.PostgresDatabase(url).description
    assert PASSWORD not in repr(Settings(database_url=url))
    for command in (["serve", "--port", "0"], ["store", "check"]):
        with pytest.raises(SystemExit) as exited:
            main.main([*command, "--database-url", url])
        assert exited.value.code == 2
        output = capfd.readouterr()
        assert PASSWORD not in output.out + output.err
        assert output.err.count("\n") == 1


def test_help_does_not_show_the_url_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOCK_SERVER_DATABASE_URL", URLS[0])
    with pytest.raises(SystemExit):
        main.main(["serve", "--help"])
    assert PASSWORD not in capsys.readouterr().out
