"""The words in which contracts speak: bodies, rows, and what is read back, by the platform's own names."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import httpx

from contracts.dsl import assertions
from contracts.safety.unique_amounts import amount
from contracts.spec.verdicts import Inconclusive
from contracts.target.client import Client
from contracts.target.deployment import Deployment

WINDOW, MODEL, SENT = (
    "backhaul_evaluation_attribution_window",
    "backhaul_evaluation_model",
    "email_sent_date",
)
MODELS = ("ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES")
LOOKOUT_MODELS = ("FD", "META", "EXTERNAL")
COUNTS = ("customers", "items", "purchase")
Row = dict[str, Any]


def settings(window: int = 30, model: str = "ALL_PURCHASES", **more: Any) -> Row:
    """A package's settings; `email_sent_date=` only where it is to be sent."""
    return {WINDOW: window, MODEL: model, **more}


def an_order(event_ids: list[Any], **changes: Any) -> Row:
    """The body of `POST /package_builder/packages`."""
    plain = {"num_packages": 2, "n_top_events": 1, "package_title": "A package", "targeting_mode": "lookalike"}
    return {**plain, "event_ids": event_ids, **changes}


DATES_LEFT_OUT: tuple[tuple[Mapping[str, str], Sequence[str]], ...] = (
    ({}, ("2026-08-01", "2026-08-02", "2026-08-03")),
    ({"start_date": "2026-08-02"}, ("2026-08-02", "2026-08-03")),
    ({"end_date": "2026-08-02"}, ("2026-08-01", "2026-08-02")),
    ({"start_date": "2026-08-02", "end_date": "2026-08-02"}, ("2026-08-02",)),
)
"""Of sales on 1, 2 and 3 August: what is asked for, neither date, one, or both, and the days that are told."""


def a_sale(customer_id: str, event_id: str, at: str, **changes: Any) -> Row:
    """A sale of two tickets for 50, credited to campaigns under every model unless `fd`, `meta`, `external` say else.

    `origin="partner"` makes it one that the partner brought in.
    """
    plain = {"tickets": 2, "revenue": 50, "fd": "campaign", "meta": "campaign", "external": "campaign"}
    return {"customer_id": customer_id, "event_id": event_id, "at": at, **plain, **changes}


def three_days_of_sales(customer_id: str, event_id: str) -> list[Row]:
    """A sale at noon of 1, 2 and 3 August."""
    return [a_sale(customer_id, event_id, f"2026-08-0{day}T12:00:00Z") for day in (1, 2, 3)]


def tickets(kind: str = "Parkett", sold: object = 12, revenue: object = 540.5) -> Row:
    """An entry of a summary of transactions."""
    return {"type": kind, "sold": sold, "revenue": revenue}


def a_summary(event_id: str, first: str = "2026-08-01", last: str = "2026-08-03", *entries: Row) -> Row:
    """The body of `POST /ingest/transaction_summary`, of 12 orders for 540.5 unless the entries are given."""
    return {"eid": event_id, "from": first, "to": last, "tickets": list(entries or [tickets()])}


def save(client: Client, package_id: str, body: Row) -> httpx.Response:
    """PUT a package's settings; the answer must be 200."""
    answer = client.call("replaceEvaluationSettings", {"package_id": package_id}, body=body)
    assertions.status(answer, 200)
    return answer


def settings_of(client: Client, package_id: str) -> Row:
    """A package's settings as they are read."""
    answer = client.call("getEvaluationSettings", {"package_id": package_id})
    assertions.status(answer, 200)
    return dict(answer.json())


def result_of(client: Client, package_id: str) -> list[Row]:
    """A package's evaluation as it is read now: a row for each cluster, or nothing."""
    answer = client.call("getEvaluation", {"package_id": package_id})
    assertions.status(answer, 200)
    return list(answer.json())


def by_cluster(rows: list[Row]) -> dict[str, Row]:
    """An evaluation's rows by their `tc`."""
    return {row["tc"]: row for row in rows}


def totals(rows: list[Row]) -> tuple[int, int, int]:
    """A client's own sums over an evaluation: customers, items, purchase."""
    customers, items, purchase = (sum(row[name] for row in rows) for name in COUNTS)
    return customers, items, purchase


def adjustments(client: Client, event_id: str, partner_id: str) -> list[Row]:
    """An event's campaign results."""
    answer = client.call("listCampaignResults", query={"eid": event_id, "partner_id": partner_id})
    assertions.status(answer, 200)
    return list(answer.json())


def revenue(client: Client, event_id: str, **query: str) -> Row:
    """An event's daily revenue."""
    answer = client.call("getDailyRevenueSummary", query={"event_id": event_id, **query})
    assertions.status(answer, 200)
    return dict(answer.json())


def built(deployment: Deployment, package_id: str) -> Row:
    """The package once its build is over. Raises Inconclusive where that does not come."""

    def look() -> Row:
        answer = deployment.partner.call("getPackage", {"package_id": package_id})
        assertions.status(answer, 200)
        return dict(answer.json())

    return deployment.clock.until("build", look, lambda seen: seen["status"] not in ("INITIALIZING", "INPROGRESS"))


