"""An event's Lookout attribution model: the allowed values, what the model affects, and what it does not."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.event_readings import find_days
from contracts.dsl.lookout_model import preserve_lookout_model
from contracts.dsl.model_walk import walk_models, walk_surroundings
from contracts.dsl.sold_days import choose_settled_events
from contracts.dsl.steps import (
    EVALUATION_MODELS,
    LOOKOUT_MODELS,
    SENT_DATE_FIELD,
    Row,
    ensure_built_package,
    finish_evaluation,
    list_event_ids,
    read_evaluation,
    read_lookout_model,
    read_revenue,
    read_settings,
    sale_row,
    save_settings,
    set_lookout_model,
    settings_body,
)
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

PARTS = ("campaign", "organic", "external")
REVENUE_TOLERANCE = Decimal("0.005")
"""The largest rounding error that is accepted in a floating-point sum."""
DAY = "2026-08-03"
INVALID_MODEL_BODIES = {
    "in small letters": {"model": "fd"},
    "in mixed letters": {"model": "Meta"},
    "with a space at the end": {"model": "EXTERNAL "},
    "another name": {"model": "LAST_CLICK"},
    "a model of Backhaul": {"model": "ALL_PURCHASES"},
    "two at once": {"model": "FD,META"},
    "empty": {"model": ""},
    "null": {"model": None},
    "a number": {"model": 0},
    "true": {"model": True},
    "a list": {"model": ["FD"]},
    "an object": {"model": {"model": "FD"}},
    "none": {},
    "the name alone": "FD",
    "a list of bodies": [{"model": "FD"}],
    "null as the body": None,
}


@property_test("LAM-01.model", profile="smoke", writes=("setEventAttributionModel",))
def test_a_model_that_is_set_is_the_one_that_is_read(writable: Deployment) -> None:
    walk = walk_models(writable, steps.list_event_ids(writable, 1)[0])
    for step in require_cases(walk.steps, "a model that can be set"):
        assertions.equal(f"model of {walk.event} after {step.model} was set", step.read_model(), step.model)


@property_test("LAM-01.answer", writes=("setEventAttributionModel",))
def test_setting_a_model_answers_it_as_stored(writable: Deployment) -> None:
    walk = walk_models(writable, steps.list_event_ids(writable, 1)[0])
    for step in require_cases(walk.steps, "a model that can be set"):
        assertions.equal("response of the PUT", step.expect_set().json(), {"model": step.model})


@property_test("LAM-01.others", writes=("setEventAttributionModel", REFUSED_CALLS))
@pytest.mark.parametrize("body", INVALID_MODEL_BODIES.values(), ids=INVALID_MODEL_BODIES.keys())
def test_any_other_model_is_refused_and_the_model_stays(writable: Deployment, body: Any) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    path, headers = f"/events/{quote(event, safe='')}/attribution_model", {"content-type": "application/json"}
    before = read_lookout_model(writable.partner, event)
    answer = writable.partner.send("PUT", path, headers=headers, content=json.dumps(body).encode())
    after = read_lookout_model(writable.partner, event)
    if after != before:
        set_lookout_model(writable.partner, event, before)
    assertions.refusal(answer, 400)
    assertions.equal("the model after the refusal", after, before)


@property_test("LAM-02.independent", writes=("setEventAttributionModel",))
def test_a_model_is_set_for_one_event_alone(writable: Deployment) -> None:
    walk = walk_surroundings(writable)
    require_cases(walk.before.models, "a second event")
    for model, seen in walk.after.items():
        what = f"after {model} was set for {walk.event}"
        assertions.equal(f"models of the other events {what}", seen.models, walk.before.models)
        assertions.equal(f"the partner's default for new events {what}", seen.default, walk.before.default)


@example("LAM-02.independent")
def test_events_of_one_series_have_models_of_their_own(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sister = sandbox.add_event(series=[event])
    set_lookout_model(sandbox.partner, event, "EXTERNAL")
    set_lookout_model(sandbox.partner, sister, "META")
    assertions.equal("model of the event", read_lookout_model(sandbox.partner, event), "EXTERNAL")
    assertions.equal("model of the other event", read_lookout_model(sandbox.partner, sister), "META")


@example("LAM-02.independent", profile="smoke")
@pytest.mark.parametrize("model", LOOKOUT_MODELS)
def test_setting_a_model_runs_no_evaluation_again(sandbox: Sandbox, model: str) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    package = sandbox.add_package([event], {"Jazz": [buyer]})
    sandbox.add_sales(sale_row(buyer, event, "2026-08-02T10:00:00Z", fd="organic", meta="external"))
    stored = settings_body(60, "EVENTS_FROM_PACKAGE", **{SENT_DATE_FIELD: "2026-08-01"})
    save_settings(sandbox.partner, package, stored)
    before = finish_evaluation(sandbox, package)
    assertions.equal("orders counted before the change", [row["purchase"] for row in before], [1])
    sandbox.add_sales(sale_row(buyer, event, "2026-08-03T10:00:00Z"))
    set_lookout_model(sandbox.partner, event, model)
    sandbox.advance(minutes=5)
    assertions.equal("the result, which no later sale may change", read_evaluation(sandbox.partner, package), before)
    assertions.equal("the settings", read_settings(sandbox.partner, package), stored)


@property_test("LAM-02.independent", gotcha="G-09", writes=("setEventAttributionModel",))
def test_setting_a_model_leaves_every_packages_settings_and_result(writable: Deployment) -> None:
    walk = walk_surroundings(writable)
    require_cases(walk.before.packages, "a package")
    for model, seen in walk.after.items():
        assertions.equal(f"settings and results after {model} was set", seen.packages, walk.before.packages)


@property_test("LAM-02.independent", writes=("setEventAttributionModel", "createPackage", "replaceEvaluationSettings"))
def test_saving_a_packages_settings_leaves_the_models_of_its_events(writable: Deployment) -> None:
    package = ensure_built_package(writable)
    settings, event = read_settings(writable.partner, package), list_event_ids(writable, 3)[0]
    for model in writable.sample(("META", "EXTERNAL")):
        with preserve_lookout_model(writable.partner, event) as lookout:
            lookout.set(model)
            save_settings(writable.partner, package, settings)
            seen = read_lookout_model(writable.partner, event)
        assertions.equal(f"the model of {event} after the settings of its package were saved", seen, model)


@example("LAM-02.independent")
@pytest.mark.parametrize("model", EVALUATION_MODELS)
def test_backhauls_model_leaves_the_lookout_model(sandbox: Sandbox, model: str) -> None:
    event, (buyer,) = sandbox.add_event(attribution_model="EXTERNAL"), sandbox.new_customer_ids(1)
    package = sandbox.add_package([event], {"Jazz": [buyer]})
    save_settings(sandbox.partner, package, settings_body(30, model))
    sandbox.run_until_idle()
    assertions.equal(
        f"the Lookout model after {model} was saved", read_lookout_model(sandbox.partner, event), "EXTERNAL"
    )


def sell_three_credited_sales(sandbox: Sandbox) -> str:
    """Create an event with three sales on one day, of 10, 20 and 40. Each model credits them to different sources."""
    event, buyers = sandbox.add_event(), sandbox.new_customer_ids(3)
    credited = [
        {"revenue": 10, "fd": "campaign", "meta": "organic", "external": "external"},
        {"revenue": 20, "fd": "organic", "meta": "external", "external": "campaign"},
        {"revenue": 40, "fd": "external", "meta": "campaign", "external": "organic"},
    ]
    sandbox.add_sales(
        *(sale_row(buyer, event, f"{DAY}T10:00:00Z", **row) for buyer, row in zip(buyers, credited, strict=True))
    )
    return event


def read_split(client: Client, event: str) -> dict[str, tuple[float, int]]:
    """Return the revenue and orders of an event's only day, by credited source."""
    daily = read_revenue(client, event)["daily"]
    assertions.equal("days", [day["date"] for day in daily], [DAY])
    return {part: (daily[0][part]["revenue"], daily[0][part]["purchases"]) for part in PARTS}


