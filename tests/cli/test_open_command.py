"""`wavetank open` prints the address of the console, and opens it in a browser."""

import json
from collections.abc import Iterator

import pytest

from mock_server.cli import main
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.mock_harness import running_server


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(a_workspace(), Settings()) as address:
        yield address


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the browser was asked to open."""
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: addresses.append(url) is None)
    return addresses


@pytest.mark.parametrize(
    ("flags", "path"), [([], "/_mock/"), (["--workspace", "ci 1"], "/w/ci%201/_mock/")], ids=["default", "workspace"]
)
def test_the_console_of_a_workspace_is_opened(
    origin: str, opened: list[str], flags: list[str], path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main.main(["open", "--base-url", f"{origin}/api/v3", *flags])
    assert opened == [f"{origin}{path}"]
    assert capsys.readouterr().out == f"{origin}{path}\n"


@pytest.mark.parametrize("flag", ["--json", "--no-browser"])
def test_a_switch_only_prints_the_address(
    origin: str, opened: list[str], flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main.main(["open", "--base-url", origin, flag])
    printed = capsys.readouterr().out
    assert (json.loads(printed)["url"] if flag == "--json" else printed.strip()) == f"{origin}/_mock/"
    assert opened == []


def test_without_a_browser_it_says_so(
    origin: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    main.main(["open", "--base-url", origin])
    assert "no browser was found" in capsys.readouterr().err


def test_an_unreachable_server_is_not_opened(opened: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["open", "--base-url", "http://127.0.0.1:1"])
    assert (ended.value.code, opened) == (2, [])
    assert "is the server running there?" in capsys.readouterr().err
