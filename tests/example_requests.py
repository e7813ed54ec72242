"""A small world of two partners, and a valid request for each operation of `openapi.yaml`."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from mock_server.worlds.world import ManualResult, World, WorldExtras
from tests import builders
from tests.builders import ACME, BETA, a_purchase, a_workspace, a_world, an_event, at
from tests.mock_harness import Client
from tests.yaml_documents import load_yaml

DOCUMENT: dict[str, Any] = load_yaml((Path(__file__).parents[1] / "openapi.yaml").read_text(encoding="utf-8"))
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
SETTINGS: dict[str, Any] = {"backhaul_evaluation_attribution_window": 14, "backhaul_evaluation_model": "ALL_PURCHASES"}
NEW_PACKAGE: dict[str, Any] = {
    "num_packages": 2,
    "n_top_events": 1,
    "event_ids": ["evt_1"],
    "package_title": "Munich shows",
    "targeting_mode": "selective",
}
CSV_SHEET = b"date,purchases,revenue\r\n2026-08-01,3,75.5\r\n"
TICKETS_CSV = b"type,sold,revenue\r\nParkett,12,540.5\r\n"
SUMMARY: dict[str, Any] = {
    "eid": "evt_1",
    "from": "2026-08-01",
    "to": "2026-08-03",
    "tickets": [{"type": "Parkett", "sold": 12, "revenue": 540.5}],
}
PATH_VALUES = {"partner_id": ACME, "eid": "evt_1", "package_id": "pkg_1", "tc": "Jazz"}
PATH_VALUES_BY_OPERATION = {"regeneratePackage": {"package_id": "pkg_expired"}}
QUERIES = {
    "setAttributionModelDefault": "model=META",
    "replaceEventSeries": "event_series=evt_2",
    "getDailyRevenueSummary": "event_id=evt_1",
    "clearSales": "event_id=evt_1",
    "exportSalesEdit": "event_id=evt_1",
    "uploadSalesEdit": "event_id=evt_1",
    "ingestTransactionSummaryFromExcel": "eid=evt_1",
    "listCampaignResults": f"eid=evt_1&partner_id={ACME}",
    "createCampaignResult": f"eid=evt_1&partner_id={ACME}&purchase=12&revenue=540.5",
    "deleteCampaignResult": "id=cr_acme",
    "mergePackages": "packages_ids=pkg_1&packages_ids=pkg_2",
}
BODIES: dict[str, dict[str, Any]] = {
    "signIn": {"username": "partner@acme.example", "password": "wavetank"},
    "refreshToken": {"token": "a token"},
    "answerMfaChallenge": {"Session": "a session", "mfa_token": "123456"},
    "answerNewPasswordChallenge": {"Session": "a session", "new_password": "another"},
    "setBackhaulDefaults": SETTINGS,
    "setFrontendStatus": {"frontend_status": "FLAGGED"},
    "setEventAttributionModel": {"model": "META"},
    "ingestTransactionSummary": SUMMARY,
    "createPackage": NEW_PACKAGE,
    "replaceEvaluationSettings": SETTINGS,
}
FILES = {"uploadSalesEdit": CSV_SHEET, "ingestTransactionSummaryFromExcel": TICKETS_CSV}
ROWS_PATH = f"/campaign_results/?eid=evt_1&partner_id={ACME}"
SETTINGS_PATH = "/package_builder/packages/pkg_1/backhaul_evaluation_details"
RESULT_PATH = "/package_builder/packages/pkg_1/backhaul_evaluation"
READ_PATHS = (
    "/partners/",
    f"/partners/{ACME}/backhaul_attribution_details",
    "/events/",
    "/events/evt_1",
    "/events/evt_1/series",
    "/events/evt_1/attribution_model",
    "/integrations/facebook/events/evt_1/campaign_results",
    "/integrations/facebook/events/evt_1/fb_insights",
    "/permissions",
    "/daily_revenue_summary/?event_id=evt_1",
    ROWS_PATH,
    "/package_builder/packages/",
    "/package_builder/packages/pkg_1",
    "/package_builder/packages/pkg_expired",
    SETTINGS_PATH,
    RESULT_PATH,
)


@dataclass(frozen=True)
class Example:
    """An operation and a valid request for it."""

    operation: str
    method: str
    template: str
    body: dict[str, Any] | None

    @property
    def path(self) -> str:
        """The path with the values of its parameters, without the query."""
        return self.template.format_map({**PATH_VALUES, **PATH_VALUES_BY_OPERATION.get(self.operation, {})})

    @property
    def target(self) -> str:
        """The path with the values of its parameters, and the query."""
        query = QUERIES.get(self.operation)
        return f"{self.path}?{query}" if query else self.path

    @property
    def needs_no_token(self) -> bool:
        """Whether the operation needs no token."""
        return self.template == "/status/" or self.template.startswith("/auth")

    @property
    def request_options(self) -> dict[str, Any]:
        """The options with which a client sends the body."""
        file = FILES.get(self.operation)
        if file is not None:
            return {"files": {"file": ("sheet.csv", file, "text/csv")}}
        return {} if self.body is None else {"json": self.body}

    def with_query(self, more: str) -> str:
        """Return the target with another query parameter."""
        return f"{self.target}{'&' if '?' in self.target else '?'}{more}"

    def send(self, client: Client) -> httpx2.Response:
        """Send the valid request, and return the response."""
        return client.send(self.method, self.target, **self.request_options)


def fill_path(template: str) -> str:
    """Return a path of the document with values for its parameters."""
    return template.format_map(PATH_VALUES)


PATHS: dict[str, set[str]] = {
    path: {method.upper() for method in item if method.upper() in METHODS} for path, item in DOCUMENT["paths"].items()
}
EXAMPLES = [
    Example(item[method.lower()]["operationId"], method, path, BODIES.get(item[method.lower()]["operationId"]))
    for path, item in DOCUMENT["paths"].items()
    for method in sorted(PATHS[path])
]
EXAMPLE_BY_OPERATION = {example.operation: example for example in EXAMPLES}
WITH_TOKEN = [example for example in EXAMPLES if not example.needs_no_token]
WITH_BODY = [example for example in EXAMPLES if example.body is not None]
WRITES = [example for example in WITH_TOKEN if example.method != "GET"]


def example_id(example: Example) -> str:
    """Return the id of an example when it is a test parameter."""
    return example.operation


def two_partners() -> World:
    """Return a world with three events of one partner and one event of another, each with sales and a manual row."""
    world = a_world(
        events=[
            an_event("evt_1"),
            an_event("evt_2", start_date_time=at("2026-12-05T19:00:00")),
            an_event("4711", start_date_time=at("2026-12-09T19:00:00")),
            an_event("evt_beta", partner_id=BETA),
        ],
        purchases=[a_purchase("2026-08-01T10:00:00"), a_purchase("2026-08-03T10:00:00", credit="organic")],
    )
    manual_row = ManualResult("evt_1", "cr_acme", 12, Decimal("540.5"), at("2026-08-20T14:30:00"))
    return replace(world, extras=WorldExtras((manual_row, replace(manual_row, eid="evt_beta", id="cr_beta"))))


def package_order(package_id: str = "pkg_1", **changes: Any) -> dict[str, Any]:
    """Return the body of a request to the control API that adds a package with the status DONE."""
    return {
        "partner_id": ACME,
        "id": package_id,
        "title": f"Package {package_id}",
        "event_ids": ["evt_1"],
        "clusters": [{"tc": "Jazz", "customers": ["cus_1"]}],
        "created_at": "2026-08-01T09:00:00Z",
        **changes,
    }


def add_package(client: Client, package_id: str = "pkg_1", **changes: Any) -> None:
    """Add a package with the status DONE to the client's workspace."""
    assert client.control("POST", "/packages", json=package_order(package_id, **changes)).status_code == 201


