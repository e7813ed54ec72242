"""Listing events: pages, order and filters."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions
from contracts.spec.markers import example, law
from contracts.spec.verdicts import Inconclusive
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MOST = 500
MOST_PAGES = 8
STATUSES = ("PAST", "RUNNING", "UPCOMING")
Row = dict[str, Any]


def page_of(client: Client, **query: Any) -> Row:
    answer = client.call("listEvents", query=query)
    assertions.status(answer, 200)
    return dict(answer.json())


def ids(client: Client, **query: Any) -> list[str]:
    return [event["id"] for event in page_of(client, limit=MOST, **query)["items"]]


def known(deployment: Deployment) -> list[Row]:
    """The partner's first events. Raises Inconclusive where there is none."""
    listed = list(page_of(deployment.partner, limit=MOST)["items"])
    if not listed:
        raise Inconclusive("the partner has no event")
    return listed


def agrees(client: Client, events: list[Row], fits: Any, **query: Any) -> None:
    """A filter lets through exactly the events that fit, of all of them."""
    expected = [event["id"] for event in events if fits(event)]
    seen = page_of(client, limit=MOST, **query)
    if len(events) < MOST:
        assertions.equal(f"events by {query}", [event["id"] for event in seen["items"]], expected)
        assertions.equal(f"total by {query}", seen["total"], len(expected))
    else:
        wrong = [event["id"] for event in seen["items"] if not fits(event)]
        assertions.equal(f"events that do not fit {query}", wrong, [])


def told(page: Row) -> Row:
    return {name: page[name] for name in page if name != "items"}


