"""Listing events: pages, order and filters."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.open_records import restrict
from contracts.spec.markers import example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MAX_LIMIT = 500
MAX_PAGES = 8
STATUSES = ("DEFAULT", "FLAGGED", "HIDDEN")
Row = dict[str, Any]


def read_page(client: Client, **query: Any) -> Row:
    answer = client.call("listEvents", query=query)
    assertions.step_status(answer, 200)
    return dict(answer.json())


def event_ids(client: Client, **query: Any) -> list[str]:
    return [event["id"] for event in read_page(client, limit=MAX_LIMIT, **query)["items"]]


def first_events(deployment: Deployment) -> list[Row]:
    """Return the partner's first events. Raises InconclusiveError if there are none."""
    listed = list(read_page(deployment.partner, limit=MAX_LIMIT)["items"])
    if not listed:
        raise InconclusiveError("the partner has no event")
    return listed


def expect_filter_matches(client: Client, events: list[Row], fits: Any, **query: Any) -> None:
    """Check that a filter returns exactly the events that match."""
    expected = [event["id"] for event in events if fits(event)]
    seen = read_page(client, limit=MAX_LIMIT, **query)
    if len(events) < MAX_LIMIT:
        assertions.equal(f"events by {query}", [event["id"] for event in seen["items"]], expected)
        assertions.equal(f"total by {query}", seen["total"], len(expected))
    else:
        wrong = [event["id"] for event in seen["items"] if not fits(event)]
        assertions.equal(f"events that do not match {query}", wrong, [])


def page_fields(page: Row) -> Row:
    return {name: page[name] for name in page if name != "items"}


