"""Campaign results under the Meta integration."""

from contracts.dsl import assertions, steps
from contracts.dsl import series as series_steps
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.disposable_events import Use, new_days, pick_disposable_event
from contracts.dsl.sales_sheet import upload_totals
from contracts.dsl.sold_days import find_sold_events
from contracts.dsl.steps import Row, create_adjustment, list_adjustments, read_revenue, sale_row
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, Sandbox

UNKNOWN_EVENT = "contracts-knows-no-such-event"
EVENTS_READ = 5


def read_members(client: Client, event: str) -> Row:
    """Return the two members of an event's campaign results under the Meta integration, each an object.

    Raises InconclusiveError if the target reserves them for admins.
    """
    answer = client.call("getMetaCampaignResults", {"eid": event})
    if answer.status_code == 403:
        assertions.status(answer, 200, part="META-03.every_user")
        raise InconclusiveError("campaign results under Meta's integration are reserved for admins")
    assertions.step_status(answer, 200)
    return dict(answer.json())


def read_results(client: Client, event: str) -> dict[str, list[Row]]:
    """Return the rows of the event and of its series, by the name of their member."""
    return {name: list(member["rows"]) for name, member in read_members(client, event).items()}


def read_series(client: Client, event: str) -> list[str]:
    """Return the other events in an event's series."""
    answer = client.call("getEventSeries", {"eid": event})
    assertions.step_status(answer, 200)
    return list(answer.json())


def revenue_adjustments(client: Client, event: str) -> list[Row]:
    """Return an event's adjustments from its daily revenue, which every user of the partner may read."""
    return list(read_revenue(client, event)["manual_adjustments"])


def row_ids(rows: list[Row]) -> list[str]:
    """Return the rows' ids, in order."""
    return [row["id"] for row in rows]


@property_test("META-01.members", profile="smoke")
def test_the_results_of_the_event_and_of_its_series_are_two_objects(deployment: Deployment) -> None:
    for event in steps.list_event_ids(deployment, EVENTS_READ):
        members = read_members(deployment.partner, event)
        kinds = {name: type(members.get(name)).__name__ for name in ("event_results", "series_results")}
        expected = {"event_results": "dict", "series_results": "dict"}
        assertions.equal(f"types of the members of the results of {event}", kinds, expected)


def _results_with_series_rows(deployment: Deployment) -> list[tuple[str, dict[str, list[Row]]]]:
    """Return the results of events whose series have rows. Raises InconclusiveError if there is none."""
    events = [event.id for event in find_sold_events(deployment) if event.series][:EVENTS_READ]
    results = ((event, read_results(deployment.partner, event)) for event in events)
    return require_cases((each for each in results if each[1]["series_results"]), "a series with rows")


@property_test("META-01.rows", "META-02.series_rows")
def test_the_rows_of_the_event_and_of_its_series_stand_apart(deployment: Deployment) -> None:
    for event, found in _results_with_series_rows(deployment):
        both = set(row_ids(found["event_results"])).intersection(row_ids(found["series_results"]))
        assertions.equal(f"rows that are in both event_results and series_results of {event}", both, set())


@property_test("META-01.unknown", profile="smoke")
def test_an_unknown_event_is_not_found(deployment: Deployment) -> None:
    unknown = deployment.partner.call("getMetaCampaignResults", {"eid": UNKNOWN_EVENT})
    assertions.refusal(unknown, 404, "error.event.not_found")


@property_test("META-02.event_rows", "META-02.series_rows", profile="smoke")
def test_the_rows_of_the_event_are_those_beside_its_revenue(deployment: Deployment) -> None:
    events = steps.list_event_ids(deployment, EVENTS_READ)
    results = ((event, read_results(deployment.partner, event)["event_results"]) for event in events)
    for event, found in require_cases((each for each in results if each[1]), "an event with rows"):
        assertions.equal(f"event_results of {event}", found, revenue_adjustments(deployment.partner, event))


@property_test("META-02.event_rows", "META-02.series_rows")
def test_the_rows_of_the_series_are_those_of_its_other_events(deployment: Deployment) -> None:
    client, adjustments = deployment.partner, dict[str, list[Row]]()
    for event, results in _results_with_series_rows(deployment):
        found, series = results["series_results"], read_series(client, event)
        adjustments |= {other: revenue_adjustments(client, other) for other in series if other not in adjustments}
        others = [row for other in series for row in adjustments[other]]
        assertions.equal(f"series_results of {event}", _rows_by_id(found), _rows_by_id(others))
        timestamps = [row["created_at"] for row in found]
        assertions.equal(f"timestamps of series_results of {event}", timestamps, sorted(timestamps, reverse=True))


