"""JSON of clients is bounded: how deep it is nested, and how large its numbers are. Rules: BASE-08, BASE-12, ERR-02."""

import json
from importlib.resources import files
from typing import Any

import httpx2
import pytest

from tests.example_requests import WITH_BODY, a_client
from tests.mock_harness import Client, error_fields

JSON = {"content-type": "application/json"}
NUMBERS = {
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5_000,
    "100,000 digits": "9" * 100_000,
    "an exponent of 400": "1e400",
    "an exponent of 20 digits": "1e" + "9" * 20,
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
}
PLACEHOLDER = "placeholder of a number"
CONTROL_METHODS = {
    "setClock": "PUT",
    "setFaults": "PUT",
    "setQuirks": "PUT",
    "setDocumentation": "PUT",
    "restoreSnapshot": "PUT",
}
CONTROL = [
    (CONTROL_METHODS.get(name, "POST"), example["path"], example["request"])
    for name, example in json.loads(files("mock_server.control").joinpath("examples.json").read_bytes()).items()
    if example["request"]
]
REQUESTS = [(example.method, f"/api/v3{example.target}", example.body) for example in WITH_BODY] + [
    (method, f"/_mock{path}", body) for method, path, body in CONTROL
]
DEEPEST = 64


def leaf_paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values that are neither an object nor an array."""
    if isinstance(value, dict):
        return [found for name, member in value.items() for found in leaf_paths(member, (*path, name))]
    if isinstance(value, list):
        return [found for index, member in enumerate(value[:1]) for found in leaf_paths(member, (*path, index))]
    return [path]


def with_text_at(body: Any, path: tuple[Any, ...], text: str) -> bytes:
    """Return the body as JSON, with this text instead of a value."""
    changed = json.loads(json.dumps(body))
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = PLACEHOLDER
    return json.dumps(changed).replace(f'"{PLACEHOLDER}"', text).encode()


@pytest.fixture(scope="module")
def client() -> Client:
    return a_client()


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=[f"{method} {path}" for method, path, _ in REQUESTS])
def test_a_number_that_is_too_large_is_refused_by_field(client: Client, method: str, path: str, body: Any) -> None:
    accepted = []
    for leaf in leaf_paths(body)[:30]:
        for name, number in NUMBERS.items():
            answer = put(client, method, path, with_text_at(body, leaf, number))
            fields = error_fields(answer) if answer.status_code == 400 else []
            if leaf[0] == "event_ids" and answer.status_code == 404:
                continue  # an event's id may be sent as a number, whose digits are the id
            if not any(field == "body" or is_same_branch(field, ".".join(map(str, leaf))) for field in fields):
                accepted.append((leaf, name, answer.status_code, fields))
    assert accepted == []


def put(client: Client, method: str, path: str, content: bytes) -> httpx2.Response:
    if path.startswith("/_mock"):
        return client.send_raw(method, path, content=content, headers=JSON)
    return client.send(method, path.removeprefix("/api/v3"), content=content, headers=JSON)


def is_same_branch(field: str, path: str) -> bool:
    """Return whether an error names the value, a value in it, or a value that contains it."""
    return field.startswith(path) or path.startswith(field)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize("depth", [65, 190, 1_000, 100_000])
@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=[f"{method} {path}" for method, path, _ in REQUESTS])
def test_json_that_is_nested_too_deeply_is_refused(
    client: Client, method: str, path: str, body: Any, depth: int
) -> None:
    for leaf in leaf_paths(body)[:5]:
        for opening, closing in (('{"a":', "}"), ("[", "]")):
            content = with_text_at(body, leaf, opening * depth + "1" + closing * depth)
            answer = put(client, method, path, content)
            assert (answer.status_code, answer.json()["message"]) == (400, "error.request.invalid")


@pytest.mark.parametrize(("depth", "status"), [(DEEPEST, 200), (DEEPEST + 1, 400)])
def test_any_json_of_an_expectation_has_at_most_64_levels(client: Client, depth: int, status: int) -> None:
    for value in (nested(depth), {"a": [nested(depth - 2)]}):
        expectation = {"operation": "listEvents", "body": value}
        answer = client.control("POST", "/journal/verify", json={"expectations": [expectation]})
        assert answer.status_code == status
        assert status == 200 or error_fields(answer) == ["expectations.0.body"]


@pytest.mark.parametrize("number", ["9" * 20, "9" * 400, "-1" + "0" * 400, "1e400", "NaN"])
def test_any_number_of_an_expectation_has_at_most_64_bits(client: Client, number: str) -> None:
    expectation = f'{{"operation": "listEvents", "body": {{"a": [{number}]}}}}'
    content = f'{{"expectations": [{expectation}]}}'
    answer = put(client, "POST", "/_mock/journal/verify", content.encode())
    assert (answer.status_code, error_fields(answer)) == (400, ["expectations.0.body"])
