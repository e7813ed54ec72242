"""On the page about running the mock, the flags and the environment variables exist."""

import re

import pytest

from mock_server.cli import main
from tests.docs import pages

PAGE = pages.read_page("running")


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE))))
def test_every_flag_that_the_page_names_exists(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.build_parser({}).parse_args(["serve", "--help"])
    assert flag in {*re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out)}


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"MOCK_SERVER_([A-Z_]+)", PAGE))))
def test_every_variable_is_a_flag(variable: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = "token" if variable == "BASE_URL" else "serve"
    with pytest.raises(SystemExit):
        main.build_parser({}).parse_args([command, "--help"])
    assert f"--{variable.lower().replace('_', '-')}" in capsys.readouterr().out
