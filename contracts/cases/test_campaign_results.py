"""An event's sales adjustments: reads, entries and deletions, and the places where a change becomes visible."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.event_readings import find_rows
from contracts.dsl.open_records import require_listed
from contracts.dsl.steps import Row, create_adjustment, list_adjustments, read_revenue, sale_row, temporary_adjustment
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

FIELDS = {"id", "eid", "partner_id", "purchase", "revenue", "created_at", "source"}
EVENTS_READ = 30
UNKNOWN_ID = "contracts-knows-no-such-event"


def rows_of(deployment: Deployment, event: str) -> list[Row]:
    """Return an event's adjustments."""
    return list_adjustments(deployment.results_user, event, deployment.partner_id)


def refusal_of_others(deployment: Deployment, message: str) -> tuple[int, str]:
    """Return the status and the message for a user of another partner.

    Under the newer documentation, this user may not use the path at all.
    """
    return (403, "error.auth.not_authorized") if deployment.follows_newer else (404, message)


def row_ids(rows: list[Row]) -> list[str]:
    """Return the rows' ids, in order."""
    return [row["id"] for row in rows]


@property_test("CR-01.read", profile="smoke", writes=("createCampaignResult", "deleteCampaignResult"))
def test_the_rows_of_an_event_are_its_own_and_its_partners(writable: Deployment) -> None:
    event, *others = steps.list_event_ids(writable, 5)
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        for other in require_cases(others, "a second event"):
            found = rows_of(writable, other)
            assertions.is_true(
                f"{row['id']} of {event} is not listed for {other}", row["id"] not in row_ids(found), seen=found
            )
        for listed in (event, *others):
            owners = {(found["eid"], found["partner_id"]) for found in rows_of(writable, listed)}
            assertions.one_of(
                f"event and partner of the rows listed for {listed}", owners, [set(), {(listed, writable.partner_id)}]
            )


@property_test("CR-01.order")
def test_rows_are_listed_newest_first(deployment: Deployment) -> None:
    lists = (find_rows(deployment, event) for event in steps.list_event_ids(deployment, EVENTS_READ))
    ordered = [[row["created_at"] for row in rows] for rows in lists if len({row["created_at"] for row in rows}) > 1]
    for timestamps in require_cases(ordered, "an event with rows of different times"):
        assertions.equal("timestamps of the rows of an event", timestamps, sorted(timestamps, reverse=True))


