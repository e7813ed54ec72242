"""A session that calls each operation of the control API: where the examples of its documents come from.

`python -m tests.control.example_session` writes them into `mock_server/control/examples.json`.
"""

import json
from typing import Any, NamedTuple

from mock_server import app
from mock_server.control import document
from mock_server.settings import Settings
from tests.builders import BIRTH
from tests.served import Client


class Step(NamedTuple):
    """One call under /_mock; `body` is its JSON, None for none."""

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
STEPS = (
    Step("getMockStatus", "GET", "/status"),
    Step("setQuirks", "PUT", "/quirks", {"clear_sales_204": True}),
    Step("getQuirks", "GET", "/quirks"),
    Step("getClock", "GET", "/clock"),
    Step("setClock", "PUT", "/clock", {"now": "2026-09-01T12:30:00Z", "mode": "frozen"}),
    Step("addPurchases", "POST", "/purchases", {"purchases": [PURCHASE]}),
    Step("addPackage", "POST", "/packages", PACKAGE),
    Step("addEvent", "POST", "/events", EVENT),
    Step("advanceClock", "POST", "/clock/advance", {"days": 1, "hours": 2}),
    Step("advanceToNextJob", "POST", "/clock/next"),
    Step("runUntilIdle", "POST", "/clock/run-until-idle", {"hours": 6}),
    Step("listJobs", "GET", "/jobs"),
    Step("resetWorld", "POST", "/reset", {"seed": 7, "now": "2026-10-01T09:00:00Z", "mode": "frozen"}),
    Step("createWorkspace", "POST", "/workspaces", {"name": "ci-7", "seed": 7, "mode": "frozen", "ttl_seconds": 900}),
    Step("getWorkspace", "GET", "/workspaces/ci-7"),
    Step("listWorkspaces", "GET", "/workspaces"),
    Step("deleteWorkspace", "DELETE", "/workspaces/ci-7"),
)


def played() -> dict[str, Any]:
    """Each operation's request, and what the mock answers to it on the sample world."""
    settings = Settings(now=BIRTH, clock="frozen")
    client = Client(app.create_workspace(settings), settings)
    examples: dict[str, Any] = {}
    for step in STEPS:
        options = {} if step.body is None else {"json": step.body}
        answer = client.control(step.method, step.path, **options)
        assert answer.is_success, f"{step.operation}: {answer.status_code} {answer.text}"
        told = {"path": step.path, "status": answer.status_code, "request": step.body}
        examples[step.operation] = told | ({"answer": answer.json()} if answer.content else {})
    return examples


def text() -> str:
    """The examples as the file holds them."""
    return json.dumps(played(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    document.EXAMPLES.write_text(text(), encoding="utf-8")
