"""A valid request for each operation of the document. Contracts change one detail to make it invalid."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

import httpx2

from contracts.dsl import assertions
from contracts.dsl.steps import Row, package_order, settings_body, summary_body
from contracts.spec import openapi
from contracts.spec.breaches import may_differ
from contracts.spec.openapi import OpenApiSpec, SpecOperation
from contracts.spec.verdicts import NotApplicableError
from contracts.target.client import Client
from contracts.target.deployment import NEEDS_ADMIN, Deployment
from contracts.target.forms import FORM_HEADER, FormFile, encode_form
from contracts.target.sandbox import Sandbox

JSON_TYPE = "application/json"
JSON_HEADERS = {"content-type": JSON_TYPE}
SHEET_CSV = b"date,purchases,revenue\r\n2026-06-01,3,75.5\r\n"
TICKETS_CSV = b"type,sold,revenue\r\nParkett,12,540.5\r\n"
FILES = {"uploadSalesEdit": SHEET_CSV, "ingestTransactionSummaryFromExcel": TICKETS_CSV}
"""The files that operations accept, by operationId."""
RESULTS_PATH = "/campaign_results/"
FEW_CASES = 4
"""How many operations or parameters stand for all of them, where few requests are sent to a target."""
NEVER_IN_LOOPS = frozenset({"clearSales", "deleteCampaignResult"})
"""The operations of which loops send no request to a target's own data, because they destroy data."""
SETTINGS_KEY = "present settings"
UNKNOWN_ID = "contracts-unknown"
"""An id that belongs to no event, package or row."""
PART_OF_UNKNOWN = {
    "mergePackages": "PKG-08.unknown",
    "createPackage": "PKG-02.event_ids",
    "regeneratePackage": "PKG-12.unknown",
    "getClusterCustomers": "PKG-09.unknown_cluster",
    "getMetaCampaignResults": "META-01.unknown",
    "getMetaInsights": "META-04.unknown",
    "ingestTransactionSummary": "ING-01.refused",
    "ingestTransactionSummaryFromExcel": "ING-07.refused",
    "exportSalesEdit": "SED-01.event_id",
    "listCampaignResults": "CR-01.unknown",
    "replaceEventSeries": "EVT-04.unknown",
}
"""The assumed part that says how an operation answers for an object that nobody has."""


def find_open_part(operation_id: str) -> str | None:
    """Return the part in which the target may differ for an object that nobody has. None if there is none."""
    part = PART_OF_UNKNOWN.get(operation_id)
    return part if part is not None and may_differ(part) else None


class AvailableRequests(dict[str, "ValidRequest"]):
    """Requests by operationId. If an operation needs an admin and the run has none, its request is missing.

    A look-up of a missing request raises NotApplicableError. On a target's own data, requests in `not_listed` can be
    looked up, but a loop over all requests does not meet them: few sign-ins are allowed in a minute, and nothing is
    deleted.
    """

    not_listed: Mapping[str, "ValidRequest"] = {}

    def __missing__(self, operation_id: str) -> "ValidRequest":
        if operation_id in self.not_listed:
            return self.not_listed[operation_id]
        raise NotApplicableError(f"{operation_id} {NEEDS_ADMIN}")


@dataclass(frozen=True, slots=True)
class RecordIds:
    """The ids in the requests. With unknown ids, requests change nothing, even if a target accepts them."""

    event: str = UNKNOWN_ID
    series_event: str = f"{UNKNOWN_ID}-2"
    package: str = UNKNOWN_ID
    second_package: str = f"{UNKNOWN_ID}-2"
    adjustment: str = UNKNOWN_ID


