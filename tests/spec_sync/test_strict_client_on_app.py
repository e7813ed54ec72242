"""The contracts' client can call every operation, and rejects responses that openapi.yaml does not allow."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from contracts.spec.openapi import OpenApiSpec
from contracts.target.client import Client, TargetConnection
from contracts.target.forms import FormFile
from tests.builders import ACME, a_purchase, a_workspace, a_world
from tests.mock_harness import running_server

PROMISES = OpenApiSpec.load()
EVENT = {"eid": "evt_1"}
RESULT = {"eid": "evt_1", "partner_id": ACME}
SETTINGS = {"backhaul_evaluation_attribution_window": 30, "backhaul_evaluation_model": "ALL_PURCHASES"}
ORDER = {
    "num_packages": 1,
    "n_top_events": 1,
    "event_ids": ["evt_1"],
    "package_title": "Munich",
    "targeting_mode": "lookalike",
}
SUMMARY = {
    "eid": "evt_1",
    "from": "2026-08-01",
    "to": "2026-08-03",
    "tickets": [{"type": "Parkett", "sold": 12, "revenue": 540.5}],
}
SHEET = b"date,purchases,revenue\r\n2026-08-01,3,75.5\r\n"
TICKETS = b"type,sold,revenue\r\nParkett,12,540.5\r\n"
READY_PACKAGE = {
    "partner_id": ACME,
    "title": "Ready",
    "event_ids": ["evt_1"],
    "clusters": [{"tc": "A/B", "customers": ["c"]}],
}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(a_workspace(a_world(purchases=[a_purchase()]))) as address:
        yield address


@pytest.fixture
def anonymous(origin: str) -> Iterator[Client]:
    with httpx2.Client() as http:
        yield Client(TargetConnection(http, f"{origin}/api/v3", PROMISES))


@pytest.fixture
def client(anonymous: Client) -> Client:
    return anonymous.sign_in("partner@acme.example", "wavetank")


def list_calls(packages: list[str], refresh_token: str, result_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a call of each operation, with its arguments, except of sign-in and of creating an adjustment."""
    package = {"package_id": packages[0]}
    return [
        ("getStatus", {}),
        ("refreshToken", {"body": {"token": refresh_token}}),
        ("answerMfaChallenge", {"body": {"Session": "s", "mfa_token": "1"}}),
        ("answerNewPasswordChallenge", {"body": {"Session": "s", "new_password": "1"}}),
        ("getPartner", {}),
        ("setAttributionModelDefault", {"query": {"model": "META"}}),
        ("getBackhaulDefaults", {"path": {"partner_id": ACME}}),
        ("setBackhaulDefaults", {"path": {"partner_id": ACME}, "body": SETTINGS}),
        ("listEvents", {"query": {"city": ["München"]}}),
        ("getEvent", {"path": EVENT}),
        ("setFrontendStatus", {"path": EVENT, "body": {"frontend_status": "FLAGGED"}}),
        ("getEventSeries", {"path": EVENT}),
        ("replaceEventSeries", {"path": EVENT}),
        ("getEventAttributionModel", {"path": EVENT}),
        ("setEventAttributionModel", {"path": EVENT, "body": {"model": "META"}}),
        ("getDailyRevenueSummary", {"query": {"event_id": "evt_1"}}),
        ("listCampaignResults", {"query": RESULT}),
        ("deleteCampaignResult", {"query": {"id": result_id}}),
        ("ingestTransactionSummary", {"body": SUMMARY}),
        ("ingestTransactionSummaryFromExcel", {"query": {"eid": "evt_1"}, "body": FormFile(TICKETS)}),
        ("exportSalesEdit", {"query": {"event_id": "evt_1"}}),
        ("uploadSalesEdit", {"query": {"event_id": "evt_1"}, "body": FormFile(SHEET)}),
        ("clearSales", {"query": {"event_id": "evt_1"}}),
        ("getMetaCampaignResults", {"path": EVENT}),
        ("getMetaInsights", {"path": EVENT}),
        ("getPermissions", {}),
        ("listPackages", {}),
        ("createPackage", {"body": ORDER}),
        ("mergePackages", {"query": {"packages_ids": packages}}),
        ("regeneratePackage", {"path": package}),
        ("getPackage", {"path": package}),
        ("getClusterCustomers", {"path": {**package, "tc": "A/B"}}),
        ("replaceEvaluationSettings", {"path": package, "body": SETTINGS}),
        ("getEvaluationSettings", {"path": package}),
        ("getEvaluation", {"path": package}),
    ]


def test_every_operation_answers_as_documented(anonymous: Client, client: Client, origin: str) -> None:
    packages = [httpx2.post(f"{origin}/_mock/packages", json=READY_PACKAGE).json()["id"] for _ in range(2)]
    tokens = anonymous.call("signIn", body={"username": "partner@acme.example", "password": "wavetank"}).json()
    created = client.call("createCampaignResult", query={**RESULT, "purchase": 12, "revenue": 540.5}).json()
    calls = list_calls(packages, tokens["RefreshToken"], created["id"])
    statuses = {name: client.call(name, **arguments).status_code for name, arguments in calls}
    assert statuses.keys() | {"signIn", "createCampaignResult"} == PROMISES.operations.keys()
    refused = {name for name, status in statuses.items() if status >= 300}
    assert refused == {"answerMfaChallenge", "answerNewPasswordChallenge", "regeneratePackage"}


def test_an_error_is_answered_as_documented(anonymous: Client, client: Client) -> None:
    assert anonymous.call("getPartner").status_code == 401
    assert client.call("getEvent", path={"eid": "evt_beta"}).status_code == 404
    assert client.call("getPackage", path={"package_id": "pkg/../x"}).status_code == 404
    assert client.call("listCampaignResults", query={"eid": "evt_1"}).status_code == 400
