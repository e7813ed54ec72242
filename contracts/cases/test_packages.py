"""Packages: the list, and the orders that are accepted."""

from itertools import pairwise
from typing import Any

import pytest

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.open_records import restrict
from contracts.dsl.steps import Row, create_package, list_event_ids, list_packages, package_order, read_package
from contracts.spec.breaches import may_differ
from contracts.spec.markers import REFUSED_CALLS, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MODES = ("lookalike", "selective", "inclusive")
LEFT_OUT = object()


def _build_order(event_ids: list[Any], **changes: Any) -> Row:
    """Return a package order with these changes. A field whose value is LEFT_OUT is removed."""
    return {name: value for name, value in package_order(event_ids, **changes).items() if value is not LEFT_OUT}


def _build_invalid_orders(event: str, title: str, invalid_values: dict[str, list[Any]]) -> dict[str, Row]:
    """Return invalid orders by their problem. In each, one value is invalid."""
    return {
        f"{name} is {'left out' if value is LEFT_OUT else repr(value)[:20]}": _build_order(
            [event], **{"package_title": title, name: value}
        )
        for name, values in invalid_values.items()
        for value in values
    }


def _orders_with_invalid_fields(event: str, title: str) -> dict[str, Row]:
    """Return invalid orders by their problem. In each order, one field other than the title is invalid."""
    invalid_values: dict[str, list[Any]] = {
        "num_packages": [LEFT_OUT, 0, 21, -1, 2.5, "2", True, None],
        "n_top_events": [LEFT_OUT, 0, 101, -1, 1.5, "1", True, None],
        "targeting_mode": [LEFT_OUT, "LOOKALIKE", "Lookalike", "exclusive", "", None, 1],
    }
    lists: dict[str, Any] = {
        "left out": LEFT_OUT,
        "null": None,
        "empty": [],
        "no list": event,
        "a list of null": [None],
        "a list of true": [True],
        "a list of lists": [[event]],
        "a list with a fraction": [1.5],
        "a list that names an event twice": [event, event],
        "a list with one id as number and as text": [4711, "4711"],
        "a list of 101": [f"evt_{number}" for number in range(101)],
    }
    orders = {what: {**_build_order([event], package_title=title), "event_ids": value} for what, value in lists.items()}
    del orders["left out"]["event_ids"]
    named = {f"event_ids is {what}": order for what, order in orders.items()}
    return _build_invalid_orders(event, title, invalid_values) | named


def _orders_with_invalid_titles(event: str) -> dict[str, Row]:
    """Return invalid orders by their problem. In each order, the title is invalid or missing."""
    values = [LEFT_OUT, "", "x" * 201, 7, None, ["A package"]]
    misnamed = {**_build_order([event], package_title=LEFT_OUT), "title": "A package"}
    return _build_invalid_orders(event, "A package", {"package_title": values}) | {
        "the title is called title": misnamed
    }


@example("PKG-01.list", "PKG-01.details", profile="smoke", gotcha="G-19")
def test_the_list_shows_a_package_with_its_fields(sandbox: Sandbox) -> None:
    gala, matinee = sandbox.add_event(title="Gala"), sandbox.add_event(title="Matinée")
    order = {"title": "Munich", "targeting_mode": "selective", "created_at": "2026-08-01T10:00:00Z"}
    package = sandbox.add_package([gala, matinee], {"Jazz": sandbox.new_customer_ids(1)}, **order)
    listed = {row["id"]: row for row in list_packages(sandbox.partner)}
    shown_fields = {
        "id": package,
        "title": "Munich",
        "status": "DONE",
        "merge_id": None,
        "targeting_mode": "selective",
        "created_at": "2026-08-01T10:00:00Z",
        "events": [{"id": gala, "title": "Gala"}, {"id": matinee, "title": "Matinée"}],
    }
    assertions.equal("the package in the list", listed.get(package), shown_fields)