@property_test("META-02.event_rows", "META-02.series_rows", writes=("uploadSalesEdit", "replaceEventSeries"))
def test_rows_of_uploads_are_told_newest_first(writable: Deployment) -> None:
    """Rows of two events lie between each other. Uploads date them, so they differ in time."""
    client, others = writable.partner, [pick_disposable_event(writable, use) for use in (Use.SHEETS, Use.CLEARING)]
    days = new_days(writable, 3)
    for place, day in enumerate(days):
        upload_totals(client, others[place % 2], {day: (place + 1, "10.25")})
    alone = read_results(client, others[0])
    assertions.equal("event_results", alone["event_results"], revenue_adjustments(client, others[0]))
    if not series_steps.read_series(client, others[0]):
        assertions.equal("series_results of an event without a series", alone["series_results"], [])
    event = next(each for each in steps.list_event_ids(writable, 3) if each not in others)
    with series_steps.preserve_series(client, [event, *others]):
        series_steps.post_series(client, event, *others)
        found = read_results(client, event)["series_results"]
    expected = [row for other in others for row in revenue_adjustments(client, other)]
    assertions.equal("series_results by id", _rows_by_id(found), _rows_by_id(expected))
    timestamps = [row["created_at"] for row in found]
    assertions.equal("timestamps of series_results", timestamps, sorted(timestamps, reverse=True))
    dated = [row["created_at"][:10] for row in alone["event_results"]]
    require_case({days[0], days[2]} <= set(dated), "two rows of the event on different days")


@example("META-01.members", "META-02.event_rows", "META-02.series_rows", profile="smoke")
def test_rows_of_every_source_are_told_of_the_event_and_of_its_series(sandbox: Sandbox) -> None:
    first, second, apart = (
        sandbox.add_event("evt_m1"),
        sandbox.add_event("evt_m2", series=["evt_m1"]),
        sandbox.add_event("evt_m3"),
    )
    entered: dict[str, list[str]] = {first: [], second: [], apart: []}
    for event in (first, second, apart, second, first):
        entered[event].insert(0, create_adjustment(sandbox.results_user, event, ACME, 2, 20.5)["id"])
        sandbox.advance(seconds=1)
    (buyer,) = sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, second, "2026-09-01T10:00:00Z", revenue=99.25))
    sandbox.set_time("2026-09-02T08:00:00Z")
    client = sandbox.sign_in(sandbox.results_role)
    runs = list_adjustments(client, second, ACME)[0]
    assertions.equal("source and revenue of the newest row", (runs["source"], runs["revenue"]), ("automated", 99.25))
    of_first = read_results(client, first)
    assertions.equal(
        "event_results of the first event", of_first["event_results"], list_adjustments(client, first, ACME)
    )
    assertions.equal("ids in event_results of the first event", row_ids(of_first["event_results"]), entered[first])
    assertions.equal(
        "series_results of the first event", of_first["series_results"], list_adjustments(client, second, ACME)
    )
    assertions.equal(
        "ids in series_results of the first event", row_ids(of_first["series_results"]), [runs["id"], *entered[second]]
    )
    assertions.equal(
        "series_results of the second event", row_ids(read_results(client, second)["series_results"]), entered[first]
    )


@example("META-02.event_rows", "META-02.series_rows")
def test_the_rows_of_several_events_come_newest_first(sandbox: Sandbox) -> None:
    one = sandbox.add_event()
    others = [sandbox.add_event(series=[one]) for _ in range(3)]
    entered: list[str] = []
    for event in (others[1], others[0], others[2], others[0], others[1]):
        entered.insert(0, create_adjustment(sandbox.results_user, event, ACME)["id"])
        sandbox.advance(seconds=1)
    assertions.equal("ids in series_results", row_ids(read_results(sandbox.partner, one)["series_results"]), entered)


@example("META-02.event_rows", "META-02.series_rows")
def test_an_event_that_leaves_its_series_takes_its_rows_along(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sister = sandbox.add_event(series=[event])
    own, other = (create_adjustment(sandbox.results_user, each, ACME) for each in (event, sister))
    assertions.step_status(sandbox.partner.call("replaceEventSeries", {"eid": event}), 204)
    assertions.equal(
        "results of one event", read_results(sandbox.partner, event), {"event_results": [own], "series_results": []}
    )
    assertions.equal(
        "results of the other event",
        read_results(sandbox.partner, sister),
        {"event_results": [other], "series_results": []},
    )


@example("META-02.event_rows", "META-02.series_rows", profile="smoke")
def test_events_without_a_series_share_no_rows(sandbox: Sandbox) -> None:
    event, other = sandbox.add_event(), sandbox.add_event()
    create_adjustment(sandbox.results_user, other, ACME)
    assertions.equal("results", read_results(sandbox.partner, event), {"event_results": [], "series_results": []})


@example("META-03.read_here", "META-03.every_user", profile="smoke", documentation="newer")
def test_results_stay_readable_where_campaign_results_are_the_admins(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    row = create_adjustment(sandbox.admin, event, ACME)
    query = {"eid": event, "partner_id": ACME}
    assertions.refusal(sandbox.partner.call("listCampaignResults", query=query), 403, "error.auth.not_authorized")
    for client in (sandbox.partner, sandbox.admin):
        assertions.equal("results", read_results(client, event), {"event_results": [row], "series_results": []})


def _rows_by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}
