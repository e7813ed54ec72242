"""A partner's Backhaul defaults: what they are, and which packages they reach."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import (
    MODEL,
    MODELS,
    SENT,
    WINDOW,
    Row,
    a_built_package,
    a_sale,
    an_order,
    by_cluster,
    defaults_of,
    evaluated,
    ordered,
    package_of,
    result_of,
    set_defaults,
    settings,
    settings_of,
    some_events,
)
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

PATH = "/partners/{}/backhaul_attribution_details"
ROUND = (settings(1, MODELS[0]), settings(14, MODELS[1]), settings(365, MODELS[2]))


@contextmanager
def _put_back(deployment: Deployment) -> Iterator[Row]:
    """The partner's defaults, which are as before in the end."""
    before = defaults_of(deployment.partner, deployment.partner_id)
    try:
        yield before
    finally:
        set_defaults(deployment.partner, deployment.partner_id, before)


@example("DEF-01", profile="smoke")
def test_the_first_default_is_to_count_the_events_from_the_package(sandbox: Sandbox) -> None:
    seen = defaults_of(sandbox.partner, sandbox.partner_id)
    assertions.equal("the model before any POST", seen[MODEL], "EVENTS_FROM_PACKAGE")


@example("DEF-01", ruled=True, profile="smoke")
def test_the_first_default_window_is_30_days(sandbox: Sandbox) -> None:
    seen = defaults_of(sandbox.partner, sandbox.partner_id)
    assertions.equal("the window before any POST", seen[WINDOW], 30)


@law("DEF-01", profile="smoke")
def test_defaults_that_are_set_are_read_back(writable: Deployment) -> None:
    with _put_back(writable):
        for posted in ROUND:
            set_defaults(writable.partner, writable.partner_id, posted)
            assertions.equal("the defaults", defaults_of(writable.partner, writable.partner_id), posted)


@law("DEF-01", ruled=True)
def test_setting_defaults_answers_what_is_stored(writable: Deployment) -> None:
    with _put_back(writable):
        for posted in ROUND:
            assertions.equal("the answer", set_defaults(writable.partner, writable.partner_id, posted), posted)


@law("DEF-01", gotcha="G-10")
def test_defaults_are_not_set_by_put(writable: Deployment) -> None:
    before = defaults_of(writable.partner, writable.partner_id)
    body = json.dumps(settings(before[WINDOW] % 365 + 1)).encode()
    path = PATH.format(writable.partner_id)
    answer = writable.partner.send("PUT", path, headers={"content-type": "application/json"}, content=body)
    assertions.refused(answer, 405)
    assertions.equal("the defaults afterwards", defaults_of(writable.partner, writable.partner_id), before)


def _wrong(name: str, values: list[Any]) -> dict[str, Row]:
    """Defaults of which one value is wrong, by what is wrong; the first lacks it."""
    without = {key: value for key, value in settings(21).items() if key != name}
    return {f"{name} is left out": without} | {f"{name} is {value!r}": {**without, name: value} for value in values}


WRONG_MODELS = _wrong(MODEL, ["all_purchases", "All_Purchases", "FD", "ALL", "", " ALL_PURCHASES", None, 1, True])
WRONG_WINDOWS = _wrong(WINDOW, [0, -1, -30, 366, 7.5, "7", "", True, None, [7]])


@law("DEF-01")
def test_a_default_model_is_one_of_three(writable: Deployment) -> None:
    _refuses(writable, WRONG_MODELS)


@law("DEF-01", ruled=True)
def test_a_default_window_is_a_whole_number_of_days_from_1_to_365(writable: Deployment) -> None:
    _refuses(writable, WRONG_WINDOWS)


@law("DEF-01", ruled=True, profile="smoke")
def test_a_date_has_no_place_in_the_defaults(writable: Deployment) -> None:
    _refuses(writable, {f"{SENT} is {value!r}": {**settings(21), SENT: value} for value in ("2026-09-01", None)})