@law("EVT-01", profile="smoke")
@given(data=st.data())
def test_the_pages_are_the_list_cut_in_pieces(deployment: Deployment, data: Any) -> None:
    client, total = deployment.partner, page_of(deployment.partner, limit=1)["total"]
    limit = data.draw(
        st.integers(min(max(1, -(-total // MOST_PAGES)), MOST), min(max(total, 1) + 1, MOST)), label="limit"
    )
    pages, whole = -(-total // limit), ids(client)
    pieces: list[str] = []
    for number in range(1, min(pages, MOST_PAGES) + 1):
        page = page_of(client, limit=limit, page=number)
        edges = {"nextPage": number + 1 if number < pages else None, "prevPage": number - 1 or None}
        assertions.equal(
            f"page {number} by {limit}",
            told(page),
            {"total": total, "limit": limit, "page": number, "pages": pages, **edges},
        )
        pieces += [event["id"] for event in page["items"]]
    assertions.equal(f"pages by {limit}, one after the other", pieces[:MOST], whole[: len(pieces)])
    assertions.equal("ids that come twice", sorted({one for one in pieces if pieces.count(one) > 1}), [])


@law("EVT-01", profile="smoke")
@pytest.mark.parametrize("further", [1, 2, 1_000_000])
def test_past_the_end_there_is_an_empty_page(deployment: Deployment, further: int) -> None:
    first = page_of(deployment.partner, limit=5)
    last = max(first["pages"], 1)
    beyond = page_of(deployment.partner, limit=5, page=last + further)
    assertions.equal("items past the end", beyond["items"], [])
    assertions.equal("the page after it", beyond["nextPage"], None)
    assertions.equal("what is told of the list", (beyond["total"], beyond["pages"]), (first["total"], first["pages"]))
    assertions.equal("the page that is told", beyond["page"], last + further)


@law("EVT-01")
def test_the_first_page_comes_unasked(deployment: Deployment) -> None:
    unasked, first = page_of(deployment.partner), page_of(deployment.partner, page=1)
    assertions.equal("the list without `page`", unasked, first)
    assertions.equal("the page and the one before", (unasked["page"], unasked["prevPage"]), (1, None))


@law("EVT-01", ruled=True, profile="smoke")
def test_a_page_holds_50_unless_another_limit_is_given(deployment: Deployment) -> None:
    assertions.equal("limit without `limit`", page_of(deployment.partner)["limit"], 50)
    for limit in (1, 2, 49, 51, MOST):
        assertions.equal("limit as given", page_of(deployment.partner, limit=limit)["limit"], limit)


@example("EVT-01", ruled=True)
def test_the_51st_event_stands_on_the_second_page(sandbox: Sandbox) -> None:
    made = [sandbox.event(f"evt_{number:03d}", title="Lattenrost") for number in range(51)]
    first, second = (page_of(sandbox.partner, q="Lattenrost", page=number) for number in (1, 2))
    assertions.equal("events on the first page", [event["id"] for event in first["items"]], made[:50])
    assertions.equal("events on the second page", [event["id"] for event in second["items"]], made[50:])
    assertions.equal("what the second page tells", (second["total"], second["pages"], second["prevPage"]), (51, 2, 1))


@example("EVT-01")
def test_nothing_found_is_no_page_at_all(sandbox: Sandbox) -> None:
    assertions.equal(
        "a list of nothing",
        page_of(sandbox.partner, q="Lattenrost"),
        {"total": 0, "limit": 50, "page": 1, "pages": 0, "nextPage": None, "prevPage": None, "items": []},
    )


@law("EVT-01", ruled=True, profile="smoke")
@pytest.mark.parametrize("limit", ["501", "1000", "0", "-1", "2.5", "ten", ""])
def test_a_limit_that_is_none_is_400(deployment: Deployment, limit: str) -> None:
    assertions.refused(deployment.partner.call("listEvents", query={"limit": limit}), 400, field="limit")


@law("EVT-01", profile="smoke")
@pytest.mark.parametrize("page", ["0", "-1", "1.5", "first", ""])
def test_a_page_that_is_none_is_400(deployment: Deployment, page: str) -> None:
    assertions.refused(deployment.partner.call("listEvents", query={"page": page}), 400, field="page")


@law("EVT-01")
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("day", ["2026-13-01", "01.09.2026", "2026-09-01T00:00:00Z", "today", "20260901", ""])
def test_a_day_that_is_none_is_400(deployment: Deployment, name: str, day: str) -> None:
    assertions.refused(deployment.partner.call("listEvents", query={name: day}), 400, field=name)


@law("EVT-07", profile="smoke")
@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-12-02", "2026-12-01"), ("9999-12-31", "0001-01-01")],
    ids=["by a day", "by the whole calendar"],
)
def test_a_since_after_until_is_400(deployment: Deployment, since: str, until: str) -> None:
    refused = deployment.partner.call("listEvents", query={"since": since, "until": until})
    assertions.refused(refused, 400, "error.request.invalid", field="since")


@law("EVT-01")
@pytest.mark.parametrize("status", ["upcoming", "ACTIVE", "UPCOMING,PAST", ""])
def test_a_frontend_status_that_is_none_is_400(deployment: Deployment, status: str) -> None:
    assertions.status(deployment.partner.call("listEvents", query={"frontend_status": status}), 400)


@law("EVT-01", ruled=True, profile="smoke")
def test_events_come_by_start_and_then_by_id(deployment: Deployment) -> None:
    seen = [(event["start_date_time"], event["id"]) for event in known(deployment)]
    assertions.equal("starts and ids", seen, sorted(seen))


@example("EVT-01", ruled=True)
def test_events_of_one_start_come_by_id_whatever_was_made_first(sandbox: Sandbox) -> None:
    late = sandbox.event("aaa", title="Lattenrost", start_date_time="2026-12-01T19:00:01Z")
    same = [sandbox.event(name, title="Lattenrost") for name in ("evt_b", "9", "evt_a", "10", "Evt_c")]
    early = sandbox.event("zzz", title="Lattenrost", start_date_time="2026-11-30T23:00:00Z")
    assertions.equal("the order", ids(sandbox.partner, q="lattenrost"), [early, *sorted(same), late])


@law("EVT-01", profile="smoke")
@given(data=st.data())
def test_q_finds_a_part_of_the_title_in_any_case(deployment: Deployment, data: Any) -> None:
    events = known(deployment)
    title = data.draw(st.sampled_from(events), label="event")["title"]
    start = data.draw(st.integers(0, max(len(title) - 1, 0)), label="start")
    part = title[start : data.draw(st.integers(start + 1, start + 8), label="end")]
    q = data.draw(st.sampled_from([part, part.lower(), part.swapcase()]), label="q")
    if len(part.swapcase()) == len(part):
        agrees(deployment.partner, events, lambda event: part.casefold() in event["title"].casefold(), q=q)


@example("EVT-01", profile="smoke")
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
        pytest.param("live set", [], id="no letter may differ"),
        pytest.param("Nirgendheim", [], id="a city is no title"),
        pytest.param("Saal Nirgendwo", [], id="a venue is no title"),
    ],
)
def test_q_is_looked_for_in_the_title_as_it_is(sandbox: Sandbox, q: str, found: list[str]) -> None:
    place = {"city": "Nirgendheim", "venue_name": "Saal Nirgendwo"}
    sandbox.event("a", title="100% Live_Set", **place)
    sandbox.event("b", title="Eröffnung über Ärger (der andere)", **place)
    assertions.equal(f"events by {q!r}", ids(sandbox.partner, q=q), found)


@law("EVT-01", profile="smoke")
@given(data=st.data())
def test_since_and_until_take_the_days_that_they_name(deployment: Deployment, data: Any) -> None:
    events = known(deployment)
    days = st.sampled_from(sorted({event["start_date_time"][:10] for event in events}))
    shift = st.integers(-1, 1)
    since, until = sorted(_shifted(data.draw(days, label="day"), data.draw(shift, label="days")) for _ in range(2))
    client = deployment.partner
    agrees(client, events, lambda event: since <= event["start_date_time"][:10], since=since)
    agrees(client, events, lambda event: event["start_date_time"][:10] <= until, until=until)
    both = {"since": since, "until": until}
    agrees(client, events, lambda event: since <= event["start_date_time"][:10] <= until, **both)


def _shifted(day: str, days: int) -> str:
    moved = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=days)
    return moved.date().isoformat()


@example("EVT-01", profile="smoke")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"since": "2031-03-10"}, ["first", "last", "next"], id="since"),
        pytest.param({"until": "2031-03-10"}, ["before", "first", "last"], id="until"),
        pytest.param({"since": "2031-03-10", "until": "2031-03-10"}, ["first", "last"], id="one day"),
        pytest.param({"since": "2031-03-11"}, ["next"], id="since the day after"),
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
        sandbox.event(event, title="Lattenrost", start_date_time=start)
    assertions.equal(f"events by {query}", ids(sandbox.partner, q="Lattenrost", **query), found)


