"""On the page about running the mock, the flags and the environment variables exist."""

import re

import pytest
from uvicorn.main import main as uvicorn_command

from mock_server.cli import main
from mock_server.control import test_data_routes
from mock_server.control.faults import routes as faults
from mock_server.control.journal import routes as journal
from mock_server.http.json_size import MaxValues
from tests.docs import pages

PAGE = pages.read_page("running")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OWN_PART, _, UVICORN_PART = PAGE.partition("\n## Serve with uvicorn\n")


@pytest.mark.parametrize("flag", sorted(set(FLAG.findall(UVICORN_PART))))
def test_every_option_of_uvicorn_that_the_page_names_exists(flag: str) -> None:
    options = {option for each in uvicorn_command.params for option in (*each.opts, *each.secondary_opts)}
    assert flag in options


@pytest.mark.parametrize("flag", sorted(set(FLAG.findall(OWN_PART))))
def test_every_flag_that_the_page_names_exists(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("serve", "health"):
        with pytest.raises(SystemExit):
            main.build_parser({}).parse_args([command, "--help"])
    assert flag in {*re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out)}


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"MOCK_SERVER_([A-Z_]+)", PAGE))))
def test_every_variable_is_a_flag(variable: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = "token" if variable == "BASE_URL" else "serve"
    with pytest.raises(SystemExit):
        main.build_parser({}).parse_args([command, "--help"])
    assert f"--{variable.lower().replace('_', '-')}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("operation", "limit"),
    [
        ("POST /_mock/journal/verify", journal.MAX_EXPECTED_VALUES),
        ("POST /_mock/purchases", test_data_routes.MAX_PURCHASE_VALUES),
        ("PUT /_mock/faults", faults.MAX_FAULT_VALUES),
        ("POST /_mock/packages", test_data_routes.MAX_PACKAGE_VALUES),
    ],
)
def test_the_limits_of_json_values_are_those_of_the_routes(operation: str, limit: MaxValues) -> None:
    assert f"| `{operation}` | {limit.values:,} | {limit.containers:,} | {limit.members:,} |" in PAGE
