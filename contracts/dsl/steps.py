"""The steps of contracts: they build bodies and rows to send, and make calls whose status and body they check."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from contracts.dsl import assertions
from contracts.dsl.measurements import read_once
from contracts.safety.unique_amounts import amount
from contracts.spec.breaches import charge_preparation, checks_rule, may_differ
from contracts.spec.verdicts import BlockedError, InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.tokens import sign_in

WINDOW_FIELD, MODEL_FIELD, SENT_DATE_FIELD = (
    "backhaul_evaluation_attribution_window",
    "backhaul_evaluation_model",
    "email_sent_date",
)
SETTINGS_FIELDS = (WINDOW_FIELD, MODEL_FIELD, SENT_DATE_FIELD)
EVALUATION_MODELS = ("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")
LOOKOUT_MODELS = ("FD", "META", "EXTERNAL")
LONGEST_USUAL_WINDOW = 30
"""Days. The documentation does not say how long a window may be, but no deployment refuses a month."""
BUILT_KEY, ORDERED_KEY = "built package", "package ordered"
EVENTS_SHARED = 30
"""How many events the shared list contains."""
SETTLED_SECONDS = 1.2
"""For how long the result of an evaluation that is over stays the same."""
RESULT_RULES = ("BEV-02", "BEV-03", "BEV-05")
"""The rules of which one may be broken if there is no result. Their contracts judge that themselves."""
SOURCE_PART, BEFORE_PART = "CR-02.manual", "BEV-03.before"
COUNT_FIELDS = ("customers", "items", "purchase")
Row = dict[str, Any]


def settings_body(window: int = 30, model: str = "ALL_PURCHASES", **more: Any) -> Row:
    """Build the settings of a package. Pass `email_sent_date=` only if the field is to be sent."""
    return {WINDOW_FIELD: window, MODEL_FIELD: model, **more}


def package_order(event_ids: list[Any], **changes: Any) -> Row:
    """Build the body of `POST /package_builder/packages`."""
    defaults = {"num_packages": 2, "n_top_events": 1, "package_title": "A package", "targeting_mode": "lookalike"}
    return {**defaults, "event_ids": event_ids, **changes}


def sale_row(customer_id: str, event_id: str, at: str, **changes: Any) -> Row:
    """Build a sale of one ticket for 50. Unless `fd`, `meta` or `external` is set, campaigns are credited.

    `origin="partner"` makes it a sale that the partner imported.
    """
    defaults = {"tickets": 1, "revenue": 50, "fd": "campaign", "meta": "campaign", "external": "campaign"}
    return {"customer_id": customer_id, "event_id": event_id, "at": at, **defaults, **changes}


def ticket_entry(kind: str = "Parkett", sold: object = 12, revenue: object = 540.5) -> Row:
    """Build an entry of a transaction summary."""
    return {"type": kind, "sold": sold, "revenue": revenue}


def summary_body(event_id: str, first: str = "2026-08-01", last: str = "2026-08-03", *entries: Row) -> Row:
    """Build the body of `POST /ingest/transaction_summary`.

    If no entries are given, it contains 12 tickets for 540.5.
    """
    return {"eid": event_id, "from": first, "to": last, "tickets": list(entries or [ticket_entry()])}


def save_settings(client: Client, package_id: str, body: Row) -> httpx2.Response:
    """PUT the settings of a package. The status must be 200.

    Raises InconclusiveError if the target refuses settings that the documentation does not say it must accept.
    """
    response = client.call("replaceEvaluationSettings", {"package_id": package_id}, body=body)
    part = _find_assumed_bound(body)
    if response.status_code == 400 and part is not None and may_differ(part):
        assertions.status(response, 200, part=part)
        raise InconclusiveError(f"the target refuses the settings {body}")
    assertions.step_status(response, 200)
    return response


def _find_assumed_bound(body: Row) -> str | None:
    """Return the assumed part because of which these settings must be accepted. None if there is none."""
    if body[WINDOW_FIELD] > LONGEST_USUAL_WINDOW:
        return "BEV-02.bounds"
    return "BEV-07.any_date" if body.get(SENT_DATE_FIELD) is not None else None


def read_settings(client: Client, package_id: str) -> Row:
    """Read the settings of a package, without members that are not documented.

    Raises InconclusiveError if the target shows them only while the package is DONE, which is open.
    """
    response = client.call("getEvaluationSettings", {"package_id": package_id})
    if response.is_client_error:
        status = read_package(client, package_id)["status"]
        if status != "DONE" and may_differ("BEV-09.readable"):
            raise InconclusiveError(f"settings of {package_id} while it is {status}: {response.status_code}")
        if status != "DONE":
            raise charge_preparation("BEV-09.readable", f"settings of a package that is {status}", 200, response.text)
    assertions.step_status(response, 200)
    return {name: value for name, value in response.json().items() if name in SETTINGS_FIELDS}


def read_new_settings(deployment: Deployment, package_id: str) -> Row:
    """Read the settings of a package that may still be built. If the target refuses that, read them after the build."""
    answer = deployment.partner.call("getEvaluationSettings", {"package_id": package_id})
    if answer.is_client_error and may_differ("BEV-09.readable"):
        wait_for_build(deployment, package_id)
    return read_settings(deployment.partner, package_id)


def read_evaluation(client: Client, package_id: str, part_before: str = BEFORE_PART) -> list[Row]:
    """Read the evaluation of a package: a row for each cluster, or none before the first evaluation.

    `part_before` is the assumed part that says what is returned before it: a target may return 404 instead.
    """
    return parse_evaluation(client.call("getEvaluation", {"package_id": package_id}), part_before)


def parse_evaluation(response: httpx2.Response, part_before: str = BEFORE_PART) -> list[Row]:
    """Return the rows of a response to `getEvaluation`. See: read_evaluation."""
    if response.status_code == 404 and (may_differ(part_before) or part_before != BEFORE_PART):
        assertions.status(response, 200, part=part_before)
        return []
    assertions.step_status(response, 200)
    rows = response.json()
    if not isinstance(rows, list):
        assertions.equal("type of the result", type(rows).__name__, "list", part="BEV-05.form")
        raise InconclusiveError("the result is not an array, so its rows cannot be read")
    return rows


def rows_by_cluster(rows: list[Row]) -> dict[str, Row]:
    """Return the rows of an evaluation by their `tc`. A row that is missing is a breach of BEV-05."""
    return ClusterRows({row["tc"]: row for row in rows})


class ClusterRows(dict[str, Row]):
    """The rows of an evaluation by their `tc`."""

    def __missing__(self, tc: str) -> Row:
        raise charge_preparation("BEV-05.rows", "clusters with a row", tc, list(self))


def evaluation_totals(rows: list[Row]) -> tuple[int, int, int]:
    """Add up an evaluation: customers, items and purchase."""
    customers, items, purchase = (sum(row[name] for row in rows) for name in COUNT_FIELDS)
    return customers, items, purchase


def list_adjustments(client: Client, event_id: str, partner_id: str) -> list[Row]:
    """List the campaign results of an event."""
    response = client.call("listCampaignResults", query={"eid": event_id, "partner_id": partner_id})
    assertions.step_status(response, 200)
    return list(response.json())


def read_revenue(client: Client, event_id: str, **query: str) -> Row:
    """Read the daily revenue of an event."""
    response = client.call("getDailyRevenueSummary", query={"event_id": event_id, **query})
    assertions.step_status(response, 200)
    return dict(response.json())


def wait_for_build(deployment: Deployment, package_id: str) -> Row:
    """Wait until the build of a package ends. Return the package. Raises InconclusiveError if it does not end."""

    def read() -> Row:
        response = deployment.partner.call("getPackage", {"package_id": package_id})
        assertions.step_status(response, 200)
        return dict(response.json())

    return deployment.clock.wait_until("build", read, lambda seen: seen["status"] not in ("INITIALIZING", "INPROGRESS"))


def order_shared_package(deployment: Deployment) -> Row:
    """Return the package that the run's properties share, as it was when it was ordered. The first use orders it.

    It contains the partner's first events. Raises InconclusiveError if the partner has no event.
    """
    ordered: Row | None = deployment.shared.get("package")
    if ordered is None and deployment.shared.get(ORDERED_KEY):
        raise BlockedError("the run has ordered a package, and the answer could not be used")
    if ordered is None:
        event_ids = list_event_ids(deployment, 3)
        if not event_ids:
            raise InconclusiveError("the partner has no event to build a package with")
        order = package_order(event_ids, package_title=deployment.title("properties"))
        deployment.shared[ORDERED_KEY] = not deployment.is_sandbox
        made = create_package(deployment.partner, order)
        ordered = made if "status" in made else read_package(deployment.partner, made["id"])
        deployment.shared["package"] = ordered
    return ordered


def ensure_built_package(deployment: Deployment) -> str:
    """Return the id of the shared package once it is DONE. Raises InconclusiveError if the partner has no event."""
    package_id = str(order_shared_package(deployment)["id"])
    if deployment.samples_cases and deployment.shared.get(BUILT_KEY) == package_id:
        return package_id
    assertions.equal(
        f"status of {package_id} when its build is over", wait_for_build(deployment, package_id)["status"], "DONE"
    )
    deployment.shared[BUILT_KEY] = package_id
    return package_id


def forget_build(deployment: Deployment) -> None:
    """Forget that the shared package is DONE. The next use waits for its build."""
    deployment.shared.pop(BUILT_KEY, None)


def save_and_evaluate(deployment: Deployment, package_id: str, body: Row) -> list[Row]:
    """Save settings, wait for the evaluation, and return its rows. Raises InconclusiveError if there is none."""
    before = read_evaluation(deployment.partner, package_id)
    save_settings(deployment.partner, package_id, body)
    rows = wait_for_evaluation(deployment, package_id, before)
    return require_result(rows) if deployment.is_sandbox else rows


def finish_evaluation(sandbox: Deployment, package_id: str) -> list[Row]:
    """Run all jobs of a sandbox, and return the result that a PUT before must have."""
    return require_result(wait_for_evaluation(sandbox, package_id, []))


def require_result(rows: list[Row]) -> list[Row]:
    """Return a result, which must have rows. If it has none, that is a breach of BEV-03, which blocks the contract."""
    if not checks_rule(*RESULT_RULES):
        assertions.prepared("there is a result after a PUT", bool(rows), expected=True, owner="BEV-03.result")
    return rows


def wait_for_evaluation(deployment: Deployment, package_id: str, before: list[Row]) -> list[Row]:
    """Wait until the evaluation of a package differs from what it was before, or until the job timeout. Return it.

    Elsewhere than on our mock, a result may be published in parts, so it must stay as it is for a while. Raises
    InconclusiveError if there was no result before, and there is none at the job timeout.
    """

    def read() -> list[Row]:
        return read_evaluation(deployment.partner, package_id)

    wait = deployment.clock.wait_for_change if before else deployment.clock.wait_until
    last = wait("evaluation", read, lambda seen: seen != before, at_once=False)
    if last == before or not may_differ("BEV-04.newest"):
        return last

    def has_settled(seen: list[Row]) -> bool:
        nonlocal last
        previous, last = last, seen
        return seen == previous

    return deployment.clock.wait_for_change("evaluation", read, has_settled, at_once=False, pause=SETTLED_SECONDS)


def read_lookout_model(client: Client, event_id: str) -> str:
    """Read the Lookout attribution model of an event."""
    response = client.call("getEventAttributionModel", {"eid": event_id})
    assertions.step_status(response, 200)
    return str(response.json()["model"])


def set_lookout_model(client: Client, event_id: str, model: str) -> httpx2.Response:
    """PUT the Lookout attribution model of an event. The status must be 200."""
    response = client.call("setEventAttributionModel", {"eid": event_id}, body={"model": model})
    assertions.step_status(response, 200)
    return response


def create_adjustment(
    client: Client, event_id: str, partner_id: str, purchase: object = 1, revenue: object = 10
) -> Row:
    """Create a manual adjustment. The status must be 201. Return the row."""
    query = {"eid": event_id, "partner_id": partner_id, "purchase": str(purchase), "revenue": str(revenue)}
    response = client.call("createCampaignResult", query=query)
    assertions.step_status(response, 201)
    row = dict(response.json())
    if not may_differ(SOURCE_PART):
        assertions.prepared("source of a manual row", row["source"], "manual", owner=SOURCE_PART)
    return row


@contextmanager
def temporary_adjustment(
    client: Client, event_id: str, partner_id: str, purchase: object = 1, revenue: object = 10
) -> Iterator[Row]:
    """Create a manual adjustment, and delete it at the end of the block."""
    row = create_adjustment(client, event_id, partner_id, purchase, revenue)
    try:
        yield row
    finally:
        client.call("deleteCampaignResult", query={"id": row["id"]})


def create_package(client: Client, order: Row) -> Row:
    """Create a package. The status must be 201. Return the package."""
    response = client.call("createPackage", body=order)
    assertions.step_status(response, 201)
    return dict(response.json())


def merge_packages(client: Client, *package_ids: str) -> Row:
    """Merge packages. The status must be 201. Return the new package."""
    response = client.call("mergePackages", query={"packages_ids": list(package_ids)})
    assertions.step_status(response, 201)
    return dict(response.json())


def list_packages(client: Client) -> list[Row]:
    """List the partner's packages."""
    response = client.call("listPackages")
    assertions.step_status(response, 200)
    return list(response.json())


