"""The words in which contracts speak: bodies, rows, and what is read back, by the platform's own names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import httpx2

from contracts.dsl import assertions
from contracts.safety.unique_amounts import amount
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment

WINDOW_FIELD, MODEL_FIELD, SENT_DATE_FIELD = (
    "backhaul_evaluation_attribution_window",
    "backhaul_evaluation_model",
    "email_sent_date",
)
EVALUATION_MODELS = ("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")
LOOKOUT_MODELS = ("FD", "META", "EXTERNAL")
COUNT_FIELDS = ("customers", "items", "purchase")
Row = dict[str, Any]


def settings_body(window: int = 30, model: str = "ALL_PURCHASES", **more: Any) -> Row:
    """A package's settings; `email_sent_date=` only where it is to be sent."""
    return {WINDOW_FIELD: window, MODEL_FIELD: model, **more}


def package_order(event_ids: list[Any], **changes: Any) -> Row:
    """The body of `POST /package_builder/packages`."""
    defaults = {"num_packages": 2, "n_top_events": 1, "package_title": "A package", "targeting_mode": "lookalike"}
    return {**defaults, "event_ids": event_ids, **changes}


DATE_RANGE_CASES: tuple[tuple[Mapping[str, str], Sequence[str]], ...] = (
    ({}, ("2026-08-01", "2026-08-02", "2026-08-03")),
    ({"start_date": "2026-08-02"}, ("2026-08-02", "2026-08-03")),
    ({"end_date": "2026-08-02"}, ("2026-08-01", "2026-08-02")),
    ({"start_date": "2026-08-02", "end_date": "2026-08-02"}, ("2026-08-02",)),
)
"""Of sales on 1, 2 and 3 August: what is asked for, neither date, one, or both, and the days that are told."""


def sale_row(customer_id: str, event_id: str, at: str, **changes: Any) -> Row:
    """A sale of two tickets for 50, credited to campaigns under every model unless `fd`, `meta`, `external` say else.

    `origin="partner"` makes it one that the partner brought in.
    """
    defaults = {"tickets": 2, "revenue": 50, "fd": "campaign", "meta": "campaign", "external": "campaign"}
    return {"customer_id": customer_id, "event_id": event_id, "at": at, **defaults, **changes}


def three_days_of_sales(customer_id: str, event_id: str) -> list[Row]:
    """A sale at noon of 1, 2 and 3 August."""
    return [sale_row(customer_id, event_id, f"2026-08-0{day}T12:00:00Z") for day in (1, 2, 3)]


def ticket_entry(kind: str = "Parkett", sold: object = 12, revenue: object = 540.5) -> Row:
    """An entry of a summary of transactions."""
    return {"type": kind, "sold": sold, "revenue": revenue}


def summary_body(event_id: str, first: str = "2026-08-01", last: str = "2026-08-03", *entries: Row) -> Row:
    """The body of `POST /ingest/transaction_summary`, of 12 orders for 540.5 unless the entries are given."""
    return {"eid": event_id, "from": first, "to": last, "tickets": list(entries or [ticket_entry()])}


def save_settings(client: Client, package_id: str, body: Row) -> httpx2.Response:
    """PUT a package's settings; the answer must be 200."""
    response = client.call("replaceEvaluationSettings", {"package_id": package_id}, body=body)
    assertions.status(response, 200)
    return response


def read_settings(client: Client, package_id: str) -> Row:
    """A package's settings as they are read."""
    response = client.call("getEvaluationSettings", {"package_id": package_id})
    assertions.status(response, 200)
    return dict(response.json())


def read_evaluation(client: Client, package_id: str) -> list[Row]:
    """A package's evaluation as it is read now: a row for each cluster, or nothing."""
    response = client.call("getEvaluation", {"package_id": package_id})
    assertions.status(response, 200)
    return list(response.json())


def rows_by_cluster(rows: list[Row]) -> dict[str, Row]:
    """An evaluation's rows by their `tc`."""
    return {row["tc"]: row for row in rows}


def evaluation_totals(rows: list[Row]) -> tuple[int, int, int]:
    """A client's own sums over an evaluation: customers, items, purchase."""
    customers, items, purchase = (sum(row[name] for row in rows) for name in COUNT_FIELDS)
    return customers, items, purchase


def list_adjustments(client: Client, event_id: str, partner_id: str) -> list[Row]:
    """An event's campaign results."""
    response = client.call("listCampaignResults", query={"eid": event_id, "partner_id": partner_id})
    assertions.status(response, 200)
    return list(response.json())


def read_revenue(client: Client, event_id: str, **query: str) -> Row:
    """An event's daily revenue."""
    response = client.call("getDailyRevenueSummary", query={"event_id": event_id, **query})
    assertions.status(response, 200)
    return dict(response.json())


def wait_for_build(deployment: Deployment, package_id: str) -> Row:
    """The package once its build is over. Raises Inconclusive where that does not come."""

    def read() -> Row:
        response = deployment.partner.call("getPackage", {"package_id": package_id})
        assertions.status(response, 200)
        return dict(response.json())

    return deployment.clock.wait_until("build", read, lambda seen: seen["status"] not in ("INITIALIZING", "INPROGRESS"))


