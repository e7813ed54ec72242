"""Sends requests to a variant and to the mock, and finds the first response in which they differ.

The requests (`exercise_requests.py`) use the sample world with a frozen clock, so that the mock answers them
identically each time.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.types import ASGIApp

from mock_server import app
from mock_server.settings import Settings
from mock_server.state.documentation import Documentation
from mock_server.state.tokens import SigningKey
from tests.defects.direct_transport import send_to_app
from tests.defects.serve_defect import START_TIME
from tests.variants.registry import Variant
from tests.variants.wire import VariantPatch

API = "/api/v3"
PASSWORD = "wavetank"
Header = tuple[str, str]
SHORT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
"""A short key signs five times as fast, and no rule is about the length of the key."""


@dataclass(frozen=True)
class Answer:
    """A request, and everything that a client sees of the response to it."""

    request: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON, an empty object if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    def member(self, name: str, default: str = "none") -> Any:
        """Return a member of the body, the default if there is no such member."""
        body = self.json()
        return body.get(name, default) if isinstance(body, dict) else default


@dataclass
class Visitor:
    """A client of an application in this process, with a token for each user that has signed in.

    `root` is the start of the paths of its workspace.
    """

    application: ASGIApp
    root: str = ""
    user: str = ""
    partner: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, target: str, body: object = None, *headers: Header) -> Answer:
        """Send a request. A body that is not bytes is sent as JSON. A target under `/_mock` is a control request."""
        sent = [*self._identity(), *headers]
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if content and not any(name == "content-type" for name, _ in headers):
            sent.append(("content-type", "application/json"))
        is_server_path = target == "/_mock/workspaces"
        path = target if is_server_path else f"{self.root}{'' if target.startswith('/_mock') else API}{target}"
        raw_headers = [(name.encode(), value.encode()) for name, value in (("host", "localhost"), *sent)]
        status, answered, content = send_to_app(
            self.application,
            (method, path.encode()),
            [*raw_headers, (b"content-length", b"%d" % len(content))],
            content,
        )
        shown = tuple(sorted((bytes(name).decode(), bytes(value).decode()) for name, value in answered))
        shown_body = "" if body is None else " (a file)" if isinstance(body, bytes) else f" {json.dumps(body)[:80]}"
        return Answer(f"{method} {target}{shown_body}", status, shown, content)

    def sign_in(self, user: str, partner: str = "") -> Answer:
        """Sign in, and act as this user for this partner from now on."""
        self.user, self.partner = "", ""
        answer = self.send("POST", "/auth", {"username": user, "password": PASSWORD})
        self.tokens[user] = str(answer.member("AccessToken"))
        self.user, self.partner = user, partner
        return answer

    def act_as(self, user: str, partner: str = "") -> None:
        """Act as a user that has signed in, or without a token if the user is empty."""
        self.user, self.partner = user, partner

    def _identity(self) -> Sequence[Header]:
        token = [("authorization", f"Bearer {self.tokens[self.user]}")] if self.user else []
        return [*token, ("x-preferred-partner-id", self.partner)] if self.partner else token


def build_app(chosen: Sequence[Variant], documentation: Documentation = "older") -> ASGIApp:
    """Build the deployment with these variants. It patches this process, which must not be used for anything else."""
    patch = new_patch()
    for variant in chosen:
        variant.apply(patch)
    settings = Settings(now=START_TIME, clock_mode="frozen", documentation=documentation)
    return patch.wrap_app(app.create_app(settings))


def new_patch() -> VariantPatch:
    """Return a patch that only makes signing faster."""
    patch = VariantPatch()
    patch.replace(SigningKey, "private_key", SHORT_KEY)
    patch.replace(RSAAlgorithm, "check_key_length", lambda algorithm, key: None)
    return patch


def find_difference(answers: Iterator[Answer], expected: Sequence[Answer]) -> str:
    """Return the first request whose responses differ, with both statuses, empty if there is none."""
    for answer, mock_answer in zip_longest(answers, expected):
        if answer != mock_answer:
            return f"{mock_answer.request}: {mock_answer.status} → {answer.status}"
    return ""