@property_test("PKG-01.list", "PKG-04.read")
def test_a_package_is_read_with_the_fields_that_it_is_listed_with(deployment: Deployment) -> None:
    for listed in require_cases(list_packages(deployment.partner)[:5], "a package"):
        read = read_package(deployment.partner, listed["id"])
        seen = {name: value for name, value in read.items() if name not in ("content", "status")}
        shown_fields = {name: value for name, value in listed.items() if name != "status"}
        assertions.equal(
            f"{listed['id']} when it is read, without its content", restrict(seen, shown_fields), shown_fields
        )


@property_test("PKG-02.create", "PKG-02.answer", profile="smoke", gotcha="G-19", writes=("createPackage",))
def test_a_package_is_made_as_it_is_ordered(writable: Deployment) -> None:
    events = list_event_ids(writable, 3)
    title = writable.title("order")
    made = create_package(writable.partner, package_order(events, package_title=title, targeting_mode="selective"))
    shown_fields = {"title": title, "status": "INITIALIZING", "merge_id": None, "targeting_mode": "selective"}
    assertions.equal("the package in the response", {name: made[name] for name in shown_fields}, shown_fields)
    assertions.equal("its events", sorted(event["id"] for event in made["events"]), sorted(events))
    stored = {**read_package(writable.partner, made["id"]), "status": "INITIALIZING"}
    stored.pop("content")
    assertions.equal("the package when it is read", restrict(stored, made), made)
    found = [row["title"] for row in list_packages(writable.partner) if row["id"] == made["id"]]
    assertions.equal("the package's title in the list", found, [title])


