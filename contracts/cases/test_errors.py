"""Refusals: their body, their keys, one entry for each problem, and the status that each has."""

from typing import Any
from urllib.parse import quote

import httpx
import hypothesis.strategies as st
import pytest
from hypothesis import given

from contracts.dsl import assertions, invalid_values, valid_requests
from contracts.dsl.steps import MODEL, WINDOW, settings
from contracts.dsl.valid_requests import NOBODYS, Asking, Things
from contracts.spec.markers import example, law
from contracts.spec.verdicts import Inconclusive
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MEMBERS = {"message", "error_code", "error_subcode", "validation_errors"}
TOKENS = {
    "no header": None,
    "no token": "Bearer",
    "no JWT": "Bearer none",
    "an unsigned JWT": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.",
    "another scheme": "Basic cGFydG5lcjpub25l",
}


@law("ERR-01", profile="smoke")
def test_each_refusal_of_each_operation_has_a_key(writable: Deployment) -> None:
    for answer in _refusals(writable):
        message = answer.json().get("message")
        assertions.that("message is a key", isinstance(message, str) and message.startswith("error."), seen=answer.text)
        assertions.that("there is no detail", "detail" not in answer.json(), seen=answer.text)
        assertions.equal("error_code", answer.json()["error_code"], message.rpartition(".")[2].upper())


@law("ERR-01", ruled=True)
def test_each_refusal_has_all_four_members(writable: Deployment) -> None:
    for answer in _refusals(writable):
        assertions.equal(f"members of {answer.text[:200]}", set(answer.json()), MEMBERS)
        assertions.equal("error_subcode", answer.json()["error_subcode"], None)
        assertions.that("entries are an array", isinstance(answer.json()["validation_errors"], list), seen=answer.text)


@law("ERR-01", profile="smoke")
def test_documented_keys_are_used(deployment: Deployment) -> None:
    unknown = deployment.partner.call("getEvent", {"eid": NOBODYS})
    assertions.refused(unknown, 404, "error.event.not_found")
    stranger = deployment.partner.having(x_preferred_partner_id="partner-id-nobody")
    assertions.refused(stranger.call("listEvents"), 403, "error.auth.not_authorized")


@law("ERR-01", ruled=True)
def test_every_other_refusal_has_its_own_key(writable: Deployment) -> None:
    asked, partner = valid_requests.harmless(writable), writable.partner
    typed = {"content-type": "text/plain"}
    model, row, package = (asked[name] for name in ("setEventAttributionModel", "deleteCampaignResult", "getPackage"))
    for answer, status, key in (
        (model.send(writable.anonymous), 401, "error.auth.token_invalid"),
        (asked["refreshToken"].send(writable.anonymous), 400, "error.auth.token_invalid"),
        (row.send(partner), 404, "error.campaign_result.not_found"),
        (package.send(partner), 404, "error.package.not_found"),
        (asked["mergePackages"].send(partner), 404, "error.package.not_found"),
        (model.send(partner, more="colour=red"), 400, "error.request.invalid"),
        (model.send(partner, content=b"{"), 400, "error.request.invalid"),
        (model.send(partner, content=b" " * (2**20 + 1)), 413, "error.request.too_large"),
        (model.send(partner, headers=typed), 415, "error.request.unsupported_media_type"),
        (partner.send("PATCH", "/events/"), 405, "error.request.method_not_allowed"),
        (partner.send("GET", "/nothing"), 404, "error.request.not_found"),
    ):
        assertions.refused(answer, status, key)


@example("ERR-01", ruled=True)
def test_an_expired_token_and_an_unbuilt_package_have_their_keys(sandbox: Sandbox) -> None:
    made = valid_requests.harmless(sandbox)["createPackage"].saying(event_ids=[sandbox.event()]).send(sandbox.partner)
    path = {"package_id": made.json()["id"]}
    waiting = sandbox.partner.call("replaceEvaluationSettings", path, body=settings())
    assertions.refused(waiting, 409, "error.package.not_ready")
    sandbox.advance(seconds=3600)
    assertions.refused(sandbox.partner.call("getPartner"), 401, "error.auth.token_expired")


