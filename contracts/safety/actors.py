"""The guard's own client: the run's users, who read state before a write and restore it afterwards.

Unlike the contracts' client, it does not validate responses against the OpenAPI document, because the state of a
deployment that violates the document must also be restored. A busy deployment is asked once more.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2

from contracts.errors import ContractsError
from contracts.safety.rate_limiter import CallKind
from contracts.spec.openapi import OpenApiSpec
from contracts.target import tokens
from contracts.target.client import Query, fill_path, json_or_none
from contracts.target.retries import GATEWAY_STATUSES
from contracts.target.target import UserCredentials

ADMIN = "admin"
"""The role of a user who may act for any partner."""
ABSENT_STATUSES = frozenset({400, 403, 404})
"""The statuses that mean that an object does not exist or belongs to another partner."""


class RestoreError(ContractsError):
    """Something could not be read or restored. The message is one line."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A user of the run, named by role, who acts for a partner."""

    role: str
    partner_id: str

    @classmethod
    def from_note(cls, note: list[str]) -> "Actor":
        """Parse an actor from a ledger."""
        return cls(*note)

    def to_note(self) -> list[str]:
        """Return the actor in the form in which a ledger stores it."""
        return [self.role, self.partner_id]


@dataclass(frozen=True, slots=True)
class ActorCall:
    """One call of an actor."""

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    body: object = None


class ActorClient:
    """Calls a target as the run's users. `permit` is called before each request, counts it, and may wait or raise.

    `find_shared_sign_in` returns the body of a sign-in that can be used for a role; it is empty if there is none.
    """

    def __init__(
        self,
        http: httpx2.Client,
        base_url: str,
        api_spec: OpenApiSpec,
        users: Mapping[str, UserCredentials],
        permit: Callable[[CallKind], None],
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_spec = api_spec
        self._users = users
        self._permit = permit
        self.find_shared_sign_in: Callable[[str], Mapping[str, Any]] = lambda role: {}
        self._refused: set[str] = set()
        self._tokens: dict[str, str] = {}
        self._id_tokens: dict[str, object] = {}
        self._partners: dict[str, str | None] = {}
        self._known_absent: set[tuple[object, ...]] = set()

    def candidates(self, scope: str | None) -> list[Actor]:
        """Return the actors who may be able to read an object. Actors for the call's partner come first."""
        own_partners = {role: partner for role in self._users if (partner := self.partner_of(role)) is not None}
        for_scope = (
            [Actor(role, scope) for role in own_partners]
            if scope is not None and scope not in own_partners.values()
            else []
        )
        actors = [*(Actor(role, partner) for role, partner in own_partners.items()), *for_scope]
        return sorted(actors, key=lambda actor: actor.partner_id != scope)

    def partner_of(self, role: str) -> str | None:
        """Return a user's partner.

        None if the user cannot sign in, or if the user has several partners and none is named.
        """
        if role not in self._partners:
            named = self._users[role].partner_id
            has_token = named is None and self._authorization(role) is not None
            self._partners[role] = tokens.own_partner(self._id_tokens.get(role)) if has_token else named
        return self._partners[role]

    def request(self, actor: Actor, call: ActorCall) -> httpx2.Response:
        """Send an actor's call. Sign in again if the token has expired. Raises RestoreError if the sign-in fails."""
        for _ in range(2):
            token = self._authorization(actor.role)
            if token is None:
                raise RestoreError(f"{self._users[actor.role].username} cannot sign in")
            answer = self._send(call, {"authorization": token, "x-preferred-partner-id": actor.partner_id})
            if answer.status_code != 401:
                break
            self._tokens.pop(actor.role, None)
            self._refused.add(actor.role)
        return answer

    def read(self, actor: Actor, call: ActorCall) -> Any:
        """Return the body of an actor's read. Raises RestoreError for anything but a 200 with JSON."""
        answer = self.request(actor, call)
        body = json_or_none(answer)
        if answer.status_code != 200 or body is None:
            raise RestoreError(f"{call.operation} answered {answer.status_code}")
        return body

    def write(self, actor: Actor, call: ActorCall) -> None:
        """Send an actor's write. Raises RestoreError if it is refused."""
        answer = self.request(actor, call)
        if answer.status_code >= 300:
            raise RestoreError(f"{call.operation} answered {answer.status_code}")

    def find_owner(
        self,
        build_call: Callable[[Actor], ActorCall],
        scope: str | None,
        absent_statuses: frozenset[int] = ABSENT_STATUSES,
    ) -> tuple[Actor, Any] | None:
        """Return the first actor who can read an object, and its body. None if the object exists for no actor.

        A response with one of the `absent_statuses` means that the object does not exist for the actor's partner.
        Raises RestoreError for any other refusal, including the refusal of an admin's read: state that cannot be read
        cannot be restored.
        """
        for actor in self.candidates(scope):
            try:
                owner = self._read_existing(actor, build_call(actor), absent_statuses)
            except RestoreError:
                admin = Actor(ADMIN, actor.partner_id)
                if ADMIN not in self._users or actor == admin:
                    raise
                owner = self._read_existing(admin, build_call(admin), absent_statuses)
            if owner is not None:
                return owner
        return None

    def _read_existing(
        self, actor: Actor, call: ActorCall, absent_statuses: frozenset[int]
    ) -> tuple[Actor, Any] | None:
        """Return the actor and the body; None if the object does not exist. Raises RestoreError if it is refused."""
        key = (actor, call.operation, *call.path.values(), *call.query.values())
        if key in self._known_absent:
            return None
        answer = self.request(actor, call)
        body = json_or_none(answer)
        if answer.status_code == 200 and body is not None:
            return actor, body
        is_own_partner = actor.role == ADMIN or actor.partner_id == self._partners[actor.role]
        if answer.status_code not in (absent_statuses if is_own_partner else ABSENT_STATUSES):
            raise RestoreError(f"cannot read the current state: {call.operation} answered {answer.status_code}")
        self._known_absent.add(key)
        return None

    def _authorization(self, role: str) -> str | None:
        if role not in self._tokens:
            answer = {} if role in self._refused else self.find_shared_sign_in(role)
            if not answer:
                credentials = self._users[role]
                body = {"username": credentials.username, "password": credentials.password}
                answer = json_or_none(self._send(ActorCall("signIn", body=body), {}))
            if not isinstance(answer, Mapping) or not isinstance(answer.get("AccessToken"), str):
                return None
            self._tokens[role] = f"Bearer {answer['AccessToken']}"
            self._id_tokens[role] = answer.get("IdToken")
        return self._tokens[role]

    def _send(self, call: ActorCall, headers: Mapping[str, str]) -> httpx2.Response:
        operation = self._api_spec.operations[call.operation]
        url = fill_path(operation.path, call.path)
        if call.query:
            url += f"?{urlencode(call.query, doseq=True, errors='surrogatepass')}"
        content = None if call.body is None else json.dumps(call.body).encode()
        content_headers = {} if content is None else {"content-type": "application/json"}
        self._permit("sign-in" if url == "/auth" else "read" if operation.method == "GET" else "write")
        all_headers = {**headers, **content_headers}
        request = self._http.build_request(
            operation.method, f"{self._base_url}{url}", headers=all_headers, content=content
        )
        answer = self._http.send(request)
        is_repeatable = answer.status_code in GATEWAY_STATUSES and operation.method != "POST"
        return self._http.send(request) if is_repeatable else answer
