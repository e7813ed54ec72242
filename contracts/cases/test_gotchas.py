"""Gotchas that no contract of a single rule tells whole: what surprises in them, one operation at a time."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import adjustments, an_order, packages_of, some_events
from contracts.spec.markers import law
from contracts.target.deployment import Deployment


@law("CR-03", ruled=True, gotcha="G-08")
@pytest.mark.parametrize("name", ["event_id", "event_ids"])
def test_an_entry_that_calls_eid_otherwise_is_refused_and_adds_nothing(writable: Deployment, name: str) -> None:
    event = some_events(writable, 1)[0]
    query = {name: event, "partner_id": writable.partner_id, "purchase": "12", "revenue": "540.5"}
    before = _entered(writable, event)
    answer = writable.partner.call("createCampaignResult", query=query)
    if answer.status_code == 201:
        writable.partner.call("deleteCampaignResult", query={"id": answer.json()["id"]})
    assertions.refused(answer, 400, field="eid")
    assertions.equal("rows after the refusal", _entered(writable, event), before)


@law("PKG-02", ruled=True, gotcha="G-08")
@pytest.mark.parametrize("name", ["eid", "event_id"])
def test_an_order_that_calls_event_ids_otherwise_is_refused_and_makes_nothing(writable: Deployment, name: str) -> None:
    events, title = some_events(writable, 1), writable.title("misnamed events")
    order = an_order(events, package_title=title)
    order[name] = order.pop("event_ids")
    assertions.refused(writable.partner.call("createPackage", body=order), 400, field="event_ids")
    listed = [row["title"] for row in packages_of(writable.partner)]
    assertions.that("nothing is made by a refused order", title not in listed, expected="no such title", seen=title)


def _entered(deployment: Deployment, event: str) -> list[str]:
    """The ids of an event's rows that were entered by hand: the platform's own may come in between two reads."""
    rows = adjustments(deployment.partner, event, deployment.partner_id)
    return [row["id"] for row in rows if row["source"] == "manual"]
