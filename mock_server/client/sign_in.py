"""Signs in to the platform, and signs in again when the workspace's clock has passed the token."""

import base64
import json
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import httpx2

from mock_server.client import json_values
from mock_server.client.connection import Place
from mock_server.client.errors import SignInChallengeError, refusal

EXPIRED = "error.auth.token_expired"
"""The message of the response to an expired token."""

PARTNER_HEADER = "X-Preferred-Partner-Id"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a client signs in as, for which partner of the user, and whether it signs in again."""

    username: str
    password: str
    partner: str | None
    again: bool


class SignIn(httpx2.Auth):
    """Adds the access token of a user to each request, and the partner if one is given. It signs in when it must.

    If `again`, it signs in again before a request if it knows that the clock has passed the token or that the
    workspace was reset, and after a response that says that the token has expired. Then the request is repeated. A
    token that a fault rejects or revokes is not replaced.
    """

    def __init__(self, place: Place, identity: Identity) -> None:
        self._place, self._identity, self._again = place, identity, identity.again
        self._token: str | None = None
        self._expires = datetime.max.replace(tzinfo=UTC)
        self._resets = 0

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request with a token, and with a new token if the first has expired.

        A request that has an `Authorization` of its own is sent as it is.
        """
        if self._identity.partner is not None:
            request.headers.setdefault(PARTNER_HEADER, self._identity.partner)
        if "Authorization" in request.headers:
            yield request
            return
        if self._token is None or (self._again and self._is_known_to_be_invalid()):
            yield from self._sign_in()
        response = yield self._authorize(request)
        if self._again and _has_expired(response):
            yield from self._sign_in()
            yield self._authorize(request)

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Run `auth_flow`. The bodies of the responses that it looks at are read."""
        request.read()
        flow = self.auth_flow(request)
        following = next(flow)
        while True:
            response = yield following
            if self._must_read(response):
                response.read()
            try:
                following = flow.send(response)
            except StopIteration:
                return

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Run `auth_flow`. The bodies of the responses that it looks at are read."""
        await request.aread()
        flow = self.auth_flow(request)
        following = next(flow)
        while True:
            response = yield following
            if self._must_read(response):
                await response.aread()
            try:
                following = flow.send(response)
            except StopIteration:
                return

    def _must_read(self, response: httpx2.Response) -> bool:
        is_sign_in = str(response.request.url) == self._url
        return is_sign_in or response.status_code == HTTPStatus.UNAUTHORIZED

    @property
    def _url(self) -> str:
        return f"{self._place.url}/api/v3/auth"

    def _is_known_to_be_invalid(self) -> bool:
        state = self._place.state
        return state.resets != self._resets or (state.now is not None and self._expires <= state.now)

    def _authorize(self, request: httpx2.Request) -> httpx2.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _sign_in(self) -> Generator[httpx2.Request, httpx2.Response, None]:
        credentials = {"username": self._identity.username, "password": self._identity.password}
        resets = self._place.state.resets
        response = yield httpx2.Request("POST", self._url, json=credentials)
        body = json_values.parse(response.content)
        if response.status_code != HTTPStatus.OK or not isinstance(body, dict):
            raise refusal("signIn", response.status_code, body)
        if "AccessToken" not in body:
            raise SignInChallengeError(self._identity.username, body["Challenge"], body["Session"])
        self._token, self._resets = body["AccessToken"], resets
        self._expires = read_expiry(body["AccessToken"])


def read_expiry(token: str) -> datetime:
    """Return the time at which a token expires, by the workspace's clock. The signature is not verified."""
    claims = token.split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return datetime.fromtimestamp(decoded["exp"], UTC)


def _has_expired(response: httpx2.Response) -> bool:
    body = json_values.parse(response.content) if response.status_code == HTTPStatus.UNAUTHORIZED else None
    return isinstance(body, dict) and body.get("message") == EXPIRED
