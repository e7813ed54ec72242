"""Clearing an event's sales: what goes for good, and what stays."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import Row, a_sale, adjust, adjustments, automated, revenue
from contracts.spec.markers import example
from contracts.target.client import Client
from contracts.target.sandbox import ACME, Sandbox


def clear(client: Client, event: str) -> None:
    """Clear an event's sales; either documented status will do."""
    answer = client.call("clearSales", query={"event_id": event})
    assertions.among("status of the clearing", answer.status_code, (200, 204))


def sold(client: Client, event: str) -> list[tuple[str, float]]:
    """The days of an event, and their revenue."""
    return [(day["date"], day["revenue"]) for day in revenue(client, event)["daily"]]


def a_shop(sandbox: Sandbox) -> str:
    """An event with a sale of the feed and two brought in, an automated row and a manual one; it is 2 September."""
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(
        a_sale(buyer, event, "2026-08-03T10:00:00Z", revenue=10),
        a_sale(buyer, event, "2026-08-03T11:00:00Z", revenue=20, origin="partner"),
        a_sale(buyer, event, "2026-08-05T10:00:00Z", revenue=40, origin="partner"),
    )
    sandbox.go_to("2026-09-02T09:00:00Z")
    adjust(sandbox.sign_in("partner"), event, ACME, 12, 540.5)
    return event


@example("DRS-05", profile="smoke")
@pytest.mark.parametrize(("quirk", "status"), [(False, 200), (True, 204)], ids=["newer page", "older page"])
def test_clearing_answers_as_its_page_says(sandbox: Sandbox, *, quirk: bool, status: int) -> None:
    sandbox.control.put("/quirks", {"clear_sales_204": quirk})
    answer = sandbox.partner.call("clearSales", query={"event_id": sandbox.event()})
    assertions.status(answer, status)


@example("DRS-05", ruled=True, profile="smoke", gotcha="G-20")
def test_clearing_takes_what_was_brought_in_and_leaves_the_rest(sandbox: Sandbox) -> None:
    event = a_shop(sandbox)
    partner = sandbox.sign_in("partner")
    rows = adjustments(partner, event, ACME)
    assertions.equal("sources before", [row["source"] for row in rows], ["manual", "automated"])
    assertions.equal("days before", sold(partner, event), [("2026-08-03", 30), ("2026-08-05", 40)])
    clear(partner, event)
    assertions.equal("days afterwards: the feed's sale", sold(partner, event), [("2026-08-03", 10)])
    kept = [row for row in rows if row["source"] == "automated"]
    assertions.equal("rows afterwards: the automated one, as it was", adjustments(partner, event, ACME), kept)
    assertions.equal("rows beside the days", revenue(partner, event)["manual_adjustments"], kept)


@example("DRS-05", gotcha="G-20")
def test_what_was_cleared_does_not_come_back(sandbox: Sandbox) -> None:
    event = a_shop(sandbox)
    clear(sandbox.sign_in("partner"), event)

    def seen() -> tuple[object, list[Row]]:
        partner = sandbox.sign_in("partner")
        return sold(partner, event), adjustments(partner, event, ACME)

    before = seen()
    sandbox.advance(seconds=1)
    assertions.equal("a second later", seen(), before)
    sandbox.go_to("2026-09-05T12:00:00Z")
    assertions.equal("three runs later", seen(), before)
    adjust(sandbox.sign_in("partner"), event, ACME, 1, 5)
    assertions.equal("rows more, after one more was entered", len(seen()[1]), len(before[1]) + 1)
    assertions.equal("days after one more row was entered", seen()[0], before[0])


@example("DRS-05")
def test_a_sale_that_is_cleared_before_a_run_is_never_credited(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(
        a_sale(buyer, event, "2026-09-01T10:00:00Z", revenue=10),
        a_sale(buyer, event, "2026-09-01T11:00:00Z", revenue=20, origin="partner"),
    )
    clear(sandbox.partner, event)
    sandbox.go_to("2026-09-03T09:00:00Z")
    seen = automated(sandbox.sign_in("partner"), event, ACME)
    assertions.equal("automated rows", seen, [("2026-09-02T08:00:00Z", 1, 10)])


@example("DRS-05")
def test_clearing_leaves_other_events_alone(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    other = sandbox.event(series=[event])
    sandbox.sell(*(a_sale(buyer, one, "2026-08-03T10:00:00Z", origin="partner") for one in (event, other)))
    adjust(sandbox.partner, event, ACME)
    row = adjust(sandbox.partner, other, ACME)
    clear(sandbox.partner, event)
    assertions.equal("days of the other event", sold(sandbox.partner, other), [("2026-08-03", 50)])
    assertions.equal("rows of the other event", adjustments(sandbox.partner, other, ACME), [row])


@example("DRS-05")
def test_what_is_brought_in_after_a_clearing_counts(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, "2026-08-03T10:00:00Z", revenue=20, origin="partner"))
    clear(sandbox.partner, event)
    sandbox.sell(a_sale(buyer, event, "2026-08-03T10:00:00Z", revenue=7, origin="partner"))
    assertions.equal("days", sold(sandbox.partner, event), [("2026-08-03", 7)])


@example("DRS-05")
@pytest.mark.parametrize("name", [None, "eid"])
def test_a_clearing_that_names_no_event_id_is_refused(sandbox: Sandbox, name: str | None) -> None:
    event = a_shop(sandbox)
    partner = sandbox.sign_in("partner")
    before = revenue(partner, event)
    answer = partner.call("clearSales", query={name: event} if name else {})
    assertions.refused(answer, 400, field="event_id")
    assertions.equal("the summary after the refusal", revenue(partner, event), before)


@example("ERR-04")
def test_another_partner_clears_nothing_and_is_told_of_no_event(sandbox: Sandbox) -> None:
    event = a_shop(sandbox)
    before = revenue(sandbox.sign_in("partner"), event)
    second = sandbox.sign_in("second")
    foreign, absent = (second.call("clearSales", query={"event_id": one}) for one in (event, "no-such-event"))
    assertions.refused(foreign, 404, "error.event.not_found")
    assertions.equal("the refusal of another's event, against one that never was", foreign.content, absent.content)
    assertions.equal("the summary afterwards", revenue(sandbox.sign_in("partner"), event), before)
