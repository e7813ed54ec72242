"""Refusals: their body, message keys and statuses, and the entry for each problem."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx2
import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, invalid_values, valid_requests
from contracts.dsl.allowed_calls import send_allowed
from contracts.dsl.foreign_objects import create_second_partner_things, list_operations_naming_objects
from contracts.dsl.measurements import read_once
from contracts.dsl.package_states import UNBUILT, require_status
from contracts.dsl.steps import settings_body
from contracts.dsl.valid_requests import UNKNOWN_ID, RecordIds, ValidRequest
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.spec.openapi import OpenApiSpec
from contracts.spec.verdicts import InconclusiveError
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

ERROR_MEMBERS = {"message", "error_code", "error_subcode", "validation_errors"}
INVALID_TOKENS = {
    "no header": None,
    "no token": "Bearer",
    "no JWT": "Bearer none",
    "an unsigned JWT": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.",
    "another scheme": "Basic cGFydG5lcjpub25l",
}


@property_test("ERR-01.message", profile="smoke", writes=EVERY_WRITE)
def test_each_refusal_of_each_operation_has_a_key(writable: Deployment) -> None:
    for answer in _collect_refusals(writable):
        message = answer.json().get("message")
        assertions.is_true(
            "`message` is a message key", isinstance(message, str) and message.startswith("error."), seen=answer.text
        )
        assertions.is_true("there is no field `detail`", "detail" not in answer.json(), seen=answer.text)


@property_test("ERR-01.error_code", profile="smoke", writes=EVERY_WRITE)
def test_an_error_code_is_the_last_part_of_the_key(writable: Deployment) -> None:
    for answer in _collect_refusals(writable):
        error_code = answer.json().get("error_code")
        if error_code is not None:
            assertions.equal("error_code", error_code, answer.json()["message"].rpartition(".")[2].upper())


@property_test("ERR-01.all_members", writes=EVERY_WRITE)
def test_each_refusal_has_all_four_members(writable: Deployment) -> None:
    for answer in _collect_refusals(writable):
        assertions.equal(f"members of {answer.text[:200]}", set(answer.json()), ERROR_MEMBERS)
        assertions.is_true("error_code is a text", bool(answer.json()["error_code"]), seen=answer.text)
        assertions.equal("error_subcode", answer.json()["error_subcode"], None)
        assertions.is_true(
            "validation_errors is an array", isinstance(answer.json()["validation_errors"], list), seen=answer.text
        )


@property_test("ERR-01.keys", profile="smoke")
def test_documented_keys_are_used(deployment: Deployment) -> None:
    unknown = deployment.partner.call("getEvent", {"eid": UNKNOWN_ID})
    assertions.refusal(unknown, 404, "error.event.not_found")
    stranger = deployment.partner.with_headers(x_preferred_partner_id="partner-id-nobody")
    assertions.refusal(stranger.call("listEvents"), 403, "error.auth.not_authorized")


@property_test("ERR-01.other_keys", writes=EVERY_WRITE)
def test_every_other_refusal_has_its_own_key(writable: Deployment) -> None:
    requests, partner = valid_requests.harmless_requests(writable), writable.partner
    typed = {"content-type": "text/plain"}
    model, row, package = (
        requests[name] for name in ("setEventAttributionModel", "deleteCampaignResult", "getPackage")
    )
    for answer, status, key in (
        (model.send(writable.anonymous), 401, "error.auth.token_invalid"),
        (requests["refreshToken"].send(writable.anonymous), 400, "error.auth.token_invalid"),
        (row.send(), 404, "error.campaign_result.not_found"),
        (package.send(partner), 404, "error.package.not_found"),
        (requests["mergePackages"].send(partner), 404, "error.package.not_found"),
        (model.send(partner, extra_query="colour=red"), 400, "error.request.invalid"),
        (model.send(partner, content=b"{"), 400, "error.request.invalid"),
        (model.send(partner, content=b" " * (2**20 + 1)), 413, "error.request.too_large"),
        (model.send(partner, headers=typed), 415, "error.request.unsupported_media_type"),
        (partner.send("PATCH", "/events/"), 405, "error.request.method_not_allowed"),
        (partner.send("GET", "/nothing"), 404, "error.request.not_found"),
    ):
        assertions.refusal(answer, status, key)


@example("ERR-01.other_keys")
def test_an_expired_token_and_an_unbuilt_package_have_their_keys(sandbox: Sandbox) -> None:
    made = valid_requests.harmless_requests(sandbox)["createPackage"].with_body(event_ids=[sandbox.add_event()]).send()
    path = {"package_id": assertions.read_body(made, 201)["id"]}
    require_status(sandbox.partner, path["package_id"], *UNBUILT)
    answer = sandbox.partner.call("replaceEvaluationSettings", path, body=settings_body())
    assertions.refusal(answer, 409, "error.package.not_ready")
    sandbox.advance(seconds=3600)
    assertions.refusal(sandbox.partner.call("getPartner"), 401, "error.auth.token_expired")


@property_test("ERR-02.status", "ERR-02.undocumented", profile="smoke", writes=EVERY_WRITE)
def test_what_is_required_is_missed(writable: Deployment) -> None:
    asks = partial(valid_requests.requires_something, writable.api_spec)
    for valid_request in valid_requests.some_requests(writable, asks):
        for name in valid_requests.required_query_parameters(writable.api_spec, valid_request):
            _expect_invalid(writable, valid_request.with_query(**{name: None}), name, ("required",))
        for name in valid_requests.required_body_fields(writable.api_spec, valid_request):
            _expect_invalid(writable, valid_request.without_field(name), name, ("required",))


@property_test("ERR-02.status", "ERR-02.undocumented", profile="smoke", writes=EVERY_WRITE)
def test_a_query_value_of_the_wrong_kind_is_400(writable: Deployment) -> None:
    for valid_request, name, schema in valid_requests.query_cases(writable):
        for value in writable.sample(invalid_values.wrong_types_in_query(schema, writable.api_spec)):
            wrong = valid_request.with_query(**{name: value})
            if valid_request.operation_id == "listEvents" and name in invalid_values.OPEN_FILTERS:
                assertions.equal(f"status of a wrong {name}", wrong.send().status_code, 400, part="EVT-01.values")
            else:
                _expect_invalid(writable, wrong, name, invalid_values.TYPE_KEYWORDS)


@property_test("ERR-02.status", "ERR-02.undocumented", writes=EVERY_WRITE)
def test_a_body_value_of_the_wrong_kind_is_400(writable: Deployment) -> None:
    for valid_request, name, schema in valid_requests.body_cases(writable):
        for value in writable.sample(invalid_values.wrong_types_in_body(schema)):
            _expect_invalid(writable, valid_request.with_body(**{name: value}), name, invalid_values.TYPE_KEYWORDS)


@property_test("ERR-02.status", "ERR-02.undocumented", writes=EVERY_WRITE)
def test_a_value_out_of_bounds_is_400(writable: Deployment) -> None:
    def has_bounds(_: OpenApiSpec, schema: Mapping[str, Any]) -> bool:
        return bool(list(invalid_values.out_of_bounds_in_query(schema)))

    for valid_request, name, schema in valid_requests.query_cases(writable, has_bounds):
        for value in writable.sample(invalid_values.out_of_bounds_in_query(schema)):
            _expect_invalid(writable, valid_request.with_query(**{name: value}), name, invalid_values.BOUND_KEYWORDS)
        for name, schema in valid_requests.body_schemas(writable.api_spec, valid_request):
            for value in invalid_values.out_of_bounds_in_body(schema):
                _expect_invalid(writable, valid_request.with_body(**{name: value}), name, invalid_values.BOUND_KEYWORDS)


@property_test("ERR-02.one_each", profile="smoke", writes=EVERY_WRITE)
def test_each_problem_is_an_entry(writable: Deployment) -> None:
    for answer, fields in _collect_several_problems(writable):
        assertions.refusal(answer, 400)
        entries = answer.json()["validation_errors"]
        assertions.equal(f"number of entries in {answer.text[:300]}", len(entries), len(fields))
        for entry in entries:
            assertions.is_true("an entry contains a code", bool(entry.get("code")), expected="a code", seen=entry)


@property_test("ERR-02.entries", writes=EVERY_WRITE)
def test_each_entry_has_a_code_and_names_no_other_field(writable: Deployment) -> None:
    for answer, fields in _collect_several_problems(writable):
        for entry in answer.json().get("validation_errors") or ():
            assertions.is_true("an entry contains a code", bool(entry.get("code")), expected="a code", seen=entry)
            if entry.get("field") is not None:
                assertions.one_of("field of an entry", entry["field"].partition(".")[0], fields)


@property_test("ERR-02.entry_message", writes=EVERY_WRITE)
def test_each_entry_names_its_field_and_says_what_is_wrong(writable: Deployment) -> None:
    for answer, fields in _collect_several_problems(writable):
        entries = answer.json()["validation_errors"]
        assertions.equal("fields named", sorted(entry["field"].partition(".")[0] for entry in entries), sorted(fields))
        for entry in entries:
            assertions.is_true(
                "an entry says what is wrong", bool(entry["message"].strip()), expected="a text", seen=entry
            )


@example("ERR-02.status")
def test_an_invalid_write_changes_nothing(sandbox: Sandbox) -> None:
    things = valid_requests.create_records(sandbox)
    before = valid_requests.read_records(sandbox.partner, sandbox.partner_id, things)
    for valid_request in valid_requests.changing_requests(sandbox, things).values():
        if valid_request.method != "GET" and not valid_request.public:
            for broken in invalid_values.build_variants(sandbox.api_spec, valid_request):
                assertions.refusal(broken.send(), 400)
            sandbox.run_until_idle()
            after = valid_requests.read_records(sandbox.partner, sandbox.partner_id, things)
            assertions.equal(f"what is read after an invalid {valid_request.operation_id}", after, before)


@property_test("ERR-03.unauthorized", profile="smoke", writes=EVERY_WRITE)
def test_no_operation_is_open_without_a_token(writable: Deployment) -> None:
    for answer in send_allowed(
        partial(valid_request.send, writable.anonymous.with_headers(authorization=given_header))
        for valid_request in valid_requests.some_requests(writable)
        if not valid_request.public
        for given_header in writable.sample(INVALID_TOKENS.values())
    ):
        assertions.refusal(answer, 401)


@property_test("ERR-03.challenge")
@pytest.mark.parametrize("path", ["/partners/", "/nothing", "/events", "/status"])
@pytest.mark.parametrize("given_header", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
def test_a_401_says_how_to_authenticate(deployment: Deployment, path: str, given_header: str | None) -> None:
    answer = deployment.anonymous.with_headers(authorization=given_header).send("GET", path)
    assertions.refusal(answer, 401)
    assertions.equal("WWW-Authenticate", answer.headers.get_list("www-authenticate"), ["Bearer"])


@property_test("ERR-03.challenge")
def test_a_refused_sign_in_says_how_to_authenticate(writable: Deployment) -> None:
    requests = valid_requests.harmless_requests(writable)
    for operation in writable.sample(("signIn", "answerMfaChallenge", "answerNewPasswordChallenge")):
        answer = requests[operation].send(writable.anonymous)
        assertions.refusal(answer, 401)
        assertions.equal("WWW-Authenticate", answer.headers.get_list("www-authenticate"), ["Bearer"])


@example("ERR-03.unauthorized")
def test_an_expired_token_is_401_for_each_operation(sandbox: Sandbox) -> None:
    requests, client = valid_requests.harmless_requests(sandbox), sandbox.partner
    sandbox.advance(seconds=3600)
    for valid_request in requests.values():
        if not valid_request.public:
            assertions.refusal(valid_request.send(client), 401)


@property_test("ERR-03.forbidden", writes=EVERY_WRITE)
def test_the_wrong_partner_is_403_for_each_operation(writable: Deployment) -> None:
    stranger = writable.partner.with_headers(x_preferred_partner_id="partner-id-nobody")
    requests = (each for each in valid_requests.some_requests(writable) if not each.public)
    for answer in send_allowed(partial(valid_request.send, stranger) for valid_request in requests):
        assertions.refusal(answer, 403)


@property_test("ERR-03.others", profile="smoke", writes=EVERY_WRITE)
def test_what_nobody_has_is_404_for_each_operation(writable: Deployment) -> None:
    for valid_request in valid_requests.some_requests(writable):
        if (
            UNKNOWN_ID in f"{valid_request.path} {valid_request.query} {valid_request.body}"
            and not valid_request.public
        ):
            part = valid_requests.find_open_part(valid_request.operation_id)
            assertions.status(valid_request.send(), 404, part=part)
    assertions.refusal(writable.partner.send("GET", "/nothing"), 404)


@example("ERR-03.others", profile="smoke")
def test_a_package_in_the_wrong_state_is_409(sandbox: Sandbox) -> None:
    event = sandbox.add_event()
    done = sandbox.add_package([event], {"Jazz": sandbox.new_customer_ids(1)})
    made = valid_requests.harmless_requests(sandbox)["createPackage"].with_body(event_ids=[event]).send()
    unbuilt = assertions.read_body(made, 201)["id"]
    require_status(sandbox.partner, unbuilt, *UNBUILT)
    before = sandbox.partner.call("listPackages").content
    requests = valid_requests.changing_requests(sandbox, RecordIds(event=event, package=unbuilt, second_package=done))
    for operation in ("replaceEvaluationSettings", "mergePackages", "getClusterCustomers"):
        assertions.refusal(requests[operation].send(), 409)
    assertions.equal("packages after the conflicts", sandbox.partner.call("listPackages").content, before)


@property_test("ERR-03.server_error", writes=EVERY_WRITE)
@given(data=st.data())
def test_no_request_breaks_the_platform(writable: Deployment, data: Any) -> None:
    requests = valid_requests.harmless_requests(writable)
    valid_request = requests[data.draw(st.sampled_from(sorted(requests)), label="operation")]
    if valid_request.body is None:
        more = quote(data.draw(st.text(max_size=40), label="query").encode("utf-8", "surrogatepass"), safe="=&")
        answer = valid_request.send(extra_query=more)
    else:
        name = data.draw(st.sampled_from(sorted(valid_request.body)), label="field")
        value = data.draw(_ANY_JSON, label="value")
        answer = valid_request.with_body(**{name: value}, **data.draw(_UNKNOWN_FIELDS, label="beside")).send()
    assertions.is_true(
        "the request causes no server error", answer.status_code < 500, expected="below 500", seen=answer.text
    )


@example("ERR-04.same_bytes", profile="smoke")
def test_anothers_object_is_answered_as_one_that_does_not_exist(sandbox: Sandbox) -> None:
    foreign = create_second_partner_things(sandbox)
    before = valid_requests.read_records(sandbox.second_partner, sandbox.second_partner_id, foreign)
    theirs, nobodys = (valid_requests.changing_requests(sandbox, things) for things in (foreign, RecordIds()))
    for operation in list_operations_naming_objects(theirs):
        _expect_same_answer(theirs[operation], nobodys[operation])
    sandbox.run_until_idle()
    assertions.equal(
        "what the other partner reads afterwards",
        valid_requests.read_records(sandbox.second_partner, sandbox.second_partner_id, foreign),
        before,
    )


@example("ERR-04.same_bytes")
def test_anothers_object_beside_ones_own_is_answered_as_one_that_does_not_exist(sandbox: Sandbox) -> None:
    foreign, own = create_second_partner_things(sandbox), valid_requests.create_records(sandbox)
    before = [
        valid_requests.read_records(sandbox.second_partner, sandbox.second_partner_id, foreign),
        valid_requests.read_records(sandbox.partner, sandbox.partner_id, own),
    ]
    requests = valid_requests.changing_requests(sandbox, own)
    for operation, change in (
        ("replaceEventSeries", lambda ask, event, _: ask.with_query(event_series=[own.series_event, event])),
        ("mergePackages", lambda ask, _, package: ask.with_query(packages_ids=[own.package, package])),
        ("createPackage", lambda ask, event, _: ask.with_body(event_ids=[own.event, event])),
    ):
        theirs, nobodys = (
            change(requests[operation], things.event, things.package) for things in (foreign, RecordIds())
        )
        _expect_same_answer(theirs, nobodys)
    after = [
        valid_requests.read_records(sandbox.second_partner, sandbox.second_partner_id, foreign),
        valid_requests.read_records(sandbox.partner, sandbox.partner_id, own),
    ]
    assertions.equal("records of both partners afterwards", after, before)


@property_test("ERR-04.same_bytes")
def test_anothers_events_and_packages_cannot_be_told_from_none(deployment: Deployment) -> None:
    events = assertions.read_body(deployment.second_partner.call("listEvents", query={"limit": 3}))["items"]
    packages = assertions.read_body(deployment.second_partner.call("listPackages"))[:3]
    if not events and not packages:
        raise InconclusiveError("the second partner has neither an event nor a package")
    nobodys = valid_requests.harmless_requests(deployment)
    things = [RecordIds(event=event["id"]) for event in deployment.sample(events)]
    for foreign in [*things, *(RecordIds(package=package["id"]) for package in deployment.sample(packages))]:
        theirs = valid_requests.harmless_requests(deployment, foreign)
        reads = [name for name in list_operations_naming_objects(theirs) if theirs[name].method == "GET"]
        for operation in deployment.sample(reads, 6):
            if theirs[operation] != nobodys[operation]:
                _expect_same_answer(theirs[operation], nobodys[operation])


_UNKNOWN_FIELDS = st.dictionaries(st.text(min_size=1, max_size=8), st.none() | st.text(max_size=8), max_size=2)
_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _collect_refusals(writable: Deployment) -> list[httpx2.Response]:
    """Return, for each operation, one refusal of each kind. Contracts share them."""
    return read_once(writable, "refusals", lambda: _send_refused(writable))


def _send_refused(writable: Deployment) -> list[httpx2.Response]:
    calls = (call for request in valid_requests.some_requests(writable) for call in _list_refused(writable, request))
    others = (partial(writable.partner.send, *call) for call in (("PATCH", "/events/"), ("GET", "/nothing")))
    return [answer for answer in send_allowed((*calls, *others)) if answer.status_code >= 400]


def _list_refused(writable: Deployment, request: ValidRequest) -> Iterator[Callable[[], httpx2.Response]]:
    yield partial(request.send, extra_query="colour=red")
    if not request.public:
        yield partial(request.send, writable.anonymous)
        yield partial(request.send, writable.partner.with_headers(x_preferred_partner_id="partner-id-nobody"))
    if request.operation_id == "setEventAttributionModel":
        yield partial(request.send, headers={"content-type": "text/plain"})
        yield partial(request.send, content=b"{")
    if UNKNOWN_ID in request.path + request.query_string:
        yield request.send


def _collect_several_problems(writable: Deployment) -> list[tuple[httpx2.Response, list[str]]]:
    """Return responses to requests with several wrong values, and the names of these. Contracts share them."""
    return read_once(writable, "refusals of several problems", lambda: invalid_values.send_several_problems(writable))


def _expect_invalid(writable: Deployment, wrong: ValidRequest, name: str, keywords: Collection[str]) -> None:
    """Send a request that breaks one of these keywords in one field. Check that it is refused for this field."""
    answer = wrong.send()
    if answer.is_success:
        part = invalid_values.find_assumed_part(writable.api_spec, wrong, name, keywords)
        assertions.equal(f"status of {wrong.operation_id} with a wrong {name}", answer.status_code, 400, part=part)
        return
    part = "BASE-11.order" if answer.status_code == 404 else None  # The ids of these requests do not exist.
    assertions.refusal(answer, 400, part=part)
    assertions.names_field(answer, name, part=part)


def _expect_same_answer(theirs: ValidRequest, nobodys: ValidRequest) -> None:
    for valid_request in (nobodys, theirs):
        assertions.refusal(valid_request.send(), 404)
    seen, expected = (asking.send() for asking in (theirs, nobodys))
    assertions.equal(f"body of {theirs.operation_id} for another partner's object", seen.content, expected.content)
    what = f"headers of {theirs.operation_id} for another partner's object"
    assertions.equal(what, sorted(seen.headers), sorted(expected.headers))
