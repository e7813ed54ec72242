"""The objects of the sample world that the exercise uses, its request bodies, and control requests."""

from collections.abc import Iterator
from typing import Any

from contracts.dsl.spreadsheets import build_xlsx
from tests.variants.exercise import Answer, Header, Visitor

ACME, BETA = "partner-id-acme", "partner-id-beta"
PARTNER, AGENCY, ADMIN = "partner@acme.example", "agency@acme.example", "admin@platform.example"
EVENT, OTHER, THIRD, FOREIGN = "evt_abc123", "evt_b2h7qe", "evt_d9s4kt", "evt_lo7d2m"
ROWS = f"/campaign_results/?eid={EVENT}&partner_id={ACME}"
PACKAGES = "/package_builder/packages"
DETAILS, RESULT = "backhaul_evaluation_details", "backhaul_evaluation"
WINDOW, MODEL = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model"
ORDER: dict[str, Any] = {
    "num_packages": 3,
    "n_top_events": 5,
    "event_ids": [EVENT, OTHER],
    "package_title": "Zweite Runde",
    "targeting_mode": "lookalike",
}
SUMMARY: dict[str, Any] = {
    "eid": THIRD,
    "from": "2026-08-01",
    "to": "2026-08-09",
    "tickets": [{"type": "Parkett", "sold": 12, "revenue": 540.505}],
}
TICKETS = ("type", "sold", "revenue", "from", "to")
CSV, FORM = "text/csv", "multipart/form-data; boundary=variant"
JSON_TYPE: Header = ("content-type", "application/json")
DAYS = ("2026-08-01", 3, "75.5"), ("2026-08-02", 4, "80")
WORKBOOK = build_xlsx(*DAYS)
"""It is built once, because it contains the time at which it was built."""
Answers = Iterator[Answer]


def control(client: Visitor, method: str, target: str, body: object = None) -> Answer:
    """Send a request to the control API of the mock."""
    return client.send(method, f"/_mock{target}", body)


def advance(client: Visitor, **span: int) -> None:
    """Advance the clock, and sign in again if the token has expired."""
    control(client, "POST", "/clock/advance", span)
    if {"hours", "days"} & set(span):
        client.sign_in(PARTNER)


def form(content: bytes, name: str = "file", content_type: str = CSV) -> bytes:
    """Return a form with one file."""
    head = (
        f'--variant\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\nContent-Type: {content_type}\r\n'
    )
    return head.encode() + b"\r\n" + content + b"\r\n--variant--\r\n"
