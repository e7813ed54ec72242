"""`wavetank contracts` runs the command `contracts`, which is found by an entry point."""

from importlib.metadata import EntryPoint

import pytest

from mock_server.cli import main, other_commands


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        main.main(arguments)
    except SystemExit as exited:
        return int(exited.code or 0), *capsys.readouterr()
    return 0, *capsys.readouterr()


def test_a_command_gets_its_own_flags(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed, error = run(capsys, "contracts", "explain", "BEV-04")
    assert (status, error) == (0, "")
    assert printed.startswith("BEV-04")


def test_its_errors_and_statuses_are_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = run(capsys, "contracts", "explain", "BEV-99")
    assert status == 2
    assert "BEV-99" in error


@pytest.mark.parametrize(
    ("found", "message"),
    [
        pytest.param(None, "contracts is not installed", id="no entry point"),
        pytest.param("missing_package.cli:main", "contracts needs the package missing_package", id="no package"),
    ],
)
def test_without_the_extra_it_says_how_to_install_it(
    found: str | None, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = [] if found is None else [EntryPoint("contracts", found, other_commands.GROUP)]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **selected: entries)
    status, printed, error = run(capsys, "contracts", "run")
    assert (status, printed, error.count("\n")) == (2, "", 1)
    assert message in error
    assert "pip install 'wavetank[contracts]'" in error


def test_the_help_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert "contracts" in run(capsys, "--help")[1]