@property_test("EVT-01.page", profile="smoke")
@given(data=st.data())
def test_the_pages_are_the_list_cut_in_pieces(deployment: Deployment, data: Any) -> None:
    client, total = deployment.partner, read_page(deployment.partner, limit=1)["total"]
    limit = data.draw(
        st.integers(min(max(1, -(-total // MAX_PAGES)), MAX_LIMIT), min(max(total, 1) + 1, MAX_LIMIT)), label="limit"
    )
    pages, whole = -(-total // limit), event_ids(client)
    pieces: list[str] = []
    for number in range(1, min(pages, MAX_PAGES) + 1):
        page = read_page(client, limit=limit, page=number)
        counted = {"total": total, "limit": limit, "page": number, "pages": pages}
        assertions.equal(f"page {number} by {limit}", restrict(page, counted), counted)
        for name, neighbour in (("nextPage", number + 1), ("prevPage", number - 1)):
            is_end = not 1 <= neighbour <= pages
            assertions.equal(
                f"{name} of page {number} by {limit}",
                page[name],
                None if is_end else neighbour,
                part="EVT-01.ends" if is_end else None,
            )
        pieces += [event["id"] for event in page["items"]]
    assertions.equal(f"all pages with limit {limit}, joined", pieces[:MAX_LIMIT], whole[: len(pieces)])
    assertions.equal("ids that are listed twice", sorted({one for one in pieces if pieces.count(one) > 1}), [])


@property_test("EVT-01.ends", profile="smoke")
@pytest.mark.parametrize("further", [1, 2, 1_000_000])
def test_past_the_end_there_is_an_empty_page(deployment: Deployment, further: int) -> None:
    first = read_page(deployment.partner, limit=5)
    last = max(first["pages"], 1)
    beyond = read_page(deployment.partner, limit=5, page=last + further)
    assertions.equal("items past the end", beyond["items"], [])
    assertions.equal("nextPage past the end", beyond["nextPage"], None)
    assertions.equal("total and pages", (beyond["total"], beyond["pages"]), (first["total"], first["pages"]))
    assertions.equal("page number in the response", beyond["page"], last + further)


@property_test("EVT-01.page")
def test_the_first_page_comes_unasked(deployment: Deployment) -> None:
    unasked, first = read_page(deployment.partner), read_page(deployment.partner, page=1)
    assertions.equal("the list without `page`", unasked, first)
    assertions.equal("page", unasked["page"], 1)
    assertions.equal("prevPage", unasked["prevPage"], None, part="EVT-01.ends")


@property_test("EVT-01.limit", profile="smoke")
def test_a_page_holds_50_unless_another_limit_is_given(deployment: Deployment) -> None:
    assertions.equal("limit of a request without `limit`", read_page(deployment.partner)["limit"], 50)
    for limit in (1, 2, 49, 51, MAX_LIMIT):
        assertions.equal("limit in the response", read_page(deployment.partner, limit=limit)["limit"], limit)


@example("EVT-01.limit")
def test_the_51st_event_stands_on_the_second_page(sandbox: Sandbox) -> None:
    made = [sandbox.add_event(f"evt_{number:03d}", title="Lattenrost") for number in range(51)]
    first, second = (read_page(sandbox.partner, q="Lattenrost", page=number) for number in (1, 2))
    assertions.equal("events on the first page", [event["id"] for event in first["items"]], made[:50])
    assertions.equal("events on the second page", [event["id"] for event in second["items"]], made[50:])
    assertions.equal(
        "total, pages and prevPage of the second page",
        (second["total"], second["pages"], second["prevPage"]),
        (51, 2, 1),
    )


@example("EVT-01.page")
def test_nothing_found_is_no_page_at_all(sandbox: Sandbox) -> None:
    assertions.equal(
        "an empty list",
        read_page(sandbox.partner, q="Lattenrost"),
        {"total": 0, "limit": 50, "page": 1, "pages": 0, "nextPage": None, "prevPage": None, "items": []},
    )


@property_test("EVT-01.limit", profile="smoke")
@pytest.mark.parametrize("limit", ["501", "1000", "0", "-1", "2.5", "ten", ""])
def test_a_limit_that_is_none_is_400(deployment: Deployment, limit: str) -> None:
    assertions.refusal(deployment.partner.call("listEvents", query={"limit": limit}), 400, field="limit")


@property_test("EVT-01.page", profile="smoke")
@pytest.mark.parametrize("page", ["0", "-1", "1.5", "first", ""])
def test_a_page_that_is_none_is_400(deployment: Deployment, page: str) -> None:
    assertions.refusal(deployment.partner.call("listEvents", query={"page": page}), 400, field="page")


@property_test("EVT-01.filters")
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("day", ["2026-13-01", "01.09.2026", "2026-09-01T00:00:00Z", "today", "20260901", ""])
def test_a_day_that_is_none_is_400(deployment: Deployment, name: str, day: str) -> None:
    assertions.refusal(deployment.partner.call("listEvents", query={name: day}), 400, field=name)


@property_test("EVT-07.range", profile="smoke")
@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-12-02", "2026-12-01"), ("9999-12-31", "0001-01-01")],
    ids=["later by a day", "later by the whole calendar"],
)
def test_a_since_after_until_is_400(deployment: Deployment, since: str, until: str) -> None:
    refused = deployment.partner.call("listEvents", query={"since": since, "until": until})
    assertions.refusal(refused, 400, "error.request.invalid", field="since")


@property_test("EVT-01.values")
@pytest.mark.parametrize("status", ["flagged", "ACTIVE", "FLAGGED,HIDDEN", "PAST", ""])
def test_a_frontend_status_that_is_none_is_400(deployment: Deployment, status: str) -> None:
    assertions.status(deployment.partner.call("listEvents", query={"frontend_status": status}), 400)


@property_test("EVT-01.order", profile="smoke")
def test_events_come_by_start_and_then_by_id(deployment: Deployment) -> None:
    seen = [(event["start_date_time"], event["id"]) for event in first_events(deployment)]
    assertions.equal("start and id of each event, which must be sorted", seen, sorted(seen))
    require_case(len({start for start, _ in seen}) > 1, "two events with different starts")


@property_test("EVT-01.page", "EVT-01.order")
def test_events_of_one_start_stand_in_one_order_on_all_pages(deployment: Deployment) -> None:
    """Two events with one start are read as the last of one page and the first of the next one."""
    events = first_events(deployment)
    pairs = [
        (number, one["id"], other["id"])
        for number, (one, other) in enumerate(pairwise(events), start=1)
        if one["start_date_time"] == other["start_date_time"] and number < MAX_LIMIT
    ]
    for number, one, other in require_cases(pairs, "two events that start at the same time"):
        first, second = (read_page(deployment.partner, limit=number, page=page)["items"] for page in (1, 2))
        seen = first[-1]["id"], *(event["id"] for event in second[:1])
        assertions.equal(f"the events around the end of the first page of {number}", seen, (one, other))
        assertions.at_most(f"id of {one}, which is listed before {other}", one, other)


@example("EVT-01.order")
def test_events_of_one_start_come_by_id_whatever_was_made_first(sandbox: Sandbox) -> None:
    late = sandbox.add_event("aaa", title="Lattenrost", start_date_time="2026-12-01T19:00:01Z")
    same = [sandbox.add_event(name, title="Lattenrost") for name in ("evt_b", "9", "evt_a", "10", "Evt_c")]
    early = sandbox.add_event("zzz", title="Lattenrost", start_date_time="2026-11-30T23:00:00Z")
    assertions.equal("the order", event_ids(sandbox.partner, q="lattenrost"), [early, *sorted(same), late])


@property_test("EVT-01.filters", profile="smoke")
@given(data=st.data())
def test_q_finds_a_part_of_the_title_in_any_case(deployment: Deployment, data: Any) -> None:
    events = first_events(deployment)
    title = data.draw(st.sampled_from(events), label="event")["title"]
    start = data.draw(st.integers(0, max(len(title) - 1, 0)), label="start")
    part = title[start : data.draw(st.integers(start + 1, start + 8), label="end")]
    q = data.draw(st.sampled_from([part, part.lower(), part.swapcase()]), label="q")
    if len(part.swapcase()) == len(part):
        expect_filter_matches(
            deployment.partner, events, lambda event: part.casefold() in event["title"].casefold(), q=q
        )


@example("EVT-01.filters", profile="smoke")
@pytest.mark.parametrize(
    ("q", "found"),
    [
        pytest.param("100% LIVE_SET", ["a"], id="the whole title in another case"),
        pytest.param("0% l", ["a"], id="a part with a space"),
        pytest.param("E_S", ["a"], id="an underscore stands for itself"),
        pytest.param("0%l", [], id="a per cent sign stands for itself"),
        pytest.param("live.set", [], id="a dot stands for itself"),
        pytest.param(".*", [], id="so does a star"),
        pytest.param("ÖFFNUNG ÜBER ÄRGER", ["b"], id="umlauts in another case"),
        pytest.param("ärger (der", ["b"], id="an open bracket stands for itself"),
        pytest.param("live set", [], id="a title that differs in one letter"),
        pytest.param("Nirgendheim", [], id="the name of a city is not a title"),
        pytest.param("Saal Nirgendwo", [], id="the name of a venue is not a title"),
    ],
)
def test_q_is_looked_for_in_the_title_as_it_is(sandbox: Sandbox, q: str, found: list[str]) -> None:
    place = {"city": "Nirgendheim", "venue_name": "Saal Nirgendwo"}
    sandbox.add_event("a", title="100% Live_Set", **place)
    sandbox.add_event("b", title="Eröffnung über Ärger (der andere)", **place)
    assertions.equal(f"events by {q!r}", event_ids(sandbox.partner, q=q), found)


@property_test("EVT-01.filters", profile="smoke")
@given(data=st.data())
def test_since_and_until_take_the_days_that_they_name(deployment: Deployment, data: Any) -> None:
    events = first_events(deployment)
    days = st.sampled_from(sorted({event["start_date_time"][:10] for event in events}))
    shift = st.integers(-1, 1)
    since, until = sorted(_shift_day(data.draw(days, label="day"), data.draw(shift, label="days")) for _ in range(2))
    client = deployment.partner
    expect_filter_matches(client, events, lambda event: since <= event["start_date_time"][:10], since=since)
    expect_filter_matches(client, events, lambda event: event["start_date_time"][:10] <= until, until=until)
    both = {"since": since, "until": until}
    expect_filter_matches(client, events, lambda event: since <= event["start_date_time"][:10] <= until, **both)


def _shift_day(day: str, days: int) -> str:
    shifted = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=days)
    return shifted.date().isoformat()


@example("EVT-01.filters", profile="smoke")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"since": "2031-03-10"}, ["first", "last", "next"], id="since"),
        pytest.param({"until": "2031-03-10"}, ["before", "first", "last"], id="until"),
        pytest.param({"since": "2031-03-10", "until": "2031-03-10"}, ["first", "last"], id="one day"),
        pytest.param({"since": "2031-03-11"}, ["next"], id="since the next day"),
        pytest.param({"until": "2031-03-09"}, ["before"], id="until the day before"),
    ],
)
def test_both_days_are_whole_days_of_utc(sandbox: Sandbox, query: Row, found: list[str]) -> None:
    starts = {
        "before": "2031-03-09T23:59:59Z",
        "first": "2031-03-10T00:00:00Z",
        "last": "2031-03-10T23:59:59Z",
        "next": "2031-03-11T00:00:00Z",
    }
    for event, start in starts.items():
        sandbox.add_event(event, title="Lattenrost", start_date_time=start)
    assertions.equal(f"events by {query}", event_ids(sandbox.partner, q="Lattenrost", **query), found)