@example("LAM-03.credit", "LAM-03.next_read", profile="smoke")
def test_the_next_read_is_split_by_the_new_model(sandbox: Sandbox) -> None:
    event = sell_three_credited_sales(sandbox)
    seen: dict[str, dict[str, tuple[float, int]]] = {}
    for model in (*LOOKOUT_MODELS, *LOOKOUT_MODELS):
        set_lookout_model(sandbox.partner, event, model)
        now = read_split(sandbox.partner, event)
        assertions.equal(f"the split by {model}, compared with its first split", now, seen.setdefault(model, now))
    distinct = {str(one) for one in seen.values()}
    assertions.equal("number of different splits by the models", len(distinct), len(LOOKOUT_MODELS))


@property_test("LAM-03.credit", writes=("setEventAttributionModel",))
def test_the_same_model_splits_the_same_again(writable: Deployment) -> None:
    event = choose_settled_events(writable)[0]
    walk = walk_models(writable, event.id)
    again = walk.steps[-1]
    require_case(again.model == walk.original, f"an event whose model is one of {LOOKOUT_MODELS}")
    days, before = (event.select_sold(summary["daily"]) for summary in (again.read_summary(), walk.read_first()))
    assertions.equal(f"days by {again.model}, compared with the first read", days, before)


@example("LAM-04.credited_by", profile="smoke")
@pytest.mark.parametrize(
    ("model", "campaign", "organic", "external"),
    [("FD", 10, 20, 40), ("META", 40, 10, 20), ("EXTERNAL", 20, 40, 10)],
    ids=LOOKOUT_MODELS,
)
def test_a_model_credits_by_its_own_source(
    sandbox: Sandbox, model: str, campaign: int, organic: int, external: int
) -> None:
    event = sell_three_credited_sales(sandbox)
    set_lookout_model(sandbox.partner, event, model)
    expected = {"campaign": (campaign, 1), "organic": (organic, 1), "external": (external, 1)}
    assertions.equal(f"the split by {model}", read_split(sandbox.partner, event), expected)


