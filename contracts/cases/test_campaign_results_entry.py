"""Entering a sales adjustment: what is recorded and what is refused."""

from typing import Any

import httpx2
import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from contracts.dsl import assertions, steps
from contracts.dsl.open_records import require_listed
from contracts.dsl.steps import Row, create_adjustment, list_adjustments, temporary_adjustment
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

INT32 = (-(2**31), 2**31 - 1)
ENTRIES_IN_BOUNDS = {
    "the most orders": (INT32[1], "1"),
    "the fewest orders": (INT32[0], "1"),
    "no orders": (0, "0.01"),
    "no revenue": (1, "0"),
    "a correction": (-2, "-90"),
    "positive orders and negative revenue": (3, "-0.5"),
    "the most revenue": (1, "999999999999.99"),
    "the least revenue": (1, "-999999999999.99"),
}
ENTRIES_OUT_OF_BOUNDS = {
    "orders of 33 bits": ("purchase", "2147483648", "1"),
    "orders below -2^31": ("purchase", "-2147483649", "1"),
    "orders of 65 bits": ("purchase", "18446744073709551616", "1"),
    "half an order": ("purchase", "1.5", "1"),
    "orders in words": ("purchase", "twelve", "1"),
    "orders left empty": ("purchase", "", "1"),
    "a million millions": ("revenue", "1", "1000000000000"),
    "minus a million millions": ("revenue", "1", "-1000000000000"),
    "not a number": ("revenue", "1", "NaN"),
    "infinite revenue": ("revenue", "1", "Infinity"),
    "infinite loss": ("revenue", "1", "-Infinity"),
    "more than a double": ("revenue", "1", "1e999"),
    "revenue in words": ("revenue", "1", "much"),
    "revenue left empty": ("revenue", "1", ""),
    "both zero": ("purchase", "0", "0"),
    "both zero, with cents": ("purchase", "0", "0.00"),
}
REQUIRED_PARAMETERS = ("eid", "partner_id", "purchase", "revenue")


def build_entry(deployment: Deployment, event: str) -> dict[str, str]:
    """Return the query of a valid adjustment."""
    return {"eid": event, "partner_id": deployment.partner_id, "purchase": "12", "revenue": "540.5"}


def list_manual_rows(deployment: Deployment, event: str) -> list[Row]:
    """Return an event's manual rows. Automated rows are left out, because one could be added between two reads."""
    rows = list_adjustments(deployment.results_user, event, deployment.partner_id)
    return [row for row in rows if row["source"] == "manual"]


def try_entry(deployment: Deployment, query: dict[str, str], body: Row | None = None) -> httpx2.Response:
    """Enter an invalid adjustment and return the response; delete the row if it was recorded nevertheless."""
    answer = deployment.results_user.call("createCampaignResult", query=query, body=body)
    if answer.status_code == 201:
        deployment.results_user.call("deleteCampaignResult", query={"id": answer.json()["id"]})
    return answer


