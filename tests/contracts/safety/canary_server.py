"""The mock with secrets that a test can search for: its sign-in answers are malformed in a chosen way."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server import app
from mock_server.settings import Settings
from tests.mock_harness import running_app

TOKEN_NAMES = ("AccessToken", "IdToken", "RefreshToken", "Session")
Answer = tuple[int, dict[str, str], bytes]
"""The status, the additional headers and the body of a sign-in answer."""
Shape = Callable[[dict[str, Any]], Answer]
"""Builds a sign-in answer from the members of the right one, whose tokens are canaries."""


def _as_json(status: int, body: object) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(body).encode()


def _tokens(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in TOKEN_NAMES if name in body}


def _others(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in TOKEN_NAMES}


def _in_headers(body: dict[str, Any]) -> Answer:
    headers = {f"x-{name.lower()}": value for name, value in _tokens(body).items()}
    cookie = "; ".join([f"sid={value}" for value in _tokens(body).values()])
    return 200, {"content-type": "application/json", "set-cookie": cookie, **headers}, b"{}"


SHAPES: dict[str, Shape] = {
    "opaque tokens": lambda body: _as_json(200, body),
    "a further member": lambda body: _as_json(200, {**body, "state": secrets.token_hex(4)}),
    "other names": lambda body: _as_json(200, {f"x{name.lower()}": value for name, value in body.items()}),
    "nested": lambda body: _as_json(200, {"AuthenticationResult": {"data": [body]}}),
    "a list": lambda body: _as_json(200, [*_tokens(body).values()]),
    "lists of tokens": lambda body: _as_json(200, {**body, **{name: [body[name]] for name in _tokens(body)}}),
    "tokens as names": lambda body: _as_json(200, dict.fromkeys(_tokens(body).values(), True)),
    "in headers": _in_headers,
    "in an error": lambda body: _as_json(401, {"message": f"error.auth {' '.join(_tokens(body).values())}"}),
    "plain text": lambda body: (200, {"content-type": "text/plain"}, " ".join(_tokens(body).values()).encode()),
    "cut short": lambda body: (200, {"content-type": "application/json"}, json.dumps(_tokens(body)).encode()[:-2]),
    "only the access token": lambda body: _as_json(200, {"AccessToken": body.get("AccessToken")}),
    "without the access token": lambda body: _as_json(200, {**_others(body), "IdToken": body.get("IdToken")}),
    "created": lambda body: _as_json(201, body),
    "other types": lambda body: _as_json(200, {**body, "ExpiresIn": "3600", "TokenType": 7, "mfa_settings": None}),
}
"""The malformed sign-in answers, by name."""


class CanaryServer:
    """An ASGI application around the mock. `canaries` are all tokens that it has given out, as text.

    With `numeric`, tokens are numbers. With `echoes`, each refusal repeats the request's token and body.
    """

    def __init__(self, mock: ASGIApp, shape: Shape, *, numeric: bool = False, echoes: bool = False) -> None:
        self._mock, self._shape, self._numeric, self._echoes = mock, shape, numeric, echoes
        self._token_by_canary: dict[str, str] = {}

    @property
    def canaries(self) -> list[str]:
        return list(self._token_by_canary)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._mock(scope, receive, send)
            return
        sent_headers = dict(scope["headers"])
        body = self._with_tokens(await _read_body(receive))
        headers = [(name, self._with_tokens(value)) for name, value in scope["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        started, content = await self._ask({**scope, "headers": headers}, body)
        extra_headers: dict[str, str] = {}
        if scope["path"] == "/api/v3/auth" and started["status"] == 200:
            started["status"], extra_headers, content = self._shape(self._with_canaries(json.loads(content)))
        elif self._echoes and started["status"] >= 400:
            echo = f" {sent_headers.get(b'authorization', b'').decode()} {body.decode(errors='replace')}"
            content = json.dumps({"message": f"error.echo{echo}"}).encode()
        names = {b"content-length", *(name.encode() for name in extra_headers)}
        started["headers"] = [
            *((name, value) for name, value in started["headers"] if name not in names),
            *((name.encode(), value.encode()) for name, value in extra_headers.items()),
            (b"content-length", str(len(content)).encode()),
        ]
        await send(started)
        await send({"type": "http.response.body", "body": content})

    async def _ask(self, scope: Scope, body: bytes) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(message: Message) -> None:
            messages.append(message)

        await self._mock(scope, receive, collect)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])

    def _with_canaries(self, answer: dict[str, Any]) -> dict[str, Any]:
        for name in TOKEN_NAMES:
            if name in answer:
                number = 10**17 + secrets.randbelow(9 * 10**17)
                canary: Any = number if self._numeric else secrets.token_urlsafe(40)
                self._token_by_canary[str(canary)] = answer[name]
                answer[name] = canary
        return answer

    def _with_tokens(self, content: bytes) -> bytes:
        for canary, token in self._token_by_canary.items():
            content = content.replace(canary.encode(), token.encode())
        return content


async def _read_body(receive: Receive) -> bytes:
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body", False):
            return content


@contextmanager
def running_canary_server(
    shape: str, password: str, *, code: str = "", numeric: bool = False, echoes: bool = False
) -> Iterator[tuple[str, CanaryServer]]:
    """Run the mock with malformed sign-in answers, and yield its origin and the application.

    `code` replaces the code of the user with a second factor.
    """
    settings = Settings(sample_password=password)
    workspace = app.create_workspace(settings)
    for user in [user for user in workspace.store.users if code and user.mfa_token]:
        workspace.store.users.put(replace(user, mfa_token=code))
    mock = app.create_app(settings, workspace)
    canary_server = CanaryServer(mock, SHAPES[shape], numeric=numeric, echoes=echoes)
    with running_app(canary_server) as origin:
        yield origin, canary_server