@property_test("CR-01.order", profile="smoke", writes=("createCampaignResult", "deleteCampaignResult"))
def test_a_new_row_is_listed_before_the_older_ones(writable: Deployment) -> None:
    events = steps.list_event_ids(writable, EVENTS_READ)
    event = require_cases((one for one in events if find_rows(writable, one)), "an event with a row")[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        older = [other["id"] for other in rows_of(writable, event) if other["created_at"] < row["created_at"]]
        listed = row_ids(rows_of(writable, event))
        require_case(bool(older) and row["id"] in listed, "an event with a row that is older than a new one")
        earlier = [row_id for row_id in listed[: listed.index(row["id"])] if row_id in older]
        assertions.equal(f"older rows of {event} that are listed before {row['id']}", earlier, [])


@example("CR-01.order")
def test_a_newer_row_stands_before_an_older_one(sandbox: Sandbox) -> None:
    event, entered = sandbox.add_event(), []
    for _ in range(3):
        entered.append(create_adjustment(sandbox.results_user, event, ACME)["id"])
        sandbox.advance(seconds=1)
    assertions.equal("ids, newest first", row_ids(rows_of(sandbox, event)), entered[::-1])


@example("CR-01.read", profile="smoke")
def test_an_event_without_rows_has_an_empty_array(sandbox: Sandbox) -> None:
    answer = sandbox.results_user.call("listCampaignResults", query={"eid": sandbox.add_event(), "partner_id": ACME})
    assertions.step_status(answer, 200)
    assertions.equal("the body", answer.json(), [])


@property_test("CR-01.required")
@pytest.mark.parametrize("missing", ["eid", "partner_id"])
def test_both_event_and_partner_are_needed_to_read(deployment: Deployment, missing: str) -> None:
    query = {"eid": steps.list_event_ids(deployment, 1)[0], "partner_id": deployment.partner_id}
    del query[missing]
    assertions.refusal(deployment.results_user.call("listCampaignResults", query=query), 400, field=missing)


@property_test("CR-01.required", gotcha="G-08")
def test_the_event_is_named_eid_and_not_event_id(deployment: Deployment) -> None:
    query = {"event_id": steps.list_event_ids(deployment, 1)[0], "partner_id": deployment.partner_id}
    assertions.refusal(deployment.results_user.call("listCampaignResults", query=query), 400, field="eid")


@property_test("CR-01.unknown", profile="smoke")
def test_the_rows_of_an_unknown_event_are_not_found(deployment: Deployment) -> None:
    query = {"eid": UNKNOWN_ID, "partner_id": deployment.partner_id}
    assertions.refusal(deployment.results_user.call("listCampaignResults", query=query), 404, "error.event.not_found")


@property_test(
    "CR-02.row", "CR-02.no_campaign", profile="smoke", writes=("createCampaignResult", "deleteCampaignResult")
)
def test_a_row_has_seven_fields_and_names_no_campaign(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as entered:
        for row in (entered, *rows_of(writable, event)):
            assertions.equal(f"fields of {row['id']}", set(row) & FIELDS, FIELDS)
            assertions.equal(f"campaigns named by {row['id']}", [name for name in row if "campaign" in name], [])
            assertions.is_true(f"{row['id']} begins with cr_", row["id"].startswith("cr_"))
            whole = isinstance(row["purchase"], int) and not isinstance(row["purchase"], bool)
            assertions.is_true(f"purchase of {row['id']} is an integer", whole, seen=row["purchase"])
            assertions.one_of(f"type of the revenue of {row['id']}", type(row["revenue"]), [int, float])
            assertions.one_of(f"source of {row['id']}", row["source"], ["automated", "manual"], part="CR-02.manual")


@property_test("CR-02.row", writes=("createCampaignResult", "deleteCampaignResult"))
def test_no_two_rows_have_one_id(writable: Deployment) -> None:
    events, partner = steps.list_event_ids(writable, 5), writable.partner_id
    with (
        temporary_adjustment(writable.results_user, events[0], partner),
        temporary_adjustment(writable.results_user, events[0], partner),
    ):
        found = [row_id for event in events for row_id in row_ids(rows_of(writable, event))]
        assertions.equal("number of duplicate ids", len(found) - len(set(found)), 0)


@property_test("CR-02.manual", writes=("createCampaignResult", "deleteCampaignResult"))
def test_a_posted_row_is_manual(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as entered:
        listed = [row["source"] for row in rows_of(writable, event) if row["id"] == entered["id"]]
        assertions.equal("source in the response and in the list", [entered["source"], *listed], ["manual", "manual"])


@example("CR-02.row", "CR-02.manual", profile="smoke")
def test_a_posted_row_and_an_automated_one_are_told_in_full(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.advance(seconds=7)
    create_adjustment(sandbox.results_user, event, ACME, 12, 540.5)
    sandbox.add_sales(sale_row(buyer, event, "2026-09-01T11:00:00Z", revenue=19.9))
    sandbox.set_time("2026-09-02T08:30:00Z")
    rows = list_adjustments(sandbox.sign_in(sandbox.results_role), event, ACME)
    plain = {"eid": event, "partner_id": ACME}
    automated = {"purchase": 1, "revenue": 19.9, "created_at": "2026-09-02T08:00:00Z", "source": "automated"}
    manual = {"purchase": 12, "revenue": 540.5, "created_at": "2026-09-01T12:00:07Z", "source": "manual"}
    rows_without_ids = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    assertions.equal("rows without their ids", rows_without_ids, [{**plain, **automated}, {**plain, **manual}])


@example("CR-02.orders")
def test_orders_are_counted_and_not_tickets(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(*(sale_row(buyer, event, "2026-09-01T11:00:00Z", tickets=tickets) for tickets in (7, 1, 4)))
    sandbox.set_time("2026-09-02T08:00:00Z")
    user = sandbox.sign_in(sandbox.results_role)
    assertions.equal("purchase of the row", [row["purchase"] for row in list_adjustments(user, event, ACME)], [3])
    assertions.equal("purchases of the day", [day["purchases"] for day in read_revenue(user, event)["daily"]], [3])


@property_test("CR-04.delete", profile="smoke", writes=("createCampaignResult", "deleteCampaignResult"))
def test_a_row_that_is_deleted_is_gone_and_no_other(writable: Deployment) -> None:
    user, event = writable.results_user, steps.list_event_ids(writable, 1)[0]
    with (
        temporary_adjustment(user, event, writable.partner_id) as first,
        temporary_adjustment(user, event, writable.partner_id) as last,
    ):
        before = row_ids(rows_of(writable, event))
        require_listed(last["id"], before)
        answer = user.call("deleteCampaignResult", query={"id": first["id"]})
        assertions.step_status(answer, 204)
        expected_ids = [row_id for row_id in before if row_id != first["id"]]
        assertions.is_true("another row, which was posted before, is listed", last["id"] in expected_ids, seen=before)
        assertions.equal("ids after a row was deleted", row_ids(rows_of(writable, event)), expected_ids)


@property_test("CR-04.twice", writes=("createCampaignResult", "deleteCampaignResult"))
def test_a_row_is_deleted_once(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        assertions.step_status(writable.results_user.call("deleteCampaignResult", query={"id": row["id"]}), 204)
        again = writable.results_user.call("deleteCampaignResult", query={"id": row["id"]})
        assertions.refusal(again, 404, "error.campaign_result.not_found")


@property_test("CR-04.twice", writes=("deleteCampaignResult",))
def test_a_row_that_never_was_is_not_found(writable: Deployment) -> None:
    answer = writable.results_user.call("deleteCampaignResult", query={"id": f"cr_{UNKNOWN_ID}"})
    assertions.refusal(answer, 404, "error.campaign_result.not_found")


@example("CR-04.delete", profile="smoke")
def test_an_automated_row_is_deleted_too(sandbox: Sandbox) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, "2026-09-01T11:00:00Z"))
    sandbox.set_time("2026-09-02T08:00:00Z")
    user = sandbox.sign_in(sandbox.results_role)
    rows = list_adjustments(user, event, ACME)
    assertions.equal("sources of the rows after a run", [row["source"] for row in rows], ["automated"])
    assertions.step_status(user.call("deleteCampaignResult", query={"id": rows[0]["id"]}), 204)
    assertions.equal("rows afterwards", list_adjustments(user, event, ACME), [])


@example("CR-04.delete")
@pytest.mark.parametrize("with_body", [True, False], ids=["the id in a body", "no id"])
def test_a_deletion_needs_the_id_in_the_query(sandbox: Sandbox, *, with_body: bool) -> None:
    event = sandbox.add_event()
    row = create_adjustment(sandbox.results_user, event, ACME)
    body = {"id": row["id"]} if with_body else None
    assertions.refusal(sandbox.results_user.call("deleteCampaignResult", body=body), 400, field="id")
    assertions.equal("rows after the refusal", rows_of(sandbox, event), [row])


@example("CR-04.delete")
def test_a_deletion_by_event_is_refused_and_deletes_nothing(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    row = create_adjustment(sandbox.results_user, event, ACME)
    answer = sandbox.results_user.call("deleteCampaignResult", query={"eid": event, "partner_id": ACME})
    assertions.refusal(answer, 400, field="id")
    assertions.equal("rows after the request was refused", rows_of(sandbox, event), [row])


@property_test("ERR-04.same_bytes", writes=("createCampaignResult", "deleteCampaignResult"))
def test_another_partner_deletes_no_row_and_is_told_of_none(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        foreign = writable.second_partner.call("deleteCampaignResult", query={"id": row["id"]})
        absent = writable.second_partner.call("deleteCampaignResult", query={"id": f"cr_{UNKNOWN_ID}"})
        assertions.refusal(foreign, *refusal_of_others(writable, "error.campaign_result.not_found"))
        assertions.equal(
            "refusal for another partner's row, compared with that for a missing row", foreign.content, absent.content
        )
        assertions.is_true("the row is still listed", row["id"] in row_ids(rows_of(writable, event)))


@property_test("ERR-04.same_bytes", writes=("createCampaignResult", "deleteCampaignResult"))
def test_another_partner_reads_no_rows_of_the_event(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id):
        query = {"eid": event, "partner_id": writable.second_partner_id}
        foreign = writable.second_partner.call("listCampaignResults", query=query)
        absent = writable.second_partner.call("listCampaignResults", query={**query, "eid": UNKNOWN_ID})
        assertions.refusal(foreign, *refusal_of_others(writable, "error.event.not_found"))
        assertions.equal(
            "refusal for another partner's event, compared with that for a missing event",
            foreign.content,
            absent.content,
        )


def locate_row(deployment: Deployment, event: str, row_id: str) -> tuple[bool, bool]:
    """Return whether a row is in the campaign results, and whether it is in the adjustments of the daily revenue."""
    overlay = read_revenue(deployment.results_user, event)["manual_adjustments"]
    return row_id in row_ids(rows_of(deployment, event)), row_id in row_ids(overlay)


@property_test("CR-05.both_places", gotcha="G-07", writes=("createCampaignResult", "deleteCampaignResult"))
def test_each_change_comes_to_be_seen_in_both_places(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]

    def wait_for_places(row_id: str, expected: tuple[bool, bool]) -> tuple[bool, bool]:
        wait = writable.clock.wait_for_change
        return wait("evaluation", lambda: locate_row(writable, event, row_id), lambda now: now == expected)

    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        assertions.equal(
            "whether a posted row is listed in the results and in the revenue",
            wait_for_places(row["id"], (True, True)),
            (True, True),
        )
        writable.results_user.call("deleteCampaignResult", query={"id": row["id"]})
        assertions.equal(
            "whether a deleted row is listed in the results and in the revenue",
            wait_for_places(row["id"], (False, False)),
            (False, False),
        )


@property_test("CR-05.at_once", profile="smoke", gotcha="G-07", writes=("createCampaignResult", "deleteCampaignResult"))
def test_the_very_next_read_shows_a_change_in_both_places(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    locate_row(writable, event, "")
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        assertions.equal(
            "whether a posted row is listed in the results and in the revenue",
            locate_row(writable, event, row["id"]),
            (True, True),
        )
        writable.results_user.call("deleteCampaignResult", query={"id": row["id"]})
        assertions.equal(
            "whether a deleted row is listed in the results and in the revenue",
            locate_row(writable, event, row["id"]),
            (False, False),
        )


@example("CR-05.both_places")
@given(data=st.data())
def test_the_rows_are_those_entered_and_not_deleted(sandbox: Sandbox, data: Any) -> None:
    event, remaining = sandbox.add_event(), set[str]()
    for deletes in data.draw(
        st.lists(st.booleans(), min_size=1, max_size=8), label="whether each step deletes a row or enters one"
    ):
        if deletes:
            assume(remaining)
            deleted_id = data.draw(st.sampled_from(sorted(remaining)), label="the row to delete")
            assertions.step_status(sandbox.results_user.call("deleteCampaignResult", query={"id": deleted_id}), 204)
            remaining.remove(deleted_id)
        else:
            remaining.add(create_adjustment(sandbox.results_user, event, ACME)["id"])
        overlay = read_revenue(sandbox.results_user, event)["manual_adjustments"]
        seen = (set(row_ids(rows_of(sandbox, event))), set(row_ids(overlay)))
        assertions.equal("ids in the results and ids in the revenue", seen, (remaining, remaining))


@example("CR-01.newer_access", "CR-03.newer_access", "CR-04.newer_access", profile="smoke", documentation="newer")
def test_the_rows_are_reserved_for_admins(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    row = create_adjustment(sandbox.admin, event, ACME)
    scope = {"eid": event, "partner_id": ACME}
    queries = {
        "listCampaignResults": scope,
        "createCampaignResult": {**scope, "purchase": "1", "revenue": "5"},
        "deleteCampaignResult": {"id": row["id"]},
    }
    for name, query in queries.items():
        assertions.refusal(sandbox.partner.call(name, query=query), 403, "error.auth.not_authorized")
    assertions.equal("rows as the admin reads them", list_adjustments(sandbox.admin, event, ACME), [row])
    added = create_adjustment(sandbox.admin, event, ACME)
    assertions.step_status(sandbox.admin.call("deleteCampaignResult", query={"id": row["id"]}), 204)
    assertions.equal("rows after the admin's writes", list_adjustments(sandbox.admin, event, ACME), [added])


@property_test("CR-01.newer_access", profile="smoke", documentation="newer")
def test_a_partners_user_reads_no_rows(deployment: Deployment) -> None:
    query = {"eid": steps.list_event_ids(deployment, 1)[0], "partner_id": deployment.partner_id}
    answer = deployment.partner.call("listCampaignResults", query=query)
    assertions.refusal(answer, 403, "error.auth.not_authorized")
