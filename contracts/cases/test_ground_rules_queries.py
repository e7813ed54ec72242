"""Ground rules of queries: arrays, unknown names and empty values."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.valid_requests import ValidRequest
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.spec.verdicts import InconclusiveError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

STATUS_OF_EMPTY_VALUE = {
    "eid": 404,
    "event_id": 404,
    "id": 404,
    "event_series": 404,
    "packages_ids": 404,
    "partner_id": 403,
    "currency": 400,
    "model": 400,
    "frontend_status": 400,
    "simulated": 400,
    "flagged_to_top": 400,
    "include_archived": 400,
    "exclude_products": 400,
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
"""The status for an empty value of each query parameter that is refused."""
ACCEPTED_EMPTY = ("q", "search", "status", "city", "vh", "campaigns", "marketing_campaign_status")
"""The parameters of `listEvents` that may be empty: the first four then match nothing, the others have no effect."""


@example("BASE-05.repeated_key", gotcha="G-17")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("city=Aix", ["evt_a"], id="one"),
        pytest.param("city=Aix&city=Bern", ["evt_a", "evt_b"], id="the key repeated"),
        pytest.param("city=Bern&city=Aix&city=Bern", ["evt_a", "evt_b"], id="in another order, one twice"),
        pytest.param("frontend_status=DEFAULT&frontend_status=HIDDEN&city=Aix", ["evt_a"], id="an enumeration"),
    ],
)
def test_an_array_is_its_key_repeated(sandbox: Sandbox, query: str, found: list[str]) -> None:
    for event_id, city in (("evt_a", "Aix"), ("evt_b", "Bern")):
        sandbox.add_event(event_id, city=city)
    assertions.equal(f"events of {query}", _list_event_ids(sandbox.partner, query), found)


@property_test("BASE-05.repeated_key", "BASE-05.comma_list")
def test_a_filter_of_two_cities_finds_what_each_finds(deployment: Deployment) -> None:
    cities = sorted({event["city"] for event in _read_page(deployment.partner, "limit=500")["items"]})
    if len(cities) < 2:
        raise InconclusiveError("the partner's events are in fewer than two cities")
    first, second = cities[0], cities[1]
    counts = [_read_page(deployment.partner, urlencode({"city": city}))["total"] for city in (first, second)]
    both = _read_page(deployment.partner, urlencode({"city": [first, second]}, doseq=True))
    assertions.equal(f"events in {first} and {second}", both["total"], sum(counts))
    joined = deployment.partner.send("GET", "/events/", query=f"city={quote(first)},{quote(second)}")
    assertions.is_true(
        "a comma list of cities is refused", 400 <= joined.status_code < 500, expected="4xx", seen=joined.status_code
    )


@example("BASE-05.comma_list", profile="smoke", gotcha="G-17")
@pytest.mark.parametrize("written", ["{0},{1}", "{0}%2C{1}"], ids=["plain", "encoded"])
def test_a_comma_list_of_ids_is_refused_and_changes_nothing(sandbox: Sandbox, written: str) -> None:
    events = [sandbox.add_event() for _ in range(3)]
    packages = [sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)}) for event in events]
    path, before = f"/events/{events[0]}/series", sandbox.partner.call("listPackages").content
    named = sandbox.partner.send("POST", path, query=f"event_series={written.format(*events[1:])}")
    assertions.status_one_of("status of a request with a comma-separated list of events", named, 400, 404)
    assertions.equal("series after a comma-separated list was sent", sandbox.partner.send("GET", path).json(), [])
    for query in (f"packages_ids={written.format(*packages)}", f"packages_ids={packages[2]}&packages_ids={written}"):
        merged = sandbox.partner.send("POST", "/package_builder/packages/merge", query=query.format(*packages))
        assertions.status_one_of("status of a request with a comma-separated list of packages", merged, 400, 404)
    assertions.equal(
        "packages after a comma-separated list was sent", sandbox.partner.call("listPackages").content, before
    )


@property_test("BASE-05.status", "BASE-05.encoded_comma", writes=EVERY_WRITE)
@pytest.mark.parametrize("comma", [",", "%2C"], ids=["plain", "encoded"])
def test_a_comma_list_is_400_and_named_whatever_the_array(writable: Deployment, comma: str) -> None:
    for valid_request, name, _ in valid_requests.query_cases(writable, valid_requests.is_array):
        without, values = valid_request.with_query(**{name: None}), ("none-1", f"none-2{comma}none-3")
        query = "&".join(f"{name}={value}" for value in values)
        answer = without.send(extra_query=query)
        assertions.refusal(answer, 400)
        assertions.names_field(answer, name)


@property_test("BASE-05.brackets", profile="smoke", gotcha="G-17")
def test_an_array_in_brackets_is_refused(writable: Deployment) -> None:
    for key in ("city[]", "city%5B%5D", "city[0]", "frontend_status[]"):
        value = "HIDDEN" if key.startswith("f") else "A"
        answer = writable.partner.send("GET", "/events/", query=f"{key}={value}")
        assertions.is_true(
            f"{key} is refused",
            400 <= answer.status_code < 500,
            expected="4xx",
            seen=answer.status_code,
            part="BASE-08.refused" if "[0]" in key else None,  # The documentation only speaks of empty brackets.
        )


@property_test("BASE-05.status", writes=EVERY_WRITE)
def test_brackets_are_400_whatever_the_key(writable: Deployment) -> None:
    for valid_request, name, _ in valid_requests.query_cases(writable):
        for form in writable.sample((f"{name}[]", f"{name}%5B%5D", f"{name}[0]")):
            without = valid_request.with_query(**{name: None})
            assertions.refusal(without.send(extra_query=f"{form}=A"), 400)


@property_test("BASE-05.scalar_twice", writes=EVERY_WRITE)
def test_a_key_that_is_no_array_stands_once(writable: Deployment) -> None:
    plain = {"page": "1", "limit": "5", "since": "2026-01-01", "until": "2026-01-01", "q": "a", "currency": "EUR"}
    plain |= {"start_date": "2026-01-01", "end_date": "2026-01-01", "format": "csv", "simulated": "true"}
    plain |= dict.fromkeys(("flagged_to_top", "include_archived", "exclude_products"), "false")
    for valid_request, name, _ in valid_requests.query_cases(writable, valid_requests.is_single):
        value = valid_request.query.get(name, plain.get(name))
        for second in writable.sample((value, "")):
            twice = valid_request.with_query(**{name: [value, second]}).send()
            assertions.refusal(twice, 400, field=name)


@property_test("BASE-08.refused", profile="smoke", writes=EVERY_WRITE)
def test_an_unknown_query_parameter_is_refused_and_named(writable: Deployment) -> None:
    for valid_request in valid_requests.some_requests(writable):
        for more, name in writable.sample((("colour=red", "colour"), ("colour", "colour"), ("Limit=1", "Limit"))):
            assertions.refusal(valid_request.send(extra_query=more), 400, field=name)


@property_test("BASE-08.refused", profile="smoke", writes=EVERY_WRITE)
def test_an_unknown_body_field_is_refused_and_named(writable: Deployment) -> None:
    for valid_request in valid_requests.some_requests(writable, valid_requests.has_body):
        if valid_request.body is not None:
            for name, value in writable.sample((("colour", "red"), ("Model", None), ("email_send_date", "2026-06-01"))):
                assertions.refusal(valid_request.with_body(**{name: value}).send(), 400, field=name)


@example("BASE-08.refused")
def test_a_write_with_an_unknown_name_changes_nothing(sandbox: Sandbox) -> None:
    things = valid_requests.create_records(sandbox)
    before = valid_requests.read_records(sandbox.partner, sandbox.partner_id, things)
    for valid_request in valid_requests.changing_requests(sandbox, things).values():
        if valid_request.method != "GET" and not valid_request.public:
            assertions.refusal(valid_request.send(extra_query="colour=red"), 400)
            if valid_request.body is not None:
                assertions.refusal(valid_request.with_body(colour="red").send(), 400)
            sandbox.run_until_idle()
            assertions.equal(
                f"what is read after a refused {valid_request.operation_id}",
                valid_requests.read_records(sandbox.partner, sandbox.partner_id, things),
                before,
            )


@example("BASE-08.quirk")
def test_the_quirk_lets_unknown_names_pass(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {"ignore_unknown": True})
    for valid_request in valid_requests.harmless_requests(sandbox).values():
        if not valid_request.public:
            plain = valid_request.send()
            assertions.is_true("the plain request is well-formed", plain.status_code != 400, seen=plain.text)
            _expect_same_answer(valid_request.send(extra_query="colour=red"), plain)
            if valid_request.body is not None:
                _expect_same_answer(valid_request.with_body(colour="red").send(), plain)


@property_test("BASE-10.is_a_value", profile="smoke")
def test_an_empty_value_is_not_one_left_out(deployment: Deployment) -> None:
    everything = _read_page(deployment.partner, "limit=500")
    if not everything["items"]:
        raise InconclusiveError("the partner has no event that a filter could leave out")
    event = everything["items"][0]["id"]
    for path, names in (
        ("/events/", ("q", "search", "status", "city", "frontend_status", "since", "until", "page", "limit")),
        (f"/events/{quote(event, safe='')}/series", ("limit",)),
    ):
        for name in names:
            answer = deployment.partner.send("GET", path, query=f"{name}=")
            counted = answer.status_code == 200 and answer.json().get("total") == 0
            assertions.is_true(
                f"an empty {name} is not ignored",
                counted or 400 <= answer.status_code < 500,
                seen=answer.text[:200],
                part="EVT-01.effects" if name == "status" else None,
            )
    for name in ("currency", "start_date", "end_date"):
        summary = deployment.partner.call("getDailyRevenueSummary", query={"event_id": event, name: ""})
        assertions.is_true(
            f"an empty {name} is not ignored",
            400 <= summary.status_code < 500,
            expected="4xx",
            seen=summary.text[:200],
            part="DRS-01.currency" if name == "currency" else None,
        )


@property_test("BASE-10.refused", profile="smoke", writes=EVERY_WRITE)
def test_an_empty_id_number_date_or_enumeration_is_refused_as_what_it_is(writable: Deployment) -> None:
    for valid_request, name, schema in valid_requests.query_cases(writable):
        if valid_request.operation_id != "listEvents" or name not in ACCEPTED_EMPTY:
            _expect_empty_refused(valid_request, name, schema)


@property_test("BASE-10.refused")
def test_an_empty_filter_matches_nothing(deployment: Deployment) -> None:
    for query in ("q=", "q", "search=", "status=", "city=", "city", "q=&limit=5&page=2"):
        page = _read_page(deployment.partner, query)
        assertions.equal(f"total of {query}", page["total"], 0)
        assertions.equal(f"items of {query}", page["items"], [])


@example("BASE-10.is_a_value")
def test_an_empty_event_series_does_not_empty_the_series(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    sister = sandbox.add_event(series=[event])
    path = f"/events/{event}/series"
    for query in ("event_series=", f"event_series={sister}&event_series="):
        assertions.refusal(sandbox.partner.send("POST", path, query=query), 404)
        assertions.equal(f"series after {query}", sandbox.partner.send("GET", path).json(), [sister])


def _expect_empty_refused(valid_request: ValidRequest, name: str, schema: Mapping[str, Any]) -> None:
    array = schema.get("type") == "array"
    values = ["", f"{valid_requests.UNKNOWN_ID}-3"] if name == "packages_ids" else [""] if array else ""
    answer = valid_request.with_query(**{name: values}).send()
    assertions.refusal(answer, STATUS_OF_EMPTY_VALUE[name])
    if STATUS_OF_EMPTY_VALUE[name] == 400:
        assertions.names_field(answer, name)


def _read_page(client: Client, query: str) -> dict[str, Any]:
    answer = client.send("GET", "/events/", query=query)
    assertions.status(answer, 200)
    return dict(answer.json())


def _list_event_ids(client: Client, query: str) -> list[str]:
    return [event["id"] for event in _read_page(client, query)["items"]]


def _expect_same_answer(answer: httpx2.Response, plain: httpx2.Response) -> None:
    assertions.status(answer, plain.status_code)
    assertions.equal(f"body of {answer.request.method} {answer.url}", answer.content, plain.content)
