"""Ground rules of request bodies: size, content type, JSON, encoding, and operations without a body."""

import json

import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.cases import require_cases
from contracts.dsl.steps import list_event_ids, package_order, unique_revenue
from contracts.dsl.valid_requests import JSON_HEADERS, ValidRequest
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

MAX_BODY_SIZE, MAX_FORM_SIZE = 2**20, 2**24
INVALID_JSON = (
    b"{",
    b'{"model": "FD",}',
    b"{'model': 'FD'}",
    b'{"model": "FD"} {}',
    b"model=FD",
    b"[}",
    b"\x00",
    b" ",
    b"// none\n{}",
)
JSON_NON_OBJECTS = (b"[]", b"[{}]", b'"FD"', b"7", b"null", b"true")
OTHER_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/xml",
    "text/json",
    "application/json; charset=iso-8859-1",
    "json",
)
JSON_TYPES = ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8")
INVALID_UTF_8 = {
    "Latin-1": "Ä".encode("latin-1"),
    "cut off": b"\xc3",
    "overlong": b"\xc0\xaf",
    "an encoded surrogate": b"\xed\xa0\x80",
    "a byte that UTF-8 never contains": b"\xff",
}


TITLES = {
    "Latin": "Größe 9½ €",
    "other scripts": "日本 ☃ 𝄞 👩\u200d🎤",
    "rare controls": "\x7f\x85\u2028",
    "marks": "a\\b/c \"d\" <e> 'f' &amp; %41",
}


@property_test("BASE-09.not_json", writes=EVERY_WRITE)
def test_a_body_that_is_not_json_is_400(writable: Deployment) -> None:
    for valid_request in _requests_with_body(writable):
        for content in writable.sample(INVALID_JSON):
            assertions.refusal(valid_request.send(content=content), 400)


@property_test("BASE-09.not_json", writes=EVERY_WRITE)
def test_a_body_that_is_no_object_is_400(writable: Deployment) -> None:
    for valid_request in _requests_with_body(writable):
        for content in writable.sample(JSON_NON_OBJECTS):
            assertions.refusal(valid_request.send(content=content), 400)


@property_test("BASE-09.not_json", writes=EVERY_WRITE)
def test_no_body_where_one_is_due_is_400(writable: Deployment) -> None:
    for valid_request in _requests_with_body(writable):
        assertions.refusal(valid_request.send(content=b""), 400)
        assertions.refusal(writable.partner.send(valid_request.method, valid_request.path), 400)


@property_test("BASE-09.content_type", writes=EVERY_WRITE)
def test_another_content_type_is_415(writable: Deployment) -> None:
    for valid_request in _requests_with_body(writable):
        for kind in writable.sample(OTHER_TYPES):
            assertions.refusal(valid_request.send(headers={"content-type": kind}), 415)
        untyped = writable.partner.send(valid_request.method, valid_request.path, content=valid_request.content)
        assertions.refusal(untyped, 415)


@property_test("BASE-09.content_type", writes=EVERY_WRITE)
@pytest.mark.parametrize("kind", JSON_TYPES)
def test_json_in_utf_8_is_read(writable: Deployment, kind: str) -> None:
    for valid_request in _requests_with_body(writable):
        plain = valid_request.send()
        assertions.one_of(f"status of {valid_request.operation_id}", plain.status_code, (200, 400, 401, 404))
        named = valid_request.send(headers={"content-type": kind})
        assertions.status(named, plain.status_code)
        assertions.equal(
            f"response of {valid_request.operation_id} to a body of type {kind}", named.content, plain.content
        )


@property_test("BASE-09.too_large", profile="smoke", writes=EVERY_WRITE)
def test_a_body_over_1_mib_is_413(writable: Deployment) -> None:
    for valid_request in _requests_with_body(writable):
        assertions.refusal(valid_request.send(content=_pad_body(valid_request, MAX_BODY_SIZE + 1)), 413)


@property_test("BASE-09.too_large", writes=EVERY_WRITE)
def test_a_body_of_1_mib_is_read(writable: Deployment) -> None:
    valid_request = valid_requests.harmless_requests(writable)["setEventAttributionModel"]
    assertions.refusal(valid_request.send(content=_pad_body(valid_request, MAX_BODY_SIZE)), 404)


@property_test("BASE-09.too_large", writes=EVERY_WRITE)
def test_a_form_over_16_mib_is_413(writable: Deployment) -> None:
    for valid_request in require_cases(_requests_with_file(writable), "an operation that takes a file"):
        assertions.refusal(valid_request.send(content=_pad_form(valid_request, MAX_FORM_SIZE + 1)), 413)


@property_test("BASE-09.too_large", writes=EVERY_WRITE)
def test_a_form_of_16_mib_is_read(writable: Deployment) -> None:
    for valid_request in require_cases(_requests_with_file(writable), "an operation that takes a file"):
        plain = valid_request.send()
        assertions.status(valid_request.send(content=_pad_form(valid_request, MAX_FORM_SIZE)), plain.status_code)


