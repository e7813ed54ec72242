"""A body with more JSON values than any valid body has is refused before it is parsed. Rules: BASE-11, ERR-02."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mock_server.control.router import SERVER_ROUTERS, WORKSPACE_ROUTERS
from mock_server.http import json_size
from mock_server.http.endpoint import OperationRoute, operation_routes
from mock_server.http.json_size import MaxValues
from mock_server.platform_api.router import ROUTERS as PLATFORM_ROUTERS
from tests.example_requests import a_client
from tests.http.test_json_limits import REQUESTS, put
from tests.mock_harness import Client

MEBIBYTE = 2**20


def repeat(item: bytes, start: bytes = b'{"a":[', end: bytes = b"]}") -> bytes:
    """Return JSON of nearly 1 MiB that repeats the item, separated by commas."""
    count = (MEBIBYTE - len(start) - len(end)) // (len(item) + 1)
    return start + b",".join([item] * count) + end


def many_members(value: bytes) -> bytes:
    """Return an object of nearly 1 MiB whose members have distinct names."""
    count = MEBIBYTE // (len(value) + 12)
    return b"{" + b",".join(b'"m%07d":%s' % (index, value) for index in range(count)) + b"}"


HOSTILE = {
    "expectations": repeat(b'{"operation":"x","body":{"a":[[[[]]]]}}', b'{"expectations":['),
    "empty arrays": repeat(b"[]"),
    "empty objects": repeat(b"{}"),
    "an array": repeat(b"[]", b"[", b"]"),
    "deep arrays": repeat(b"[" * 60 + b"]" * 60),
    "deep objects": repeat(b'{"a":' * 40 + b"1" + b"}" * 40),
    "numbers": repeat(b"1"),
    "floats": repeat(b"1.5"),
    "texts": repeat(b'""'),
    "escapes": repeat(rb'"\"\\"'),
    "repeated names": repeat(b'"a":1', b"{", b"}"),
    "names": many_members(b"0"),
    "names of arrays": many_members(b"[[],[],[]]"),
    "purchases of arrays": repeat(b"[]", b'{"purchases":['),
    "purchases without members": repeat(b"{}", b'{"purchases":['),
    "customers of arrays": repeat(b"[]", b'{"clusters":[{"customers":[', b"]}]}"),
    "unfinished": repeat(b"[]", end=b""),
}
"""Bodies of 1 MiB with many values."""
FEW_VALUES = {
    "a long text": b'{"a":"' + b"x," * (MEBIBYTE // 2 - 10) + b'"}',
    "brackets in a text": b'{"a":"' + b"[{" * (MEBIBYTE // 2 - 10) + b'"}',
    "escapes in a text": b'{"a":"' + rb"\",\\[" * (MEBIBYTE // 6 - 10) + b'"}',
    "long numbers": repeat(b"9" * 4_000),
    "spaces": b'{"a":[' + b" " * (MEBIBYTE - 10) + b"]}",
}
"""Bodies of 1 MiB with few values. They get the same errors as short bodies."""


def routes_with_json() -> list[OperationRoute]:
    found = []
    for route in operation_routes(*PLATFORM_ROUTERS, *WORKSPACE_ROUTERS, *SERVER_ROUTERS):
        spec = route._model_specs[0]
        if spec is not None and not spec.unparsed:
            found.append(route)
    return found


ROUTES = routes_with_json()
LARGER = ("/_mock/packages", "/_mock/purchases", "/_mock/faults", "/_mock/reports")
"""These accept many values, but not many objects and arrays."""
PARSED = [request for request in REQUESTS if not request[1].endswith("/snapshot")]
MOST_SHAPES = (PARSED[0][1], "/_mock/reports")
"""Every shape is sent to these, of which the second accepts many values."""
EACH_LIMIT = ("numbers", "empty arrays", "names", "brackets in a text")
"""Too many values, containers and members, and a long body with few of them. These are sent to every path."""


def pairs(shapes: Iterable[str]) -> list[Any]:
    """Return the requests with each of the shapes. `make soak` has all of them."""
    return [
        pytest.param(
            *request,
            shape,
            id=f"{request[0]} {request[1]}-{shape}",
            marks=() if shape in EACH_LIMIT or request[1] in MOST_SHAPES else pytest.mark.soak,
        )
        for request in PARSED
        for shape in shapes
    ]


@pytest.fixture(scope="module")
def client() -> Client:
    return a_client()


@pytest.mark.parametrize(("method", "path", "body", "shape"), pairs(HOSTILE))
def test_a_body_with_too_many_values_is_refused_without_parsing_it(
    client: Client, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any, shape: str
) -> None:
    content = HOSTILE[shape]
    values: list[bytes] = []
    watch_parsed_bodies(monkeypatch, values.append)
    answer = put(client, method, path, content)
    assert len(content) > MEBIBYTE - 200_000
    assert (answer.status_code, answer.json()["message"]) == (400, "error.request.invalid")
    if not path.endswith(LARGER):
        assert values == []
        assert [entry["code"] for entry in answer.json()["validation_errors"]] == ["length"]
    assert all(structural(parsed, b"[{") <= 10_000 for parsed in values)
    assert all(structural(parsed, b":") <= 60_000 for parsed in values)


def watch_parsed_bodies(monkeypatch: pytest.MonkeyPatch, found: Callable[[bytes], None]) -> None:
    """Report each body that a validator of pydantic gets."""
    for route in ROUTES:
        spec = route._model_specs[0]
        assert spec is not None
        monkeypatch.setattr(spec, "adapter", WatchedAdapter(spec.adapter, found))


class WatchedAdapter:
    """An adapter that is its own validator, and reports the bodies."""

    def __init__(self, adapter: Any, found: Callable[[bytes], None]) -> None:
        self._adapter, self._found = adapter, found

    @property
    def validator(self) -> "WatchedAdapter":
        return self

    def validate_json(self, content: bytes, **options: Any) -> object:
        self._found(content)
        return self._adapter.validator.validate_json(content, **options)


def structural(content: bytes, marks: bytes) -> int:
    outside = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", content, flags=re.DOTALL)
    return sum(outside.count(bytes([mark])) for mark in marks)


@pytest.mark.parametrize(("method", "path", "body", "shape"), pairs(FEW_VALUES))
def test_a_long_body_with_few_values_gets_the_errors_of_a_short_one(
    client: Client, method: str, path: str, body: Any, shape: str
) -> None:
    long, short = put(client, method, path, FEW_VALUES[shape]), put(client, method, path, b'{"a":[]}')
    assert long.status_code == short.status_code == 400
    assert long.json()["validation_errors"] == short.json()["validation_errors"]


def largest(schema: dict[str, Any], definitions: dict[str, Any]) -> tuple[int, int, int]:
    """Return the largest number of values, containers and members that a schema accepts. A map counts as empty."""
    schema = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    values, containers = 1, int(schema.get("type") in ("object", "array"))
    if "anyOf" in schema:
        sizes = [largest(each, definitions) for each in schema["anyOf"]]
        return max(size[0] for size in sizes), max(size[1] for size in sizes), max(size[2] for size in sizes)
    members = len(schema.get("properties", {}))
    inner = [(1, each) for each in schema.get("properties", {}).values()]
    if "items" in schema:
        inner.append((schema.get("maxItems", 0), schema["items"]))
    for count, each in inner:
        more_values, more_containers, more_members = largest(each, definitions)
        values, containers = values + count * more_values, containers + count * more_containers
        members += count * more_members
    return values, containers, members


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation_name)
def test_the_limit_is_above_what_the_largest_valid_body_has(route: OperationRoute) -> None:
    spec = route._model_specs[0]
    assert spec is not None
    schema = TypeAdapter(spec._model).json_schema()
    values, containers, members = largest(schema, schema.get("$defs", {}))
    # The customers of 1,000 clusters are limited by the size of a body: six bytes for each distinct one.
    assert min(values, MEBIBYTE // 6) <= spec.max_values.values
    assert containers <= spec.max_values.containers
    assert members <= spec.max_values.members


JSON_VALUES = st.recursive(
    st.none() | st.integers() | st.text('a,"\\[]{}:é'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('a,"\\[]{}'), inner),
)


@given(JSON_VALUES, st.booleans())
def test_the_count_is_never_less_than_the_values_and_at_most_twice_as_much(value: Any, is_ascii: bool) -> None:
    content = json.dumps(value, ensure_ascii=is_ascii).encode()
    values, containers, members = count(value)
    # Spaces make every body long enough to be counted.
    padded = content + b" " * 4 * values
    assert MaxValues(2 * values, containers, members).find_problem(padded) is None
    assert values == 1 or MaxValues(values - 1, containers, members).find_problem(padded) is not None
    assert containers == 0 or MaxValues(2 * values, containers - 1, members).find_problem(padded) is not None
    assert members == 0 or MaxValues(2 * values, containers, members - 1).find_problem(padded) is not None


def count(value: Any) -> tuple[int, int, int]:
    """Count the values, the containers and the members."""
    if not isinstance(value, list | dict):
        return 1, 0, 0
    sizes = [count(each) for each in (value.values() if isinstance(value, dict) else value)]
    members = len(value) if isinstance(value, dict) else 0
    return (
        1 + sum(size[0] for size in sizes),
        1 + sum(size[1] for size in sizes),
        members + sum(size[2] for size in sizes),
    )


def test_a_body_that_is_too_short_for_too_many_values_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[bytes] = []
    monkeypatch.setattr(MaxValues, "_admit", lambda _, content: bool(counted.append(content)) or True)
    for size in (0, 9_999, 10_000, 10_001):
        assert MaxValues().find_problem(b" " * size) is None
    assert list(map(len, counted)) == [10_001]


def test_texts_are_split_only_if_they_are_few() -> None:
    assert json_size._outside_strings(b'["a",""]', 4) == b"[,]"
    assert json_size._outside_strings(b'["a",""]', 3) is None
