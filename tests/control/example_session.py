"""Call each operation of the control API once, to make the examples in its document.

`python -m tests.control.example_session` writes them to `mock_server/control/examples.json`.
"""

import json
from typing import Any, NamedTuple

from mock_server import app
from mock_server.control import document
from mock_server.settings import Settings
from tests.builders import START_TIME, a_workspace
from tests.mock_harness import Client

INTEGRATION_HEADERS = {"user-agent": "an-integration/1.0", "accept": "application/json", "accept-encoding": "identity"}


class Step(NamedTuple):
    """A request to the control API, or to the platform if `operation` is empty. A `body` is sent as JSON."""

    operation: str
    method: str
    path: str
    body: Any = None


PURCHASE = {
    "customer_id": "cus_box_office_1",
    "event_id": "evt_p7q2rw",
    "at": "2026-09-01T10:30:00Z",
    "tickets": 2,
    "revenue": 79.8,
    "fd": "campaign",
    "meta": "organic",
    "external": "organic",
}
PACKAGE = {
    "partner_id": "partner-id-acme",
    "id": "pkg_example",
    "title": "Two clusters made by hand",
    "event_ids": ["evt_p7q2rw"],
    "clusters": [
        {"tc": "Indie", "customers": ["cus_box_office_1", "cus_box_office_2"]},
        {"tc": "Jazz", "customers": []},
    ],
    "created_at": "2026-08-01T09:00:00Z",
}
EVENT = {
    "partner_id": "partner-id-acme",
    "id": "evt_example",
    "title": "Indie Night Vol. 12",
    "start_date_time": "2026-12-05T19:00:00Z",
    "city": "Köln",
    "series": ["evt_p7q2rw"],
}
FAULTS = {
    "seed": 7,
    "rules": [
        {"id": "second-read", "match": {"operation": "listPackages", "nth": 2}, "effect": {"status": 503}, "times": 1},
        {"match": {"fraction": 0.25}, "effect": {"latency": {"lognormal": {"median": 120, "sigma": 0.6}}}},
        {"effect": {"attribution_run": "missed"}, "until": "2026-09-02T12:00:00Z"},
    ],
}
EXPECTATIONS = {
    "expectations": [
        {"operation": "listEvents", "at_least": 1, "query": {"limit": "1"}},
        {"operation": "getEvent", "count": 1, "path": {"eid": "evt_p7q2rw"}},
    ],
    "in_order": True,
}
REPORT = {
    "format": "wavetank-result-1",
    "exit_code": 1,
    "run": {
        "target": "http://127.0.0.1:8080/api/v3",
        "profile": "full",
        "run_id": "r-20260901-1200",
        "start": "2026-09-01T12:00:00Z",
        "end": "2026-09-01T12:01:30Z",
        "documentation": "older",
    },
    "ended": "",
    "rules": [
        {"id": "BEV-04", "verdict": "pass", "reason": ""},
        {"id": "BEV-07", "verdict": "fail", "reason": "a purchase on the last day was not counted"},
    ],
    "outcomes": [],
}
STEPS = (
    Step("getWorkspaceStatus", "GET", "/status"),
    Step("getServer", "GET", "/server"),
    Step("listUsers", "GET", "/users"),
    Step("listPackageStates", "GET", "/packages?partner_id=partner-id-beta"),
    Step("setQuirks", "PUT", "/quirks", {"numeric_client_id": True}),
    Step("getQuirks", "GET", "/quirks"),
    Step("getClock", "GET", "/clock"),
    Step("setClock", "PUT", "/clock", {"now": "2026-09-01T12:30:00Z", "mode": "frozen"}),
    Step("addPurchases", "POST", "/purchases", {"purchases": [PURCHASE]}),
    Step("addPackage", "POST", "/packages", PACKAGE),
    Step("addEvent", "POST", "/events", EVENT),
    Step("explainEvaluation", "GET", "/explain/evaluation/pkg_555?cluster=Rock%20%26%20Indie&limit=2"),
    Step("explainPackage", "GET", "/explain/package/pkg_example"),
    Step("explainDailyRevenue", "GET", "/explain/daily/evt_p7q2rw?date=2026-09-01&limit=2"),
    Step("setFaults", "PUT", "/faults", FAULTS),
    Step("addFault", "POST", "/faults", {"match": {"operation": "listPackages", "nth": 2}, "effect": {"status": 503}}),
    Step("getFaults", "GET", "/faults"),
    Step("removeFault", "DELETE", "/faults/second-read"),
    Step("", "GET", "/api/v3/events/?limit=1&city[]=Berlin"),
    Step("", "GET", "/api/v3/events/evt_nobody"),
    Step("readJournal", "GET", "/journal?operation=getEvent&limit=1"),
    Step("verifyJournal", "POST", "/journal/verify", EXPECTATIONS),
    Step("exportJournal", "GET", "/journal.har?operation=getEvent&limit=1"),
    Step("getClientChecks", "GET", "/conduct"),
    Step("streamEvents", "GET", "/stream"),
    Step("clearJournal", "DELETE", "/journal"),
    Step("advanceClock", "POST", "/clock/advance", {"days": 1, "hours": 2}),
    Step("advanceToNextJob", "POST", "/clock/next"),
    Step("runUntilIdle", "POST", "/clock/run-until-idle", {"hours": 6}),
    Step("explainEvent", "GET", "/explain/event/evt_p7q2rw?purchases=1"),
    Step("removeFaults", "DELETE", "/faults"),
    Step("listJobs", "GET", "/jobs"),
    Step("listCheckpoints", "GET", "/points"),
    Step("rewindWorkspace", "POST", "/rewind", {"to": "2026-09-01T12:30:00Z"}),
    Step("resetWorkspace", "POST", "/reset", {"seed": 7, "now": "2026-10-01T09:00:00Z", "mode": "frozen"}),
    Step("addNamedCheckpoint", "POST", "/points/named", {"name": "Delete cr_9f3k2a"}),
    Step("listNamedCheckpoints", "GET", "/points/named"),
    Step("restoreNamedCheckpoint", "POST", "/points/named/1/restore"),
    Step("createWorkspace", "POST", "/workspaces", {"name": "ci-7", "seed": 7, "mode": "frozen", "ttl_seconds": 900}),
    Step("getWorkspace", "GET", "/workspaces/ci-7"),
    Step("listWorkspaces", "GET", "/workspaces"),
    Step("deleteWorkspace", "DELETE", "/workspaces/ci-7"),
    Step("forkWorkspace", "POST", "/fork", {"name": "ci-7-otherwise", "ttl_seconds": 900}),
    Step("listGotchas", "GET", "/gotchas?q=stale"),
    Step("setDocumentation", "PUT", "/documentation", {"documentation": "newer"}),
    Step("getDocumentation", "GET", "/documentation"),
    Step("createTrap", "POST", "/gotchas/G-02", {"name": "stale-evaluation", "ttl_seconds": 900}),
    Step("addReport", "POST", "/reports", REPORT),
    Step("listReports", "GET", "/reports"),
    Step("getReport", "GET", "/reports/1"),
    Step("removeReport", "DELETE", "/reports/1"),
    Step("getHealth", "GET", "/health?ready"),
)


