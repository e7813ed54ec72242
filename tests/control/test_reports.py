"""The reports of contract runs that were given to the server."""

import asyncio
import json
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest

from mock_server.control.reports.schemas import MAX_REPORT_BYTES, MAX_REPORT_VALUES, Verdict
from mock_server.settings import Settings
from mock_server.state.reports import MAX_REPORTS
from tests.asgi_driver import AsgiResponse
from tests.builders import a_workspace
from tests.control.example_session import REPORT
from tests.example_requests import a_client
from tests.mock_harness import Client
from tests.storage.stored_server import StoredServer, a_stored_server

RUN: dict[str, Any] = REPORT["run"]
RAW_SURROGATE = json.dumps(REPORT).encode()[:-1] + b',"x":"\xed\xa0\x80"}'
HOSTILE = {**REPORT, "outcomes": [{"seen": "<script>alert(1)</script> \u0000 \udc00 😀 '; DROP TABLE server; %s"}]}


@pytest.fixture
def client() -> Client:
    return a_client()


def test_a_report_is_returned_as_it_was_given(client: Client) -> None:
    content = json.dumps(HOSTILE, indent=3).encode()
    added = client.control("POST", "/reports", content=content, headers={"content-type": "application/json"})
    assert added.status_code == 201
    assert client.control("GET", f"/reports/{added.json()['id']}").content == content


def test_a_summary_counts_the_verdicts_of_the_rules(client: Client) -> None:
    rules = [{"id": f"BEV-0{number}", "verdict": verdict} for number, verdict in enumerate(["pass", "fail", "pass"])]
    summary = client.control("POST", "/reports", json={**REPORT, "rules": rules}).json()
    assert summary["verdicts"] == {"pass": 2, "fail": 1}
    assert (summary["target"], summary["start"], summary["exit_code"]) == (RUN["target"], RUN["start"], 1)
    assert client.control("GET", "/reports").json() == [summary]


def test_the_last_reports_are_kept_newest_first(client: Client) -> None:
    for number in range(MAX_REPORTS + 3):
        client.control("POST", "/reports", json={**REPORT, "run": {**RUN, "run_id": str(number)}})
    kept = [summary["run_id"] for summary in client.control("GET", "/reports").json()]
    assert kept == [str(number) for number in range(MAX_REPORTS + 2, 2, -1)]
    assert client.control("GET", "/reports/3").status_code == 404


def test_a_reset_of_the_workspace_keeps_the_reports(client: Client) -> None:
    client.control("POST", "/reports", json=REPORT)
    client.control("POST", "/reset")
    assert len(client.control("GET", "/reports").json()) == 1


def test_a_report_that_was_removed_is_unknown_and_its_number_is_not_used_again(client: Client) -> None:
    assert client.control("POST", "/reports", json=REPORT).json()["id"] == 1
    assert client.control("DELETE", "/reports/1").status_code == 204
    for method in ("GET", "DELETE"):
        answer = client.control(method, "/reports/1")
        assert (answer.status_code, answer.json()["validation_errors"][0]["field"]) == (404, "report_id")
    assert client.control("POST", "/reports", json=REPORT).json()["id"] == 2


