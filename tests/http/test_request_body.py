"""Bodies are JSON in UTF-8 of at most 1 MiB. Rules: BASE-09, BASE-11, BASE-12, ERR-02."""

import asyncio
import codecs
import json

import pytest

from tests.example_requests import (
    EXAMPLE_BY_OPERATION,
    EXAMPLES,
    NEW_PACKAGE,
    SETTINGS,
    SETTINGS_PATH,
    WITH_BODY,
    a_client,
    example_id,
    read_everything,
    sorted_error_fields,
)

JSON = {"content-type": "application/json"}
MODEL = "/events/evt_1/attribution_model"
ONE_MIB = 2**20
EXAMPLES_WITHOUT_BODY = [example for example in EXAMPLES if not example.request_options]


@pytest.fixture(scope="module")
def client():
    return a_client()


@pytest.fixture(scope="module")
def responses_alone():
    """The response to each example that has no body."""
    return {example.operation: example.send(a_client()) for example in EXAMPLES_WITHOUT_BODY}


async def stream_in_chunks(content, size=65_536):
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_a_body_over_1_mib_is_413(client, example):
    """Rule: BASE-09 (the request contains a Content-Length)."""
    answer = client.send(example.method, example.target, content=b" " * (ONE_MIB + 1), headers=JSON)
    assert (answer.status_code, answer.json()["message"]) == (413, "error.request.too_large")


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_a_body_over_1_mib_in_pieces_is_413(client, example):
    """Rule: BASE-09 (the request contains no Content-Length)."""
    pieces = stream_in_chunks(json.dumps(example.body).encode().ljust(ONE_MIB + 1))
    assert client.send(example.method, example.target, content=pieces, headers=JSON).status_code == 413


@pytest.mark.parametrize("declared", ["1048577", "9" * 30], ids=["one byte more", "thirty digits"])
def test_a_declared_length_is_believed(client, declared):
    """Rule: BASE-09."""
    headers = {**JSON, "content-length": declared}
    assert client.send("PUT", MODEL, content=b'{"model":"FD"}', headers=headers).status_code == 413


def test_a_body_of_exactly_1_mib_is_read(client):
    """Rule: BASE-09."""
    whole = b'{"model":"META"}'.ljust(ONE_MIB)
    assert client.send("PUT", MODEL, content=whole, headers=JSON).status_code == 200
    assert client.send("PUT", MODEL, content=stream_in_chunks(whole), headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/vnd.api+json",
        "text/json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json, text/plain",
    ],
    ids=lambda kind: kind or ("none" if kind is None else "empty"),
)
@pytest.mark.parametrize("example", WITH_BODY[-3:], ids=example_id)
def test_another_content_type_is_415(client, example, content_type):
    """Rule: BASE-09."""
    before = read_everything(client)
    headers = {} if content_type is None else {"content-type": content_type}
    answer = client.send(example.method, example.target, content=json.dumps(example.body).encode(), headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (415, "error.request.unsupported_media_type")
    assert read_everything(client) == before


def test_a_compressed_body_is_415(client):
    """Rule: BASE-09."""
    headers = {**JSON, "content-encoding": "gzip"}
    assert client.send("PUT", MODEL, content=b"\x1f\x8b", headers=headers).status_code == 415


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_json_in_utf_8_is_read(client, content_type):
    """Rules: BASE-09, BASE-12."""
    answer = client.send("PUT", MODEL, content=b'{"model":"FD"}', headers={"content-type": content_type})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"model":"FD"}}',
        b"{'model':'FD'}",
        b'{"model":"FD",}',
        b'{"model":FD}',
        b"model=FD",
        b'{"model":"\xff"}',
        b'{"model":"\xed\xa0\x80"}',
        b'{"model":"\\ud800"}',
        b'{"model":"\\udc00\\ud800"}',
        b'{"\\ud800":"FD"}',
        b'{"model":"a\x01b"}',
        b'{"model":"a\nb"}',
        b"[" * 100_000,
        b'{"a":' * 10_000,
    ],
    ids=[
        "an open bracket",
        "a bracket too many",
        "single quotes",
        "a trailing comma",
        "no quotes",
        "a form",
        "a byte that is no UTF-8",
        "a surrogate in UTF-8",
        "an escaped lone surrogate",
        "surrogates in the wrong order",
        "a surrogate in a name",
        "a control character",
        "a line break in a string",
        "100,000 brackets",
        "10,000 nested objects",
    ],
)
def test_what_is_not_json_is_400(client, content):
    """Rules: BASE-09, BASE-12."""
    before = read_everything(client)
    answer = client.send("PUT", MODEL, content=content, headers=JSON)
    assert (answer.status_code, answer.json()["message"]) == (400, "error.request.invalid")
    assert len(sorted_error_fields(answer)) == 1
    assert read_everything(client) == before


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_a_byte_order_mark_before_a_body_is_passed_over(example):
    """Rule: BASE-12."""
    content = json.dumps(example.body).encode()
    plain, marked = (
        a_client().send(example.method, example.target, content=mark + content, headers=JSON)
        for mark in (b"", codecs.BOM_UTF8)
    )
    assert (marked.status_code, "json" in marked.text) == (plain.status_code, "json" in plain.text)


