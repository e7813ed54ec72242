"""Gotchas that the contracts of a single rule do not cover completely, one operation at a time."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import list_adjustments, list_event_ids, list_packages, package_order
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment


@property_test("CR-03.query", "CR-03.bounds", gotcha="G-08", writes=("createCampaignResult", "deleteCampaignResult"))
@pytest.mark.parametrize("name", ["event_id", "event_ids"])
def test_an_entry_that_calls_eid_otherwise_is_refused_and_adds_nothing(writable: Deployment, name: str) -> None:
    event = list_event_ids(writable, 1)[0]
    query = {name: event, "partner_id": writable.partner_id, "purchase": "12", "revenue": "540.5"}
    before = _manual_row_ids(writable, event)
    answer = writable.results_user.call("createCampaignResult", query=query)
    if answer.status_code == 201:
        writable.results_user.call("deleteCampaignResult", query={"id": answer.json()["id"]})
    assertions.refusal(answer, 400, field="eid")
    assertions.equal("rows after the request was refused", _manual_row_ids(writable, event), before)


@property_test("PKG-02.create", "PKG-02.required", gotcha="G-08", writes=("createPackage",))
@pytest.mark.parametrize("name", ["eid", "event_id"])
def test_an_order_that_calls_event_ids_otherwise_is_refused_and_makes_nothing(writable: Deployment, name: str) -> None:
    events, title = list_event_ids(writable, 1), writable.title("misnamed events")
    order = package_order(events, package_title=title)
    order[name] = order.pop("event_ids")
    assertions.refusal(writable.partner.call("createPackage", body=order), 400, field="event_ids")
    listed = [row["title"] for row in list_packages(writable.partner)]
    assertions.is_true("a refused order creates no package", title not in listed, expected="no such title", seen=title)


def _manual_row_ids(deployment: Deployment, event: str) -> list[str]:
    """Return the ids of an event's manual rows. An automated row could be added between two reads."""
    rows = list_adjustments(deployment.results_user, event, deployment.partner_id)
    return [row["id"] for row in rows if row["source"] == "manual"]
