"""Campaign results as they are read under Meta's integration."""

from contracts.dsl import assertions, steps
from contracts.dsl.steps import Row, a_sale, adjust, adjustments, revenue
from contracts.spec.markers import example, law
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

NOBODYS = "contracts-knows-no-such-event"
FEW = 5


def results(client: Client, event: str) -> Row:
    """An event's campaign results, and its series', as they are read under Meta's integration."""
    answer = client.call("getMetaCampaignResults", {"eid": event})
    assertions.status(answer, 200)
    return dict(answer.json())


def series_of(client: Client, event: str) -> list[str]:
    """The other events of a series."""
    answer = client.call("getEventSeries", {"eid": event})
    assertions.status(answer, 200)
    return list(answer.json())


def overlay(client: Client, event: str) -> list[Row]:
    """An event's adjustments as they stand beside its revenue, which every user of the partner may read."""
    return list(revenue(client, event)["manual_adjustments"])


def ids(rows: list[Row]) -> list[str]:
    """The rows' ids, in their order."""
    return [row["id"] for row in rows]


@law("META-01", profile="smoke")
def test_the_rows_of_the_event_and_of_its_series_stand_apart(deployment: Deployment) -> None:
    for event in steps.some_events(deployment, FEW):
        found = results(deployment.partner, event)
        assertions.equal(f"members of the results of {event}", sorted(found), ["event_results", "series_results"])
        both = set(ids(found["event_results"])).intersection(ids(found["series_results"]))
        assertions.equal(f"rows of {event} that are its series' too", both, set())


@law("META-01", ruled=True, profile="smoke")
def test_an_unknown_event_is_not_found(deployment: Deployment) -> None:
    unknown = deployment.partner.call("getMetaCampaignResults", {"eid": NOBODYS})
    assertions.refused(unknown, 404, "error.event.not_found")


@law("META-02", profile="smoke")
def test_the_rows_of_the_event_are_those_beside_its_revenue(deployment: Deployment) -> None:
    for event in steps.some_events(deployment, FEW):
        found = results(deployment.partner, event)["event_results"]
        assertions.equal(f"event_results of {event}", found, overlay(deployment.partner, event))


@law("META-02")
def test_the_rows_of_the_series_are_those_of_its_other_events(deployment: Deployment) -> None:
    client = deployment.partner
    for event in steps.some_events(deployment, FEW):
        found = results(client, event)["series_results"]
        others = [row for other in series_of(client, event) for row in overlay(client, other)]
        assertions.equal(f"series_results of {event}", _by_id(found), _by_id(others))
        instants = [row["created_at"] for row in found]
        assertions.equal(f"instants of series_results of {event}", instants, sorted(instants, reverse=True))


@example("META-01", "META-02", profile="smoke")
def test_rows_of_every_source_are_told_of_the_event_and_of_its_series(sandbox: Sandbox) -> None:
    first, second, apart = sandbox.event("evt_m1"), sandbox.event("evt_m2", series=["evt_m1"]), sandbox.event("evt_m3")
    entered: dict[str, list[str]] = {first: [], second: [], apart: []}
    for event in (first, second, apart, second, first):
        entered[event].insert(0, adjust(sandbox.partner, event, ACME, 2, 20.5)["id"])
        sandbox.advance(seconds=1)
    (buyer,) = sandbox.customers(1)
    sandbox.sell(a_sale(buyer, second, "2026-09-01T10:00:00Z", revenue=99.25))
    sandbox.go_to("2026-09-02T08:00:00Z")
    client = sandbox.sign_in("partner")
    runs = adjustments(client, second, ACME)[0]
    assertions.equal("source and revenue of the newest row", (runs["source"], runs["revenue"]), ("automated", 99.25))
    of_first = results(client, first)
    assertions.equal("event_results of the first", of_first["event_results"], adjustments(client, first, ACME))
    assertions.equal("ids of event_results of the first", ids(of_first["event_results"]), entered[first])
    assertions.equal("series_results of the first", of_first["series_results"], adjustments(client, second, ACME))
    assertions.equal(
        "ids of series_results of the first", ids(of_first["series_results"]), [runs["id"], *entered[second]]
    )
    assertions.equal("series_results of the second", ids(results(client, second)["series_results"]), entered[first])


@example("META-02")
def test_the_rows_of_several_events_come_newest_first(sandbox: Sandbox) -> None:
    one = sandbox.event()
    others = [sandbox.event(series=[one]) for _ in range(3)]
    entered: list[str] = []
    for event in (others[1], others[0], others[2], others[0], others[1]):
        entered.insert(0, adjust(sandbox.partner, event, ACME)["id"])
        sandbox.advance(seconds=1)
    assertions.equal("ids of series_results", ids(results(sandbox.partner, one)["series_results"]), entered)


@example("META-02")
def test_an_event_that_leaves_its_series_takes_its_rows_along(sandbox: Sandbox) -> None:
    event = sandbox.event()
    sister = sandbox.event(series=[event])
    own, other = (adjust(sandbox.partner, each, ACME) for each in (event, sister))
    assertions.status(sandbox.partner.call("replaceEventSeries", {"eid": event}), 204)
    assertions.equal(
        "results of the one", results(sandbox.partner, event), {"event_results": [own], "series_results": []}
    )
    assertions.equal(
        "results of the other", results(sandbox.partner, sister), {"event_results": [other], "series_results": []}
    )


@example("META-02", profile="smoke")
def test_events_without_a_series_share_no_rows(sandbox: Sandbox) -> None:
    event, other = sandbox.event(), sandbox.event()
    adjust(sandbox.partner, other, ACME)
    assertions.equal("results", results(sandbox.partner, event), {"event_results": [], "series_results": []})


@example("META-03", profile="smoke")
def test_results_stay_readable_where_campaign_results_are_the_admins(sandbox: Sandbox) -> None:
    event = sandbox.event()
    row = adjust(sandbox.admin, event, ACME)
    sandbox.control.put("/quirks", {"campaign_results_admin_only": True})
    query = {"eid": event, "partner_id": ACME}
    assertions.refused(sandbox.partner.call("listCampaignResults", query=query), 403, "error.auth.not_authorized")
    for client in (sandbox.partner, sandbox.admin):
        assertions.equal("results", results(client, event), {"event_results": [row], "series_results": []})


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}
