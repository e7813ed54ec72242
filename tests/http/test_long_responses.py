"""A long response has the bytes of a response at once, and is sent in parts."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from mock_server import app
from mock_server.http import long_responses, responses
from mock_server.http.context import RequestContext
from mock_server.http.responses import LongJson
from mock_server.settings import Settings
from mock_server.state.request_journal import MAX_BODY_BYTES
from mock_server.state.turn import LoopIteration, Turn
from tests.asgi_driver import Driver
from tests.builders import a_workspace
from tests.example_requests import NEW_PACKAGE, package_order, two_partners


def build(items: Sequence[int], items_per_step: int, piece_units: int) -> object:
    turn = Turn()
    turn.piece_units = piece_units

    def to_bodies(part: list[int]) -> list[dict[str, int]]:
        return [{"value": item} for item in part]

    return asyncio.run(long_responses.build_array(turn, items, to_bodies, items_per_step))


@given(st.lists(st.integers(0, 10**6), max_size=20), st.integers(1, 6), st.integers(1, 3))
def test_an_array_in_steps_is_the_array_at_once(items: list[int], items_per_step: int, piece_units: int) -> None:
    built = build(items, items_per_step, piece_units)
    expected = [{"value": item} for item in items]
    if len(items) <= items_per_step:
        assert built == expected
    else:
        assert isinstance(built, LongJson)
        assert b"".join(built.parts) == json.dumps(expected, separators=(",", ":")).encode()


def test_an_encoded_array_is_the_last_member_of_its_object() -> None:
    built = long_responses.replace_array({"total": 2, "items": []}, "items", [b"1", b",", b"2"])
    assert isinstance(built, LongJson)
    assert b"".join(built.parts) == b'{"total":2,"items":[1,2]}'


class Recorder:
    """Keeps what is recorded of a response."""

    recorded: tuple[Any, ...] = ()

    def record_response(self, *recorded: Any) -> None:
        self.recorded = recorded


@pytest.mark.parametrize("sizes", [[5, 7], [responses.BYTES_AT_ONCE], [400_000] * 8, [3_000_000, 1, 3_000_000]])
def test_a_long_body_is_sent_in_parts_and_recorded_by_its_beginning(sizes: list[int]) -> None:
    parts = [bytes([65 + index]) * size for index, size in enumerate(sizes)]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    context = RequestContext({"type": "http", "method": "GET", "query_string": b"", "headers": []}, receive, send)
    context.recorder = recorder = Recorder()  # type: ignore[assignment]  # a fake
    asyncio.run(responses.send_json(context, 200, LongJson(parts)))  # type: ignore[arg-type]  # a coroutine
    start, *bodies = sent
    assert b"".join(message["body"] for message in bodies) == b"".join(parts)
    assert dict(start["headers"])[b"content-length"] == b"%d" % sum(sizes)
    assert [message.get("more_body", False) for message in bodies] == [True] * (len(bodies) - 1) + [False]
    assert len(bodies) >= sum(sizes) / (responses.BYTES_AT_ONCE + max(sizes))
    _, _, content, *size = recorder.recorded
    assert content[:MAX_BODY_BYTES] == b"".join(parts)[:MAX_BODY_BYTES]
    assert (size or [len(content)]) == [sum(sizes)]


def test_many_packages_are_listed_while_another_workspace_is_answered() -> None:
    async def scenario() -> None:
        workspace = a_workspace(two_partners())
        server = app.create_app(Settings(), workspace)
        client, other = Driver(server), Driver(server, "/w/other")
        await client.request("POST", "/_mock/workspaces", {"name": "other", "mode": "frozen"})
        await client.sign_in()
        await other.sign_in()
        await client.request("POST", "/_mock/packages", package_order())
        for _ in range(50):
            await client.request("POST", "/api/v3/package_builder/packages", NEW_PACKAGE)
        whole = await client.request("GET", "/api/v3/package_builder/packages/")
        workspace.turn.piece_units = 1
        listing, answered = asyncio.ensure_future(client.request("GET", "/api/v3/package_builder/packages/")), 0
        while not listing.done():
            assert (await other.request("GET", "/api/v3/partners/")).status == 200
            await LoopIteration()
            answered += 1
        assert listing.result().json() == whole.json()
        assert len(whole.json()) == 51
        assert answered >= 50

    asyncio.run(scenario())
