"""What holds for every command: --json, the name by which it was called, and commands instead of HTTP in messages."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mock_server
from mock_server.cli import command_hints
from mock_server.cli.main import DEFAULT_COMMANDS, build_parser

PACKAGE = Path(mock_server.__file__).parent
NO_JSON = {"completion", "contracts"}
"""`completion` prints a script, and `contracts` has its own flags."""
SHOWN_BY_COMMANDS = ("control", "state", "storage", "operations", "http")
NO_COMMAND = {"GET /_mock/reports"}
"""Requests that no command sends."""
API_REQUEST = re.compile(r"\b(GET|POST|PUT|DELETE) (\{[^}]*\})?/_mock/[a-z]+")


def list_commands(parser: argparse.ArgumentParser, words: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield words.strip(), parser
    for group in groups:
        for name, command in group.choices.items():
            yield from list_commands(command, f"{words} {name}")


COMMANDS = dict(list_commands(build_parser({})))


def test_every_command_can_print_json() -> None:
    assert {name for name, each in COMMANDS.items() if "--json" not in each._option_string_actions} == NO_JSON


def test_every_command_that_names_a_server_takes_a_control_token() -> None:
    flags = {name: command._option_string_actions for name, command in COMMANDS.items()}
    assert [name for name, each in flags.items() if "--base-url" in each and "--control-token" not in each] == []
    without_workspace = {name for name, each in flags.items() if "--base-url" in each and "--workspace" not in each}
    assert without_workspace == {f"workspace {verb}" for verb in ("create", "list", "delete")} | {
        "gotcha run",
        "gotcha set-up",
        "health",
    }


def test_every_group_with_a_list_stands_for_it() -> None:
    with_list = {name.removesuffix(" list") for name in COMMANDS if name.endswith(" list")}
    assert {name for name, command in DEFAULT_COMMANDS.items() if command == "list"} == with_list


def list_texts(file: Path) -> Iterator[str]:
    """Yield the strings of a module that are no docstrings, with the expressions of f-strings in braces."""
    tree = ast.parse(file.read_text("utf-8"))
    nodes = list(ast.walk(tree))
    skipped = {id(each.value) for each in nodes if isinstance(each, ast.Expr)}
    skipped |= {id(part) for each in nodes if isinstance(each, ast.JoinedStr) for part in each.values}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part)}}}"
                for part in node.values
            )


def list_messages() -> set[str]:
    """Return the messages of the server that name requests to the control API."""
    files = [file for folder in SHOWN_BY_COMMANDS for file in (PACKAGE / folder).rglob("*.py")]
    texts = {text for file in files if file.name != "document.py" for text in list_texts(file)}
    return {text for text in texts if API_REQUEST.search(text)}


def test_a_command_names_commands_where_the_server_names_requests() -> None:
    messages = list_messages()
    assert len(messages) >= 5
    for message in messages:
        plain = re.sub(r"\{[^}]*prefix[^}]*\}", "", message)
        shown = re.sub(r"\{[^}]*\}", "x", plain)
        remaining = {request[0] for request in API_REQUEST.finditer(command_hints.name_commands(shown))}
        assert remaining <= NO_COMMAND, message


def test_each_command_that_stands_for_a_request_exists() -> None:
    for command in command_hints.COMMANDS.values():
        assert command.removesuffix(" ").removesuffix(" TIME") in COMMANDS


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "there is no workspace ci; POST /_mock/workspaces creates one",
            "there is no workspace ci; 'mock-server workspace create' creates one",
        ),
        ("use POST /w/ci/_mock/rewind to go back", "use 'mock-server rewind TIME --workspace ci' to go back"),
        ("send DELETE /_mock/workspaces/ci", "'mock-server workspace delete ci'"),
        ("delete one with DELETE /_mock/workspaces/{name}", "delete one with 'mock-server workspace delete NAME'"),
        ("GET /_mock/elsewhere and GET /events/", "GET /_mock/elsewhere and GET /events/"),
    ],
)
def test_a_request_is_replaced_by_its_command(message: str, shown: str) -> None:
    assert command_hints.name_commands(message) == shown


def test_messages_of_commands_do_not_fix_the_name_of_the_command() -> None:
    """`wavetank` and `mock-server` are the same command, so a message uses the name by which it was called."""
    texts = {text for file in (PACKAGE / "cli").glob("*.py") for text in list_texts(file)}
    assert {text for text in texts if "mock-server " in text} == set()