@law("EVT-01", profile="smoke")
@given(data=st.data())
def test_a_repeated_city_takes_the_events_of_each(deployment: Deployment, data: Any) -> None:
    events = known(deployment)
    cities = sorted({event["city"] for event in events})
    chosen = data.draw(st.lists(st.sampled_from(cities), min_size=1, max_size=3), label="cities")
    agrees(deployment.partner, events, lambda event: event["city"] in chosen, city=chosen)


@example("EVT-01")
def test_a_city_is_matched_as_a_whole(sandbox: Sandbox) -> None:
    sandbox.event("bonn", city="Bonn", title="Lattenrost")
    sandbox.event("bad", city="Bonn-Bad Godesberg", title="Lattenrost")
    sandbox.event("beuel", city="Beuel", title="Bonn")
    assertions.equal("events in Bonn", ids(sandbox.partner, city=["Bonn"]), ["bonn"])
    assertions.equal("events in Bon", ids(sandbox.partner, city=["Bon"]), [])


@example("EVT-01", "BASE-05")
def test_a_city_with_a_comma_is_one_city(sandbox: Sandbox) -> None:
    for name, city in (("frankfurt", "Frankfurt"), ("oder", "Oder"), ("both", "Frankfurt,Oder")):
        sandbox.event(name, city=city)
    assertions.equal("events in one city", ids(sandbox.partner, city=["Frankfurt,Oder"]), ["both"])
    assertions.equal("events in two", ids(sandbox.partner, city=["Oder", "Frankfurt"]), ["frankfurt", "oder"])


@law("EVT-01", profile="smoke")
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_repeated_frontend_status_takes_the_events_of_each(deployment: Deployment, count: int) -> None:
    for first in range(len(STATUSES)):
        chosen = [STATUSES[(first + place) % len(STATUSES)] for place in range(count)]
        found = page_of(deployment.partner, limit=MOST, frontend_status=chosen)
        others = [event for event in found["items"] if event["frontend_status"] not in chosen]
        assertions.equal(f"events that are none of {chosen}", others, [])
        alone = [page_of(deployment.partner, limit=1, frontend_status=[status])["total"] for status in chosen]
        assertions.equal(f"events that are one of {chosen}", found["total"], sum(alone))


@example("EVT-01")
def test_several_filters_must_all_let_an_event_through(sandbox: Sandbox) -> None:
    place = {"city": "Nirgendheim", "start_date_time": "2031-03-10T12:00:00Z"}
    right = sandbox.event(title="Lattenrost", **place)
    sandbox.event(title="Federkern", **place)
    sandbox.event(title="Lattenrost", **{**place, "city": "Irgendheim"})
    sandbox.event(title="Lattenrost", **{**place, "start_date_time": "2031-03-09T12:00:00Z"})
    sandbox.event(title="Lattenrost", **{**place, "start_date_time": "2031-03-11T12:00:00Z"})
    day = {"since": "2031-03-10", "until": "2031-03-10"}
    asked = {"q": "rost", "city": ["Nirgendheim"], **day}
    assertions.equal("events that fit", ids(sandbox.partner, frontend_status=["UPCOMING"], **asked), [right])
    assertions.equal("events that fit but for one", ids(sandbox.partner, frontend_status=["PAST"], **asked), [])


@example("EVT-01")
def test_a_filtered_list_is_paged_and_counted_by_what_it_lets_through(sandbox: Sandbox) -> None:
    made = [sandbox.event(f"evt_{number}", title=f"Lattenrost {number}") for number in range(5)]
    pages = [page_of(sandbox.partner, q="Lattenrost", limit=2, page=number) for number in (1, 2, 3)]
    assertions.equal("events on three pages", [event["id"] for page in pages for event in page["items"]], made)
    assertions.equal("what the pages tell", [(page["total"], page["pages"]) for page in pages], [(5, 3)] * 3)


@law("EVT-01")
def test_a_space_in_q_is_a_space_however_it_is_written(deployment: Deployment) -> None:
    title = next((event["title"] for event in known(deployment) if " " in event["title"]), None)
    if title is None:
        raise Inconclusive("no title of the partner's first events has a space")
    part = title[: title.index(" ") + 2]
    plus, per_cent = (quote(part).replace("%20", space) for space in ("+", "%20"))
    answers = [deployment.partner.send("GET", "/events/", query=f"q={q}").json() for q in (plus, per_cent)]
    assertions.equal("events by either form", answers[0], answers[1])
    assertions.that("the title's own event is among them", answers[0]["total"] > 0, expected="some", seen=answers[0])