@example("PKG-02.targeting_modes")
def test_each_targeting_mode_is_taken_and_read_back(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    for mode in MODES:
        made = create_package(sandbox.partner, package_order([event], targeting_mode=mode))
        assertions.equal("targeting_mode", read_package(sandbox.partner, made["id"])["targeting_mode"], mode)


@example("PKG-02.create")
@pytest.mark.parametrize(
    ("named", "meant"),
    [
        pytest.param([4711], ["4711"], id="a number"),
        pytest.param(["4711"], ["4711"], id="the number as text"),
        pytest.param(["evt_tour", 4711], ["4711", "evt_tour"], id="a number beside a text"),
    ],
)
def test_an_event_may_be_named_by_a_number(sandbox: Sandbox, named: list[Any], meant: list[str]) -> None:
    sandbox.add_event("4711")
    sandbox.add_event("evt_tour")
    made = create_package(sandbox.partner, package_order(named))
    assertions.equal(f"events of an order for {named}", sorted(event["id"] for event in made["events"]), meant)


@example("PKG-02.num_packages", "PKG-02.n_top_events", "PKG-02.required")
@pytest.mark.parametrize(
    "order",
    [
        pytest.param({"num_packages": 1, "n_top_events": 1}, id="the lowest numbers"),
        pytest.param({"num_packages": 20, "n_top_events": 100}, id="the highest numbers"),
        pytest.param({"package_title": "x"}, id="a title of 1 character"),
        pytest.param({"package_title": "ü" * 200}, id="a title of 200 characters"),
    ],
)
def test_what_is_just_within_bounds_is_taken(sandbox: Sandbox, order: Row) -> None:
    made = create_package(sandbox.partner, package_order([sandbox.add_event()], **order))
    title = order.get("package_title", "A package")
    assertions.equal("the title", read_package(sandbox.partner, made["id"])["title"], title)


@example("PKG-02.event_ids")
def test_a_package_may_be_over_a_hundred_events(sandbox: Sandbox) -> None:
    events = [sandbox.add_event() for _ in range(100)]
    made = create_package(sandbox.partner, package_order(events))
    assertions.equal("events of the package", sorted(event["id"] for event in made["events"]), sorted(events))


@property_test(
    "PKG-02.required",
    "PKG-02.targeting_modes",
    "PKG-02.num_packages",
    "PKG-02.n_top_events",
    "PKG-02.event_ids",
    profile="smoke",
    writes=("createPackage",),
)
def test_an_order_that_is_wrong_in_one_way_is_refused_and_makes_nothing(writable: Deployment) -> None:
    (event,) = list_event_ids(writable, 1)
    title = writable.title("a wrong order")
    for wrong, order in writable.sample(_orders_with_invalid_fields(event, title).items(), 8):
        answer = writable.partner.call("createPackage", body=order)
        assertions.status_one_of(f"status of an order where {wrong}", answer, 400)
    listed = [row["title"] for row in list_packages(writable.partner)]
    assertions.is_true("refused orders create no package", title not in listed, expected="no such title", seen=title)


@example("PKG-02.required", gotcha="G-19")
def test_an_order_without_a_proper_title_is_refused_and_makes_nothing(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    before = list_packages(sandbox.partner)
    for wrong, order in _orders_with_invalid_titles(event).items():
        answer = sandbox.partner.call("createPackage", body=order)
        assertions.status_one_of(f"status of an order where {wrong}", answer, 400)
    assertions.equal("the packages afterwards", list_packages(sandbox.partner), before)


@property_test("PKG-02.event_ids", writes=("createPackage",))
def test_an_order_over_an_unknown_event_is_refused_and_makes_nothing(writable: Deployment) -> None:
    (event,) = list_event_ids(writable, 1)
    title = writable.title("an order for no events")
    for named in (["evt_nothing"], [event, "evt_nothing"], [987654321012345], [""]):
        answer = writable.partner.call("createPackage", body=package_order(named, package_title=title))
        assertions.refusal(answer, 404, "error.event.not_found")
    listed = [row["title"] for row in list_packages(writable.partner)]
    assertions.is_true("refused orders create no package", title not in listed, expected="no such title", seen=title)


OTHER_SLASH = "BASE-07.own_path"
"""The assumed part about the two package paths that differ in their slash alone."""


@property_test("PKG-01.list", "PKG-02.create", gotcha="G-13", writes=("createPackage", REFUSED_CALLS))
def test_packages_are_listed_with_the_slash_and_ordered_without_it(writable: Deployment) -> None:
    title, path = writable.title("slash"), "/package_builder/packages"
    wrong_read = writable.partner.send("GET", path)
    wrong_order = writable.partner.send("POST", f"{path}/", headers={"content-type": "application/json"})
    open_part = OTHER_SLASH if may_differ(OTHER_SLASH) else None
    for answer in (wrong_read, wrong_order):
        assertions.status(answer, 405, part=open_part)
    made = create_package(writable.partner, package_order(list_event_ids(writable, 1), package_title=title))
    listed = writable.partner.send("GET", f"{path}/")
    assertions.step_status(listed, 200)
    assertions.is_true("the package is listed", made["id"] in [row["id"] for row in listed.json()], seen=made["id"])


@example("PKG-07.order", profile="smoke")
def test_the_newest_package_is_listed_first(sandbox: Sandbox) -> None:
    event, days = sandbox.add_event(), ("2026-08-30", "2026-08-31", "2026-08-29")
    middle, newest, oldest = (
        sandbox.add_package([event], {}, created_at=f"{day}T10:00:00Z", title="by day") for day in days
    )
    listed = [row["id"] for row in list_packages(sandbox.partner) if row["title"] == "by day"]
    assertions.equal("packages of three days", listed, [newest, middle, oldest])


@example("PKG-07.order")
def test_of_packages_of_one_instant_the_last_made_is_listed_first(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    made = [create_package(sandbox.partner, package_order([event]))["id"] for _ in range(3)]
    assertions.equal(
        "the first packages of the list", [row["id"] for row in list_packages(sandbox.partner)[:3]], made[::-1]
    )


@property_test("PKG-07.order", profile="smoke")
def test_no_package_is_listed_after_an_older_one(deployment: Deployment) -> None:
    listed = list_packages(deployment.partner)
    require_case(len({row["created_at"] for row in listed}) > 1, "two packages of different times")
    for newer, older in pairwise(listed):
        assertions.at_most(
            f"created_at of {older['id']}, which is listed after {newer['id']}",
            older["created_at"],
            newer["created_at"],
        )
