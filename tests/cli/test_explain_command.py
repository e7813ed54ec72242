"""The commands `mock-server explain …`, run against a server."""

from collections.abc import Iterator
from typing import Any

import pytest

from mock_server import app
from mock_server.cli import explain_text, main
from mock_server.settings import Settings
from tests import plain_http
from tests.builders import START_TIME, a_workspace
from tests.example_requests import two_partners
from tests.mock_harness import Client, running_server

TOKEN_HEADER = {"X-Mock-Control-Token": "s3cret"}
PACKAGE = {
    "partner_id": "partner-id-acme",
    "id": "pkg_mine/1",
    "title": "Spring",
    "event_ids": ["evt_abc123"],
    "clusters": [{"tc": "Jazz", "customers": ["cus_1"]}],
}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Run a server with a control token and a workspace `mine` that contains a package; yield its origin."""
    settings = Settings(clock_mode="frozen", now=START_TIME, control_token="s3cret")
    with running_server(app.create_workspace(settings), settings) as address:
        workspace_answer = plain_http.post(f"{address}/_mock/workspaces", json={"name": "mine"}, headers=TOKEN_HEADER)
        assert workspace_answer.status_code == 201
        package_answer = plain_http.post(f"{address}/w/mine/_mock/packages", json=PACKAGE, headers=TOKEN_HEADER)
        assert package_answer.status_code == 201, package_answer.text
        yield address


def run_explain(origin: str, capsys: pytest.CaptureFixture[str], *arguments: str, token: str = "s3cret") -> str:
    main.main(["explain", *arguments, "--base-url", origin, "--control-token", token])
    return capsys.readouterr().out


def test_an_evaluation_is_printed_as_text(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = run_explain(origin, capsys, "evaluation", "pkg_555", "--cluster", "Rock & Indie", "--limit", "2")
    assert "Rock & Indie: 92 of 823 customers bought 260 tickets in 103 orders" in text
    assert "Klassik" not in text
    assert text.splitlines()[-1].startswith("page 1 of ")


def test_a_day_and_an_event_are_printed_as_text(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "> FD: campaign " in run_explain(origin, capsys, "daily", "evt_abc123", "2026-08-30")
    assert "cr_9f3k2a: purchase 727" in run_explain(origin, capsys, "event", "evt_abc123", "--purchases", "0")


def test_a_workspace_can_be_named_and_an_id_may_contain_a_slash(
    origin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = run_explain(origin, capsys, "package", "pkg_mine/1", "--workspace", "mine")
    assert "set by POST /packages (addPackage, control request " in text
    assert "title: Spring" in text
    assert "no evaluation has completed" in run_explain(
        origin, capsys, "evaluation", "pkg_mine/1", "--workspace", "mine"
    )


def test_the_platforms_base_url_is_accepted_too(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "title: " in run_explain(f"{origin}/w/mine/api/v3", capsys, "package", "pkg_mine/1")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(["package", "pkg_0"], "there is no package pkg_0 in workspace default", id="an unknown package"),
        pytest.param(["event", "evt_0"], "there is no event evt_0", id="an unknown event"),
        pytest.param(
            ["package", "pkg_555", "--workspace", "none"], "there is no workspace none", id="an unknown workspace"
        ),
        pytest.param(["daily", "evt_abc123", "today"], "date: must be a calendar day", id="not a date"),
        pytest.param(["evaluation", "pkg_555", "--limit", "many"], "limit: must be an integer", id="not a number"),
        pytest.param(["evaluation", "pkg_555", "--reason", "bad"], "--reason", id="not a reason"),
        pytest.param(["package", "pkg_555", "--control-token", "bad"], "needs --control-token", id="a bad token"),
        pytest.param(["package", "pkg_555", "--base-url", "mock"], "not an HTTP URL: mock", id="not a URL"),
    ],
)
def test_an_error_is_reported_in_one_line(
    origin: str, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["explain", words[0], "--base-url", origin, "--control-token", "s3cret", *words[1:]])
    printed = capsys.readouterr().err
    assert (ended.value.code, printed.count("\n")) == (2, 1)
    assert why in printed
    assert "s3cret" not in printed


def test_an_unreachable_server_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["explain", "package", "pkg_1", "--base-url", "http://127.0.0.1:1"])
    assert "is the server running there?" in capsys.readouterr().err


def explain(path: str, *calls: tuple[str, str, Any]) -> Any:
    """Return the explanation at a path of a small world, after these control requests."""
    client = Client(a_workspace(two_partners())).sign_in()
    for method, target, body in calls:
        assert client.control(method, target, json=body).is_success
    return client.control("GET", path).json()


def test_a_run_without_a_row_is_printed_as_text() -> None:
    sale = {"customer_id": "cus_1", "event_id": "evt_1", "at": "2026-09-01T12:00:00Z", "tickets": 1, "revenue": 9.0}
    organic = {**sale, "fd": "organic", "meta": "organic", "external": "organic"}
    calls = (("POST", "/purchases", {"purchases": [organic]}), ("POST", "/clock/advance", {"days": 1}))
    lines = explain_text.format_event(explain("/explain/event/evt_1", *calls))
    assert "no row at 2026-09-02T08:00:00Z: the run examined 1 purchase" in lines


def test_a_page_past_the_end_and_a_day_without_purchases_are_distinguished() -> None:
    past_the_end = explain("/explain/daily/evt_1?date=2026-08-01&page=2")
    assert explain_text.format_daily(past_the_end)[-1] == "no purchases on page 2 of 1"
    assert explain_text.format_daily(explain("/explain/daily/evt_1?date=2026-08-02"))[-1] == "no purchases"


def a_client_with_failed_evaluation() -> Client:
    """Return a client whose package shows an older result, because the evaluation of its newer settings failed."""
    client = Client(a_workspace(two_partners())).sign_in()
    client.control("POST", "/packages", json={**PACKAGE, "id": "pkg_9", "event_ids": ["evt_1"]})
    settings = {"backhaul_evaluation_attribution_window": 9, "backhaul_evaluation_model": "ALL_PURCHASES"}
    for rules in ([], [{"effect": {"evaluation": {"fails": True}}}]):
        client.control("PUT", "/faults", json={"rules": rules})
        client.send("PUT", "/package_builder/packages/pkg_9/backhaul_evaluation_details", json=settings)
        client.control("POST", "/clock/advance", json={"seconds": 2})
    return client


def evaluation_text(client: Client) -> list[str]:
    return explain_text.format_evaluation(client.control("GET", "/explain/evaluation/pkg_9").json())


def test_a_failed_evaluation_is_printed_as_text() -> None:
    (line,) = [line for line in evaluation_text(a_client_with_failed_evaluation()) if line.startswith("NEWER SETTINGS")]
    assert line.endswith("; no job is pending, because the last one ended without a result")


def test_purchases_that_are_no_longer_known_are_not_printed_as_none() -> None:
    client = a_client_with_failed_evaluation()
    assert client.control("PUT", "/snapshot", json=client.control("GET", "/snapshot").json()).is_success
    lines = evaluation_text(client)
    assert lines[-1] == "no purchases are listed, because the settings that the result used are no longer recorded"
    assert "no purchases" not in lines
