"""The HTTP client of the suite.

`Client` calls operations by their id and checks every response against `openapi.yaml`. The control API,
the preflight checks and the undo also send requests; they share the connection pool and the functions of this module.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpx2

from contracts.errors import ContractsError
from contracts.spec.breaches import current_log
from contracts.spec.openapi import JSON, OpenApiSpec, SpecOperation, UndocumentedResponseError
from contracts.spec.response_check import ResponseCheck
from contracts.spec.transcript import Transcript
from contracts.target.forms import CSV, FORM_HEADER, FormFile, encode_form
from contracts.target.retries import PlainSender, Sender

Query = Mapping[str, str | int | float | list[str]]
Arguments = Mapping[str, Any]
TIMEOUT = httpx2.Timeout(30.0)
"""The timeout of a request, in seconds."""
BREACHES_EXTENSION = "contracts_breaches"
"""The extension of a response that contains its differences from the OpenAPI document."""
OPERATION_EXTENSION = "contracts_operation"
"""The extension of a response that contains the id of its operation."""
UNSIGNED_EXTENSION = "contracts_unsigned"
"""The extension of a response that contains a function that sends its request again, without a token."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that is about to be sent. Two header names that differ only in case are sent as two headers.

    `operation_id` is empty if the document contains no such operation.
    """

    operation_id: str
    method: str
    path: str
    query: Query
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


class SignInError(ContractsError):
    """A sign-in response contains no access token."""


class Gate(Protocol):
    """Decides whether a call may be sent to a target with real data."""

    def before(self, client: "Client", intent: Intent) -> None:
        """Allow the call and record it if it writes. Raises NotApplicableError or BlockedError."""

    def after(self, intent: Intent, response: httpx2.Response) -> None:
        """Record the response of an allowed call."""


class OpenGate:
    """A gate that allows everything. It is used for sandboxes, whose data belong to the suite."""

    def before(self, client: "Client", intent: Intent) -> None:
        """Allow the call."""

    def after(self, intent: Intent, response: httpx2.Response) -> None:
        """Record nothing."""


class NoCookies(CookieJar):
    """A cookie jar that stays empty. Several users share the connections, so only headers may identify the caller."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Store nothing."""


@dataclass(frozen=True, slots=True)
class TargetConnection:
    """The objects for calls to one workspace: a connection pool, the base URL, a transcript, a gate and a sender."""

    http: httpx2.Client
    base_url: str
    api_spec: OpenApiSpec
    transcript: Transcript = field(default_factory=Transcript)
    gate: Gate = field(default_factory=OpenGate)
    sender: Sender = field(default_factory=PlainSender)


class Client:
    """Calls operations by their id, for one user and partner.

    Each exchange is recorded in the connection's transcript, and each response is checked against the document.
    """

    def __init__(self, connection: TargetConnection, headers: Mapping[str, str] | None = None) -> None:
        self.connection = connection
        self.headers = dict(headers or {})

    def with_headers(self, **headers: str | None) -> "Client":
        """Return a client with these headers changed. In names, `_` stands for `-`. The value None removes a header."""
        changed = {name.lower(): value for name, value in self.headers.items()}
        for name, value in headers.items():
            changed[name.lower().replace("_", "-")] = value  # type: ignore[assignment] # None is dropped below
        present = {name: value for name, value in changed.items() if value is not None}
        return Client(self.connection, present)

    def sign_in(self, username: str, password: str, partner_id: str | None = None) -> "Client":
        """Sign in. Return a client with the user's token, scoped to the partner if one is given. Raises SignInError."""
        response = self.call("signIn", body={"username": username, "password": password})
        answer = json_or_none(response)
        token = answer.get("AccessToken") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise SignInError(f"POST /auth answered {response.status_code} without an AccessToken")
        return self.with_headers(
            authorization=f"Bearer {token}",
            x_preferred_partner_id=partner_id or self.headers.get("x-preferred-partner-id"),
        )

    def call(
        self,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        body: object = None,
    ) -> httpx2.Response:
        """Call an operation and return the response. A `FormFile` is sent in a form, bytes as a CSV file.

        Its differences from the document are breaches in the log of the running contract. Outside of contracts, raises
        UndocumentedResponseError.
        """
        operation = self.connection.api_spec.operations[operation_id]
        url = fill_path(operation.path, path or {})
        content, content_type = _encode_body(body)
        content_type_header = {"content-type": content_type} if content_type else {}
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
        """Send a request exactly as given, for requests that `call` cannot express.

        `path` is relative to the base URL and begins with a slash; `query` is sent unchanged. If the document contains
        no such operation, the response must be an error in the platform's form. Breaches are recorded as by `call`.
        """
        operation = self.connection.api_spec.operation_at(method, path)
        url = f"{path}?{query}" if query else path
        intent = Intent(operation.id if operation else "", method, url, {}, content, self._merge_headers(headers or {}))
        return self._perform(intent, operation, content)

    def _merge_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the client's headers and the given ones, which take precedence. Names are case-sensitive."""
        return {**self.headers, **headers}

    def _perform(self, intent: Intent, operation: SpecOperation | None, content: bytes | None) -> httpx2.Response:
        self.connection.gate.before(self, intent)
        response = self._send_recorded(intent, content)
        self.connection.gate.after(intent, response)
        self._check_response(intent, operation, response)
        response.extensions[UNSIGNED_EXTENSION] = lambda: self._perform_without_token(intent, operation, content)
        return response

    def _perform_without_token(
        self, intent: Intent, operation: SpecOperation | None, content: bytes | None
    ) -> httpx2.Response:
        headers = {name: value for name, value in intent.headers.items() if name.lower() != "authorization"}
        return self._perform(replace(intent, headers=headers), operation, content)

    def _send_recorded(self, intent: Intent, content: bytes | None) -> httpx2.Response:
        url = f"{self.connection.base_url.rstrip('/')}{intent.path}"
        if intent.query:
            url += f"?{urlencode(intent.query, doseq=True)}"
        request = self.connection.http.build_request(intent.method, url, headers=intent.headers, content=content)
        return self.connection.sender.send(self.connection.http, request, self.connection.transcript)

    def _check_response(self, intent: Intent, operation: SpecOperation | None, response: httpx2.Response) -> None:
        """Record the response's breaches in the log of the running contract.

        Outside of contracts, raises UndocumentedResponseError for the first one.
        """
        path = intent.path.partition("?")[0]
        check = ResponseCheck(self.connection.api_spec, operation, path, response)
        log, breaches = current_log(), tuple(check.find_breaches())
        for breach in breaches:
            if log is None:
                raise UndocumentedResponseError(f"{breach.what}; expected {breach.expected}, seen {breach.seen}")
            log.add(breach)
        response.extensions[BREACHES_EXTENSION] = breaches
        response.extensions[OPERATION_EXTENSION] = intent.operation_id


def fill_path(template: str, parameters: Mapping[str, str]) -> str:
    """Replace the parameters of a path template. Values are percent-encoded, even slashes and lone surrogates."""
    for name, value in parameters.items():
        template = template.replace(f"{{{name}}}", quote(str(value), safe="", errors="surrogatepass"))
    return template


def json_or_none(response: httpx2.Response) -> Any:
    """Parse the body as JSON. Return None if it is not JSON."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _encode_body(body: object) -> tuple[bytes | None, str]:
    """Return the body as it is sent, with its content-type."""
    if body is None:
        return None, ""
    if isinstance(body, FormFile):
        return encode_form(body), FORM_HEADER
    return (body, CSV) if isinstance(body, bytes) else (json.dumps(body).encode(), JSON)
