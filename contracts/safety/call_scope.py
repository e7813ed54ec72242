"""Parses a call: its operation, and the partner and the objects that it names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from contracts.spec.openapi import OpenApiSpec, SpecOperation
from contracts.target.client import Intent

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SIGN_IN = "/auth"


@dataclass(frozen=True, slots=True)
class ParsedCall:
    """One call. `operation` is empty if the document contains no operation for it, with or without a trailing slash.

    `path_parameters` are decoded. `body` is None if the call has no body, or the body is not JSON.
    """

    operation: str
    method: str
    path: str
    path_parameters: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    body: Any

    @property
    def is_sign_in(self) -> bool:
        """Whether the call signs in or refreshes a token. Such a call writes nothing, and has its own rate limit."""
        return is_sign_in_path(self.path)

    @property
    def is_write(self) -> bool:
        """Whether the call could change data. This includes calls that will be refused."""
        return _is_write(self.method, self.path)

    def ids(self, name: str) -> tuple[str, ...]:
        """Return the values with this name in the path and the query."""
        in_path = (self.path_parameters[name],) if name in self.path_parameters else ()
        return (*in_path, *self.query.get(name, ()))

    def single_value(self, name: str) -> str | None:
        """Return the value with this name. None if there is no value, an empty value, or more than one value."""
        ids = self.ids(name)
        return ids[0] if len(ids) == 1 and ids[0] else None


def is_write_operation(operation: SpecOperation) -> bool:
    """Whether the operation changes data. Sign-in and refresh do not."""
    return _is_write(operation.method, operation.path)


def parse_call(intent: Intent, api_spec: OpenApiSpec) -> ParsedCall:
    """Parse a call as leniently as a deployment might: accept a wrong trailing slash, or a path encoded twice."""
    path, _, raw_query = intent.path.partition("?")
    operation, path_parameters = _find_operation(intent.method, path, api_spec)
    query = {name: _to_texts(value) for name, value in intent.query.items()}
    for name, values in parse_qs(raw_query, keep_blank_values=True).items():
        query[name] = (*query.get(name, ()), *values)
    return ParsedCall(operation, intent.method, path, path_parameters, query, _parse_body(intent.body))


def _find_operation(method: str, path: str, api_spec: OpenApiSpec) -> tuple[str, dict[str, str]]:
    """Find the operation of a path. Also try the path with or without a trailing slash, and the decoded paths."""
    other_slash = path[:-1] if path.endswith("/") else f"{path}/"
    for candidate in (path, other_slash, unquote(path), unquote(other_slash)):
        operation = api_spec.operation_at(method, candidate)
        if operation is not None:
            match = re.fullmatch(re.sub(r"\{([^}]+)\}", r"(?P<\1>[^/]*)", operation.path), candidate)
            values = match.groupdict() if match is not None else {}
            return operation.id, {name: unquote(value) for name, value in values.items()}
    return "", {}


def _is_write(method: str, path: str) -> bool:
    return method not in SAFE_METHODS and not is_sign_in_path(path)


def is_sign_in_path(path: str) -> bool:
    """Whether a path is that of a sign-in or of a refresh."""
    return path == SIGN_IN or path.startswith(f"{SIGN_IN}/")


def _to_texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _parse_body(body: object) -> Any:
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