@property_test("EVT-01.filters", profile="smoke")
@given(data=st.data())
def test_a_repeated_city_takes_the_events_of_each(deployment: Deployment, data: Any) -> None:
    events = first_events(deployment)
    cities = sorted({event["city"] for event in events})
    chosen = data.draw(st.lists(st.sampled_from(cities), min_size=1, max_size=3), label="cities")
    expect_filter_matches(deployment.partner, events, lambda event: event["city"] in chosen, city=chosen)


@example("EVT-01.filters")
def test_a_city_is_matched_as_a_whole(sandbox: Sandbox) -> None:
    sandbox.add_event("bonn", city="Bonn", title="Lattenrost")
    sandbox.add_event("bad", city="Bonn-Bad Godesberg", title="Lattenrost")
    sandbox.add_event("beuel", city="Beuel", title="Bonn")
    assertions.equal("events in Bonn", event_ids(sandbox.partner, city=["Bonn"]), ["bonn"])
    assertions.equal("events in Bon", event_ids(sandbox.partner, city=["Bon"]), [])


@example("EVT-01.filters", "BASE-05.comma_list", "BASE-05.encoded_comma")
def test_a_city_with_a_comma_cannot_be_asked_for(sandbox: Sandbox) -> None:
    for name, city in (("frankfurt", "Frankfurt"), ("oder", "Oder"), ("both", "Frankfurt,Oder")):
        sandbox.add_event(name, city=city)
    for cities in (["Frankfurt,Oder"], ["Oder", "Frankfurt,Oder"]):
        refused = sandbox.partner.call("listEvents", query={"city": cities})
        assertions.refusal(refused, 400)
        assertions.names_field(refused, "city")
    assertions.equal("events in two", event_ids(sandbox.partner, city=["Oder", "Frankfurt"]), ["frankfurt", "oder"])


