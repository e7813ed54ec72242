"""The strict client: it refuses any answer that `openapi.yaml` does not promise."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpx

from contracts.spec.openapi import JSON, Operation, Promises, UnpromisedAnswer
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
        """Let the call pass, noted where it writes, or raise NotApplicable or Blocked."""

    def after(self, intent: Intent, answer: httpx.Response) -> None:
        """See what came of it."""


class Open:
    """A gate that lets everything pass: the world behind it is the suite's own."""

    def before(self, client: "Client", intent: Intent) -> None:
        """Let it pass."""

    def after(self, intent: Intent, answer: httpx.Response) -> None:
        """Nothing to note."""


class NoCookies(CookieJar):
    """Keeps none: several users share the connections, and who is calling stands in each request's headers."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take none."""


@dataclass(frozen=True, slots=True)
class Line:
    """How clients reach one world: the connections, its base URL (`…/api/v3`), and who watches what passes."""

    http: httpx.Client
    base_url: str
    promises: Promises
    transcript: Transcript = field(default_factory=Transcript)
    gate: Gate = field(default_factory=Open)


class Client:
    """Calls operations by their id, on behalf of one user and partner.

    Every answer is checked before it is given back, and each exchange is kept in the line's transcript.
    """

    def __init__(self, line: Line, headers: Mapping[str, str] | None = None) -> None:
        self.line = line
        self.headers = dict(headers or {})

    def having(self, **headers: str | None) -> "Client":
        """The same client with other headers (`_` for `-`); one that is None is left out."""
        changed = {name.lower(): value for name, value in self.headers.items()}
        for name, value in headers.items():
            changed[name.lower().replace("_", "-")] = value  # type: ignore[assignment] # None is dropped below
        kept = {name: value for name, value in changed.items() if value is not None}
        return Client(self.line, kept)

    def sign_in(self, username: str, password: str, partner_id: str | None = None) -> "Client":
        """A client with the user's token, scoped to the partner where one is named."""
        tokens = self.call("signIn", body={"username": username, "password": password}).json()
        return self.having(
            authorization=f"Bearer {tokens['AccessToken']}",
            x_preferred_partner_id=partner_id or self.headers.get("x-preferred-partner-id"),
        )

    def call(
        self,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        body: object = None,
    ) -> httpx.Response:
        """One call; a body of bytes is a file, CSV. Raises UnpromisedAnswer.

        A refusal that is promised is an answer like any other.
        """
        operation = self.line.promises.operations[operation_id]
        url = operation.path
        for name, value in (path or {}).items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = {} if body is None else {"content-type": CSV if isinstance(body, bytes) else JSON}
        intent = Intent(operation_id, operation.method, url, dict(query or {}), body, self._with(kind))
        return self._exchange(intent, operation, content)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One request just as it is given, for what no well-formed call can say.

        `path` stands under the base URL and begins with a slash; `query` is sent as it is. Where the document has
        no such operation the answer must be a refusal in the platform's one form. Raises UnpromisedAnswer.
        """
        operation = self.line.promises.operation_at(method, path)
        url = f"{path}?{query}" if query else path
        intent = Intent(operation.id if operation else "", method, url, {}, content, self._with(headers or {}))
        return self._exchange(intent, operation, content)

    def _with(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The client's own headers, and these; one of the same spelling takes the other's place."""
        return {**self.headers, **headers}

    def _exchange(self, intent: Intent, operation: Operation | None, content: bytes | None) -> httpx.Response:
        self.line.gate.before(self, intent)
        answer = self._answer(intent, content)
        self.line.gate.after(intent, answer)
        self._check(intent, operation, answer)
        return answer

    def _answer(self, intent: Intent, content: bytes | None) -> httpx.Response:
        url = f"{self.line.base_url.rstrip('/')}{intent.path}"
        if intent.query:
            url += f"?{urlencode(intent.query, doseq=True)}"
        request = self.line.http.build_request(intent.method, url, headers=intent.headers, content=content)
        try:
            answer = self.line.http.send(request)
        except httpx.TransportError:
            self.line.transcript.add(request, None)
            raise
        self.line.transcript.add(request, answer)
        return answer

    def _check(self, intent: Intent, operation: Operation | None, answer: httpx.Response) -> None:
        file = operation is not None and operation.gives_file(answer.status_code, answer.headers)
        body: Any = answer.content if file else _body(answer)
        if operation is not None and (answer.status_code != 405 or "405" in operation.answers):
            operation.check(answer.status_code, answer.headers, body)
        elif intent.method != "HEAD" and not 300 <= answer.status_code < 400:
            if answer.status_code < 400:
                raise UnpromisedAnswer(f"{intent.method} {intent.path} answered {answer.status_code}: {body}")
            self.line.promises.check_refusal(answer.status_code, answer.headers, body)


def _body(answer: httpx.Response) -> Any:
    """The body as JSON, None where there is none. Raises UnpromisedAnswer for what is no JSON."""
    if not answer.content:
        return None
    try:
        return answer.json()
    except (ValueError, RecursionError) as broken:
        shown = answer.text[:200]
        raise UnpromisedAnswer(
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code} with no JSON: {shown}"
        ) from broken
