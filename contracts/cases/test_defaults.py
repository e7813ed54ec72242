"""A partner's Backhaul defaults: their values, and the packages that they apply to."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.measurements import read_before, read_once, remember
from contracts.dsl.open_records import restrict
from contracts.dsl.package_states import require_status
from contracts.dsl.steps import (
    EVALUATION_MODELS,
    MODEL_FIELD,
    SENT_DATE_FIELD,
    WINDOW_FIELD,
    Row,
    create_package,
    ensure_built_package,
    list_event_ids,
    list_packages,
    package_order,
    preserve_defaults,
    read_defaults,
    read_evaluation,
    read_new_settings,
    read_settings,
    rows_by_cluster,
    sale_row,
    save_and_evaluate,
    set_defaults,
    settings_body,
    wait_for_build,
)
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

DEFAULTS_PATH = "/partners/{}/backhaul_attribution_details"
ROUND_TRIP_DEFAULTS = (
    settings_body(1, EVALUATION_MODELS[0]),
    settings_body(14, EVALUATION_MODELS[1]),
    settings_body(365, EVALUATION_MODELS[2]),
)


@example("DEF-01.initial_model", profile="smoke")
def test_the_first_default_is_to_count_the_events_from_the_package(sandbox: Sandbox) -> None:
    seen = read_defaults(sandbox.partner, sandbox.partner_id)
    assertions.equal("the model before any POST", seen[MODEL_FIELD], "EVENTS_FROM_PACKAGE")


@example("DEF-01.initial_window", profile="smoke")
def test_the_first_default_window_is_30_days(sandbox: Sandbox) -> None:
    seen = read_defaults(sandbox.partner, sandbox.partner_id)
    assertions.equal("the window before any POST", seen[WINDOW_FIELD], 30)


@property_test("DEF-01.read_and_set", "DEF-01.no_date", profile="smoke", writes=("setBackhaulDefaults",))
def test_defaults_that_are_set_are_read_back(writable: Deployment) -> None:
    for posted, _, seen in _collect_round_trips(writable):
        assertions.equal("the defaults", restrict(seen, posted), posted)
        assertions.is_true("the defaults have no date", SENT_DATE_FIELD not in seen, expected="none", seen=seen)


@property_test("DEF-01.answer", writes=("setBackhaulDefaults",))
def test_setting_defaults_answers_what_is_stored(writable: Deployment) -> None:
    for posted, answer, _ in _collect_round_trips(writable):
        assertions.equal("the answer", answer, posted)


def _collect_round_trips(writable: Deployment) -> list[tuple[Row, Row, Row]]:
    """Return defaults, the response to their POST, and what was read afterwards. Contracts share them."""
    return read_once(writable, "round trips of defaults", lambda: list(_send_round_trips(writable)))


def _send_round_trips(writable: Deployment) -> Iterator[tuple[Row, Row, Row]]:
    with preserve_defaults(writable):
        for posted in ROUND_TRIP_DEFAULTS:
            answer = set_defaults(writable.partner, writable.partner_id, posted)
            yield posted, answer, read_defaults(writable.partner, writable.partner_id)


@property_test("DEF-01.read_and_set", gotcha="G-10", writes=(REFUSED_CALLS,))
def test_defaults_are_not_set_by_put(writable: Deployment) -> None:
    before = read_defaults(writable.partner, writable.partner_id)
    body = json.dumps(settings_body(before[WINDOW_FIELD] % 365 + 1)).encode()
    path = DEFAULTS_PATH.format(writable.partner_id)
    answer = writable.partner.send("PUT", path, headers={"content-type": "application/json"}, content=body)
    assertions.refusal(answer, 405)
    assertions.equal("the defaults afterwards", read_defaults(writable.partner, writable.partner_id), before)


def _build_invalid_defaults(name: str, values: list[Any]) -> dict[str, Row]:
    """Return invalid defaults by their problem. In each body, one value is invalid or missing."""
    without = {key: value for key, value in settings_body(21).items() if key != name}
    return {f"{name} is left out": without} | {f"{name} is {value!r}": {**without, name: value} for value in values}


INVALID_MODELS = _build_invalid_defaults(
    MODEL_FIELD, ["all_purchases", "All_Purchases", "FD", "ALL", "", " ALL_PURCHASES", None, 1, True]
)
INVALID_WINDOWS = _build_invalid_defaults(WINDOW_FIELD, [0, -1, -30, 366, 7.5, "7", "", True, None, [7]])


@property_test("DEF-01.bounds", writes=("setBackhaulDefaults",))
def test_a_default_model_is_one_of_three(writable: Deployment) -> None:
    _expect_refused(writable, INVALID_MODELS)


@property_test("DEF-01.bounds", writes=("setBackhaulDefaults",))
def test_a_default_window_is_a_whole_number_of_days_from_1_to_365(writable: Deployment) -> None:
    _expect_refused(writable, INVALID_WINDOWS)


@property_test("DEF-01.date_refused", profile="smoke", writes=("setBackhaulDefaults",))
def test_a_date_has_no_place_in_the_defaults(writable: Deployment) -> None:
    _expect_refused(
        writable,
        {
            f"{SENT_DATE_FIELD} is {value!r}": {**settings_body(21), SENT_DATE_FIELD: value}
            for value in ("2026-09-01", "0001-01-01", "", 7)
        },
    )


@property_test("DEF-01.date_refused", writes=("setBackhaulDefaults",))
def test_a_date_that_is_null_counts_as_left_out(writable: Deployment) -> None:
    with preserve_defaults(writable):
        for posted in ROUND_TRIP_DEFAULTS:
            stored = set_defaults(writable.partner, writable.partner_id, {**posted, SENT_DATE_FIELD: None})
            assertions.equal("the answer", stored, posted)
            assertions.equal("the defaults", read_defaults(writable.partner, writable.partner_id), posted)


def _expect_refused(writable: Deployment, bodies: dict[str, Row]) -> None:
    """Check that each body is refused, and that the defaults do not change."""
    before = read_before(writable, "defaults", partial(read_defaults, writable.partner, writable.partner_id))
    for problem, body in bodies.items():
        answer = writable.partner.call("setBackhaulDefaults", {"partner_id": writable.partner_id}, body=body)
        assertions.status_one_of(f"status where {problem}", answer, 400)
    assertions.equal("the defaults afterwards", read_defaults(writable.partner, writable.partner_id), before)


@example("DEF-01.date_refused")
def test_the_older_side_drops_the_date(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {"email_date_in_defaults_ignored": True})
    posted = settings_body(21)
    answer = set_defaults(sandbox.partner, sandbox.partner_id, {**posted, SENT_DATE_FIELD: "2026-08-01"})
    assertions.equal("the answer", answer, posted)
    assertions.equal("the defaults", read_defaults(sandbox.partner, sandbox.partner_id), posted)
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    assertions.equal(
        "the settings of a new package", read_settings(sandbox.partner, made), {**posted, SENT_DATE_FIELD: None}
    )


@property_test("DEF-02.new_packages", profile="smoke", gotcha="G-03", writes=("setBackhaulDefaults", "createPackage"))
def test_a_new_package_starts_with_the_defaults(writable: Deployment) -> None:
    made = remember(writable, "package of other defaults", partial(_order_under_other_defaults, writable))
    assertions.equal("its settings", made.settings, {**made.defaults, SENT_DATE_FIELD: None})
    seen = read_settings(writable.partner, made.package_id)
    expected = {**made.defaults, SENT_DATE_FIELD: None}
    assertions.equal("the package's settings after the defaults were changed", seen, expected)


@property_test(
    "DEF-02.new_packages",
    "DEF-02.existing_packages",
    early="build",
    writes=("setBackhaulDefaults", "createPackage"),
)
def test_a_package_that_is_built_has_the_defaults_of_its_creation(writable: Deployment) -> None:
    made = remember(writable, "package of other defaults", partial(_order_under_other_defaults, writable))
    wait_for_build(writable, made.package_id)
    seen = read_settings(writable.partner, made.package_id)
    assertions.equal("the settings after the build", seen, {**made.defaults, SENT_DATE_FIELD: None})


@dataclass(frozen=True, slots=True)
class OrderedPackage:
    """A package that was ordered under defaults which were changed afterwards, and its settings before the change."""

    package_id: str
    defaults: Row
    settings: Row


def _order_under_other_defaults(writable: Deployment) -> OrderedPackage:
    with preserve_defaults(writable) as before:
        model = EVALUATION_MODELS[EVALUATION_MODELS.index(before[MODEL_FIELD]) - 1]
        posted = settings_body(before[WINDOW_FIELD] % 365 + 1, model)
        set_defaults(writable.partner, writable.partner_id, posted)
        order = package_order(list_event_ids(writable, 1), package_title=writable.title("defaults"))
        made = create_package(writable.partner, order)["id"]
        return OrderedPackage(made, posted, read_new_settings(writable, made))


@example("DEF-02.new_packages")
def test_each_package_starts_with_the_defaults_of_its_moment(sandbox: Sandbox) -> None:
    event, made = sandbox.add_event(), []
    for posted in ROUND_TRIP_DEFAULTS:
        set_defaults(sandbox.partner, sandbox.partner_id, posted)
        made.append(create_package(sandbox.partner, package_order([event]))["id"])
    sandbox.run_until_idle()
    seen = [read_settings(sandbox.partner, package) for package in made]
    assertions.equal(
        "the settings of the packages", seen, [{**posted, SENT_DATE_FIELD: None} for posted in ROUND_TRIP_DEFAULTS]
    )


@property_test(
    "DEF-02.existing_packages", profile="smoke", gotcha="G-03", writes=("setBackhaulDefaults", "createPackage")
)
def test_defaults_leave_a_package_that_exists_as_it_is(writable: Deployment) -> None:
    """One package of each status stands for all, besides one that the run has built."""
    package = ensure_built_package(writable)
    others = {str(row.get("status")): str(row["id"]) for row in list_packages(writable.partner)}.values()
    read_all = partial(_read_all_settings, writable, [package, *others])
    settings, evaluation = read_before(writable, "settings", read_all), read_evaluation(writable.partner, package)
    with preserve_defaults(writable) as old:
        set_defaults(writable.partner, writable.partner_id, settings_body(old[WINDOW_FIELD] % 365 + 1))
        assertions.equal("the settings of the packages", read_all(), settings)
    after = read_all(), read_evaluation(writable.partner, package)
    assertions.equal("the packages' settings, and the result, afterwards", after, (settings, evaluation))


def _read_all_settings(deployment: Deployment, packages: Sequence[str]) -> dict[str, object]:
    """Return the settings of each package, or the status of the response if it has none."""
    answers = {
        package: deployment.partner.call("getEvaluationSettings", {"package_id": package}) for package in packages
    }
    return {package: answer.json() if answer.is_success else answer.status_code for package, answer in answers.items()}


@example("DEF-02.existing_packages", profile="smoke")
@pytest.mark.parametrize(
    ("wait", "status"),
    [
        pytest.param({}, "INITIALIZING", id="just made"),
        pytest.param({"seconds": 2}, "INPROGRESS", id="in progress"),
        pytest.param({"seconds": 4}, "DONE", id="built"),
        pytest.param({"days": 29}, "EXPIRED", id="expired"),
    ],
)
def test_defaults_reach_no_package_that_exists_in_any_status(
    sandbox: Sandbox, wait: dict[str, int], status: str
) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()]))["id"]
    sandbox.advance(**wait)
    again = sandbox.sign_in("partner")
    require_status(again, made, status)
    before = read_settings(again, made)
    set_defaults(again, sandbox.partner_id, settings_body(99))
    assertions.equal("its settings", read_settings(again, made), before)
    sandbox.run_until_idle()
    assertions.equal("the package's settings once it is built", read_settings(again, made), before)


@example("DEF-02.existing_packages")
def test_defaults_start_no_evaluation(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.add_event(), sandbox.new_customer_ids(2)
    package = sandbox.add_package([event], {"Jazz": [ann, ben]})
    untouched = sandbox.add_package([event], {"Jazz": [ann, ben]})
    sandbox.add_sales(sale_row(ann, event, "2026-08-02T10:00:00Z"))
    body = settings_body(30, **{SENT_DATE_FIELD: "2026-08-01"})
    before = save_and_evaluate(sandbox, package, body)
    assertions.equal("orders counted", rows_by_cluster(before)["Jazz"]["purchase"], 1)
    sandbox.add_sales(sale_row(ben, event, "2026-08-03T10:00:00Z"))
    set_defaults(sandbox.partner, sandbox.partner_id, settings_body(99))
    sandbox.advance(minutes=30)
    assertions.equal("the result afterwards", read_evaluation(sandbox.partner, package), before)
    assertions.equal(
        "the result of a package that was never evaluated", read_evaluation(sandbox.partner, untouched), []
    )