@property_test("EVT-01.filters", profile="smoke")
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_repeated_frontend_status_takes_the_events_of_each(deployment: Deployment, count: int) -> None:
    everything = read_page(deployment.partner, limit=MAX_LIMIT)["items"]
    kinds = {event["frontend_status"] for event in everything}.intersection(STATUSES)
    require_case(len(kinds) > 1, "events with different frontend statuses")
    for first in range(len(STATUSES)):
        chosen = [STATUSES[(first + place) % len(STATUSES)] for place in range(count)]
        found = read_page(deployment.partner, limit=MAX_LIMIT, frontend_status=chosen)
        others = [event for event in found["items"] if event["frontend_status"] not in chosen]
        assertions.equal(f"listed events outside {chosen}", others, [])
        alone = [read_page(deployment.partner, limit=1, frontend_status=[status])["total"] for status in chosen]
        assertions.equal(f"number of events in {chosen}", found["total"], sum(alone))


@example("EVT-01.filters")
def test_several_filters_must_all_let_an_event_through(sandbox: Sandbox) -> None:
    place = {"city": "Nirgendheim", "start_date_time": "2031-03-10T12:00:00Z", "frontend_status": "FLAGGED"}
    matching = sandbox.add_event(title="Lattenrost", **place)
    sandbox.add_event(title="Federkern", **place)
    sandbox.add_event(title="Lattenrost", **{**place, "city": "Irgendheim"})
    sandbox.add_event(title="Lattenrost", **{**place, "start_date_time": "2031-03-09T12:00:00Z"})
    sandbox.add_event(title="Lattenrost", **{**place, "start_date_time": "2031-03-11T12:00:00Z"})
    day = {"since": "2031-03-10", "until": "2031-03-10"}
    filters = {"q": "rost", "city": ["Nirgendheim"], **day}
    assertions.equal(
        "events that match all filters", event_ids(sandbox.partner, frontend_status=["FLAGGED"], **filters), [matching]
    )
    assertions.equal(
        "events that match all filters except one",
        event_ids(sandbox.partner, frontend_status=["HIDDEN"], **filters),
        [],
    )


@example("EVT-01.page", "EVT-01.filters")
def test_a_filtered_list_is_paged_and_counted_by_what_it_lets_through(sandbox: Sandbox) -> None:
    made = [sandbox.add_event(f"evt_{number}", title=f"Lattenrost {number}") for number in range(5)]
    pages = [read_page(sandbox.partner, q="Lattenrost", limit=2, page=number) for number in (1, 2, 3)]
    assertions.equal("events on three pages", [event["id"] for page in pages for event in page["items"]], made)
    assertions.equal("total and pages of each page", [(page["total"], page["pages"]) for page in pages], [(5, 3)] * 3)


@property_test("EVT-01.filters")
def test_a_space_in_q_is_a_space_however_it_is_written(deployment: Deployment) -> None:
    title = next((event["title"] for event in first_events(deployment) if " " in event["title"]), None)
    if title is None:
        raise InconclusiveError("no title of the partner's first events contains a space")
    part = title[: title.index(" ") + 2]
    plus, per_cent = (quote(part).replace("%20", space) for space in ("+", "%20"))
    answers = [deployment.partner.send("GET", "/events/", query=f"q={q}").json() for q in (plus, per_cent)]
    assertions.equal("events found with each encoding", answers[0], answers[1])
    assertions.is_true("at least one event is found", answers[0]["total"] > 0, expected="some", seen=answers[0])
