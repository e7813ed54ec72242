"""`contracts run --console` sends the result to a mock. If that fails, the run ends as it would have ended."""

import json
from pathlib import Path

import httpx2
import pytest

from contracts.cli import console
from contracts.target.options import OptionError
from mock_server.settings import Settings
from tests.builders import a_workspace
from tests.contracts import suite_process
from tests.control.example_session import REPORT
from tests.mock_harness import running_server

SMALL_RUN = ("--rule", "BEV-07", "--profile", "smoke", "--kind", "example")


def test_the_result_of_a_run_is_sent(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        ended = suite_process.run_contracts(tmp_path, origin, *SMALL_RUN, "--console", origin)
        (summary,) = httpx2.get(f"{origin}/_mock/reports").json()
        report = httpx2.get(f"{origin}/_mock/reports/{summary['id']}").json()
    assert ended.code == 0, ended.err
    assert report == ended.result
    assert summary["verdicts"] == {"pass": 1}
    assert summary["target"] == ended.result["run"]["target"]


def send(tmp_path: Path, address: str, token: str | None = None, content: object = REPORT) -> str:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return console.send(console.parse_address(address), file, token)


def test_a_console_that_does_not_answer_is_a_reason(tmp_path: Path) -> None:
    assert send(tmp_path, "http://127.0.0.1:9") != ""


def test_what_the_console_refuses_is_a_reason_with_its_words(tmp_path: Path) -> None:
    with running_server(a_workspace(), Settings(control_token="s3cret")) as origin:
        assert send(tmp_path, origin).startswith("it answered 403: ")
        assert send(tmp_path, origin, "s3cret") == ""
        assert send(tmp_path, origin, "s3cret", {}).startswith("it answered 400: format")
        assert send(tmp_path, f"{origin}/nothing", "s3cret").startswith("it answered 404")


def test_a_failure_changes_neither_the_verdict_nor_the_exit_code(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        ended = suite_process.run_contracts(tmp_path, origin, *SMALL_RUN, "--console", "http://127.0.0.1:9/")
    assert ended.code == 0
    (line,) = [line for line in ended.err.splitlines() if "console" in line]
    assert line.startswith("contracts: the console at http://127.0.0.1:9/ did not take the result: ")


@pytest.mark.parametrize(
    "text", ["http://mock:8080", "http://mock:8080/", "http://mock:8080/_mock", "http://mock:8080/_mock/"]
)
def test_the_address_may_be_that_of_the_mock_or_of_its_page(text: str) -> None:
    assert console.parse_address(text) == "http://mock:8080/_mock"
    assert console.parse_address(text.replace("8080", "8080/below")) == "http://mock:8080/below/_mock"


@pytest.mark.parametrize("text", ["mock:8080", "ftp://mock", "http://", "http://user:secret@mock"])
def test_an_address_that_is_no_url_is_a_usage_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--console"):
        console.parse_address(text)


def test_a_wrong_address_is_found_before_the_run(tmp_path: Path) -> None:
    ended = suite_process.run_contracts(tmp_path, "http://127.0.0.1:9", *SMALL_RUN, "--console", "mock:8080")
    assert (ended.code, "--console: not an HTTP URL" in ended.err) == (2, True)
    assert not (tmp_path / "contracts-report").exists()