@dataclass(frozen=True, slots=True)
class ValidRequest:
    """A request that its operation accepts from `user`. `file` is a CSV body, instead of JSON in `body`."""

    operation_id: str
    method: str
    template: str
    path: str
    public: bool
    user: Client
    query: Row = field(default_factory=dict)
    body: Row | None = None
    file: bytes | None = None

    def with_query(self, **query: Any) -> "ValidRequest":
        """Return a copy with these query values. A value of None removes the parameter."""
        return replace(self, query=_merge_query(self.query, query))

    def with_body(self, **body: Any) -> "ValidRequest":
        """Return a copy with these body fields."""
        return replace(self, body={**(self.body or {}), **body})

    def without_field(self, name: str) -> "ValidRequest":
        """Return a copy without one body field."""
        return replace(self, body={key: value for key, value in (self.body or {}).items() if key != name})

    @property
    def content(self) -> bytes | None:
        """The body as bytes."""
        if self.file is not None:
            return encode_form(FormFile(self.file))
        return None if self.body is None else json.dumps(self.body).encode()

    @property
    def content_type_header(self) -> Mapping[str, str]:
        """The content-type header, if there is a body."""
        if self.file is not None:
            return {"content-type": FORM_HEADER}
        return {} if self.body is None else JSON_HEADERS

    @property
    def query_string(self) -> str:
        """The encoded query."""
        return urlencode(self.query, doseq=True)

    def send(
        self,
        client: Client | None = None,
        *,
        extra_query: str = "",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send the request, as `user` or as another client.

        `extra_query` is appended to the query, `content` replaces the body, `headers` are added.
        """
        query = "&".join(part for part in (self.query_string, extra_query) if part)
        content = self.content if content is None else content
        all_headers = {**self.content_type_header, **(headers or {})}
        return (client or self.user).send(self.method, self.path, query=query, headers=all_headers, content=content)


ParameterCase = tuple[ValidRequest, str, Mapping[str, Any]]
"""A request, and the name and schema of one of its parameters or fields."""
SchemaFilter = Callable[[OpenApiSpec, Mapping[str, Any]], bool]


def harmless_requests(
    deployment: Deployment, ids: RecordIds | None = None, user: Client | None = None
) -> dict[str, ValidRequest]:
    """Build requests by operationId that change nothing: they use unknown ids, and settings that are already set.

    They are sent by `user`, by default by a user who may call the operation.
    """
    model, defaults = _read_present_settings(deployment)
    unknown_ids = RecordIds() if deployment.is_sandbox else RecordIds(adjustment=f"{UNKNOWN_ID}-{deployment.run_id}")
    return build_requests(deployment, ids or unknown_ids, model, defaults, user)


def changing_requests(deployment: Deployment, ids: RecordIds) -> dict[str, ValidRequest]:
    """Return requests by operationId for these records. Every write among the requests changes something."""
    return build_requests(deployment, ids, "META", settings_body(14, "EVENT_SERIES"))


def build_requests(
    deployment: Deployment, ids: RecordIds, model: str, defaults: Row, user: Client | None = None
) -> dict[str, ValidRequest]:
    """Build requests by operationId, sent by `user`, by default by a user who may call the operation."""
    queries = _queries(deployment.partner_id, ids, model)
    bodies = _bodies(ids, defaults, deployment.title("order"))
    values = {
        "partner_id": deployment.partner_id,
        "eid": ids.event,
        "package_id": ids.package,
        "tc": "Jazz",
    }
    requests = AvailableRequests(
        {
            operation.id: ValidRequest(
                operation.id,
                operation.method,
                operation.path,
                operation.path.format_map({name: quote(value, safe="") for name, value in values.items()}),
                public=operation.path == "/status/" or operation.path.startswith("/auth"),
                user=user or _find_user(deployment, operation),
                query=queries.get(operation.id, {}),
                body=bodies.get(operation.id),
                file=FILES.get(operation.id),
            )
            for operation in deployment.api_spec.operations.values()
            if user or operation.path != RESULTS_PATH or deployment.results_role in deployment.users
        }
    )
    if not deployment.is_sandbox:
        hidden = [name for name in requests if name in NEVER_IN_LOOPS or _is_spared_sign_in(deployment, requests[name])]
        requests.not_listed = {name: requests.pop(name) for name in hidden}
    return requests


def _is_spared_sign_in(deployment: Deployment, request: ValidRequest) -> bool:
    return deployment.samples_cases and request.path.startswith("/auth")


def _read_present_settings(deployment: Deployment) -> tuple[str, Row]:
    """Return the partner's default model and defaults. On the target's own data, they are read once in a run."""
    if SETTINGS_KEY not in deployment.shared or deployment.is_sandbox:
        partner = assertions.read_body(deployment.partner.call("getPartner"))
        defaults = assertions.read_body(
            deployment.partner.call("getBackhaulDefaults", {"partner_id": deployment.partner_id})
        )
        deployment.shared[SETTINGS_KEY] = partner["attribution_model_default"], defaults
    model, defaults = deployment.shared[SETTINGS_KEY]
    return str(model), dict(defaults)


def create_records(sandbox: Sandbox) -> RecordIds:
    """Create two events, two packages and one manual row of the partner."""
    event, series_event = sandbox.add_event(), sandbox.add_event()
    packages = [sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)}) for _ in range(2)]
    rows = {"eid": event, "partner_id": sandbox.partner_id, "purchase": "3", "revenue": "75.5"}
    created = sandbox.results_user.call("createCampaignResult", query=rows)
    assertions.step_status(created, 201)
    adjustment = created.json()["id"]
    return RecordIds(event, series_event, packages[0], packages[1], adjustment)


def read_records(client: Client, partner: str, ids: RecordIds) -> dict[str, str]:
    """Read everything about these records and the partner with this id; return the texts by path.

    The manual rows are among the adjustments of the daily revenue, which every user may read.
    """
    package = f"/package_builder/packages/{ids.package}"
    paths = [
        "/partners/",
        f"/partners/{partner}/backhaul_attribution_details",
        "/package_builder/packages/",
        f"{package}/backhaul_evaluation_details",
        f"{package}/backhaul_evaluation",
    ]
    for event in (ids.event, ids.series_event):
        paths += [f"/events/{event}", f"/events/{event}/series", f"/events/{event}/attribution_model"]
        paths.append(f"/daily_revenue_summary/?event_id={event}")
    return {path: client.send("GET", path.partition("?")[0], query=path.partition("?")[2]).text for path in paths}


def some_requests(
    deployment: Deployment, is_wanted: Callable[[ValidRequest], bool] = lambda _: True
) -> list[ValidRequest]:
    """Return the wanted ones of the harmless requests of all operations; where few requests are sent, some of them."""
    return deployment.sample(filter(is_wanted, harmless_requests(deployment).values()), FEW_CASES)


def has_body(valid_request: ValidRequest) -> bool:
    """Whether the request has a body in JSON."""
    return valid_request.body is not None


def requires_something(api_spec: OpenApiSpec, valid_request: ValidRequest) -> bool:
    """Whether the operation requires a query parameter or a member of its body."""
    return any(required_query_parameters(api_spec, valid_request)) or any(required_body_fields(api_spec, valid_request))


def query_cases(deployment: Deployment, is_wanted: SchemaFilter | None = None) -> list[ParameterCase]:
    """Return the query parameters of harmless requests that have a wanted schema; where few requests are sent, some."""
    return _list_cases(deployment, query_schemas, is_wanted)


def body_cases(deployment: Deployment, is_wanted: SchemaFilter | None = None) -> list[ParameterCase]:
    """Return the body fields of harmless requests that have a wanted schema; where few requests are sent, some."""
    return _list_cases(deployment, body_schemas, is_wanted)


def _list_cases(
    deployment: Deployment,
    list_schemas: Callable[[OpenApiSpec, ValidRequest], Iterator[tuple[str, Mapping[str, Any]]]],
    is_wanted: SchemaFilter | None,
) -> list[ParameterCase]:
    cases = [
        (request, name, schema)
        for request in harmless_requests(deployment).values()
        for name, schema in list_schemas(deployment.api_spec, request)
        if is_wanted is None or is_wanted(deployment.api_spec, schema)
    ]
    return deployment.sample(cases, FEW_CASES)


def is_array(api_spec: OpenApiSpec, schema: Mapping[str, Any]) -> bool:
    """Whether the values are arrays."""
    return schema.get("type") == "array"


def is_single(api_spec: OpenApiSpec, schema: Mapping[str, Any]) -> bool:
    """Whether the values are not arrays."""
    return not is_array(api_spec, schema)


def has_pattern(api_spec: OpenApiSpec, schema: Mapping[str, Any]) -> bool:
    """Whether the values, or the items of an array, are texts with a pattern."""
    return "pattern" in (resolve_reference(api_spec, schema["items"]) if is_array(api_spec, schema) else schema)


def query_schemas(api_spec: OpenApiSpec, request: ValidRequest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the documented query parameters of an operation: name and schema."""
    item = api_spec.document["paths"][request.template]
    declared = [*item.get("parameters", ()), *item[request.method.lower()].get("parameters", ())]
    for parameter in (resolve_reference(api_spec, each) for each in declared):
        if parameter["in"] == "query":
            yield parameter["name"], resolve_reference(api_spec, parameter["schema"])


def body_schemas(api_spec: OpenApiSpec, request: ValidRequest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the documented body fields of an operation: name and schema."""
    declared = api_spec.document["paths"][request.template][request.method.lower()].get("requestBody")
    if declared is not None and JSON_TYPE in declared["content"]:
        schema = resolve_reference(api_spec, declared["content"][JSON_TYPE]["schema"])
        for name, kind in schema["properties"].items():
            yield name, resolve_reference(api_spec, kind)


def required_query_parameters(api_spec: OpenApiSpec, request: ValidRequest) -> list[str]:
    """Return the names of the required query parameters of an operation."""
    declared = api_spec.document["paths"][request.template][request.method.lower()].get("parameters", ())
    parameters = [resolve_reference(api_spec, each) for each in declared]
    return [each["name"] for each in parameters if each["in"] == "query" and each.get("required", False)]


def required_body_fields(api_spec: OpenApiSpec, request: ValidRequest) -> list[str]:
    """Return the names of the required body fields of an operation."""
    declared = api_spec.document["paths"][request.template][request.method.lower()].get("requestBody")
    if declared is None or JSON_TYPE not in declared["content"]:
        return []
    return list(resolve_reference(api_spec, declared["content"][JSON_TYPE]["schema"])["required"])


def resolve_reference(api_spec: OpenApiSpec, value: Any) -> Any:
    """If the value is a `$ref`, return the part of the document to which it points; else return the value."""
    return openapi.resolve_reference(value, api_spec.document)


def _find_user(deployment: Deployment, operation: SpecOperation) -> Client:
    return deployment.results_user if operation.path == RESULTS_PATH else deployment.partner


def _queries(partner_id: str, ids: RecordIds, model: str) -> dict[str, Row]:
    rows = {"eid": ids.event, "partner_id": partner_id}
    return {
        "setAttributionModelDefault": {"model": model},
        "replaceEventSeries": {"event_series": [ids.series_event]},
        "getDailyRevenueSummary": {"event_id": ids.event},
        "clearSales": {"event_id": ids.event},
        "exportSalesEdit": {"event_id": ids.event},
        "uploadSalesEdit": {"event_id": ids.event},
        "ingestTransactionSummaryFromExcel": {"eid": ids.event},
        "listCampaignResults": rows,
        "createCampaignResult": {**rows, "purchase": "12", "revenue": "540.5"},
        "deleteCampaignResult": {"id": ids.adjustment},
        "mergePackages": {"packages_ids": [ids.package, ids.second_package]},
    }


def _bodies(ids: RecordIds, defaults: Row, title: str) -> dict[str, Row]:
    return {
        "signIn": {"username": f"{UNKNOWN_ID}@contracts.example", "password": "none"},
        "refreshToken": {"token": UNKNOWN_ID},
        "answerMfaChallenge": {"Session": UNKNOWN_ID, "mfa_token": "000000"},
        "answerNewPasswordChallenge": {"Session": UNKNOWN_ID, "new_password": "none"},
        "setBackhaulDefaults": defaults,
        "setFrontendStatus": {"frontend_status": "HIDDEN"},
        "setEventAttributionModel": {"model": "EXTERNAL"},
        "ingestTransactionSummary": summary_body(ids.event),
        "createPackage": package_order([ids.event], package_title=title),
        "replaceEvaluationSettings": settings_body(14, "EVENT_SERIES"),
    }


def _merge_query(values: Row, changes: Row) -> Row:
    return {name: value for name, value in {**values, **changes}.items() if value is not None}
