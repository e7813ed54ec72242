"""Ground rules of bodies: their size, their type, their JSON, their encoding, and where none is asked for."""

import json
from collections.abc import Iterator

import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.steps import an_order
from contracts.dsl.valid_requests import JSON, Asking
from contracts.spec.markers import example, law
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox

LARGEST = 2**20
NO_JSON = (
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
NO_OBJECTS = (b"[]", b"[{}]", b'"FD"', b"7", b"null", b"true")
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
NOT_UTF_8 = {
    "Latin-1": "Ä".encode("latin-1"),
    "cut off": b"\xc3",
    "overlong": b"\xc0\xaf",
    "a surrogate in bytes": b"\xed\xa0\x80",
    "a byte that UTF-8 has not": b"\xff",
}


TITLES = {
    "Latin": "Größe 9½ €",
    "other scripts": "日本 ☃ 𝄞 👩\u200d🎤",
    "rare controls": "\x7f\x85\u2028",
    "marks": "a\\b/c \"d\" <e> 'f' &amp; %41",
}


@law("BASE-09")
def test_a_body_that_is_not_json_is_400(writable: Deployment) -> None:
    for asking in _with_body(writable):
        for content in NO_JSON:
            assertions.refused(asking.send(writable.partner, content=content), 400)


@law("BASE-09")
def test_a_body_that_is_no_object_is_400(writable: Deployment) -> None:
    for asking in _with_body(writable):
        for content in NO_OBJECTS:
            assertions.refused(asking.send(writable.partner, content=content), 400)


@law("BASE-09")
def test_no_body_where_one_is_due_is_400(writable: Deployment) -> None:
    for asking in _with_body(writable):
        assertions.refused(asking.send(writable.partner, content=b""), 400)
        assertions.refused(writable.partner.send(asking.method, asking.path), 400)


@law("BASE-09")
def test_another_content_type_is_415(writable: Deployment) -> None:
    for asking in _with_body(writable):
        for kind in OTHER_TYPES:
            assertions.refused(asking.send(writable.partner, headers={"content-type": kind}), 415)
        untyped = writable.partner.send(asking.method, asking.path, content=asking.content)
        assertions.refused(untyped, 415)


@law("BASE-09")
@pytest.mark.parametrize("kind", JSON_TYPES)
def test_json_in_utf_8_is_read(writable: Deployment, kind: str) -> None:
    for asking in _with_body(writable):
        plain = asking.send(writable.partner)
        assertions.among(f"status of {asking.operation_id}", plain.status_code, (200, 400, 401, 404))
        named = asking.send(writable.partner, headers={"content-type": kind})
        assertions.status(named, plain.status_code)
        assertions.equal(f"body of {asking.operation_id} as {kind}", named.content, plain.content)


@law("BASE-09", profile="smoke")
def test_a_body_over_1_mib_is_413(writable: Deployment) -> None:
    for asking in _with_body(writable):
        assertions.refused(asking.send(writable.partner, content=_padded(asking, LARGEST + 1)), 413)


@law("BASE-09")
def test_a_body_of_1_mib_is_read(writable: Deployment) -> None:
    asking = valid_requests.harmless(writable)["setEventAttributionModel"]
    assertions.refused(asking.send(writable.partner, content=_padded(asking, LARGEST)), 404)


@law("BASE-11")
def test_a_body_that_is_not_asked_for_is_ignored(writable: Deployment) -> None:
    for asking in valid_requests.harmless(writable).values():
        if asking.content is None:
            plain = asking.send(writable.partner)
            for kind, content in (
                ("application/json", b"{"),
                ("application/json", b'{"colour": "red", "purchase": 99}'),
                ("text/plain", b"none"),
                ("application/json", b" " * (LARGEST + 1)),
            ):
                answer = asking.send(writable.partner, content=content, headers={"content-type": kind})
                assertions.status(answer, plain.status_code)
                assertions.equal(f"body of {asking.operation_id} with {content[:9]!r}", answer.content, plain.content)


@example("BASE-11")
def test_a_row_is_what_the_query_says_whatever_the_body_does(sandbox: Sandbox) -> None:
    query = f"eid={sandbox.event()}&partner_id={sandbox.partner_id}&purchase=12&revenue=540.5"
    content = json.dumps({"purchase": 99, "revenue": 1}).encode()
    answer = sandbox.partner.send("POST", "/campaign_results/", query=query, headers=JSON, content=content)
    assertions.status(answer, 201)
    assertions.equal("the row", (answer.json()["purchase"], answer.json()["revenue"]), (12, 540.5))


@law("BASE-12")
@pytest.mark.parametrize("content", NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_a_body_that_is_not_utf_8_is_400(writable: Deployment, content: bytes) -> None:
    for asking in _with_body(writable):
        name = next(iter(asking.body or {}))
        written = (asking.content or b"").replace(f'"{name}"'.encode(), b'"' + name.encode() + content + b'"', 1)
        assertions.refused(asking.send(writable.partner, content=written), 400)
    order = valid_requests.harmless(writable)["createPackage"].saying(package_title="HERE")
    written = (order.content or b"").replace(b"HERE", content)
    assertions.refused(order.send(writable.partner, content=written), 400)


@law("BASE-12")
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_body_in_another_unicode_encoding_is_400(writable: Deployment, encoding: str) -> None:
    for asking in _with_body(writable):
        content = (asking.content or b"").decode().encode(encoding)
        assertions.refused(asking.send(writable.partner, content=content), 400)


@example("BASE-12")
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
def test_text_comes_back_as_it_was_sent(sandbox: Sandbox, title: str, escaped: bool) -> None:
    body = json.dumps(an_order([sandbox.event()], package_title=title), ensure_ascii=escaped).encode()
    made = sandbox.partner.send("POST", "/package_builder/packages", headers=JSON, content=body)
    assertions.status(made, 201)
    read = sandbox.partner.call("getPackage", {"package_id": made.json()["id"]})
    for answer in (made, read):
        assertions.equal("title, read as UTF-8", json.loads(answer.content.decode("utf-8"))["title"], title)


def _with_body(writable: Deployment) -> Iterator[Asking]:
    return (asking for asking in valid_requests.harmless(writable).values() if asking.body is not None)


def _padded(asking: Asking, length: int) -> bytes:
    """The body with so many spaces before its end that it has this length."""
    content = asking.content or b""
    return content[:-1] + b" " * (length - len(content)) + content[-1:]
