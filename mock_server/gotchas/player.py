"""The player of stories: it says what to send, takes what was answered, and holds one against the other.

It sends nothing itself: a command sends over a socket, the server to itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from mock_server.gotchas import json_paths
from mock_server.gotchas.scenario import NAME, SECRETS, Call, Json, Look

PREFIXES = {"PLATFORM": "/api/v3", "MOCK": "/_mock"}
"""Where each of the two APIs stands in a workspace."""
Known: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent; `path` begins after the workspace's own prefix and carries the query."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the headers by their names in small letters, the body as JSON, None where there was none."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True, slots=True)
class Shown:
    """A place of an answer, and what stood there."""

    look: Look
    value: Json


@dataclass(frozen=True, slots=True)
class Played:
    """A call, the status of its answer, what that showed, and where it differs from the story: empty if nowhere."""

    call: Call
    status: int
    shown: tuple[Shown, ...]
    differences: tuple[str, ...]


def read(content: bytes) -> Json:
    """The body of an answer: its JSON, its text where it is none, None where it is empty."""
    try:
        value: Json = json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace") or None
    return value


class Player:
    """Plays calls in order. `known` are values by name: what there was from the start, and what answers gave."""

    def __init__(self, known: Known) -> None:
        self.known: dict[str, Json] = dict(known)

    def request(self, call: Call) -> Request:
        """What is to be sent for the call."""
        query = f"?{_in_text(call.query, self.known, address=True)}" if call.query else ""
        path = _in_text(call.path, self.known, address=True)
        headers = [(name, _in_text(value, self.known)) for name, value in call.headers]
        if call.token is not None and call.api == "PLATFORM":
            headers.append(("authorization", f"Bearer {self.known[call.token]}"))
        content = None
        if call.body is not None:
            content = json.dumps(filled(call.body, self.known), ensure_ascii=False).encode()
            headers.append(("content-type", "application/json"))
        return Request(call.method, f"{PREFIXES[call.api]}{path}{query}", tuple(headers), content)

    def take(self, call: Call, answer: Answer) -> Played:
        """Hold the answer against the story, and keep of it what is asked for."""
        shown, differences = [], _of_status(call, answer)
        for look in call.looks:
            try:
                each = Shown(look, _seen(look, answer))
            except json_paths.NoSuchPlace:
                differences.append(f"the answer has no {look.place}")
                continue
            shown.append(each)
            differences += [] if self._holds(each) else [self._difference(each)]
        if not differences:
            shown = [*self._kept(call, answer), *shown]
        return Played(call, answer.status, tuple(shown), tuple(differences))

    def _kept(self, call: Call, answer: Answer) -> list[Shown]:
        kept = {name: json_paths.at(answer.body, place) for name, place in call.keeps}
        self.known |= kept
        return [Shown(Look("is", place), kept[name]) for name, place in call.keeps if name not in SECRETS]

    def _holds(self, shown: Shown) -> bool:
        look = shown.look
        if look.how in ("as", "unlike"):
            return (shown.value == self.known[str(look.value)]) == (look.how == "as")
        return shown.value == look.value

    def _difference(self, shown: Shown) -> str:
        look, seen = shown.look, json.dumps(shown.value, ensure_ascii=False)
        if look.how == "unlike":
            return f"{look.place} is {seen} as it was before"
        expected = self.known[str(look.value)] if look.how == "as" else look.value
        return f"{look.place} is {seen} in place of {json.dumps(expected, ensure_ascii=False)}"


def filled(body: Json, known: Known) -> Json:
    """The body with its names replaced by what is known; a text that is a name alone becomes the value itself."""
    if isinstance(body, str):
        name = NAME.fullmatch(body)
        return known.get(name[1], body) if name else _in_text(body, known)
    if isinstance(body, dict):
        return {key: filled(value, known) for key, value in body.items()}
    return [filled(each, known) for each in body] if isinstance(body, list) else body


def _in_text(text: str, known: Known, *, address: bool = False) -> str:
    def value(name: str) -> str:
        return quote(str(known[name]), safe="") if address else str(known[name])

    return NAME.sub(lambda found: value(found[1]) if found[1] in known else found[0], text)


def _of_status(call: Call, answer: Answer) -> list[str]:
    if answer.status == call.status:
        return []
    told = "" if answer.body is None else f": {json.dumps(answer.body, ensure_ascii=False)[:300]}"
    return [f"status {answer.status} in place of {call.status}{told}"]


def _seen(look: Look, answer: Answer) -> Json:
    if look.how in ("header", "no header"):
        return answer.headers.get(look.place)
    return json_paths.at(answer.body, look.place)
