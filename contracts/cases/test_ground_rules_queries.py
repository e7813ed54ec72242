"""Ground rules of queries: how arrays are written, which names are known, what an empty value means."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.valid_requests import Asking
from contracts.spec.markers import example, law
from contracts.spec.verdicts import Inconclusive
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

EMPTY_IS = {
    "eid": 404,
    "event_id": 404,
    "id": 404,
    "event_series": 404,
    "packages_ids": 404,
    "partner_id": 403,
    "currency": 400,
    "model": 400,
    "frontend_status": 400,
    "format": 400,
    "since": 400,
    "until": 400,
    "start_date": 400,
    "end_date": 400,
    "page": 400,
    "limit": 400,
    "purchase": 400,
    "revenue": 400,
}
"""What an empty value of each query parameter is answered; `q` and `city` match nothing."""


@example("BASE-05", gotcha="G-17")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("city=Aix", ["evt_a"], id="one"),
        pytest.param("city=Aix&city=Bern", ["evt_a", "evt_b"], id="the key repeated"),
        pytest.param("city=Bern&city=Aix&city=Bern", ["evt_a", "evt_b"], id="in another order, one twice"),
        pytest.param("city=Aix,Bern", ["evt_c"], id="a comma belongs to the name"),
        pytest.param("city=Aix%2CBern&city=Aix", ["evt_a", "evt_c"], id="an encoded comma too"),
        pytest.param("frontend_status=UPCOMING&frontend_status=PAST&city=Aix", ["evt_a"], id="an enumeration"),
    ],
)
def test_an_array_is_its_key_repeated(sandbox: Sandbox, query: str, found: list[str]) -> None:
    for event_id, city in (("evt_a", "Aix"), ("evt_b", "Bern"), ("evt_c", "Aix,Bern")):
        sandbox.event(event_id, city=city)
    assertions.equal(f"events of {query}", _listed(sandbox.partner, query), found)


@law("BASE-05")
def test_a_filter_of_two_cities_finds_what_each_finds(deployment: Deployment) -> None:
    cities = sorted({event["city"] for event in _page(deployment.partner, "limit=500")["items"]})
    if len(cities) < 2:
        raise Inconclusive("the partner's events are in fewer than two cities")
    first, second = cities[0], cities[1]
    counts = [_page(deployment.partner, urlencode({"city": city}))["total"] for city in (first, second)]
    both = _page(deployment.partner, urlencode({"city": [first, second]}, doseq=True))
    assertions.equal(f"events in {first} and {second}", both["total"], sum(counts))
    joined = _page(deployment.partner, f"limit=500&city={quote(first)},{quote(second)}")
    for event in joined["items"]:
        assertions.equal("city of an event found by a comma list", event["city"], f"{first},{second}")


@example("BASE-05", profile="smoke", gotcha="G-17")
@pytest.mark.parametrize("written", ["{0},{1}", "{0}%2C{1}"], ids=["plain", "encoded"])
def test_a_comma_list_of_ids_is_refused_and_changes_nothing(sandbox: Sandbox, written: str) -> None:
    events = [sandbox.event() for _ in range(3)]
    packages = [sandbox.package([event], {"Jazz": sandbox.customers(1)}) for event in events]
    path, before = f"/events/{events[0]}/series", sandbox.partner.call("listPackages").content
    named = sandbox.partner.send("POST", path, query=f"event_series={written.format(*events[1:])}")
    assertions.among("status of a comma list of events", named.status_code, (400, 404))
    assertions.equal("series after a comma list", sandbox.partner.send("GET", path).json(), [])
    for query in (f"packages_ids={written.format(*packages)}", f"packages_ids={packages[2]}&packages_ids={written}"):
        merged = sandbox.partner.send("POST", "/package_builder/packages/merge", query=query.format(*packages))
        assertions.among("status of a comma list of packages", merged.status_code, (400, 404))
    assertions.equal("packages after a comma list", sandbox.partner.call("listPackages").content, before)


@law("BASE-05", ruled=True)
def test_a_comma_list_of_ids_is_400_and_named(writable: Deployment) -> None:
    asked = valid_requests.harmless(writable)
    series = asked["replaceEventSeries"].asking(event_series=["none-1,none-2"])
    merge = asked["mergePackages"].asking(packages_ids=["none-1", "none-2,none-3"])
    for asking, name in ((series, "event_series"), (merge, "packages_ids")):
        answer = asking.send(writable.partner)
        assertions.refused(answer, 400)
        assertions.names(answer, name)


@law("BASE-05", profile="smoke", gotcha="G-17")
def test_an_array_in_brackets_is_refused(writable: Deployment) -> None:
    for key in ("city[]", "city%5B%5D", "city[0]", "frontend_status[]"):
        value = "PAST" if key.startswith("f") else "A"
        answer = writable.partner.send("GET", "/events/", query=f"{key}={value}")
        assertions.that(f"{key} is refused", 400 <= answer.status_code < 500, expected="4xx", seen=answer.status_code)


@law("BASE-05", ruled=True)
def test_brackets_are_400_whatever_the_key(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for name, _ in valid_requests.query_schemas(writable.promises, asking):
            for form in (f"{name}[]", f"{name}%5B%5D", f"{name}[0]"):
                without = asking.asking(**{name: None})
                assertions.refused(without.send(writable.partner, more=f"{form}=A"), 400)


@law("BASE-05", ruled=True)
def test_a_key_that_is_no_array_stands_once(writable: Deployment) -> None:
    plain = {"page": "1", "limit": "5", "since": "2026-01-01", "until": "2026-01-01", "q": "a", "currency": "EUR"}
    plain |= {"start_date": "2026-01-01", "end_date": "2026-01-01", "format": "csv"}
    for asking in valid_requests.harmless(writable).values():
        for name, schema in valid_requests.query_schemas(writable.promises, asking):
            if schema.get("type") != "array":
                value = asking.query.get(name, plain.get(name))
                for second in (value, ""):
                    twice = asking.asking(**{name: [value, second]}).send(writable.partner)
                    assertions.refused(twice, 400, field=name)


@law("BASE-08", profile="smoke")
def test_an_unknown_query_parameter_is_refused_and_named(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for more, name in (("colour=red", "colour"), ("colour", "colour"), ("Limit=1", "Limit")):
            assertions.refused(asking.send(writable.partner, more=more), 400, field=name)


@law("BASE-08", profile="smoke")
def test_an_unknown_body_field_is_refused_and_named(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        if asking.body is not None:
            for name, value in (("colour", "red"), ("Model", None), ("email_send_date", "2026-06-01")):
                assertions.refused(asking.saying(**{name: value}).send(writable.partner), 400, field=name)


@example("BASE-08")
def test_a_write_with_an_unknown_name_changes_nothing(sandbox: Sandbox) -> None:
    things = valid_requests.arranged(sandbox)
    before = valid_requests.seen(sandbox.partner, things)
    for asking in valid_requests.changing(sandbox, things).values():
        if asking.method != "GET" and not asking.public:
            assertions.refused(asking.send(sandbox.partner, more="colour=red"), 400)
            if asking.body is not None:
                assertions.refused(asking.saying(colour="red").send(sandbox.partner), 400)
            sandbox.idle()
            assertions.equal(
                f"what is read after a refused {asking.operation_id}",
                valid_requests.seen(sandbox.partner, things),
                before,
            )


@example("BASE-08")
def test_the_quirk_lets_unknown_names_pass(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {"ignore_unknown": True})
    for asking in valid_requests.harmless(sandbox).values():
        if not asking.public:
            plain = asking.send(sandbox.partner)
            assertions.that("the plain request is well-formed", plain.status_code != 400, seen=plain.text)
            _same(asking.send(sandbox.partner, more="colour=red"), plain)
            if asking.body is not None:
                _same(asking.saying(colour="red").send(sandbox.partner), plain)


@law("BASE-10", profile="smoke")
def test_an_empty_value_is_not_one_left_out(deployment: Deployment) -> None:
    everything = _page(deployment.partner, "limit=500")
    if not everything["items"]:
        raise Inconclusive("the partner has no event that a filter could leave out")
    event = everything["items"][0]["id"]
    for path, names in (
        ("/events/", ("q", "city", "frontend_status", "since", "until", "page", "limit")),
        (f"/events/{quote(event, safe='')}/series", ("limit",)),
    ):
        for name in names:
            answer = deployment.partner.send("GET", path, query=f"{name}=")
            counted = answer.status_code == 200 and answer.json().get("total") == 0
            assertions.that(
                f"an empty {name} counts", counted or 400 <= answer.status_code < 500, seen=answer.text[:200]
            )
    for name in ("currency", "start_date", "end_date"):
        summary = deployment.partner.call("getDailyRevenueSummary", query={"event_id": event, name: ""})
        assertions.that(
            f"an empty {name} counts", 400 <= summary.status_code < 500, expected="4xx", seen=summary.text[:200]
        )


@law("BASE-10", ruled=True, profile="smoke")
def test_an_empty_id_number_date_or_enumeration_is_refused_as_what_it_is(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for name, schema in valid_requests.query_schemas(writable.promises, asking):
            if (asking.operation_id, name) not in (("listEvents", "q"), ("listEvents", "city")):
                _is_refused_empty(writable.partner, asking, name, schema)


@law("BASE-10", ruled=True)
def test_an_empty_filter_matches_nothing(deployment: Deployment) -> None:
    for query in ("q=", "q", "city=", "city", "q=&limit=5&page=2"):
        page = _page(deployment.partner, query)
        assertions.equal(f"total of {query}", page["total"], 0)
        assertions.equal(f"items of {query}", page["items"], [])


@example("BASE-10")
def test_an_empty_event_series_does_not_empty_the_series(sandbox: Sandbox) -> None:
    event = sandbox.event()
    sister = sandbox.event(series=[event])
    path = f"/events/{event}/series"
    for query in ("event_series=", f"event_series={sister}&event_series="):
        assertions.refused(sandbox.partner.send("POST", path, query=query), 404)
        assertions.equal(f"series after {query}", sandbox.partner.send("GET", path).json(), [sister])


def _is_refused_empty(client: Client, asking: Asking, name: str, schema: Mapping[str, Any]) -> None:
    array = schema.get("type") == "array"
    values = ["", f"{valid_requests.NOBODYS}-3"] if name == "packages_ids" else [""] if array else ""
    answer = asking.asking(**{name: values}).send(client)
    assertions.refused(answer, EMPTY_IS[name])
    if EMPTY_IS[name] == 400:
        assertions.names(answer, name)


def _page(client: Client, query: str) -> dict[str, Any]:
    answer = client.send("GET", "/events/", query=query)
    assertions.status(answer, 200)
    return dict(answer.json())


def _listed(client: Client, query: str) -> list[str]:
    return [event["id"] for event in _page(client, query)["items"]]


def _same(answer: httpx.Response, plain: httpx.Response) -> None:
    assertions.status(answer, plain.status_code)
    assertions.equal(f"body of {answer.request.method} {answer.url}", answer.content, plain.content)