@property_test("CR-03.query", profile="smoke", gotcha="G-06", writes=("createCampaignResult", "deleteCampaignResult"))
def test_an_entry_is_recorded_once_and_as_it_was_sent(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    before = list_adjustments(writable.results_user, event, writable.partner_id)
    with temporary_adjustment(writable.results_user, event, writable.partner_id, 12, 540.5) as row:
        after = list_adjustments(writable.results_user, event, writable.partner_id)
        require_listed(row["id"], [found["id"] for found in after])
        added = [(found["purchase"], found["revenue"]) for found in after if found not in before]
        assertions.equal("orders and revenue of the new rows", added, [(12, 540.5)])
        assertions.equal(
            "the other rows, which must not change", [found for found in after if found["id"] != row["id"]], before
        )


@property_test("CR-03.query", writes=("createCampaignResult", "deleteCampaignResult"))
def test_the_same_entry_twice_is_two_rows(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    client, partner = writable.results_user, writable.partner_id
    with (
        temporary_adjustment(client, event, partner, 3, 7) as first,
        temporary_adjustment(client, event, partner, 3, 7) as second,
    ):
        entered = {first["id"], second["id"]}
        listed = writable.clock.wait_for_change(
            "evaluation",
            lambda: entered.intersection(row["id"] for row in list_adjustments(client, event, partner)),
            lambda seen: len(seen) == 2,
        )
        assertions.equal("number of new rows", len(listed), 2)


@property_test("CR-03.answer", profile="smoke", writes=("createCampaignResult", "deleteCampaignResult"))
def test_an_entry_answers_201_and_the_row_that_is_listed(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id, -2, -90.25) as row:
        assertions.equal(
            "the row in the list",
            [found for found in list_manual_rows(writable, event) if found["id"] == row["id"]],
            [row],
        )


@property_test("CR-03.bounds", "CR-03.signs", writes=("createCampaignResult", "deleteCampaignResult"))
@pytest.mark.parametrize(("purchase", "revenue"), ENTRIES_IN_BOUNDS.values(), ids=ENTRIES_IN_BOUNDS.keys())
def test_an_entry_in_bounds_is_recorded(writable: Deployment, purchase: int, revenue: str) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id, purchase, revenue) as row:
        found = [found for found in list_manual_rows(writable, event) if found["id"] == row["id"]]
        seen = [(one["purchase"], one["revenue"]) for one in found]
        assertions.equal("orders and revenue in the list", seen, [(purchase, float(revenue))])


@property_test("CR-03.bounds", "CR-03.signs", writes=("createCampaignResult", "deleteCampaignResult"))
@pytest.mark.parametrize(
    ("field", "purchase", "revenue"), ENTRIES_OUT_OF_BOUNDS.values(), ids=ENTRIES_OUT_OF_BOUNDS.keys()
)
def test_an_entry_out_of_bounds_is_refused_and_adds_nothing(
    writable: Deployment, field: str, purchase: str, revenue: str
) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    before = list_manual_rows(writable, event)
    query = {**build_entry(writable, event), "purchase": purchase, "revenue": revenue}
    assertions.refusal(try_entry(writable, query), 400, field=field)
    assertions.equal("rows after the request was refused", list_manual_rows(writable, event), before)


@property_test("CR-03.bounds", writes=("createCampaignResult", "deleteCampaignResult"))
@pytest.mark.parametrize("missing", REQUIRED_PARAMETERS)
def test_an_entry_needs_all_four(writable: Deployment, missing: str) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    before = list_manual_rows(writable, event)
    query = {name: value for name, value in build_entry(writable, event).items() if name != missing}
    assertions.refusal(try_entry(writable, query), 400, field=missing)
    assertions.equal("rows after the request was refused", list_manual_rows(writable, event), before)


@property_test("CR-03.query", gotcha="G-06", writes=("createCampaignResult", "deleteCampaignResult"))
def test_an_entry_in_a_body_is_refused_and_adds_nothing(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    before = list_manual_rows(writable, event)
    body = {**build_entry(writable, event), "purchase": 12, "revenue": 540.5}
    assertions.refusal(try_entry(writable, {}, body), 400)
    assertions.equal("rows after the request was refused", list_manual_rows(writable, event), before)


@example("CR-03.query")
def test_an_entry_is_taken_from_the_query_and_not_from_a_body(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    other = sandbox.add_event()
    body = {"eid": other, "partner_id": ACME, "purchase": 99, "revenue": 99}
    answer = sandbox.results_user.call("createCampaignResult", query=build_entry(sandbox, event), body=body)
    assertions.step_status(answer, 201)
    seen = [(row["purchase"], row["revenue"]) for row in list_manual_rows(sandbox, event)]
    assertions.equal("orders and revenue in the list", seen, [(12, 540.5)])
    assertions.equal("rows of the event that the body names", list_manual_rows(sandbox, other), [])


@property_test("CR-03.query", writes=("createCampaignResult", "deleteCampaignResult"))
def test_an_entry_for_an_unknown_event_is_not_found(writable: Deployment) -> None:
    query = build_entry(writable, "contracts-knows-no-such-event")
    assertions.refusal(try_entry(writable, query), 404, "error.event.not_found")


@example("CR-03.bounds", "CR-03.signs")
@given(data=st.data())
def test_whatever_is_in_bounds_is_recorded_as_it_was_sent(sandbox: Sandbox, data: Any) -> None:
    orders = data.draw(st.integers(*INT32), label="purchase")
    cents = data.draw(st.integers(-(10**14) + 1, 10**14 - 1), label="cents")
    assume(orders or cents)
    event = sandbox.add_event()
    row = create_adjustment(sandbox.results_user, event, ACME, orders, repr(cents / 100))
    assertions.equal("orders and revenue in the response", (row["purchase"], row["revenue"]), (orders, cents / 100))
    assertions.equal("the rows in the list", list_manual_rows(sandbox, event), [row])


@property_test("BASE-12.money", writes=("createCampaignResult", "deleteCampaignResult"))
@pytest.mark.parametrize("amount", [0.005, -33.333333])
def test_an_amount_comes_back_without_rounding(writable: Deployment, amount: float) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id, 1, repr(amount)) as row:
        found = [found["revenue"] for found in list_manual_rows(writable, event) if found["id"] == row["id"]]
        assertions.equal("revenue in the response and in the list", [row["revenue"], *found], [amount, amount])
