"""What stands in for newer versions of pydantic and uvicorn does the same."""

import asyncio
import json
from typing import Annotated, Any, Literal

import pytest
import uvicorn
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.types import Receive, Scope, Send

from mock_server.http.older_pydantic import OlderAdapter
from mock_server.http.protocol.older_uvicorn import OlderHttpToolsProtocol
from mock_server.http.protocol.with_httptools import HttptoolsConnection


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Circle(Closed):
    kind: Literal["circle"]
    radius: int


class Square(Closed):
    kind: Literal["square"]
    side: int


class Picture(Closed):
    title: str
    shapes: list[Annotated[Circle | Square, Field(discriminator="kind")]] = []
    frame: Square | None = None


CIRCLE, SQUARE = {"kind": "circle", "radius": 1}, {"kind": "square", "side": 2}
BODIES: dict[str, Any] = {
    "valid": {"title": "a", "shapes": [CIRCLE, SQUARE], "frame": SQUARE},
    "unknown names": {"title": "a", "colour": 1, "size": {"title": 2}},
    "unknown names in a list": {"title": "a", "shapes": [CIRCLE, {**SQUARE, "colour": 1}, {**CIRCLE, "side": 3}]},
    "an unknown name in an object": {"title": "a", "frame": {**SQUARE, "circle": {"kind": 1}}},
    "an unknown and a missing name": {"colour": 1, "shapes": [{"kind": "circle", "colour": 2}]},
    "an unknown kind": {"title": "a", "shapes": [{"kind": "star", "colour": 1}]},
    "a wrong type": {"title": 1, "colour": 1},
    "no object": [1],
}


def outcome(validator: Any, method: str, value: Any, extra: str | None) -> object:
    try:
        return getattr(validator, method)(value, extra=extra, context=None)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)


@pytest.mark.parametrize("extra", ["ignore", None])
@pytest.mark.parametrize("name", BODIES)
def test_a_validator_that_takes_no_extra_treats_unknown_names_alike(name: str, extra: str | None) -> None:
    adapter, content = TypeAdapter(Picture), json.dumps(BODIES[name]).encode()
    older = OlderAdapter(adapter).validator
    assert outcome(older, "validate_json", content, extra) == outcome(
        adapter.validator, "validate_json", content, extra
    )
    expected = outcome(adapter.validator, "validate_python", json.loads(content), extra)
    assert outcome(older, "validate_python", json.loads(content), extra) == expected


@pytest.mark.parametrize("content", [b"", b"{", b'{"title": "\xff"}'])
def test_a_validator_that_takes_no_extra_refuses_what_is_not_json(content: bytes) -> None:
    adapter = TypeAdapter(Picture)
    older = outcome(OlderAdapter(adapter).validator, "validate_json", content, "ignore")
    assert older == outcome(adapter.validator, "validate_json", content, "ignore")


class OlderConnection(HttptoolsConnection, OlderHttpToolsProtocol):
    """The connection as it is with a uvicorn before 0.48, which begins a request without calling a method of it."""

    _start_asgi_task = OlderHttpToolsProtocol._start_asgi_task


class FakeTransport(asyncio.Transport):
    """A connection whose data go nowhere."""

    def write(self, data: Any) -> None:
        """Discard the data."""

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Stay open."""

    def pause_reading(self) -> None:
        """Continue."""

    def resume_reading(self) -> None:
        """Continue."""


@pytest.mark.parametrize("connection_class", [HttptoolsConnection, OlderConnection])
def test_the_running_request_is_told_that_its_client_has_left(connection_class: type[HttptoolsConnection]) -> None:
    async def leave() -> list[tuple[str, bool]]:
        started, left, requests = asyncio.Event(), asyncio.Event(), []

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/answered":
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body"})
                return
            requests.append(connection.running)
            started.set()
            await left.wait()

        config = uvicorn.Config(answer, lifespan="off", log_level="critical")
        config.load()
        connection = connection_class(config, uvicorn.server.ServerState(), {}, asyncio.get_running_loop())
        connection.connection_made(FakeTransport())
        paths = (b"/answered", b"/answered", b"/running", b"/waiting")
        connection.data_received(b"".join(b"GET %s HTTP/1.1\r\nhost: mock\r\n\r\n" % path for path in paths))
        await started.wait()
        connection.connection_lost(None)
        left.set()
        await asyncio.gather(*connection.tasks)
        return [(request.scope["path"], request.disconnected) for request in requests]

    assert asyncio.run(leave()) == [("/running", True)]