def ensure_built_package(deployment: Deployment) -> str:
    """The id of a package that is DONE, made by this run over the partner's first events; made once in each world.

    Raises Inconclusive where the partner has no event.
    """
    package_id: str | None = deployment.shared.get("package")
    if package_id is None:
        listed = deployment.partner.call("listEvents", query={"limit": 3}).json()["items"]
        if not listed:
            raise InconclusiveError("the partner has no event to build a package over")
        order = package_order([event["id"] for event in listed], package_title=deployment.title("laws"))
        response = deployment.partner.call("createPackage", body=order)
        assertions.status(response, 201)
        package_id = deployment.shared["package"] = response.json()["id"]
    assertions.equal(
        f"status of {package_id} when its build is over", wait_for_build(deployment, package_id)["status"], "DONE"
    )
    return package_id


def save_and_evaluate(deployment: Deployment, package_id: str, body: Row) -> list[Row]:
    """The evaluation once settings are saved and their job is over. Raises Inconclusive where none comes."""
    before = read_evaluation(deployment.partner, package_id)
    save_settings(deployment.partner, package_id, body)
    wait = deployment.clock.wait_for_change if before else deployment.clock.wait_until
    return wait("evaluation", lambda: read_evaluation(deployment.partner, package_id), lambda seen: seen != before)


def read_lookout_model(client: Client, event_id: str) -> str:
    """The Lookout attribution model of an event."""
    response = client.call("getEventAttributionModel", {"eid": event_id})
    assertions.status(response, 200)
    return str(response.json()["model"])


def set_lookout_model(client: Client, event_id: str, model: str) -> httpx2.Response:
    """PUT an event's Lookout attribution model; the answer must be 200."""
    response = client.call("setEventAttributionModel", {"eid": event_id}, body={"model": model})
    assertions.status(response, 200)
    return response


@contextmanager
def preserve_lookout_model(client: Client, event_id: str) -> Iterator[None]:
    """Whatever is set within, the event has its Lookout model again afterwards."""
    before = read_lookout_model(client, event_id)
    try:
        yield
    finally:
        set_lookout_model(client, event_id, before)


def create_adjustment(
    client: Client, event_id: str, partner_id: str, purchase: object = 1, revenue: object = 10
) -> Row:
    """Enter an adjustment by hand; gives the row that is answered."""
    query = {"eid": event_id, "partner_id": partner_id, "purchase": str(purchase), "revenue": str(revenue)}
    response = client.call("createCampaignResult", query=query)
    assertions.status(response, 201)
    return dict(response.json())


@contextmanager
def temporary_adjustment(
    client: Client, event_id: str, partner_id: str, purchase: object = 1, revenue: object = 10
) -> Iterator[Row]:
    """An adjustment that was entered by hand, and is gone afterwards."""
    row = create_adjustment(client, event_id, partner_id, purchase, revenue)
    try:
        yield row
    finally:
        client.call("deleteCampaignResult", query={"id": row["id"]})


def list_automated_rows(client: Client, event_id: str, partner_id: str) -> list[tuple[str, int, float]]:
    """What the platform's own runs wrote down for an event, the oldest first: instant, orders, revenue."""
    rows = [row for row in list_adjustments(client, event_id, partner_id) if row["source"] == "automated"]
    return sorted((row["created_at"], row["purchase"], row["revenue"]) for row in rows)


def create_package(client: Client, order: Row) -> Row:
    """POST an order of a package; the answer must be 201. Gives the package."""
    response = client.call("createPackage", body=order)
    assertions.status(response, 201)
    return dict(response.json())


def merge_packages(client: Client, *package_ids: str) -> Row:
    """Merge packages; the answer must be 201. Gives the new one."""
    response = client.call("mergePackages", query={"packages_ids": list(package_ids)})
    assertions.status(response, 201)
    return dict(response.json())


def list_packages(client: Client) -> list[Row]:
    """The partner's packages, as they are listed."""
    response = client.call("listPackages")
    assertions.status(response, 200)
    return list(response.json())


def read_package(client: Client, package_id: str) -> Row:
    """A package as it is read, with its content."""
    response = client.call("getPackage", {"package_id": package_id})
    assertions.status(response, 200)
    return dict(response.json())


def list_cluster_customers(client: Client, package_id: str, tc: str) -> list[str]:
    """The customers of one cluster, as they are listed."""
    response = client.call("getClusterCustomers", {"package_id": package_id, "tc": tc})
    assertions.status(response, 200)
    return list(response.json())


def read_defaults(client: Client, partner_id: str) -> Row:
    """What the partner's new packages start with, as it is read."""
    response = client.call("getBackhaulDefaults", {"partner_id": partner_id})
    assertions.status(response, 200)
    return dict(response.json())


def set_defaults(client: Client, partner_id: str, body: Row) -> Row:
    """POST what the partner's new packages start with; the answer must be 200."""
    response = client.call("setBackhaulDefaults", {"partner_id": partner_id}, body=body)
    assertions.status(response, 200)
    return dict(response.json())


def list_event_ids(deployment: Deployment, limit: int = 5) -> list[str]:
    """The ids of the partner's first events, at least one. Raises Inconclusive where there is none."""
    response = deployment.partner.call("listEvents", query={"limit": limit})
    assertions.status(response, 200)
    listed = [event["id"] for event in response.json()["items"]]
    if not listed:
        raise InconclusiveError("the partner has no event")
    return listed


def early_window_start(client: Client, package_id: str) -> str:
    """A day 150 days before the package was created: a window from there holds purchases, where there are any."""
    created = date.fromisoformat(read_package(client, package_id)["created_at"][:10])
    return (created - timedelta(days=150)).isoformat()


def unique_revenue(deployment: Deployment) -> float:
    """An amount that no other run enters, and this one only once: by it a row is known that this run made."""
    number: int = deployment.shared.get("amounts", 0)
    deployment.shared["amounts"] = number + 1
    return amount(deployment.run_id, number)