@law("ERR-02", profile="smoke")
def test_what_is_required_is_missed(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for name in valid_requests.required_in_query(writable.promises, asking):
            _is_invalid(asking.asking(**{name: None}).send(writable.partner), name)
        for name in valid_requests.required_in_body(writable.promises, asking):
            _is_invalid(asking.without(name).send(writable.partner), name)


@law("ERR-02", profile="smoke")
def test_a_query_value_of_the_wrong_kind_is_400(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for name, schema in valid_requests.query_schemas(writable.promises, asking):
            for value in invalid_values.kinds_in_query(schema, writable.promises):
                _is_invalid(asking.asking(**{name: value}).send(writable.partner), name)


@law("ERR-02")
def test_a_body_value_of_the_wrong_kind_is_400(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for name, schema in valid_requests.body_schemas(writable.promises, asking):
            for value in invalid_values.kinds_in_body(schema):
                _is_invalid(asking.saying(**{name: value}).send(writable.partner), name)


@law("ERR-02", ruled=True)
def test_a_value_out_of_bounds_is_400(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        for name, schema in valid_requests.query_schemas(writable.promises, asking):
            for value in invalid_values.bounds_in_query(schema):
                _is_invalid(asking.asking(**{name: value}).send(writable.partner), name)
        for name, schema in valid_requests.body_schemas(writable.promises, asking):
            for value in invalid_values.bounds_in_body(schema):
                _is_invalid(asking.saying(**{name: value}).send(writable.partner), name)


@law("ERR-02", profile="smoke")
def test_each_problem_is_an_entry(writable: Deployment) -> None:
    for answer, fields in _several_problems(writable):
        assertions.refused(answer, 400)
        entries = answer.json()["validation_errors"]
        assertions.equal(f"how many entries {answer.text[:300]} has", len(entries), len(fields))
        for entry in entries:
            assertions.that("an entry has a code", bool(entry.get("code")), expected="a code", seen=entry)


@law("ERR-02", ruled=True)
def test_each_entry_names_its_field_and_says_what_is_wrong(writable: Deployment) -> None:
    for answer, fields in _several_problems(writable):
        entries = answer.json()["validation_errors"]
        assertions.equal("fields named", sorted(entry["field"].partition(".")[0] for entry in entries), sorted(fields))
        for entry in entries:
            assertions.that(
                "an entry says what is wrong", bool(entry["message"].strip()), expected="a text", seen=entry
            )


@example("ERR-02")
def test_an_invalid_write_changes_nothing(sandbox: Sandbox) -> None:
    things = valid_requests.arranged(sandbox)
    before = valid_requests.seen(sandbox.partner, things)
    for asking in valid_requests.changing(sandbox, things).values():
        if asking.method != "GET" and not asking.public:
            for broken in _broken(sandbox, asking):
                assertions.refused(broken.send(sandbox.partner), 400)
            sandbox.idle()
            after = valid_requests.seen(sandbox.partner, things)
            assertions.equal(f"what is read after an invalid {asking.operation_id}", after, before)


@law("ERR-03", profile="smoke")
def test_no_operation_is_open_without_a_token(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        if not asking.public:
            for given_header in TOKENS.values():
                assertions.refused(asking.send(writable.anonymous.having(authorization=given_header)), 401)


@law("ERR-03", ruled=True)
@pytest.mark.parametrize("path", ["/partners/", "/nothing", "/events", "/status"])
@pytest.mark.parametrize("given_header", TOKENS.values(), ids=TOKENS)
def test_a_401_says_how_to_authenticate(deployment: Deployment, path: str, given_header: str | None) -> None:
    answer = deployment.anonymous.having(authorization=given_header).send("GET", path)
    assertions.refused(answer, 401)
    assertions.equal("WWW-Authenticate", answer.headers.get_list("www-authenticate"), ["Bearer"])


@law("ERR-03", ruled=True)
def test_a_refused_sign_in_says_how_to_authenticate(writable: Deployment) -> None:
    asked = valid_requests.harmless(writable)
    for operation in ("signIn", "answerMfaChallenge", "answerNewPasswordChallenge"):
        answer = asked[operation].send(writable.anonymous)
        assertions.refused(answer, 401)
        assertions.equal("WWW-Authenticate", answer.headers.get_list("www-authenticate"), ["Bearer"])


@example("ERR-03")
def test_an_expired_token_is_401_for_each_operation(sandbox: Sandbox) -> None:
    asked, client = valid_requests.harmless(sandbox), sandbox.partner
    sandbox.advance(seconds=3600)
    for asking in asked.values():
        if not asking.public:
            assertions.refused(asking.send(client), 401)


@law("ERR-03")
def test_the_wrong_partner_is_403_for_each_operation(writable: Deployment) -> None:
    stranger = writable.partner.having(x_preferred_partner_id="partner-id-nobody")
    for asking in valid_requests.harmless(writable).values():
        if not asking.public:
            assertions.refused(asking.send(stranger), 403)


@law("ERR-03", profile="smoke")
def test_what_nobody_has_is_404_for_each_operation(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        if NOBODYS in f"{asking.path} {asking.query} {asking.body}" and not asking.public:
            assertions.refused(asking.send(writable.partner), 404)
    assertions.refused(writable.partner.send("GET", "/nothing"), 404)


@example("ERR-03", profile="smoke")
def test_a_package_in_the_wrong_state_is_409(sandbox: Sandbox) -> None:
    event = sandbox.event()
    done = sandbox.package([event], {"Jazz": sandbox.customers(1)})
    made = valid_requests.harmless(sandbox)["createPackage"].saying(event_ids=[event]).send(sandbox.partner)
    waiting = made.json()["id"]
    before = sandbox.partner.call("listPackages").content
    asked = valid_requests.changing(sandbox, Things(event=event, package=waiting, second_package=done))
    for operation in ("replaceEvaluationSettings", "mergePackages", "getClusterCustomers"):
        assertions.refused(asked[operation].send(sandbox.partner), 409)
    assertions.equal("packages after the conflicts", sandbox.partner.call("listPackages").content, before)


@law("ERR-03")
@given(data=st.data())
def test_no_request_breaks_the_platform(writable: Deployment, data: Any) -> None:
    asked = valid_requests.harmless(writable)
    asking = asked[data.draw(st.sampled_from(sorted(asked)), label="operation")]
    if asking.body is None:
        more = quote(data.draw(st.text(max_size=40), label="query").encode("utf-8", "surrogatepass"), safe="=&")
        answer = asking.send(writable.partner, more=more)
    else:
        name = data.draw(st.sampled_from(sorted(asking.body)), label="field")
        value = data.draw(_ANYTHING, label="value")
        answer = asking.saying(**{name: value}, **data.draw(_UNKNOWN, label="beside")).send(writable.partner)
    assertions.that("the platform holds", answer.status_code < 500, expected="below 500", seen=answer.text)


@example("ERR-04", profile="smoke")
def test_anothers_object_is_answered_as_one_that_does_not_exist(sandbox: Sandbox) -> None:
    foreign = _things_of_the_second(sandbox)
    before = valid_requests.seen(sandbox.second, foreign)
    theirs, nobodys = (valid_requests.changing(sandbox, things) for things in (foreign, Things()))
    for operation in _about_objects(theirs):
        _answers_alike(sandbox.partner, theirs[operation], nobodys[operation])
    sandbox.idle()
    assertions.equal("what the other partner reads afterwards", valid_requests.seen(sandbox.second, foreign), before)


@example("ERR-04")
def test_anothers_object_beside_ones_own_is_answered_as_one_that_does_not_exist(sandbox: Sandbox) -> None:
    foreign, own = _things_of_the_second(sandbox), valid_requests.arranged(sandbox)
    before = [valid_requests.seen(sandbox.second, foreign), valid_requests.seen(sandbox.partner, own)]
    asked = valid_requests.changing(sandbox, own)
    for operation, change in (
        ("replaceEventSeries", lambda ask, event, _: ask.asking(event_series=[own.sister, event])),
        ("mergePackages", lambda ask, _, package: ask.asking(packages_ids=[own.package, package])),
        ("createPackage", lambda ask, event, _: ask.saying(event_ids=[own.event, event])),
    ):
        theirs, nobodys = (change(asked[operation], things.event, things.package) for things in (foreign, Things()))
        _answers_alike(sandbox.partner, theirs, nobodys)
    after = [valid_requests.seen(sandbox.second, foreign), valid_requests.seen(sandbox.partner, own)]
    assertions.equal("what both partners read afterwards", after, before)


@law("ERR-04")
def test_anothers_events_and_packages_cannot_be_told_from_none(deployment: Deployment) -> None:
    events = deployment.second.call("listEvents", query={"limit": 3}).json()["items"]
    packages = deployment.second.call("listPackages").json()[:3]
    if not events and not packages:
        raise Inconclusive("the second partner has neither an event nor a package")
    nobodys = valid_requests.harmless(deployment)
    things = [Things(event=event["id"]) for event in events]
    for foreign in [*things, *(Things(package=package["id"]) for package in packages)]:
        theirs = valid_requests.harmless(deployment, foreign)
        for operation in _about_objects(theirs):
            if theirs[operation].method == "GET" and theirs[operation] != nobodys[operation]:
                _answers_alike(deployment.partner, theirs[operation], nobodys[operation])


_UNKNOWN = st.dictionaries(st.text(min_size=1, max_size=8), st.none() | st.text(max_size=8), max_size=2)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _refusals(writable: Deployment) -> list[httpx.Response]:
    """A refusal of each kind that each operation has."""
    partner, found = writable.partner, []
    stranger = partner.having(x_preferred_partner_id="partner-id-nobody")
    for asking in valid_requests.harmless(writable).values():
        found.append(asking.send(partner, more="colour=red"))
        if not asking.public:
            found += [asking.send(writable.anonymous), asking.send(stranger)]
        if asking.operation_id == "setEventAttributionModel":
            found.append(asking.send(partner, headers={"content-type": "text/plain"}))
            found.append(asking.send(partner, content=b"{"))
        if NOBODYS in asking.path + asking.asked:
            found.append(asking.send(partner))
    found += [partner.send("PATCH", "/events/"), partner.send("GET", "/nothing")]
    return [answer for answer in found if answer.status_code >= 400]


def _several_problems(writable: Deployment) -> list[tuple[httpx.Response, list[str]]]:
    """Answers to requests with several values of the wrong kind, and the fields that are wrong."""
    asked, partner = valid_requests.harmless(writable), writable.partner
    order = asked["createPackage"].saying(num_packages="x", targeting_mode="LOOKALIKE", package_title=7)
    row = asked["createCampaignResult"].asking(eid=None, purchase="x", revenue="y")
    saved = asked["replaceEvaluationSettings"].saying(email_sent_date="x").without(WINDOW).without(MODEL)
    events = asked["listEvents"].asking(page="x", limit="x", since="x", frontend_status=["past"])
    return [
        (order.send(partner), ["num_packages", "targeting_mode", "package_title"]),
        (row.send(partner), ["eid", "purchase", "revenue"]),
        (saved.send(partner), [WINDOW, MODEL, "email_sent_date"]),
        (events.send(partner), ["page", "limit", "since", "frontend_status"]),
        (asked["signIn"].without("username").without("password").send(partner), ["username", "password"]),
    ]


def _broken(sandbox: Sandbox, asking: Asking) -> list[Asking]:
    """The request with one value of the wrong kind, for each value that it has."""
    found = [
        asking.asking(**{name: value})
        for name, schema in valid_requests.query_schemas(sandbox.promises, asking)
        for value in [*invalid_values.kinds_in_query(schema, sandbox.promises), *invalid_values.bounds_in_query(schema)]
    ]
    for name, schema in valid_requests.body_schemas(sandbox.promises, asking):
        values = [*invalid_values.kinds_in_body(schema), *invalid_values.bounds_in_body(schema)]
        found += [asking.saying(**{name: value}) for value in values]
    return found


def _is_invalid(answer: httpx.Response, name: str) -> None:
    assertions.refused(answer, 400)
    assertions.names(answer, name)


def _things_of_the_second(sandbox: Sandbox) -> Things:
    """Two events with a row, and two packages, of the other partner."""
    other = sandbox.second_partner_id
    event, sister = (sandbox.event(partner_id=other) for _ in range(2))
    packages = [sandbox.package([event], {"Jazz": sandbox.customers(1)}, partner_id=other) for _ in range(2)]
    rows = {"eid": event, "partner_id": other, "purchase": "3", "revenue": "75.5"}
    row = sandbox.second.call("createCampaignResult", query=rows).json()["id"]
    return Things(event, sister, packages[0], packages[1], row)


def _about_objects(asked: dict[str, Asking]) -> list[str]:
    """The operations that name an event, a package or a row."""
    settled = {"setAttributionModelDefault", "setBackhaulDefaults", "getBackhaulDefaults"}
    named = [each for each in asked.values() if not each.public and ("{" in each.template or each.query or each.body)]
    return [each.operation_id for each in named if each.operation_id not in settled]


def _answers_alike(client: Client, theirs: Asking, nobodys: Asking) -> None:
    for asking in (nobodys, theirs):
        assertions.refused(asking.send(client), 404)
    seen, expected = (asking.send(client) for asking in (theirs, nobodys))
    assertions.equal(f"body of {theirs.operation_id} about another's object", seen.content, expected.content)
    told = f"headers of {theirs.operation_id} about another's object"
    assertions.equal(told, sorted(seen.headers), sorted(expected.headers))
