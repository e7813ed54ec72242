"""`--secrets-dir`: secrets that are not set are made once, kept in files, and used by commands beside the server."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from mock_server import app, secret_files, server, settings_flags
from mock_server.cli import main
from mock_server.secret_files import CONTROL_TOKEN_FILE, SAMPLE_PASSWORD_FILE, SecretFileError
from mock_server.settings import Settings
from tests.mock_harness import Client, running_app

NAMES = sorted([CONTROL_TOKEN_FILE, SAMPLE_PASSWORD_FILE])


def provide(folder: Path, **settings: object) -> Settings:
    return secret_files.provide(Settings(host="0.0.0.0", secrets_dir=folder, **settings))  # type: ignore[arg-type]  # tests only


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "secrets"
    first, second = provide(folder), provide(folder)
    assert first == replace(second, has_new_secrets=True)
    assert not second.has_new_secrets
    assert first.control_token != first.sample_password
    assert min(len(first.control_token or ""), len(first.sample_password or "")) >= 32
    assert sorted(file.name for file in folder.iterdir()) == NAMES
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600, 0o600]


def test_servers_that_start_at_the_same_time_have_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: provide(tmp_path / "secrets").control_token, range(32)))
    assert len(made) == 1
    assert sorted(file.name for file in (tmp_path / "secrets").iterdir()) == NAMES


def test_a_file_system_without_links_does_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert provide(tmp_path) == replace(provide(tmp_path), has_new_secrets=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == NAMES


def test_a_secret_that_is_set_is_not_made(tmp_path: Path) -> None:
    settings = provide(tmp_path, control_token="given")
    assert settings.control_token == "given"
    assert [file.name for file in tmp_path.iterdir()] == ["sample-password"]


def test_a_file_of_the_platform_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "control-token").write_text("from-elsewhere\n")
    (tmp_path / "control-token").chmod(0o444)
    assert provide(tmp_path).control_token == "from-elsewhere"


def test_without_a_folder_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert secret_files.provide(Settings()) == Settings()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", "ü".encode(), b"\xff", b"x" * 513])
def test_an_unusable_file_is_refused_without_its_content(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "control-token").write_bytes(content)
    with pytest.raises(SecretFileError, match=r"control-token (must contain one line|cannot be read)"):
        provide(tmp_path)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "control-token")
    with pytest.raises(SecretFileError, match="control-token is not a regular file"):
        provide(tmp_path)


def test_a_folder_that_cannot_be_made_ends_serve_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as ended:
        main.main(["serve", "--port", "0", "--secrets-dir", str(tmp_path / "file" / "secrets")])
    error = capsys.readouterr().err
    assert (ended.value.code, error.count("\n")) == (2, 1)
    assert "control-token cannot be" in error


def test_the_start_message_names_the_files_and_no_secret(tmp_path: Path) -> None:
    for hint in (" (new)", ""):
        settings = provide(tmp_path, control_token="given")
        assert server.format_secret_lines(settings) == [f"Secrets   {tmp_path}/sample-password{hint}"]
    shared = replace(settings, has_new_secrets=True, database_url="postgresql://mock.test/tank")
    assert server.format_secret_lines(shared)[0].endswith(" (new: servers that share the database need the same files)")
    assert server.format_secret_lines(Settings(control_token="given")) == []


def test_an_application_without_a_command_makes_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_SERVER_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("MOCK_SERVER_HOST", "0.0.0.0")
    assert settings_flags.read_environment(os.environ).control_token is None
    client = Client()
    client.app = app.create_app()
    password = (tmp_path / "sample-password").read_text().strip()
    client.sign_in(password=password)
    token = (tmp_path / "control-token").read_text().strip()
    assert client.control("GET", "/clock").status_code == 403
    assert client.control("GET", "/clock", headers={"x-mock-control-token": token}).status_code == 200


def test_commands_beside_the_server_use_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = provide(tmp_path)
    monkeypatch.setenv("MOCK_SERVER_SECRETS_DIR", str(tmp_path))
    with running_app(app.create_app(settings, app.create_workspace(settings))) as origin:
        main.main(["clock", "--base-url", origin])
        main.main(["token", "--base-url", origin])
        monkeypatch.delenv("MOCK_SERVER_SECRETS_DIR")
        with pytest.raises(SystemExit):
            main.main(["clock", "--base-url", origin])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("eyJ")
