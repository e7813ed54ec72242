"""The Conformance page shows the reports of contract runs, rule by rule, and compares two of them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.console.conftest import Console

if TYPE_CHECKING:
    from playwright.sync_api import Page

Axe = Callable[["Page"], list[str]]
HOSTILE = "<img src=x onerror=alert(1)>"


def a_result(verdict: str) -> dict[str, Any]:
    """A result in which BEV-07 has a verdict, and DEF-02 passes."""
    run = {"suite": "1", "document": "0" * 64, "catalogue": "0" * 64, "target": "http://a.example/api/v3", "seed": 1}
    run |= {"profile": "smoke", "strict": False, "run_id": "r", "requests": 9, "documentation": "older"}
    run |= {"start": "2026-09-01T12:00:00Z", "end": "2026-09-01T12:01:00Z"}
    rules = [{"id": "BEV-07", "verdict": verdict, "reason": ""}, {"id": "DEF-02", "verdict": "pass", "reason": ""}]
    outcome = {"contract": "evaluation::a_window", "case": "", "kind": "example", "rules": ["BEV-07"], "requests": 9}
    outcome |= {"verdict": verdict, "reason": "", "calls": ["curl -s http://a.example"], "parts": ["BEV-07.length"]}
    outcome |= {"expected": '{"purchase": 155}', "seen": f'{{"purchase": "{HOSTILE}"}}', "broken_parts": []}
    if verdict == "fail":
        outcome["broken_parts"] = ["BEV-07.length"]
    exit_code = int(verdict == "fail")
    return {
        "format": "wavetank-result-1",
        "exit_code": exit_code,
        "ended": "",
        "run": run,
        "rules": rules,
        "outcomes": [outcome],
    }


@pytest.fixture
def reports(console: Console) -> Iterator[list[int]]:
    """Two reports: in the second one, BEV-07 is broken."""
    added = [console.server.call("POST", "/_mock/reports", a_result(verdict))["id"] for verdict in ("pass", "fail")]
    yield added
    for report in console.server.call("GET", "/_mock/reports"):
        console.server.call("DELETE", f"/_mock/reports/{report['id']}")


def test_a_rule_is_shown_with_its_claims_and_its_evidence(console: Console, reports: list[int], axe: Axe) -> None:
    page = console.page_at("conformance", user=None)
    page.get_by_role("link", name=str(reports[1]), exact=True).click()
    page.get_by_role("button", name="1 broken").click()
    page.get_by_role("link", name="BEV-07").wait_for()
    assert page.get_by_role("link", name="DEF-02").count() == 0
    assert axe(page) == []
    page.get_by_role("link", name="BEV-07").click()
    page.get_by_text("It has N days.").wait_for()
    assert page.locator("mark").all_inner_texts() == ["155", f'"{HOSTILE}"']
    assert page.locator("main img").count() == 0
    assert axe(page) == []


def test_two_reports_are_compared(console: Console, reports: list[int], axe: Axe) -> None:
    page = console.page_at("conformance", 390, "dark", user=None)
    page.get_by_role("button", name="Compare", exact=True).click()
    broken = page.get_by_role("region", name="Newly broken", exact=True)
    broken.get_by_text("BEV-07").wait_for()
    assert page.get_by_role("region", name="Fixed", exact=True).get_by_text("BEV-07").count() == 0
    assert axe(page) == []
    page.get_by_role("link", name="the other way round").click()
    page.get_by_role("region", name="Fixed", exact=True).get_by_text("BEV-07").wait_for()


def test_a_file_is_given_and_another_one_refused(
    console: Console, reports: list[int], axe: Axe, tmp_path: Path
) -> None:
    page = console.page_at("conformance", user=None)
    for name, content in (("other.json", {"format": "other"}), ("result.json", a_result("observation"))):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    choose = page.get_by_label("Or choose a result.json")
    choose.set_input_files(tmp_path / "other.json")
    page.get_by_role("alert").get_by_text("this is no result.json of contracts run").wait_for()
    assert axe(page) == []
    choose.set_input_files(tmp_path / "result.json")
    page.get_by_role("button", name="1 observation").wait_for()


def test_a_report_that_is_sent_meanwhile_appears_with_its_age(console: Console, reports: list[int]) -> None:
    page = console.page_at("conformance", user=None)
    page.get_by_role("link", name=str(reports[1]), exact=True).wait_for()
    page.clock.install(time="2026-09-03T12:01:00Z")
    made = console.server.call("POST", "/_mock/reports", a_result("pass"))["id"]
    page.clock.run_for(7000)
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=str(made), exact=True))
    row.get_by_text("2 days ago").wait_for()
    page.get_by_role("link", name=str(made), exact=True).click()
    page.get_by_role("link", name="BEV-07").click()
    page.get_by_text(f"report {made}, 2 days ago").wait_for()
