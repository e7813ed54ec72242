"""Secrets leave no trace: all output of a run is searched for the tokens and passwords that were used in it."""

import secrets
from pathlib import Path

import pytest

from contracts.cli.run import INI
from tests.contracts import suite_process
from tests.contracts.safety import canary_server
from tests.contracts.safety.canary_server import SHAPES
from tests.contracts.suite_process import USER_OPTIONS, CommandResult

SHOWN_LENGTH = 16
"""A part of a secret that is this long must not be shown either."""
OPTIONS = ("--control", "none", "--partner", "partner-id-acme", "--kind", "law", "--har", "run.har", "--no-rate-limits")
AREAS = ("--area", "sign-in", "--area", "partners", "--area", "attribution-model")
WRITING = ("--allow-writes", "partner-id-acme")

SHAPES_ON_EACH_CHANGE = frozenset(
    {"opaque tokens", "nested", "tokens as names", "in headers", "in an error", "cut short", "without the access token"}
)
"""One for each place of the tokens. `test_redactor.py` has the others on each change, without a run."""


def find_shown(tried: CommandResult, canaries: list[str]) -> dict[str, list[str]]:
    """Return the files and outputs that contain a canary or a part of it."""
    texts = {str(file): file.read_bytes() for file in tried.folder.rglob("*") if file.is_file()}
    texts |= {"stdout": tried.out.encode(), "stderr": tried.err.encode()}
    shown = {
        name: [canary for canary in canaries if canary[:SHOWN_LENGTH].encode() in text or canary.encode() in text]
        for name, text in texts.items()
    }
    return {name: found for name, found in shown.items() if found}


def run_and_search(folder: Path, shape: str, *options: str, numeric: bool = False, echoes: bool = False) -> str:
    """Run the suite on a target with such sign-in answers. Fail if it shows a secret. Return the screen."""
    password = secrets.token_urlsafe(20)
    with canary_server.running_canary_server(shape, password, numeric=numeric, echoes=echoes) as (origin, target):
        tried = suite_process.run_contracts(folder, origin, *OPTIONS, *options, CONTRACTS_PASSWORD=password)
    assert target.canaries
    assert (folder / "contracts-report" / "result.json").exists(), tried.err
    assert find_shown(tried, [*target.canaries, password]) == {}
    return tried.out


@pytest.mark.parametrize(
    "shape",
    [shape if shape in SHAPES_ON_EACH_CHANGE else pytest.param(shape, marks=pytest.mark.soak) for shape in SHAPES],
)
def test_no_sign_in_answer_is_shown_in_whatever_form(tmp_path: Path, shape: str) -> None:
    run_and_search(tmp_path, shape, *AREAS, *WRITING, "--profile", "smoke")


def test_tokens_that_are_numbers_are_not_shown(tmp_path: Path) -> None:
    run_and_search(tmp_path, "opaque tokens", *AREAS, "--profile", "smoke", numeric=True)


def test_refusals_that_repeat_the_request_show_no_secret(tmp_path: Path) -> None:
    screen = run_and_search(tmp_path, "opaque tokens", *AREAS, *WRITING, "--profile", "smoke", echoes=True)
    assert "$TOKEN" in screen + "".join(file.read_text("utf-8") for file in tmp_path.rglob("*.json"))


def test_sessions_codes_and_new_passwords_are_not_shown(tmp_path: Path) -> None:
    password, code = secrets.token_urlsafe(20), str(10**11 + secrets.randbelow(9 * 10**11))
    names = ("CONTRACTS_INITIAL_PASSWORD", "CONTRACTS_SECOND_FACTOR_PASSWORD", "CONTRACTS_DISABLED_PASSWORD")
    variables = {**dict.fromkeys(names, password), "CONTRACTS_SECOND_FACTOR_CODE": code, "CONTRACTS_PASSWORD": password}
    users = ("--second-factor-user", "mfa@acme.example", "--new-password-user", "new@acme.example")
    users += ("--disabled-user", "disabled@acme.example", "--area", "sign-in", *WRITING, "--job-timeout", "session=1")
    with canary_server.running_canary_server("opaque tokens", password, code=code, echoes=True) as (origin, target):
        tried = suite_process.run_contracts(tmp_path, origin, *OPTIONS, *users, **variables)
    assert "new@acme.example has another password for good" in tried.out
    assert find_shown(tried, [*target.canaries, password, code]) == {}


@pytest.mark.soak
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--area", "errors", *WRITING), id="all errors"),
        pytest.param((*AREAS, *WRITING, "--workers", "2"), id="two processes"),
        pytest.param(("--kind", "schema", "--profile", "smoke"), id="schemathesis"),
    ],
)
def test_runs_of_other_parts_show_no_secret(tmp_path: Path, options: tuple[str, ...]) -> None:
    run_and_search(tmp_path, "opaque tokens", *options, echoes=True)


def test_pytest_shows_no_secret_in_its_tracebacks(tmp_path: Path) -> None:
    password = secrets.token_urlsafe(20)
    options = ["-p", "contracts.plugin", "--pyargs", "contracts.cases.test_sign_in", "-rA"]
    options += ["-c", str(INI), "-p", "no:cacheprovider", "--contracts-control=none", "--contracts-profile=smoke"]
    options += [f"--contracts-user={USER_OPTIONS[1]}", "--contracts-partner=partner-id-acme"]
    with canary_server.running_canary_server("other types", password, echoes=True) as (origin, target):
        options.append(f"--contracts-base-url={origin}/api/v3")
        tried = suite_process.run_program(suite_process.PYTEST, tmp_path, *options, CONTRACTS_PASSWORD=password)
    assert "FAILED" in tried.out, tried.out + tried.err
    assert "$TOKEN" in tried.out
    assert find_shown(tried, [*target.canaries, password]) == {}
