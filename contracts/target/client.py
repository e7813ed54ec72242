"""The strict client: it refuses any answer that `openapi.yaml` does not promise."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpx2

from contracts.spec.openapi import JSON, OpenApiSpec, SpecOperation, UndocumentedResponseError
from contracts.spec.transcript import Transcript

Query = Mapping[str, str | int | float | list[str]]
Arguments = Mapping[str, Any]
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that is about to be made; two spellings of a header's name are the header sent twice.

    `operation_id` is empty where the document has no such operation.
    """

    operation_id: str
    method: str
    path: str
    query: Query
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


class Gate(Protocol):
    """What stands between the suite and a target whose data matter."""

    def before(self, client: "Client", intent: Intent) -> None:
        """Let the call pass, noted where it writes, or raise NotApplicableError or Blocked."""

    def after(self, intent: Intent, response: httpx2.Response) -> None:
        """See what came of it."""


class OpenGate:
    """A gate that lets everything pass: the world behind it is the suite's own."""

    def before(self, client: "Client", intent: Intent) -> None:
        """Let it pass."""

    def after(self, intent: Intent, response: httpx2.Response) -> None:
        """Nothing to note."""


class NoCookies(CookieJar):
    """Keeps none: several users share the connections, and who is calling stands in each request's headers."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take none."""


@dataclass(frozen=True, slots=True)
class TargetConnection:
    """How clients reach one world: the connections, its base URL (`…/api/v3`), and who watches what passes."""

    http: httpx2.Client
    base_url: str
    api_spec: OpenApiSpec
    transcript: Transcript = field(default_factory=Transcript)
    gate: Gate = field(default_factory=OpenGate)


class Client:
    """Calls operations by their id, on behalf of one user and partner.

    Every answer is checked before it is given back, and each exchange is kept in the line's transcript.
    """

    def __init__(self, connection: TargetConnection, headers: Mapping[str, str] | None = None) -> None:
        self.connection = connection
        self.headers = dict(headers or {})

    def with_headers(self, **headers: str | None) -> "Client":
        """The same client with other headers (`_` for `-`); one that is None is left out."""
        changed = {name.lower(): value for name, value in self.headers.items()}
        for name, value in headers.items():
            changed[name.lower().replace("_", "-")] = value  # type: ignore[assignment] # None is dropped below
        present = {name: value for name, value in changed.items() if value is not None}
        return Client(self.connection, present)

    def sign_in(self, username: str, password: str, partner_id: str | None = None) -> "Client":
        """A client with the user's token, scoped to the partner where one is named."""
        tokens = self.call("signIn", body={"username": username, "password": password}).json()
        return self.with_headers(
            authorization=f"Bearer {tokens['AccessToken']}",
            x_preferred_partner_id=partner_id or self.headers.get("x-preferred-partner-id"),
        )

    def call(
        self,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        body: object = None,
    ) -> httpx2.Response:
        """One call; a body of bytes is a file, CSV. Raises UndocumentedResponseError.

        A refusal that is promised is an answer like any other.
        """
        operation = self.connection.api_spec.operations[operation_id]
        url = operation.path
        for name, value in (path or {}).items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        content_type_header = {} if body is None else {"content-type": CSV if isinstance(body, bytes) else JSON}
        intent = Intent(
            operation_id, operation.method, url, dict(query or {}), body, self._merge_headers(content_type_header)
        )
        return self._perform(intent, operation, content)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx2.Response:
        """One request just as it is given, for what no well-formed call can say.

        `path` stands under the base URL and begins with a slash; `query` is sent as it is. Where the document has
        no such operation the answer must be a refusal in the platform's one form. Raises UndocumentedResponseError.
        """
        operation = self.connection.api_spec.operation_at(method, path)
        url = f"{path}?{query}" if query else path
        intent = Intent(operation.id if operation else "", method, url, {}, content, self._merge_headers(headers or {}))
        return self._perform(intent, operation, content)

    def _merge_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The client's own headers, and these; one of the same spelling takes the other's place."""
        return {**self.headers, **headers}

    def _perform(self, intent: Intent, operation: SpecOperation | None, content: bytes | None) -> httpx2.Response:
        self.connection.gate.before(self, intent)
        response = self._send_recorded(intent, content)
        self.connection.gate.after(intent, response)
        self._check_response(intent, operation, response)
        return response

    def _send_recorded(self, intent: Intent, content: bytes | None) -> httpx2.Response:
        url = f"{self.connection.base_url.rstrip('/')}{intent.path}"
        if intent.query:
            url += f"?{urlencode(intent.query, doseq=True)}"
        request = self.connection.http.build_request(intent.method, url, headers=intent.headers, content=content)
        try:
            response = self.connection.http.send(request)
        except httpx2.TransportError:
            self.connection.transcript.add(request, None)
            raise
        self.connection.transcript.add(request, response)
        return response

    def _check_response(self, intent: Intent, operation: SpecOperation | None, response: httpx2.Response) -> None:
        is_file = operation is not None and operation.returns_file(response.status_code, response.headers)
        body: Any = response.content if is_file else _parse_body(response)
        if operation is not None and (response.status_code != 405 or "405" in operation.responses):
            operation.check_response(response.status_code, response.headers, body)
        elif intent.method != "HEAD" and not 300 <= response.status_code < 400:
            if response.status_code < 400:
                raise UndocumentedResponseError(
                    f"{intent.method} {intent.path} answered {response.status_code}: {body}"
                )
            self.connection.api_spec.check_refusal(response.status_code, response.headers, body)


def _parse_body(response: httpx2.Response) -> Any:
    """The body as JSON, None where there is none. Raises UndocumentedResponseError for what is no JSON."""
    if not response.content:
        return None
    try:
        return response.json()
    except (ValueError, RecursionError) as error:
        excerpt = response.text[:200]
        raise UndocumentedResponseError(
            f"{response.request.method} {response.request.url.path} answered {response.status_code} with no JSON: {excerpt}"
        ) from error
