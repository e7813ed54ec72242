"""The suite as a pytest plugin in another project's pytest session."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import forked_process
from tests.contracts import suite_process

ONE_CONTRACT = "settings_are_a_window"
"""Part of the name of a contract that runs quickly."""
ITS_MODULE = "contracts.cases.test_evaluation_settings"
OWN_TEST_FILE = """\
import hypothesis
import hypothesis.strategies as st

@hypothesis.given(st.integers())
def test_their_laws_keep_their_settings(number):
    assert hypothesis.settings().max_examples == 100

def test_their_tests_run(): pass
"""


@pytest.fixture(scope="module")
def target_options() -> Iterator[tuple[str, ...]]:
    with suite_process.running_mock() as origin:
        yield (f"--contracts-base-url={origin}/api/v3", "--contracts-user=partner@acme.example")


def run_pytest(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest in this folder with the suite's plugin; return the exit code and the output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with tempfile.TemporaryFile("w+") as screen, open(os.devnull) as nothing:
        streams = (nothing.fileno(), screen.fileno(), screen.fileno())
        options = ("-p", "contracts.plugin", "-p", "no:cacheprovider", *arguments)
        code = forked_process.start(suite_process.PYTEST, options, folder, environment, streams).wait()
        screen.seek(0)
        return code, screen.read()


def test_contracts_are_chosen_by_pytests_own_means(target_options: tuple[str, ...], tmp_path: Path) -> None:
    code, screen = run_pytest(
        tmp_path, "--pyargs", ITS_MODULE, *target_options, "-k", ONE_CONTRACT, "-m", "contract", "-n", "1"
    )
    assert code == 0, screen
    assert re.search(r"= \d+ passed", screen)
    assert "conforms: " in screen


def test_other_peoples_tests_run_as_if_nothing_were_there(target_options: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(OWN_TEST_FILE)
    options = ("--contracts-rule=BEV-01", "--contracts-kind=law", "--contracts-profile=smoke")
    code, screen = run_pytest(tmp_path, "test_own.py", "--pyargs", "contracts.cases", *target_options, *options)
    assert code == 0, screen
    assert "1 rule checked, none broken" in screen


def test_without_a_target_the_session_says_what_is_missing_and_is_not_green(tmp_path: Path) -> None:
    code, screen = run_pytest(tmp_path, "--pyargs", ITS_MODULE, "-k", ONE_CONTRACT)
    assert code == pytest.ExitCode.NO_TESTS_COLLECTED, screen
    assert "nothing was checked: pass --contracts-base-url" in screen


def test_without_a_target_other_peoples_tests_decide(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(OWN_TEST_FILE)
    code, screen = run_pytest(
        tmp_path, "test_own.py", "--pyargs", "contracts.cases", "-k", f"their_tests or their_laws or {ONE_CONTRACT}"
    )
    assert code == 0, screen
    assert "2 passed, 1 skipped" in screen


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        pytest.param("--contracts-base-url=nowhere", "--base-url: not an HTTP URL: nowhere", id="an address"),
        pytest.param(
            "--contracts-rule=BEV-99", "--rule: BEV-99 is not in the catalogue", id="a rule", marks=pytest.mark.soak
        ),
        pytest.param(
            "--contracts-expectations=none.yaml",
            "--expectations: none.yaml cannot be read",
            id="a file",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_invalid_options_are_usage_errors(
    option: str, expected: str, target_options: tuple[str, ...], tmp_path: Path
) -> None:
    code, screen = run_pytest(tmp_path, *target_options, option)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert expected in screen