def test_a_body_that_may_be_left_out_may_be_a_byte_order_mark_alone(client):
    assert client.control("POST", "/fork", content=codecs.BOM_UTF8, headers=JSON).status_code == 201


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_another_unicode_encoding_is_refused_by_name(client, example, encoding):
    """Rules: BASE-12, ERR-02."""
    content = json.dumps(example.body).encode(encoding)
    answer = client.send(example.method, example.target, content=content, headers=JSON)
    message = f"the body is in {encoding[:6].upper()}; send it in UTF-8"
    assert (answer.status_code, answer.json()["message"]) == (400, "error.request.invalid")
    assert answer.json()["validation_errors"] == [{"code": "encoding", "field": "body", "message": message}]


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
@pytest.mark.parametrize("headers", [{}, JSON], ids=["no content type", "a content type"])
def test_no_body_where_one_is_due_is_400(client, example, headers):
    """Rule: BASE-09."""
    answer = client.send(example.method, example.target, headers=headers)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["body"])


@pytest.mark.parametrize("content", [b"null", b"[]", b'"FD"', b"7", b"true", b"[{}]"])
@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_a_body_that_is_no_object_is_400(client, example, content):
    """Rule: ERR-02."""
    answer = client.send(example.method, example.target, content=content, headers=JSON)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["body"])


@pytest.mark.parametrize("example", WITH_BODY, ids=example_id)
def test_an_empty_object_names_each_required_field(client, example):
    """Rule: ERR-02 (one entry per problem)."""
    schema = set(example.body)
    answer = client.send(example.method, example.target, json={})
    assert (answer.status_code, set(sorted_error_fields(answer))) == (400, schema)
    assert {entry["code"] for entry in answer.json()["validation_errors"]} == {"required"}


@pytest.mark.parametrize("name", list(NEW_PACKAGE))
@pytest.mark.parametrize("wrong", [None, True, {}, [[]], -1.5], ids=["null", "true", "object", "arrays", "-1.5"])
def test_each_field_of_a_package_has_its_type(client, name, wrong):
    """Rules: PKG-02, ERR-02."""
    before = read_everything(client)
    answer = client.send("POST", "/package_builder/packages", json={**NEW_PACKAGE, name: wrong})
    assert answer.status_code == 400
    assert {field.partition(".")[0] for field in sorted_error_fields(answer)} == {name}
    assert read_everything(client) == before


@pytest.mark.parametrize("name", list(NEW_PACKAGE))
def test_each_field_of_a_package_is_required(client, name):
    """Rule: PKG-02."""
    order = {key: value for key, value in NEW_PACKAGE.items() if key != name}
    answer = client.send("POST", "/package_builder/packages", json=order)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [name])


def test_several_problems_are_several_entries(client):
    """Rule: ERR-02."""
    body = {"backhaul_evaluation_attribution_window": 0, "email_sent_date": "soon", "colour": "red"}
    answer = client.send("PUT", f"{SETTINGS_PATH}?x=1", json=body)
    assert answer.status_code == 400
    assert sorted_error_fields(answer) == [
        "backhaul_evaluation_attribution_window",
        "backhaul_evaluation_model",
        "colour",
        "email_sent_date",
        "x",
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"content": b"not JSON", "headers": JSON},
        {"content": b"\xff\x00", "headers": {"content-type": "image/png"}},
        {"json": {"eid": "evt_2", "colour": "red"}},
        {"content": b" " * (ONE_MIB + 1), "headers": JSON},
    ],
    ids=["not JSON", "another type", "unknown fields", "too large"],
)
@pytest.mark.parametrize("example", EXAMPLES_WITHOUT_BODY, ids=example_id)
def test_a_body_where_none_is_due_is_ignored(responses_alone, example, options):
    """Rule: BASE-11."""
    alone = responses_alone[example.operation]
    with_body = a_client().send(example.method, example.target, **options)
    assert (with_body.status_code, with_body.content) == (alone.status_code, alone.content)
    assert with_body.status_code < 300


def test_settings_as_the_example_shows_them_are_saved(client):
    """Rule: BEV-02. Unchanged settings are accepted, so the requests above are refused because of their changes."""
    assert client.send("PUT", SETTINGS_PATH, json=SETTINGS).status_code == 200


def test_a_body_whose_client_has_gone_is_not_acted_upon():
    """The first part of a body may be valid JSON by itself, but must not take effect."""
    client = a_client()
    before = client.send("GET", MODEL).json()
    messages = [
        {"type": "http.request", "body": b'{"model":"META"}', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    headers += [(name.lower().encode(), value.encode()) for name, value in client.headers.items()]
    path = f"/api/v3{MODEL}"
    scope = {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode(), "query_string": b""}
    asyncio.run(client.app({**scope, "headers": headers}, receive, send))
    assert sent == []
    assert client.send("GET", MODEL).json() == before


@pytest.mark.parametrize("example", [*WITH_BODY, EXAMPLE_BY_OPERATION["uploadSalesEdit"]], ids=example_id)
@pytest.mark.parametrize("name", ["content-type", "content-encoding", "content-length", "expect"])
def test_a_header_that_says_how_to_read_the_body_is_sent_once(client, example, name):
    """Two values could be read in two ways, by the mock and by a proxy in front of it."""
    for first, second in (("application/json", "text/csv"), ("1", "1")):
        headers = [(name, first), (name, second)]
        answer = client.send_raw(example.method, f"/api/v3{example.target}", headers=headers, content=b"{}")
        assert (answer.status_code, sorted_error_fields(answer)) == (400, [name])
