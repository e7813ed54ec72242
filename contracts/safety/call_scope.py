"""What a call asks of the platform: its operation, and the partner and the objects that it names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from contracts.spec.openapi import Promises
from contracts.target.client import Intent

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SIGN_IN = "/auth"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call. `operation` is empty where the document has none at that path, whatever its slash.

    `named` are the path's parameters; `body` is None where there is none, or no JSON.
    """

    operation: str
    method: str
    path: str
    named: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    body: Any

    @property
    def signs_in(self) -> bool:
        """Whether the call is about tokens: it writes nothing, and has a limit of its own."""
        return self.path == SIGN_IN or self.path.startswith(f"{SIGN_IN}/")

    @property
    def writes(self) -> bool:
        """Whether a deployment may change anything because of it, refused or not."""
        return self.method not in SAFE_METHODS and not self.signs_in

    def ids(self, name: str) -> tuple[str, ...]:
        """The ids under this name in the path and the query."""
        in_path = (self.named[name],) if name in self.named else ()
        return (*in_path, *self.query.get(name, ()))

    def only(self, name: str) -> str | None:
        """The one value under this name; None where there is none, or an empty one, or several."""
        found = self.ids(name)
        return found[0] if len(found) == 1 and found[0] else None


def read(intent: Intent, promises: Promises) -> Asked:
    """The call that is meant, as far as a lenient deployment might understand it too."""
    path, _, raw = intent.path.partition("?")
    operation, named = _operation(intent.method, path, promises)
    query = {name: _texts(value) for name, value in intent.query.items()}
    for name, values in parse_qs(raw, keep_blank_values=True).items():
        query[name] = (*query.get(name, ()), *values)
    return Asked(operation, intent.method, path, named, query, _body(intent.body))


def _operation(method: str, path: str, promises: Promises) -> tuple[str, dict[str, str]]:
    """The operation at the path, at its other slash, or at what it reads as once it is decoded."""
    other = path[:-1] if path.endswith("/") else f"{path}/"
    for form in (path, other, unquote(path), unquote(other)):
        operation = promises.operation_at(method, form)
        if operation is not None:
            found = re.fullmatch(re.sub(r"\{([^}]+)\}", r"(?P<\1>[^/]*)", operation.path), form)
            values = found.groupdict() if found is not None else {}
            return operation.id, {name: unquote(value) for name, value in values.items()}
    return "", {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _body(body: object) -> Any:
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