def an_anonymous_client() -> Client:
    """Return a client of the small world that has not signed in."""
    client = Client(a_workspace(two_partners()))
    add_package(client)
    add_package(client, "pkg_2", event_ids=["evt_2"], clusters=[{"tc": "Rock", "customers": ["cus_2"]}])
    beta_clusters = [{"tc": "Jazz", "customers": ["cus_beta"]}]
    client.workspace.store.packages.put(builders.a_package(id="pkg_expired", number=0, status="EXPIRED"))
    add_package(client, "pkg_beta", partner_id=BETA, event_ids=["evt_beta"], clusters=beta_clusters)
    return client


def a_client(username: str = "partner@acme.example") -> Client:
    """Return a client of the small world that has signed in."""
    return an_anonymous_client().sign_in(username)


def read_everything(client: Client) -> list[bytes]:
    """Return everything that a partner can read."""
    return [client.send("GET", path).content for path in READ_PATHS]


def sorted_error_fields(answer: httpx2.Response) -> list[str]:
    """Return the fields that an error names, in alphabetical order."""
    return sorted(entry["field"] for entry in answer.json().get("validation_errors", []))


def advance_and_sign_in(client: Client, **span: int) -> Client:
    """Advance the clock and sign in again, because a token is valid for an hour."""
    assert client.control("POST", "/clock/advance", json=span).status_code == 200
    return client.sign_in()
