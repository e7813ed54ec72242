"""The operations that require a token, and the records that are needed to call all of the write operations."""

import re
from typing import Any

import httpx2

from contracts.dsl import assertions
from contracts.dsl.steps import (
    list_adjustments,
    package_order,
    read_revenue,
    read_settings,
    sale_row,
    settings_body,
    summary_body,
)
from contracts.dsl.valid_requests import RESULTS_PATH, SHEET_CSV, TICKETS_CSV
from contracts.spec.openapi import OpenApiSpec, SpecOperation
from contracts.target.client import Client
from contracts.target.forms import FormFile
from contracts.target.sandbox import Sandbox

Arguments = dict[str, Any]


def read_operations(api_spec: OpenApiSpec) -> list[SpecOperation]:
    """Return the read operations that require a token."""
    return [each for each in _authenticated_operations(api_spec) if each.method == "GET"]


def write_operations(api_spec: OpenApiSpec) -> list[SpecOperation]:
    """Return the write operations that require a token."""
    return [each for each in _authenticated_operations(api_spec) if each.method != "GET"]


def send_placeholder(client: Client, operation: SpecOperation, **headers: str) -> httpx2.Response:
    """Send a request with placeholder ids. The platform checks the token before it looks at the ids."""
    path = re.sub(r"\{\w+\}", "none-of-this-name", operation.path)
    return client.send(operation.method, path, headers=headers)


def find_order_part(answer: httpx2.Response, operation: SpecOperation) -> str | None:
    """Return the part of a rule for a placeholder request that is refused for something else that is wrong with it.

    The request lacks the operation's query, and its ids do not exist. That the token and the partner are checked first
    is assumed.
    """
    is_for_placeholder = answer.status_code == 400 or (answer.status_code == 404 and "{" in operation.path)
    return "BASE-11.order" if is_for_placeholder else None


class PartnerRecords:
    """One record of each kind that a partner can change."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._owner, self._partner_id = sandbox, sandbox.partner, sandbox.partner_id
        self._event, self._series_event = sandbox.add_event(), sandbox.add_event()
        buyers = sandbox.new_customer_ids(2)
        sandbox.add_sales(sale_row(buyers[0], self._event, "2026-08-30T10:00:00Z", origin="partner"))
        self._package, self._other_package = (sandbox.add_package([self._event], {"Jazz": [buyer]}) for buyer in buyers)
        created = sandbox.results_user.call("createCampaignResult", query=self._adjustment_query)
        assertions.step_status(created, 201)
        self._adjustment_id = created.json()["id"]

    def call_all_writes(self, client: Client) -> list[httpx2.Response]:
        """Call every write operation on these records; return the responses."""
        return self._call(client, write_operations(client.connection.api_spec))

    def call_partners_writes(self, client: Client) -> list[httpx2.Response]:
        """Call every write operation that a partner's user may call on these records; return the responses."""
        operations = write_operations(client.connection.api_spec)
        is_reserved = self._sandbox.follows_newer
        return self._call(client, [each for each in operations if not (is_reserved and each.path == RESULTS_PATH)])

    def _call(self, client: Client, operations: list[SpecOperation]) -> list[httpx2.Response]:
        arguments = self._arguments_by_operation
        return [client.call(operation.id, **arguments[operation.id]) for operation in operations]

    def read_state(self, reader: Client | None = None) -> Arguments:
        """Read everything that those writes could change, as the owner or as the given client."""
        owner, event = reader or self._owner, {"eid": self._event}
        results_user = self._sandbox.sign_in(self._sandbox.results_role)
        return {
            "partner": assertions.read_body(owner.call("getPartner")),
            "defaults": assertions.read_body(owner.call("getBackhaulDefaults", {"partner_id": self._partner_id})),
            "event": assertions.read_body(owner.call("getEvent", event)),
            "series": assertions.read_body(owner.call("getEventSeries", event)),
            "model": assertions.read_body(owner.call("getEventAttributionModel", event)),
            "adjustments": list_adjustments(results_user, self._event, self._partner_id),
            "revenue": read_revenue(owner, self._event),
            "packages": assertions.read_body(owner.call("listPackages")),
            "settings": read_settings(owner, self._package),
        }

    @property
    def _adjustment_query(self) -> Arguments:
        return {"eid": self._event, "partner_id": self._partner_id, "purchase": 3, "revenue": 30}

    @property
    def _arguments_by_operation(self) -> dict[str, Arguments]:
        event, package = {"eid": self._event}, {"package_id": self._package}
        return {
            "setAttributionModelDefault": {"query": {"model": "META"}},
            "setBackhaulDefaults": {"path": {"partner_id": self._partner_id}, "body": settings_body(7)},
            "setFrontendStatus": {"path": event, "body": {"frontend_status": "FLAGGED"}},
            "replaceEventSeries": {"path": event, "query": {"event_series": [self._series_event]}},
            "setEventAttributionModel": {"path": event, "body": {"model": "META"}},
            "clearSales": {"query": {"event_id": self._event}},
            "ingestTransactionSummary": {"body": summary_body(self._event)},
            "ingestTransactionSummaryFromExcel": {"query": {"eid": self._event}, "body": FormFile(TICKETS_CSV)},
            "uploadSalesEdit": {"query": {"event_id": self._event}, "body": FormFile(SHEET_CSV)},
            "createCampaignResult": {"query": self._adjustment_query},
            "deleteCampaignResult": {"query": {"id": self._adjustment_id}},
            "createPackage": {"body": package_order([self._event])},
            "mergePackages": {"query": {"packages_ids": [self._package, self._other_package]}},
            "regeneratePackage": {"path": package},
            "replaceEvaluationSettings": {"path": package, "body": settings_body(7)},
        }


def _authenticated_operations(api_spec: OpenApiSpec) -> list[SpecOperation]:
    """Return the operations that require a token. For the other operations, `security` is empty in the document."""
    paths, operations = api_spec.document["paths"], api_spec.operations.values()
    return [each for each in operations if paths[each.path][each.method.lower()].get("security") != []]