@property_test("BASE-11.ignored_body", writes=EVERY_WRITE)
def test_a_body_that_is_not_asked_for_is_ignored(writable: Deployment) -> None:
    for valid_request in valid_requests.some_requests(writable, lambda request: request.content is None):
        plain = valid_request.send()
        for kind, content in writable.sample(UNWANTED_BODIES):
            answer = valid_request.send(content=content, headers={"content-type": kind})
            assertions.status(answer, plain.status_code)
            what = f"response of {valid_request.operation_id} to the body {content[:9]!r}"
            assertions.equal(what, answer.content, plain.content)


@property_test("BASE-11.ignored_body", writes=("createCampaignResult", "deleteCampaignResult"))
def test_a_row_that_is_entered_is_what_its_query_says(writable: Deployment) -> None:
    revenue = unique_revenue(writable)
    query = {"eid": list_event_ids(writable, 1)[0], "partner_id": writable.partner_id}
    query |= {"purchase": "12", "revenue": str(revenue)}
    answer = writable.results_user.call("createCampaignResult", query=query, body={"purchase": 99, "revenue": 1})
    assertions.status(answer, 201)
    writable.results_user.call("deleteCampaignResult", query={"id": answer.json()["id"]})
    assertions.equal("the row", (answer.json()["purchase"], answer.json()["revenue"]), (12, revenue))


@example("BASE-11.ignored_body")
def test_a_row_is_what_the_query_says_whatever_the_body_does(sandbox: Sandbox) -> None:
    query = f"eid={sandbox.add_event()}&partner_id={sandbox.partner_id}&purchase=12&revenue=540.5"
    content = json.dumps({"purchase": 99, "revenue": 1}).encode()
    answer = sandbox.results_user.send("POST", "/campaign_results/", query=query, headers=JSON_HEADERS, content=content)
    assertions.status(answer, 201)
    assertions.equal("the row", (answer.json()["purchase"], answer.json()["revenue"]), (12, 540.5))


@property_test("BASE-12.text", writes=EVERY_WRITE)
@pytest.mark.parametrize("content", INVALID_UTF_8.values(), ids=INVALID_UTF_8)
def test_a_body_that_is_not_utf_8_is_400(writable: Deployment, content: bytes) -> None:
    for valid_request in _requests_with_body(writable):
        name = next(iter(valid_request.body or {}))
        invalid_content = (valid_request.content or b"").replace(
            f'"{name}"'.encode(), b'"' + name.encode() + content + b'"', 1
        )
        assertions.refusal(valid_request.send(content=invalid_content), 400)
    order = valid_requests.harmless_requests(writable)["createPackage"].with_body(package_title="HERE")
    invalid_content = (order.content or b"").replace(b"HERE", content)
    assertions.refusal(order.send(content=invalid_content), 400)


@property_test("BASE-12.text", writes=EVERY_WRITE)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_body_in_another_unicode_encoding_is_400(writable: Deployment, encoding: str) -> None:
    for valid_request in _requests_with_body(writable):
        content = (valid_request.content or b"").decode().encode(encoding)
        assertions.refusal(valid_request.send(content=content), 400)


@example("BASE-12.text")
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
def test_text_comes_back_as_it_was_sent(sandbox: Sandbox, title: str, escaped: bool) -> None:
    body = json.dumps(package_order([sandbox.add_event()], package_title=title), ensure_ascii=escaped).encode()
    made = sandbox.partner.send("POST", "/package_builder/packages", headers=JSON_HEADERS, content=body)
    assertions.status(made, 201)
    read = sandbox.partner.call("getPackage", {"package_id": made.json()["id"]})
    for answer in (made, read):
        assertions.equal("title, read as UTF-8", json.loads(answer.content.decode("utf-8"))["title"], title)


UNWANTED_BODIES = (
    ("application/json", b"{"),
    ("application/json", b'{"colour": "red", "purchase": 99}'),
    ("text/plain", b"none"),
    ("application/json", b" " * (MAX_BODY_SIZE + 1)),
)
"""Bodies with their content types, for operations that expect none."""


def _requests_with_body(writable: Deployment) -> list[ValidRequest]:
    requests = valid_requests.harmless_requests(writable).values()
    return writable.sample((valid_request for valid_request in requests if valid_request.body is not None), 4)


def _requests_with_file(writable: Deployment) -> list[ValidRequest]:
    requests = valid_requests.harmless_requests(writable).values()
    return writable.sample((valid_request for valid_request in requests if valid_request.file is not None), 1)


def _pad_form(valid_request: ValidRequest, length: int) -> bytes:
    """Return the form, padded to this length after its last boundary. Servers ignore what follows this boundary."""
    content = (valid_request.content or b"") + b"\r\n"
    return content + b" " * (length - len(content))


def _pad_body(valid_request: ValidRequest, length: int) -> bytes:
    """Return the body, padded to this length with spaces before its last byte."""
    content = valid_request.content or b""
    return content[:-1] + b" " * (length - len(content)) + content[-1:]