@pytest.mark.parametrize("report_id", ["x", "0", "-1", "1.0", "٣", "9" * 30, "1%20", "%00", "..%2f1"])
def test_an_unknown_report_is_404(client: Client, report_id: str) -> None:
    client.control("POST", "/reports", json=REPORT)
    assert client.control("GET", f"/reports/{report_id}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "format"),
        ({**REPORT, "format": "wavetank-result-2"}, "format"),
        ({**REPORT, "run": None}, "run"),
        ({**REPORT, "run": {**RUN, "target": 1}}, "run.target"),
        ({**REPORT, "rules": [{"id": "BEV-01"}]}, "rules.0.verdict"),
        ({name: value for name, value in REPORT.items() if name != "outcomes"}, "outcomes"),
    ],
    ids=str,
)
def test_what_is_no_result_of_a_run_is_refused(client: Client, body: object, field: str) -> None:
    answer = client.control("POST", "/reports", json=body)
    assert answer.status_code == 400
    assert field in [problem["field"] for problem in answer.json()["validation_errors"]]
    assert client.control("GET", "/reports").json() == []


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff", b"[" * 100_000, b'{"a":NaN}', RAW_SURROGATE],
    ids=["cut", "no text", "deep", "NaN", "raw surrogate"],
)
def test_what_is_no_json_is_refused(client: Client, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert client.control("POST", "/reports", content=content, headers=headers).status_code == 400


@pytest.mark.parametrize("value", ["[]", '{"a":{}}', "1"])
def test_a_report_with_more_values_than_a_run_has_is_refused_before_it_is_parsed(client: Client, value: str) -> None:
    values = ",".join([value] * (MAX_REPORT_VALUES.values + 1))
    content = f'{json.dumps(REPORT)[:-1]},"x":[{values}]}}'
    assert len(content) < MAX_REPORT_BYTES
    answer = client.control("POST", "/reports", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["validation_errors"][0]["code"]) == (400, "length")


def test_a_summary_is_text_even_if_the_report_contains_lone_surrogates(client: Client) -> None:
    content = json.dumps({**REPORT, "ended": "\ud800", "run": {**RUN, "target": "a\udfff"}})
    summary = client.control("POST", "/reports", content=content, headers={"content-type": "application/json"}).json()
    assert (summary["ended"], summary["target"]) == ("?", "a?")


def test_a_verdict_that_no_run_has_is_refused(client: Client) -> None:
    answer = client.control("POST", "/reports", json={**REPORT, "rules": [{"id": "BEV-01", "verdict": "x"}]})
    assert (answer.status_code, answer.json()["validation_errors"][0]["field"]) == (400, "rules.0.verdict")


def test_the_verdicts_are_those_of_a_run() -> None:
    schema = json.loads((resources.files("contracts.results") / "result.schema.json").read_text("utf-8"))
    assert list(get_args(Verdict)) == schema["$defs"]["verdict"]["enum"]


def test_a_report_may_be_as_large_as_a_large_run_and_no_larger(client: Client) -> None:
    content = json.dumps(REPORT).encode()
    headers = {"content-type": "application/json"}
    for size, status in ((MAX_REPORT_BYTES, 201), (MAX_REPORT_BYTES + 1, 413)):
        padded = content + b" " * (size - len(content))
        assert client.control("POST", "/reports", content=padded, headers=headers).status_code == status


def test_reports_are_for_the_whole_server_and_need_the_control_token(client: Client) -> None:
    client.control("POST", "/workspaces", json={"name": "x"})
    assert client.for_workspace("x").control("GET", "/reports").status_code == 404
    beyond = Client(a_workspace(), Settings(host="0.0.0.0", control_token="t"))
    assert beyond.control("POST", "/reports", json=REPORT).status_code == 403
    assert beyond.control("POST", "/reports", json=REPORT, headers={"X-Mock-Control-Token": "t"}).status_code == 201


def test_reports_survive_in_a_file(tmp_path: Path) -> None:
    with a_stored_server(tmp_path / "tank.db") as server:
        assert server.send("POST", "/_mock/reports", HOSTILE).status == 201
    with a_stored_server(tmp_path / "tank.db") as server:
        assert server.send("GET", "/_mock/reports/1").json() == HOSTILE
        use_stored(server, server)


def use_stored(first: StoredServer, second: StoredServer) -> None:
    """Fill the store, and see that both servers have the same reports."""

    async def send(server: StoredServer, method: str, target: str, body: object = None) -> AsgiResponse:
        return await server.driver.request(method, target, body)

    async def run() -> None:
        for _ in range(MAX_REPORTS + 1):
            added = (await send(first, "POST", "/_mock/reports", REPORT)).json()
        listed = (await send(second, "GET", "/_mock/reports")).json()
        assert (len(listed), listed[0]) == (MAX_REPORTS, added)
        assert (await send(second, "DELETE", f"/_mock/reports/{added['id']}")).status == 204
        assert (await send(first, "GET", f"/_mock/reports/{added['id']}")).status == 404
        assert (await send(first, "GET", f"/_mock/reports/{listed[1]['id']}")).json() == REPORT

    asyncio.run(run())