def read_package(client: Client, package_id: str) -> Row:
    """Read a package with its content."""
    response = client.call("getPackage", {"package_id": package_id})
    assertions.step_status(response, 200)
    return dict(response.json())


def list_cluster_customers(client: Client, package_id: str, tc: str) -> list[str]:
    """List the customers of a cluster."""
    response = client.call("getClusterCustomers", {"package_id": package_id, "tc": tc})
    assertions.step_status(response, 200)
    customers = response.json()
    if not isinstance(customers, list):
        assertions.equal("type of the customer list", type(customers).__name__, "list", part="PKG-06.format")
        raise InconclusiveError("the customer list is not an array, so its customers cannot be read")
    return customers


def read_defaults(client: Client, partner_id: str) -> Row:
    """Read the evaluation defaults of the partner's new packages."""
    response = client.call("getBackhaulDefaults", {"partner_id": partner_id})
    assertions.step_status(response, 200)
    return dict(response.json())


def set_defaults(client: Client, partner_id: str, body: Row) -> Row:
    """POST the evaluation defaults of the partner's new packages. The status must be 200."""
    response = client.call("setBackhaulDefaults", {"partner_id": partner_id}, body=body)
    assertions.step_status(response, 200)
    return dict(response.json())


@contextmanager
def preserve_defaults(deployment: Deployment) -> Iterator[Row]:
    """Yield the partner's defaults, and restore them at the end."""
    seen = read_defaults(deployment.partner, deployment.partner_id)
    before = {name: seen[name] for name in (WINDOW_FIELD, MODEL_FIELD)}
    try:
        yield before
    finally:
        set_defaults(deployment.partner, deployment.partner_id, before)