@property_test("LAM-04.total", profile="smoke")
def test_the_parts_of_each_day_add_up_to_its_total(deployment: Deployment) -> None:
    events = steps.list_event_ids(deployment, 10)
    days = ((event, day) for event in events for day in find_days(deployment, event))
    for event, day in require_cases(days, "a day with sales"):
        expect_parts_add_up(event, day)


def expect_parts_add_up(event: str, day: Row) -> None:
    """Check that a day's parts add up to its total, exactly in orders and to the cent in revenue."""
    orders = sum(day[part]["purchases"] for part in PARTS)
    assertions.equal(f"sum of the parts' orders of {event} on {day['date']}", orders, day["purchases"])
    amount = sum(Decimal(str(day[part]["revenue"])) for part in PARTS)
    difference = abs(amount - Decimal(str(day["revenue"])))
    assertions.at_most(
        f"difference between total revenue and the sum of its parts, for {event} on {day['date']}",
        difference,
        REVENUE_TOLERANCE,
    )


@property_test("LAM-04.total", writes=("setEventAttributionModel",))
def test_no_model_changes_a_total(writable: Deployment) -> None:
    event = choose_settled_events(writable)[0]
    totals: dict[str, list[tuple[str, float, int]]] = {}
    for step in walk_models(writable, event.id).steps:
        daily = event.select_sold(step.read_summary()["daily"])
        totals[step.model] = [(day["date"], day["revenue"], day["purchases"]) for day in daily]
    for model in LOOKOUT_MODELS:
        assertions.equal(f"totals by day under {model}, compared with FD", totals[model], totals["FD"])


CREDITS = st.fixed_dictionaries({name: st.sampled_from(PARTS) for name in ("fd", "meta", "external")})


@example("LAM-04.total")
@given(data=st.data())
def test_whatever_is_sold_the_parts_add_up_under_each_model(sandbox: Sandbox, data: Any) -> None:
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    credited = data.draw(st.lists(CREDITS, min_size=1, max_size=6), label="credited sources")
    cents = [data.draw(st.integers(1, 10_000_000), label="cents") for _ in credited]
    sold = zip(credited, cents, strict=True)
    sandbox.add_sales(
        *(sale_row(buyer, event, f"{DAY}T10:00:00Z", revenue=amount / 100, **sources) for sources, amount in sold)
    )
    for model in LOOKOUT_MODELS:
        set_lookout_model(sandbox.partner, event, model)
        daily = read_revenue(sandbox.partner, event)["daily"]
        assertions.equal("days", [day["date"] for day in daily], [DAY])
        day = daily[0]
        expect_parts_add_up(event, day)
        total = (round(day["revenue"] * 100, 3), day["purchases"])
        assertions.equal(f"cents and orders of the day under {model}", total, (sum(cents), len(cents)))
