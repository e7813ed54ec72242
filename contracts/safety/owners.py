"""Whoever looks after a target's data: the run's users, by whom things are read as found and put back.

They ask plainly, past the strict client: a deployment that breaks its promises is put back in order too.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from contracts.safety.rate_limiter import Kind
from contracts.spec.openapi import Promises
from contracts.target.client import Query
from contracts.target.target import Person

NOT_THERE = frozenset({400, 403, 404})
"""What the platform says of an object that there is not, or that is another partner's."""


class Trouble(Exception):
    """Something could not be read or put back; one line says why."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who may read and write an object: one of the run's users, for a partner."""

    role: str
    partner_id: str

    @classmethod
    def noted(cls, note: list[str]) -> "Keeper":
        """The keeper that a ledger names."""
        return cls(*note)

    def note(self) -> list[str]:
        """As it stands in a ledger."""
        return [self.role, self.partner_id]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a keeper."""

    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Query = field(default_factory=dict)
    body: object = None


class Keepers:
    """The run's users at one target. `leave` is told of each call before it is sent: it counts, and waits."""

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        promises: Promises,
        people: Mapping[str, Person],
        leave: Callable[[Kind], None],
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._promises = promises
        self._people = people
        self._leave = leave
        self._tokens: dict[str, str] = {}
        self._partners: dict[str, str | None] = {}
        self._hidden: set[tuple[object, ...]] = set()

    def candidates(self, scope: str | None) -> list[Keeper]:
        """Who might know an object: whoever acts for the partner that the call names, then each for their own."""
        own = {role: partner for role in self._people if (partner := self.partner_of(role)) is not None}
        lent = [Keeper(role, scope) for role in own] if scope is not None and scope not in own.values() else []
        everybody = [*(Keeper(role, partner) for role, partner in own.items()), *lent]
        return sorted(everybody, key=lambda keeper: keeper.partner_id != scope)

    def partner_of(self, role: str) -> str | None:
        """The partner that a user acts for; None where they cannot sign in, or are of several and name none."""
        if role not in self._partners:
            named = self._people[role].partner_id
            self._partners[role] = named or self.whose(self._authorization(role))
        return self._partners[role]

    def whose(self, authorization: str | None) -> str | None:
        """The partner whom a token stands for by itself; None where it stands for none."""
        if authorization is None:
            return None
        answer = self._send(Call("getPartner"), {"authorization": authorization})
        found = _json(answer)
        return str(found["id"]) if answer.status_code == 200 and isinstance(found, dict) and "id" in found else None

    def ask(self, keeper: Keeper, call: Call) -> httpx.Response:
        """The answer to a call of a keeper, who signs in again where their token is no longer good."""
        for _ in range(2):
            token = self._authorization(keeper.role)
            if token is None:
                raise Trouble(f"{self._people[keeper.role].username} cannot sign in")
            answer = self._send(call, {"authorization": token, "x-preferred-partner-id": keeper.partner_id})
            if answer.status_code != 401:
                break
            self._tokens.pop(keeper.role, None)
        return answer

    def read(self, keeper: Keeper, call: Call) -> Any:
        """What a call of a keeper answers. Raises Trouble for anything but a 200 with JSON."""
        answer = self.ask(keeper, call)
        found = _json(answer)
        if answer.status_code != 200 or found is None:
            raise Trouble(f"{call.operation} answered {answer.status_code}")
        return found

    def write(self, keeper: Keeper, call: Call) -> None:
        """A call of a keeper that changes something. Raises Trouble where it is refused."""
        answer = self.ask(keeper, call)
        if answer.status_code >= 300:
            raise Trouble(f"{call.operation} answered {answer.status_code}")

    def owner(
        self, calling: Callable[[Keeper], Call], scope: str | None, hidden: frozenset[int] = NOT_THERE
    ) -> tuple[Keeper, Any] | None:
        """The first keeper who may read an object, and what they read; None where there is none for anybody.

        `hidden` are the answers that say so to whoever asks for their own partner. Raises Trouble for any other
        refusal: what is not read cannot be put back.
        """
        for keeper in self.candidates(scope):
            call = calling(keeper)
            if (keeper, call.operation, *call.path.values(), *call.query.values()) in self._hidden:
                continue
            answer = self.ask(keeper, call)
            found = _json(answer)
            if answer.status_code == 200 and found is not None:
                return keeper, found
            own = keeper.partner_id == self._partners[keeper.role]
            if answer.status_code not in (hidden if own else NOT_THERE):
                raise Trouble(f"cannot tell how it is found: {call.operation} answered {answer.status_code}")
            self._hidden.add((keeper, call.operation, *call.path.values(), *call.query.values()))
        return None

    def _authorization(self, role: str) -> str | None:
        if role not in self._tokens:
            person = self._people[role]
            body = {"username": person.username, "password": person.password}
            tokens = _json(self._send(Call("signIn", body=body), {}))
            if not isinstance(tokens, dict) or not isinstance(tokens.get("AccessToken"), str):
                return None
            self._tokens[role] = f"Bearer {tokens['AccessToken']}"
        return self._tokens[role]

    def _send(self, call: Call, headers: Mapping[str, str]) -> httpx.Response:
        operation = self._promises.operations[call.operation]
        url = operation.path
        for name, value in call.path.items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        if call.query:
            url += f"?{urlencode(call.query, doseq=True)}"
        content = None if call.body is None else json.dumps(call.body).encode()
        kind = {} if content is None else {"content-type": "application/json"}
        self._leave("sign-in" if url == "/auth" else "read" if operation.method == "GET" else "write")
        everything = {**headers, **kind}
        return self._http.request(operation.method, f"{self._base_url}{url}", headers=everything, content=content)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None
