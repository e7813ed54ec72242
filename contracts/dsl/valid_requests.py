"""One well-formed request for each operation of the document, before a contract makes something wrong in it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from contracts.dsl import assertions
from contracts.dsl.steps import Row, a_summary, an_order, settings
from contracts.spec.openapi import Promises
from contracts.target.client import CSV, Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

JSON_TYPE = "application/json"
JSON = {"content-type": JSON_TYPE}
A_SHEET = b"date,purchases,revenue\r\n2026-06-01,3,75.5\r\n"
NOBODYS = "contracts-nobodys"
"""The id of an event, a package and a row that nobody has."""


@dataclass(frozen=True, slots=True)
class Things:
    """What the requests are about. Those that nobody has make requests that change nothing even where let through."""

    event: str = NOBODYS
    sister: str = f"{NOBODYS}-2"
    package: str = NOBODYS
    second_package: str = f"{NOBODYS}-2"
    row: str = NOBODYS


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that its operation accepts as it is written. `file` is a body that is no JSON: a sheet as CSV."""

    operation_id: str
    method: str
    template: str
    path: str
    public: bool
    query: Row = field(default_factory=dict)
    body: Row | None = None
    file: bytes | None = None

    def asking(self, **query: Any) -> "Asking":
        """The same with other query values; one that is None is left out."""
        return replace(self, query=_changed(self.query, query))

    def saying(self, **body: Any) -> "Asking":
        """The same with other body fields."""
        return replace(self, body={**(self.body or {}), **body})

    def without(self, name: str) -> "Asking":
        """The same without one body field."""
        return replace(self, body={key: value for key, value in (self.body or {}).items() if key != name})

    @property
    def content(self) -> bytes | None:
        """The body as it is sent."""
        return self.file if self.body is None else json.dumps(self.body).encode()

    @property
    def kind(self) -> Mapping[str, str]:
        """The header that names the body's type, where there is a body."""
        if self.file is not None:
            return {"content-type": CSV}
        return {} if self.body is None else JSON

    @property
    def asked(self) -> str:
        """The query as it is sent."""
        return urlencode(self.query, doseq=True)

    def send(
        self,
        client: Client,
        *,
        more: str = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask it, with `more` behind its query, other content, further headers."""
        query = "&".join(part for part in (self.asked, more) if part)
        content = self.content if content is None else content
        named = {**self.kind, **(headers or {})}
        return client.send(self.method, self.path, query=query, headers=named, content=content)


def harmless(deployment: Deployment, things: Things | None = None) -> dict[str, Asking]:
    """A request for each operation, by its id: nobody's things, and the settings that are set already."""
    partner = deployment.partner.call("getPartner").json()
    defaults = deployment.partner.call("getBackhaulDefaults", {"partner_id": deployment.partner_id}).json()
    return requests(deployment, things or Things(), partner["attribution_model_default"], defaults)


def changing(deployment: Deployment, things: Things) -> dict[str, Asking]:
    """A request for each operation about these things; each write among them would change something."""
    return requests(deployment, things, "META", settings(14, "EVENT_SERIES"))


def requests(deployment: Deployment, things: Things, model: str, defaults: Row) -> dict[str, Asking]:
    """A request for each operation of the document, by its id."""
    queries = _queries(deployment.partner_id, things, model)
    bodies = _bodies(things, defaults)
    values = {
        "partner_id": deployment.partner_id,
        "eid": things.event,
        "package_id": things.package,
        "tc": "Jazz",
    }
    return {
        operation.id: Asking(
            operation.id,
            operation.method,
            operation.path,
            operation.path.format_map({name: quote(value, safe="") for name, value in values.items()}),
            public=operation.path == "/status/" or operation.path.startswith("/auth"),
            query=queries.get(operation.id, {}),
            body=bodies.get(operation.id),
            file=A_SHEET if operation.id == "uploadSalesEdit" else None,
        )
        for operation in deployment.promises.operations.values()
    }


def arranged(sandbox: Sandbox) -> Things:
    """Two events with a row, and two packages, of the partner."""
    event, sister = sandbox.event(), sandbox.event()
    packages = [sandbox.package([event], {"Jazz": sandbox.customers(1)}) for _ in range(2)]
    rows = {"eid": event, "partner_id": sandbox.partner_id, "purchase": "3", "revenue": "75.5"}
    entered = sandbox.partner.call("createCampaignResult", query=rows)
    assertions.status(entered, 201)
    row = entered.json()["id"]
    return Things(event, sister, packages[0], packages[1], row)


def seen(client: Client, things: Things) -> dict[str, str]:
    """All that a partner can read of its things, and of itself."""
    package = f"/package_builder/packages/{things.package}"
    partner = client.send("GET", "/partners/").json()["id"]
    paths = [
        "/partners/",
        f"/partners/{partner}/backhaul_attribution_details",
        "/package_builder/packages/",
        f"{package}/backhaul_evaluation_details",
        f"{package}/backhaul_evaluation",
    ]
    for event in (things.event, things.sister):
        paths += [f"/events/{event}", f"/events/{event}/series", f"/events/{event}/attribution_model"]
        paths += [f"/daily_revenue_summary/?event_id={event}", f"/campaign_results/?eid={event}&partner_id={partner}"]
    return {path: client.send("GET", path.partition("?")[0], query=path.partition("?")[2]).text for path in paths}


def query_schemas(promises: Promises, asking: Asking) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The query parameters that the document has for an operation: name and schema."""
    item = promises.document["paths"][asking.template]
    declared = [*item.get("parameters", ()), *item[asking.method.lower()].get("parameters", ())]
    for parameter in (resolved(promises, each) for each in declared):
        if parameter["in"] == "query":
            yield parameter["name"], resolved(promises, parameter["schema"])


def body_schemas(promises: Promises, asking: Asking) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The body fields that the document has for an operation: name and schema."""
    declared = promises.document["paths"][asking.template][asking.method.lower()].get("requestBody")
    if declared is not None and JSON_TYPE in declared["content"]:
        schema = resolved(promises, declared["content"][JSON_TYPE]["schema"])
        for name, kind in schema["properties"].items():
            yield name, resolved(promises, kind)


def required_in_query(promises: Promises, asking: Asking) -> list[str]:
    """The query parameters that an operation cannot do without."""
    declared = promises.document["paths"][asking.template][asking.method.lower()].get("parameters", ())
    found = [resolved(promises, each) for each in declared]
    return [each["name"] for each in found if each["in"] == "query" and each.get("required", False)]


def required_in_body(promises: Promises, asking: Asking) -> list[str]:
    """The body fields that an operation cannot do without."""
    declared = promises.document["paths"][asking.template][asking.method.lower()].get("requestBody")
    if declared is None or JSON_TYPE not in declared["content"]:
        return []
    return list(resolved(promises, declared["content"][JSON_TYPE]["schema"])["required"])


def resolved(promises: Promises, value: Any) -> Any:
    """What a reference of the document points to; anything else as it is."""
    while "$ref" in value:
        found: Any = promises.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _queries(partner_id: str, things: Things, model: str) -> dict[str, Row]:
    rows = {"eid": things.event, "partner_id": partner_id}
    return {
        "setAttributionModelDefault": {"model": model},
        "replaceEventSeries": {"event_series": [things.sister]},
        "getDailyRevenueSummary": {"event_id": things.event},
        "clearSales": {"event_id": things.event},
        "exportSalesEdit": {"event_id": things.event},
        "uploadSalesEdit": {"event_id": things.event},
        "listCampaignResults": rows,
        "createCampaignResult": {**rows, "purchase": "12", "revenue": "540.5"},
        "deleteCampaignResult": {"id": things.row},
        "mergePackages": {"packages_ids": [things.package, things.second_package]},
    }


def _bodies(things: Things, defaults: Row) -> dict[str, Row]:
    return {
        "signIn": {"username": f"{NOBODYS}@contracts.example", "password": "none"},
        "refreshToken": {"token": NOBODYS},
        "answerMfaChallenge": {"Session": NOBODYS, "mfa_token": "000000"},
        "answerNewPasswordChallenge": {"Session": NOBODYS, "new_password": "none"},
        "setBackhaulDefaults": defaults,
        "setEventAttributionModel": {"model": "EXTERNAL"},
        "ingestTransactionSummary": a_summary(things.event),
        "createPackage": an_order([things.event]),
        "replaceEvaluationSettings": settings(14, "EVENT_SERIES"),
    }


def _changed(values: Row, changes: Row) -> Row:
    return {name: value for name, value in {**values, **changes}.items() if value is not None}
