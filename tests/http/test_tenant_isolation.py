"""No user reaches another partner's records. Generated from `openapi.yaml`, so that a new operation is covered too.

Each request is a valid one in which one id is replaced: by the id of another partner's record, and by an id that nobody
has. Both must be answered alike, so that nobody learns which ids exist.

Rules: PART-01, PART-02, ERR-04, AUTH-04.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import httpx2
import pytest

from tests.builders import ACME, BETA, a_user
from tests.example_requests import DOCUMENT, FILES, PATHS, WITH_TOKEN, Example, a_client, example_id
from tests.mock_harness import Client

FOREIGN_IDS = {
    ACME: BETA,
    **dict.fromkeys(("evt_1", "evt_2"), "evt_beta"),
    **dict.fromkeys(("pkg_1", "pkg_2", "pkg_expired"), "pkg_beta"),
    "cr_acme": "cr_beta",
}
MISSING_IDS = {BETA: "partner-id-none", "evt_beta": "evt_none", "pkg_beta": "pkg_none", "cr_beta": "cr_none"}
"""For each foreign id, one of the same length that nobody has."""
IMPOSSIBLE_IDS = {
    "empty": "", "a wildcard": "*", "a path": "../" + BETA, "a list": f"{ACME},{BETA}", "a quote": "' OR '1'='1",
    "in capitals": BETA.upper(), "with spaces": f" {BETA} ", "long": "x" * 5000,
}  # fmt: skip
SECRETS = ("Concert evt_beta", "cus_beta", "Package pkg_beta", "GBP")
"""Texts that only the other partner's records contain."""


class Request(NamedTuple):
    """A request, and where its id was replaced."""

    place: str
    method: str
    target: str
    options: dict[str, Any]

    def send(self, client: Client, headers: dict[str, str] | None = None) -> httpx2.Response:
        return client.send(self.method, self.target, headers=headers or {}, **self.options)

    def with_missing_id(self) -> "Request":
        """Replace the foreign id by one that nobody has."""
        target, options = self.target, self.options
        for foreign, missing in MISSING_IDS.items():
            target = target.replace(foreign, missing)
            if "json" in options:
                options = {"json": json.loads(json.dumps(options["json"]).replace(foreign, missing))}
        return self._replace(target=target, options=options)


def replace_ids(example: Example) -> Iterator[Request]:
    """Replace each id of a valid request by a foreign one, one after another."""
    options = example.request_options
    segments = example.path.split("/")
    for index, segment in enumerate(segments):
        if segment in FOREIGN_IDS:
            path = "/".join([*segments[:index], FOREIGN_IDS[segment], *segments[index + 1 :]])
            yield Request(f"path {segment}", example.method, path + example.target[len(example.path) :], options)
    pairs = parse_qsl(example.target[len(example.path) + 1 :])
    for index, (name, value) in enumerate(pairs):
        if value in FOREIGN_IDS:
            query = urlencode([*pairs[:index], (name, FOREIGN_IDS[value]), *pairs[index + 1 :]])
            yield Request(f"query {name}", example.method, f"{example.path}?{query}", options)
    for name, value in (example.body or {}).items():
        ids = value if isinstance(value, list) else [value]
        for own in ids:
            if isinstance(own, str) and own in FOREIGN_IDS:
                changed = [FOREIGN_IDS[own]] if isinstance(value, list) else FOREIGN_IDS[own]
                yield Request(f"body {name}", example.method, example.target, {"json": {**example.body, name: changed}})


def valid_request(example: Example) -> Request:
    return Request("none", example.method, example.target, example.request_options)


REPLACED = [
    pytest.param(request, id=f"{example.operation}-{request.place}")
    for example in WITH_TOKEN
    for request in replace_ids(example)
]
WITH_IDS = [example for example in WITH_TOKEN if list(replace_ids(example))]


@pytest.fixture
def client() -> Client:
    client = a_client()
    user = a_user(username="beta@beta.example", email="beta@beta.example", sub="sub-beta", groups=(BETA,))
    client.workspace.store.users.put(user)
    return client


def read_state(client: Client) -> bytes:
    return client.control("GET", "/snapshot").content


def describe(response: httpx2.Response, known: dict[str, str] | None = None) -> tuple[int, list[tuple[str, str]], str]:
    """Everything in a response but its id, with missing ids replaced by the foreign ids that they stand for."""
    headers = sorted((name, value) for name, value in response.headers.items() if name != "x-request-id")
    text = response.text
    for foreign, missing in (known or {}).items():
        text = text.replace(missing, foreign)
    return response.status_code, headers, text


def test_every_operation_is_in_the_list() -> None:
    operations = {DOCUMENT["paths"][path][method.lower()]["operationId"] for path in PATHS for method in PATHS[path]}
    public = {"getStatus", "signIn", "refreshToken", "answerMfaChallenge", "answerNewPasswordChallenge"}
    listed = {example.operation for example in WITH_TOKEN}
    assert len(operations - listed) == len(public)
    assert len(REPLACED) > 30
    assert FILES.keys() <= listed


@pytest.mark.parametrize("request_", REPLACED)
def test_a_foreign_id_is_answered_like_one_that_nobody_has(request_: Request, client: Client) -> None:
    before = read_state(client)
    foreign, missing = request_.send(client), request_.with_missing_id().send(client)
    assert describe(foreign) == describe(missing, MISSING_IDS)
    assert foreign.status_code in (403, 404)
    assert not [secret for secret in SECRETS if secret in foreign.text]
    assert read_state(client) == before


@pytest.mark.parametrize("example", WITH_IDS, ids=example_id)
def test_another_user_reaches_nothing_either(example: Example, client: Client) -> None:
    """A user of the other partner sends the valid request, and gets what an id that nobody has would get."""
    client.sign_in("beta@beta.example")
    before = read_state(client)
    answer = valid_request(example).send(client)
    assert answer.status_code in (403, 404)
    assert not [secret for secret in ("Concert evt_1", "cus_1", "Package pkg_1", "EUR") if secret in answer.text]
    assert read_state(client) == before


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_another_partner_in_the_header_is_refused(example: Example, client: Client) -> None:
    before = read_state(client)
    foreign, unknown = (
        describe(valid_request(example).send(client, {"x-preferred-partner-id": partner}), MISSING_IDS)
        for partner in (BETA, "partner-id-none")
    )
    assert foreign == unknown
    for partner in (BETA, *IMPOSSIBLE_IDS.values()):
        answer = valid_request(example).send(client, {"x-preferred-partner-id": partner})
        assert (partner, answer.status_code) == (partner, 403)
        assert not [secret for secret in SECRETS if secret in answer.text]
    assert read_state(client) == before


@pytest.mark.parametrize("example", WITH_TOKEN, ids=example_id)
def test_a_token_of_another_workspace_is_refused(example: Example, client: Client) -> None:
    assert client.control("POST", "/workspaces", json={"name": "other"}).status_code == 201
    other = client.for_workspace("other")
    before = [read_state(client), read_state(other)]
    foreign = other.sign_in().headers
    for headers in (foreign, foreign | {"x-preferred-partner-id": ACME}):
        client.headers = {}
        assert valid_request(example).send(client, headers).status_code == 401
        own = client.sign_in().headers
        other.headers = {}
        assert valid_request(example).send(other, dict(own)).status_code == 401
    assert [read_state(client), read_state(other)] == before
