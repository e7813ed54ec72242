"""The Lookout attribution model: properties of its effect that hold on any deployment whose events have sold."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.model_walk import walk_models
from contracts.dsl.sold_days import SoldEvent, choose_settled_events
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

MANY = 100
WRITES = ("setEventAttributionModel",)
PARTS = ("campaign", "organic", "external")
Split = tuple[int, ...]


def _read_splits(deployment: Deployment, event: SoldEvent) -> dict[str, Split]:
    """Return the orders that each part has under each model, on the days that the event had sold when it was chosen."""
    steps = walk_models(deployment, event.id).steps
    daily = {step.model: event.select_sold(step.read_summary()["daily"]) for step in steps}
    return {
        model: tuple(sum(day[part]["purchases"] for day in days) for part in PARTS) for model, days in daily.items()
    }


def _read_conversions(deployment: Deployment, event: SoldEvent) -> int:
    """Return the number of purchases that Meta reports, on the days that the event had sold."""
    report = walk_models(deployment, event.id).find("META").read_report()
    return sum(int(day["purchases"]) for day in event.select_sold(report))


@property_test("LAM-03.credit", "LAM-03.next_read", profile="smoke", writes=WRITES)
def test_the_model_decides_what_counts_as_campaign(writable: Deployment) -> None:
    """If no event's split depends on the model, it has no effect where Meta reports another number of purchases."""
    events = choose_settled_events(writable)
    splits = {event.id: _read_splits(writable, event) for event in events}
    if any(len(set(by_model.values())) > 1 for by_model in splits.values()):
        return
    reports = {event.id: _read_conversions(writable, event) for event in events}
    differing = [event for event in events if reports[event.id] != splits[event.id]["META"][0]]
    require_case(bool(differing), "an event whose sales Meta, the platform and the partner credit differently")
    for event in differing:
        assertions.equal(f"orders of {event.id} under META", splits[event.id]["META"][0], reports[event.id])


@property_test("LAM-04.credited_by", "META-06.conversions", writes=WRITES)
def test_meta_credits_to_campaigns_what_meta_reports(writable: Deployment) -> None:
    reports = [(event, _read_conversions(writable, event)) for event in choose_settled_events(writable)]
    for event, reported in require_cases(
        (each for each in reports if each[1]), "an event with conversions that Meta reports"
    ):
        seen = _read_splits(writable, event)["META"][0]
        assertions.equal(f"campaign orders of {event.id} under META, compared with Meta's report", seen, reported)


@property_test("LAM-04.credited_by", writes=WRITES)
@pytest.mark.parametrize(("one", "other"), [("FD", "META"), ("FD", "EXTERNAL"), ("META", "EXTERNAL")])
def test_two_models_split_large_sales_differently(writable: Deployment, one: str, other: str) -> None:
    """Of hundreds of orders, two sources that know nothing of each other do not credit the same number each time."""
    large = [event for event in choose_settled_events(writable) if sum(event.sold.orders.values()) >= MANY]
    require_case(len(large) > 1, f"two events with {MANY} orders or more")
    splits = {event.id: _read_splits(writable, event) for event in large}
    differ = any(by_model[one] != by_model[other] for by_model in splits.values())
    what = f"orders of campaign, organic and external differ between {one} and {other} for an event"
    assertions.is_true(what, differ, expected="a difference", seen=splits)