def play_session() -> dict[str, Any]:
    """Return the request and the response of each operation, in the sample world."""
    settings = Settings(now=START_TIME, clock_mode="frozen")
    client = Client(app.create_workspace(settings), settings).sign_in()
    examples: dict[str, Any] = {}
    for step in STEPS:
        options = {} if step.body is None else {"json": step.body}
        if not step.operation:
            client.send_raw(step.method, step.path, headers=INTEGRATION_HEADERS, **options)
            continue
        answer = client.control(step.method, step.path, **options)
        assert answer.is_success, f"{step.operation}: {answer.status_code} {answer.text}"
        example = {"path": step.path, "status": answer.status_code, "request": step.body}
        has_json = answer.headers.get("content-type") == "application/json"
        examples[step.operation] = example | ({"answer": answer.json()} if has_json else {})
    return examples


def snapshot_examples() -> dict[str, Any]:
    """Return the examples of snapshots, in a world of two events: snapshots of the sample world are too long."""
    client = Client(a_workspace())
    client.control("POST", "/packages", json=PACKAGE | {"event_ids": ["evt_1"]})
    saved = client.control("GET", "/snapshot").json()
    status = client.control("PUT", "/snapshot", json=saved).json()
    return {
        "getSnapshot": {"path": "/snapshot", "status": 200, "request": None, "answer": saved},
        "restoreSnapshot": {"path": "/snapshot", "status": 200, "request": saved, "answer": status},
    }


def render_examples() -> str:
    """Return the content of the file of examples."""
    return json.dumps(play_session() | snapshot_examples(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    document.EXAMPLES.write_text(render_examples(), encoding="utf-8")