def list_event_ids(deployment: Deployment, limit: int = 5) -> list[str]:
    """List the ids of the partner's first events. Where few requests are sent, contracts share one list.

    Raises InconclusiveError if there are none.
    """
    if deployment.samples_cases and limit <= EVENTS_SHARED:
        listed = read_once(deployment, "ids of events", lambda: _read_event_ids(deployment, EVENTS_SHARED))[:limit]
    else:
        listed = _read_event_ids(deployment, limit)
    if not listed:
        raise InconclusiveError("the partner has no event")
    return listed


def _read_event_ids(deployment: Deployment, limit: int) -> list[str]:
    response = deployment.partner.call("listEvents", query={"limit": limit + len(deployment.disposable_events)})
    assertions.step_status(response, 200)
    return deployment.select_kept(event["id"] for event in response.json()["items"])[:limit]


def complete_sign_in(deployment: Deployment, role: str = "partner") -> Row:
    """Sign in and return the body. Where few sign-ins are wanted, return the body of the one that contracts share."""
    shared = deployment.shared_sign_in(role) if deployment.samples_cases else {}
    return shared or sign_in(deployment.anonymous, deployment.credentials(role))


def unique_revenue(deployment: Deployment) -> float:
    """Return an amount that this run enters only once and other runs never enter. It identifies a row of this run."""
    number: int = deployment.shared.get("amounts", 0)
    deployment.shared["amounts"] = number + 1
    return amount(deployment.run_id, number)
