"""Backhaul evaluation: how a series that grows changes a result, and that nothing but a PUT does."""

from functools import partial

from contracts.dsl import assertions
from contracts.dsl.cases import require_case
from contracts.dsl.lookout_model import preserve_lookout_model
from contracts.dsl.measured_evaluations import ADDITIVE_FIELDS, find_open_part, sum_fields, wait_in_vain
from contracts.dsl.measurements import forget_unless, read_before
from contracts.dsl.series_growth import SeriesGrowth, grown_series, measure_growth
from contracts.dsl.steps import (
    EVALUATION_MODELS,
    LOOKOUT_MODELS,
    MODEL_FIELD,
    WINDOW_FIELD,
    Row,
    list_packages,
    preserve_defaults,
    read_evaluation,
    read_settings,
    rows_by_cluster,
    set_defaults,
)
from contracts.spec.breaches import may_differ
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

WRITES = ("createPackage", "replaceEvaluationSettings", "replaceEventSeries")
OWN_SERIES = "BEV-06.own_series"
MANY = 20
"""So many orders of other events cannot all be of events that are not in the series."""
PACKAGES_READ = 5


@property_test("BEV-06.models", writes=WRITES)
def test_a_series_that_grows_counts_more(writable: Deployment) -> None:
    growth = measure_growth(writable)
    assertions.equal("clusters of both results", sorted(growth.with_both), sorted(growth.alone))
    for tc, row in growth.alone.items():
        for name in ADDITIVE_FIELDS:
            what = f"{name} of {tc}, compared with those after {growth.one.id} and {growth.other.id} have joined"
            assertions.at_most(what, row[name], growth.with_both[tc][name])
    (more,) = sum_fields(growth.every, "purchase")
    more -= sum_fields(growth.alone, "purchase")[0]
    if not growth.has_grown:
        require_case(more >= MANY, f"{MANY} purchases of other events by the package's customers")
    forget_unless(writable, growth.has_grown)
    assertions.is_true(
        f"orders are counted for {growth.one.id} and {growth.other.id}, which have joined the series",
        growth.has_grown,
        expected=f"some of the {more} orders that ALL_PURCHASES counts for other events",
        seen=growth.with_both,
    )


@property_test("BEV-06.models", writes=WRITES)
def test_what_two_events_add_to_a_series_adds_up(writable: Deployment) -> None:
    growth = measure_growth(writable)
    require_case(growth.has_grown, "two events that the package's customers have bought")
    for tc, both in growth.with_both.items():
        for name in ADDITIVE_FIELDS:
            alone, one, other = (rows[tc][name] for rows in (growth.alone, growth.with_one, growth.with_other))
            apart, together = (one - alone) + (other - alone), both[name] - alone
            forget_unless(writable, apart == together)
            what = f"{name} of {tc} that {growth.one.id} and {growth.other.id} add, compared with both together"
            assertions.equal(what, apart, together, part=find_open_part(name) or _find_open_part_of_series(growth))


def _find_open_part_of_series(growth: SeriesGrowth) -> str | None:
    """Return the assumed part that decides whether an event without a series counts. None if the event is in one."""
    return None if growth.is_in_series or not may_differ(OWN_SERIES) else OWN_SERIES


def _expect_unevaluated(deployment: Deployment, growth: SeriesGrowth, what: str) -> None:
    """Check that no evaluation shows, now or after the time that one takes."""

    def read() -> dict[str, Row]:
        return rows_by_cluster(read_evaluation(deployment.partner, growth.package.id))

    assertions.equal(f"the result of {growth.package.id} right after {what}", read(), growth.alone)
    assertions.equal(
        f"the result of {growth.package.id} later", wait_in_vain(deployment, read, growth.alone), growth.alone
    )


@property_test("BEV-02.starts", writes=WRITES)
def test_a_series_that_grows_starts_no_evaluation(writable: Deployment) -> None:
    growth = measure_growth(writable)
    require_case(growth.has_grown, "events whose joining a series changes an evaluation")
    writable.shared["a series evaluates"] = True
    with grown_series(writable, growth):
        _expect_unevaluated(writable, growth, "its series has grown")
    writable.shared["a series evaluates"] = False


def _choose_packages(deployment: Deployment, growth: SeriesGrowth) -> list[str]:
    """Return the measured package, whose settings this run has saved, and those of the newest others that are tried."""
    newest = [str(row["id"]) for row in list_packages(deployment.partner)[:PACKAGES_READ]]
    others = [package for package in newest if package != growth.package.id]
    return [growth.package.id, *deployment.sample(others, 2)]


def _read_settings(deployment: Deployment, packages: list[str]) -> dict[str, Row]:
    return {package: read_settings(deployment.partner, package) for package in packages}


@property_test("LAM-02.independent", "BEV-02.starts", gotcha="G-09", writes=(*WRITES, "setEventAttributionModel"))
def test_setting_a_model_starts_no_evaluation(writable: Deployment) -> None:
    """In the package, an evaluation would show, because its series has grown since the last one."""
    client, growth = writable.partner, measure_growth(writable)
    require_case(growth.has_grown, "events whose joining a series changes an evaluation")
    require_case(not writable.shared.get("a series evaluates"), "a series that can be changed without an evaluation")
    event = growth.package.event_ids[0]
    with grown_series(writable, growth), preserve_lookout_model(client, event) as lookout:
        packages = _choose_packages(writable, growth)
        before = read_before(writable, f"settings of {packages}", partial(_read_settings, writable, packages))
        other = next(model for model in LOOKOUT_MODELS if model != lookout.original)
        lookout.set(other)
        assertions.equal(
            f"settings of the newest packages after {event} was set", _read_settings(writable, packages), before
        )
        _expect_unevaluated(writable, growth, f"{event} was set to {other}")


@property_test("DEF-02.existing_packages", "BEV-02.starts", gotcha="G-03", writes=(*WRITES, "setBackhaulDefaults"))
def test_setting_defaults_starts_no_evaluation(writable: Deployment) -> None:
    """In the package, an evaluation would show, because its series has grown since the last one."""
    client, growth = writable.partner, measure_growth(writable)
    require_case(growth.has_grown, "events whose joining a series changes an evaluation")
    require_case(not writable.shared.get("a series evaluates"), "a series that can be changed without an evaluation")
    with grown_series(writable, growth), preserve_defaults(writable) as old:
        packages = _choose_packages(writable, growth)
        before = read_before(writable, f"settings of {packages}", partial(_read_settings, writable, packages))
        model = next(model for model in EVALUATION_MODELS if model != old[MODEL_FIELD])
        set_defaults(client, writable.partner_id, {WINDOW_FIELD: old[WINDOW_FIELD] % 365 + 1, MODEL_FIELD: model})
        assertions.equal("settings of the newest packages", _read_settings(writable, packages), before)
        _expect_unevaluated(writable, growth, f"the defaults were set to {model}")