def a_built_package(deployment: Deployment) -> str:
    """The id of a package that is DONE, made by this run over the partner's first events; made once in each world.

    Raises Inconclusive where the partner has no event.
    """
    made: str | None = deployment.made.get("package")
    if made is None:
        listed = deployment.partner.call("listEvents", query={"limit": 3}).json()["items"]
        if not listed:
            raise Inconclusive("the partner has no event to build a package over")
        order = an_order([event["id"] for event in listed], package_title=deployment.title("laws"))
        answer = deployment.partner.call("createPackage", body=order)
        assertions.status(answer, 201)
        made = deployment.made["package"] = answer.json()["id"]
    assertions.equal(f"status of {made} when its build is over", built(deployment, made)["status"], "DONE")
    return made


def evaluated(deployment: Deployment, package_id: str, body: Row) -> list[Row]:
    """The evaluation once settings are saved and their job is over. Raises Inconclusive where none comes."""
    before = result_of(deployment.partner, package_id)
    save(deployment.partner, package_id, body)
    wait = deployment.clock.settled if before else deployment.clock.until
    return wait("evaluation", lambda: result_of(deployment.partner, package_id), lambda seen: seen != before)


def lookout_model(client: Client, event_id: str) -> str:
    """The Lookout attribution model of an event."""
    answer = client.call("getEventAttributionModel", {"eid": event_id})
    assertions.status(answer, 200)
    return str(answer.json()["model"])


def credit_by(client: Client, event_id: str, model: str) -> httpx.Response:
    """PUT an event's Lookout attribution model; the answer must be 200."""
    answer = client.call("setEventAttributionModel", {"eid": event_id}, body={"model": model})
    assertions.status(answer, 200)
    return answer


@contextmanager
def model_put_back(client: Client, event_id: str) -> Iterator[None]:
    """Whatever is set within, the event has its Lookout model again afterwards."""
    before = lookout_model(client, event_id)
    try:
        yield
    finally:
        credit_by(client, event_id, before)


def adjust(client: Client, event_id: str, partner_id: str, purchase: object = 1, revenue: object = 10) -> Row:
    """Enter an adjustment by hand; gives the row that is answered."""
    query = {"eid": event_id, "partner_id": partner_id, "purchase": str(purchase), "revenue": str(revenue)}
    answer = client.call("createCampaignResult", query=query)
    assertions.status(answer, 201)
    return dict(answer.json())


@contextmanager
def adjusted(
    client: Client, event_id: str, partner_id: str, purchase: object = 1, revenue: object = 10
) -> Iterator[Row]:
    """An adjustment that was entered by hand, and is gone afterwards."""
    row = adjust(client, event_id, partner_id, purchase, revenue)
    try:
        yield row
    finally:
        client.call("deleteCampaignResult", query={"id": row["id"]})


def automated(client: Client, event_id: str, partner_id: str) -> list[tuple[str, int, float]]:
    """What the platform's own runs wrote down for an event, the oldest first: instant, orders, revenue."""
    rows = [row for row in adjustments(client, event_id, partner_id) if row["source"] == "automated"]
    return sorted((row["created_at"], row["purchase"], row["revenue"]) for row in rows)


def ordered(client: Client, order: Row) -> Row:
    """POST an order of a package; the answer must be 201. Gives the package."""
    answer = client.call("createPackage", body=order)
    assertions.status(answer, 201)
    return dict(answer.json())


def merged(client: Client, *package_ids: str) -> Row:
    """Merge packages; the answer must be 201. Gives the new one."""
    answer = client.call("mergePackages", query={"packages_ids": list(package_ids)})
    assertions.status(answer, 201)
    return dict(answer.json())


def packages_of(client: Client) -> list[Row]:
    """The partner's packages, as they are listed."""
    answer = client.call("listPackages")
    assertions.status(answer, 200)
    return list(answer.json())


def package_of(client: Client, package_id: str) -> Row:
    """A package as it is read, with its content."""
    answer = client.call("getPackage", {"package_id": package_id})
    assertions.status(answer, 200)
    return dict(answer.json())


def customers_of(client: Client, package_id: str, tc: str) -> list[str]:
    """The customers of one cluster, as they are listed."""
    answer = client.call("getClusterCustomers", {"package_id": package_id, "tc": tc})
    assertions.status(answer, 200)
    return list(answer.json())


def defaults_of(client: Client, partner_id: str) -> Row:
    """What the partner's new packages start with, as it is read."""
    answer = client.call("getBackhaulDefaults", {"partner_id": partner_id})
    assertions.status(answer, 200)
    return dict(answer.json())


def set_defaults(client: Client, partner_id: str, body: Row) -> Row:
    """POST what the partner's new packages start with; the answer must be 200."""
    answer = client.call("setBackhaulDefaults", {"partner_id": partner_id}, body=body)
    assertions.status(answer, 200)
    return dict(answer.json())


def some_events(deployment: Deployment, most: int = 5) -> list[str]:
    """The ids of the partner's first events, at least one. Raises Inconclusive where there is none."""
    answer = deployment.partner.call("listEvents", query={"limit": most})
    assertions.status(answer, 200)
    listed = [event["id"] for event in answer.json()["items"]]
    if not listed:
        raise Inconclusive("the partner has no event")
    return listed


def long_before(client: Client, package_id: str) -> str:
    """A day 150 days before the package was created: a window from there holds purchases, where there are any."""
    created = date.fromisoformat(package_of(client, package_id)["created_at"][:10])
    return (created - timedelta(days=150)).isoformat()


def unique_revenue(deployment: Deployment) -> float:
    """An amount that no other run enters, and this one only once: by it a row is known that this run made."""
    number: int = deployment.made.get("amounts", 0)
    deployment.made["amounts"] = number + 1
    return amount(deployment.run_id, number)
