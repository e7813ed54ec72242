"""Every call that needs a token, and one of everything that the writes among them could change."""

import re
from typing import Any

import httpx

from contracts.dsl import assertions
from contracts.dsl.steps import a_sale, a_summary, adjustments, an_order, revenue, settings, settings_of
from contracts.dsl.valid_requests import A_SHEET
from contracts.spec.openapi import Operation, Promises
from contracts.target.client import Client
from contracts.target.sandbox import Sandbox

Arguments = dict[str, Any]


def reads(promises: Promises) -> list[Operation]:
    """Every read that needs a token."""
    return [each for each in _guarded(promises) if each.method == "GET"]


def writes(promises: Promises) -> list[Operation]:
    """Every write that needs a token."""
    return [each for each in _guarded(promises) if each.method != "GET"]


def asked(client: Client, operation: Operation, **headers: str) -> httpx.Response:
    """A request for the operation, of nothing in particular: who may not ask is refused before that is looked at."""
    path = re.sub(r"\{\w+\}", "none-of-this-name", operation.path)
    return client.send(operation.method, path, headers=headers)


class Stall:
    """One of everything that a partner's calls can change."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._owner, self._partner_id = sandbox.partner, sandbox.partner_id
        self._event, self._sister = sandbox.event(), sandbox.event()
        buyers = sandbox.customers(2)
        sandbox.sell(a_sale(buyers[0], self._event, "2026-08-30T10:00:00Z", origin="partner"))
        self._package, self._other = (sandbox.package([self._event], {"Jazz": [buyer]}) for buyer in buyers)
        entered = self._owner.call("createCampaignResult", query=self._entry)
        assertions.status(entered, 201)
        self._row = entered.json()["id"]

    def try_all(self, client: Client) -> list[httpx.Response]:
        """What is answered to every write there is, each well-formed, on what stands here."""
        arguments = self._arguments
        every = writes(client.line.promises)
        return [client.call(operation.id, **arguments[operation.id]) for operation in every]

    def seen(self, by: Client | None = None) -> Arguments:
        """All that those writes could have changed, as its owner sees it: by the token of then, or by another."""
        owner, event = by or self._owner, {"eid": self._event}
        return {
            "partner": owner.call("getPartner").json(),
            "defaults": owner.call("getBackhaulDefaults", {"partner_id": self._partner_id}).json(),
            "series": owner.call("getEventSeries", event).json(),
            "model": owner.call("getEventAttributionModel", event).json(),
            "adjustments": adjustments(owner, self._event, self._partner_id),
            "revenue": revenue(owner, self._event),
            "packages": owner.call("listPackages").json(),
            "settings": settings_of(owner, self._package),
        }

    @property
    def _entry(self) -> Arguments:
        return {"eid": self._event, "partner_id": self._partner_id, "purchase": 3, "revenue": 30}

    @property
    def _arguments(self) -> dict[str, Arguments]:
        event, package = {"eid": self._event}, {"package_id": self._package}
        return {
            "setAttributionModelDefault": {"query": {"model": "META"}},
            "setBackhaulDefaults": {"path": {"partner_id": self._partner_id}, "body": settings(7)},
            "replaceEventSeries": {"path": event, "query": {"event_series": [self._sister]}},
            "setEventAttributionModel": {"path": event, "body": {"model": "META"}},
            "clearSales": {"query": {"event_id": self._event}},
            "ingestTransactionSummary": {"body": a_summary(self._event)},
            "uploadSalesEdit": {"query": {"event_id": self._event}, "body": A_SHEET},
            "createCampaignResult": {"query": self._entry},
            "deleteCampaignResult": {"query": {"id": self._row}},
            "createPackage": {"body": an_order([self._event])},
            "mergePackages": {"query": {"packages_ids": [self._package, self._other]}},
            "regeneratePackage": {"path": package},
            "replaceEvaluationSettings": {"path": package, "body": settings(7)},
        }


def _guarded(promises: Promises) -> list[Operation]:
    """The document opens an operation to everybody by an empty `security`."""
    paths, every = promises.document["paths"], promises.operations.values()
    return [each for each in every if paths[each.path][each.method.lower()].get("security") != []]
