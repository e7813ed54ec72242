"""Environment variables that set no flag: empty variables, and the variables of a container platform."""

import argparse
from collections.abc import Iterator

import pytest

from mock_server import settings_flags
from mock_server.cli import main
from mock_server.settings import Settings

SERVICE_VARIABLES = {
    "MOCK_SERVER_PORT": "tcp://10.0.0.1:8080",
    "MOCK_SERVER_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "MOCK_SERVER_PORT_8080_TCP_ADDR": "10.0.0.1",
    "MOCK_SERVER_PORT_8080_TCP_PORT": "8080",
    "MOCK_SERVER_PORT_8080_TCP_PROTO": "tcp",
    "MOCK_SERVER_SERVICE_HOST": "10.0.0.1",
    "MOCK_SERVER_SERVICE_PORT": "8080",
    "MOCK_SERVER_SERVICE_PORT_HTTP": "8080",
}
"""The variables that Kubernetes sets in every container of a namespace with a service called mock-server."""


REQUIRED = {
    "world export": ["dir"],
    "workspace delete": ["x"],
    "snapshot save": ["x"],
    "snapshot load": ["x"],
    "snapshot show": ["x"],
    "store export": ["x"],
    "store import": ["x"],
    "explain package": ["x"],
    "explain evaluation": ["x"],
    "explain event": ["x"],
    "explain daily": ["x", "y"],
    "gotcha run": ["G-02"],
    "clock advance": ["1d"],
    "clock set": ["2026-09-01T12:00:00Z"],
    "rewind": ["2026-09-01T12:00:00Z"],
    "quirk set": ["numeric_client_id"],
    "journal har": ["x"],
    "gotcha set-up": ["G-01"],
    "completion": ["bash"],
}
"""The arguments that a command needs."""


def find_commands(parser: argparse.ArgumentParser, *words: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Each command, as words of a command line, and the flags that it takes."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for name, command in (pair for group in groups for pair in group.choices.items()):
        yield from find_commands(command, *words, name)
    if not groups:
        yield words, [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")]


def parse(words: tuple[str, ...], **variables: str) -> dict[str, object]:
    """Parse a command with its required arguments and these variables."""
    positional = REQUIRED.get(" ".join(words), [])
    return vars(main.build_parser(variables).parse_args([*words, *positional]))


@pytest.mark.parametrize("words", [words for words, _ in find_commands(main.build_parser({}))], ids=" ".join)
def test_an_empty_variable_is_one_that_is_not_set(words: tuple[str, ...]) -> None:
    flags = dict(find_commands(main.build_parser({})))[words]
    empty = {f"MOCK_SERVER_{flag.removeprefix('--').replace('-', '_').upper()}": "" for flag in flags}
    assert parse(words, **empty) == parse(words)


def test_an_application_without_a_command_takes_empty_variables_for_unset_ones() -> None:
    empty = {f"MOCK_SERVER_{name}": "" for name in ("HOST", "PORT", "CLOCK", "NOW", "SPEED", "WORLD", "SEED", "CORS")}
    assert settings_flags.read_environment(empty) == Settings()


@pytest.mark.parametrize("command", ["serve", "token", "workspace list", "gotcha run G-02"])
def test_the_variables_of_a_service_are_passed_over_with_one_line(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = main.build_parser(SERVICE_VARIABLES).parse_args(command.split())
    plain = main.build_parser({}).parse_args(command.split())
    assert vars(arguments) == vars(plain)
    error_output = capsys.readouterr().err
    assert error_output.startswith("mock-server: ignoring MOCK_SERVER_PORT=tcp://10.0.0.1:8080: ")
    assert error_output.count("\n") == 1


def test_the_line_about_a_variable_names_the_command_as_it_was_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/wavetank", "serve"])
    main.build_parser(SERVICE_VARIABLES)
    assert capsys.readouterr().err.startswith("wavetank: ignoring MOCK_SERVER_PORT=tcp://10.0.0.1:8080: ")


def test_an_application_without_a_command_passes_over_the_variables_of_a_service(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert settings_flags.read_environment(SERVICE_VARIABLES) == Settings()
    assert capsys.readouterr().err.count("\n") == 1


def test_a_port_that_is_no_address_of_a_service_is_still_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.build_parser({"MOCK_SERVER_PORT": "http"}).parse_args(["serve"])
    assert ended.value.code == 2
    assert "argument --port: not an integer from 0 to 65535: 'http'" in capsys.readouterr().err