def _refuses(writable: Deployment, bodies: dict[str, Row]) -> None:
    """Each of the bodies is refused, and the defaults stay."""
    before = defaults_of(writable.partner, writable.partner_id)
    for wrong, body in bodies.items():
        answer = writable.partner.call("setBackhaulDefaults", {"partner_id": writable.partner_id}, body=body)
        assertions.equal(f"status where {wrong}", answer.status_code, 400)
    assertions.equal("the defaults afterwards", defaults_of(writable.partner, writable.partner_id), before)


@example("DEF-01", ruled=True)
def test_the_older_side_drops_the_date(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {"email_date_in_defaults_ignored": True})
    posted = settings(21)
    answer = set_defaults(sandbox.partner, sandbox.partner_id, {**posted, SENT: "2026-08-01"})
    assertions.equal("the answer", answer, posted)
    assertions.equal("the defaults", defaults_of(sandbox.partner, sandbox.partner_id), posted)
    made = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    assertions.equal("the settings of a new package", settings_of(sandbox.partner, made), {**posted, SENT: None})


@law("DEF-02", profile="smoke", gotcha="G-03")
def test_a_new_package_starts_with_the_defaults(writable: Deployment) -> None:
    with _put_back(writable) as before:
        posted = settings(before[WINDOW] % 365 + 1, MODELS[MODELS.index(before[MODEL]) - 1])
        set_defaults(writable.partner, writable.partner_id, posted)
        order = an_order(some_events(writable, 1), package_title=writable.title("defaults"))
        made = ordered(writable.partner, order)["id"]
        assertions.equal("its settings", settings_of(writable.partner, made), {**posted, SENT: None})
    assertions.equal("its settings after a change", settings_of(writable.partner, made), {**posted, SENT: None})


@example("DEF-02")
def test_each_package_starts_with_the_defaults_of_its_moment(sandbox: Sandbox) -> None:
    event, made = sandbox.event(), []
    for posted in ROUND:
        set_defaults(sandbox.partner, sandbox.partner_id, posted)
        made.append(ordered(sandbox.partner, an_order([event]))["id"])
    sandbox.idle()
    seen = [settings_of(sandbox.partner, package) for package in made]
    assertions.equal("the settings of the packages", seen, [{**posted, SENT: None} for posted in ROUND])


@law("DEF-02", profile="smoke", gotcha="G-03")
def test_defaults_leave_a_package_that_exists_as_it_is(writable: Deployment) -> None:
    package = a_built_package(writable)
    before = settings_of(writable.partner, package), result_of(writable.partner, package)
    with _put_back(writable) as old:
        set_defaults(writable.partner, writable.partner_id, settings(old[WINDOW] % 365 + 1))
        assertions.equal("its settings", settings_of(writable.partner, package), before[0])
    after = settings_of(writable.partner, package), result_of(writable.partner, package)
    assertions.equal("its settings and result afterwards", after, before)


@example("DEF-02", profile="smoke")
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
    made = ordered(sandbox.partner, an_order([sandbox.event()]))["id"]
    sandbox.advance(**wait)
    again = sandbox.sign_in("partner")
    assertions.equal("the package's status", package_of(again, made)["status"], status)
    before = settings_of(again, made)
    set_defaults(again, sandbox.partner_id, settings(99))
    assertions.equal("its settings", settings_of(again, made), before)
    sandbox.idle()
    assertions.equal("its settings when all is built", settings_of(again, made), before)


@example("DEF-02")
def test_defaults_start_no_evaluation(sandbox: Sandbox) -> None:
    event, (ann, ben) = sandbox.event(), sandbox.customers(2)
    package = sandbox.package([event], {"Jazz": [ann, ben]})
    untouched = sandbox.package([event], {"Jazz": [ann, ben]})
    sandbox.sell(a_sale(ann, event, "2026-08-02T10:00:00Z"))
    body = settings(30, **{SENT: "2026-08-01"})
    before = evaluated(sandbox, package, body)
    assertions.equal("orders counted", by_cluster(before)["Jazz"]["purchase"], 1)
    sandbox.sell(a_sale(ben, event, "2026-08-03T10:00:00Z"))
    set_defaults(sandbox.partner, sandbox.partner_id, settings(99))
    sandbox.advance(minutes=30)
    assertions.equal("the result afterwards", result_of(sandbox.partner, package), before)
    assertions.equal("the result of a package never evaluated", result_of(sandbox.partner, untouched), [])
