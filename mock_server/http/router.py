"""Finds the operation for a path and a method, and answers requests for which there is none."""

import re
from collections.abc import Awaitable, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from fastapi.routing import APIRouter

from mock_server.domain.errors import MethodNotAllowedError, Problem, UnknownPathError
from mock_server.http import suggestions
from mock_server.http.context import RequestContext
from mock_server.http.endpoint import OperationRoute, compile_path, operation_routes
from mock_server.http.responses import send_bytes
from mock_server.http.suggestions import DocumentedOperation
from mock_server.settings import DEFAULT_FILE_BYTES


class OperationRouter:
    """Finds the operation for a path and a method.

    A literal path wins over one with a parameter (`…/packages/merge`). `not_played` lists documented paths without an
    operation in this mock; their last segment is never read as an id. See: BASE-07, BASE-09, BASE-11.
    """

    def __init__(
        self, *routers: APIRouter, not_played: Sequence[str] = (), max_file_bytes: int = DEFAULT_FILE_BYTES
    ) -> None:
        self.max_file_bytes = max_file_bytes
        self._routes = operation_routes(*routers)
        self._not_played = tuple(path.rstrip("/") for path in not_played)
        self._literal_routes: dict[str, dict[str, OperationRoute]] = {}
        self._pattern_routes: dict[tuple[str, int], list[OperationRoute]] = {}
        for operation in self._routes:
            for method in sorted(operation.methods):
                if "{" in operation.path:
                    self._pattern_routes.setdefault((method, operation.path.count("/")), []).append(operation)
                else:
                    self._literal_routes.setdefault(operation.path, {})[method] = operation
        for path in self._not_played:
            if "{" not in path:
                self._literal_routes |= {path: {}, f"{path}/": {}}

    def match(self, path: str, method: str) -> tuple[OperationRoute, dict[str, Any]] | None:
        """The route and the path's parameters; None if there is no such operation."""
        if path in self._literal_routes:
            operation = self._literal_routes[path].get(method)
            return None if operation is None else (operation, {})
        for operation in self._pattern_routes.get((method, path.count("/")), ()):
            arguments = operation.match_path(path)
            if arguments is not None:
                return operation, arguments
        return None

    def allowed_methods(self, path: str) -> list[str]:
        """Return the methods of a path."""
        if path in self._literal_routes:
            return list(self._literal_routes[path])
        return [
            method
            for operation in self._routes
            if operation.match_path(path) is not None
            for method in sorted(operation.methods)
        ]

    def operation_id(self, path: str, method: str) -> str | None:
        """The operationId; None if there is no such operation."""
        found = self.match(path, method)
        return None if found is None else found[0].operation_name

    def resolve(self, path: str, method: str) -> tuple[str | None, dict[str, str]]:
        """The operationId and the path's parameters; None and {} if there is no such operation."""
        found = self.match(path, method)
        return (None, {}) if found is None else (found[0].operation_name, found[1])

    def reject_or_redirect(self, context: RequestContext) -> Awaitable[None]:
        """Answer with 404 or 405, or with a 307 to the path with or without the slash at its end.

        Implements: BASE-07, BASE-09.
        """
        path, method, base_path = context.path, context.method, context.base_path
        if self._is_not_played(path):
            raise UnknownPathError(_not_played_problem(base_path + path))
        other_path = path[:-1] if path.endswith("/") else f"{path}/"
        methods_here, methods_there = self.allowed_methods(path), self.allowed_methods(other_path)
        if methods_here:
            raise MethodNotAllowedError(tuple(methods_here), *self._method_problems(context, other_path))
        if not methods_there:
            unknown = Problem("unknown", "path", f"there is no {base_path}{unquote(path)}")
            raise UnknownPathError(unknown, *self.suggest(method, path, base_path))
        query = b"?" + context.query_string if context.query_string else b""
        location = f"{base_path}{other_path}".encode("latin-1") + query
        return send_bytes(context, 307, b"", [(b"location", location)])

    def _method_problems(self, context: RequestContext, other_path: str) -> list[Problem]:
        """Explain a 405: name `other_path` if the method exists there, else name the methods of this path."""
        path, method, base_path = context.path, context.method, context.base_path
        if method in self.allowed_methods(other_path):
            return [Problem("slash", "path", f"use {method} {base_path}{other_path}")]
        allowed = ", ".join(self.allowed_methods(path))
        wrong_method = Problem("method", "path", f"{method} is not allowed; the methods of this path are: {allowed}")
        return [wrong_method, *self._suggest_method(method, path, base_path)]

    @cached_property
    def documented_operations(self) -> list[DocumentedOperation]:
        """The operations, for suggestions and for lookups by name."""
        return [
            DocumentedOperation(operation.operation_name, method, operation.path)
            for operation in self._routes
            for method in sorted(operation.methods)
            if operation.operation_name
        ]

    def suggest(self, method: str, path: str, base_path: str, *known_differences: str) -> list[Problem]:
        """Return a hint at the most similar operation, if there is one; `known_differences` are added to its text."""
        if self._is_not_played(path):
            return [_not_played_problem(base_path + path, *known_differences)]
        suggestion = suggestions.suggest_operation(method, path, self.documented_operations)
        if suggestion is None:
            return []
        return [Problem(suggestions.HINT, "path", suggestions.format_hint(suggestion, base_path, *known_differences))]

    @cached_property
    def _not_played_patterns(self) -> list[re.Pattern[str]]:
        return [compile_path(path) for path in self._not_played]

    def _is_not_played(self, path: str) -> bool:
        return any(pattern.fullmatch(path.removesuffix("/")) for pattern in self._not_played_patterns)

    def _suggest_method(self, method: str, path: str, base_path: str) -> list[Problem]:
        at_path = [each for each in self.documented_operations if self._serves_path(each, path)]
        suggestion = suggestions.suggest_method(method, at_path)
        if suggestion is None:
            return []
        return [Problem(suggestions.HINT, "method", suggestions.format_hint(suggestion, base_path))]

    def _serves_path(self, known: DocumentedOperation, path: str) -> bool:
        found = self.match(path, known.method)
        return found is not None and found[0].path == known.path


def _not_played_problem(path: str, *known_differences: str) -> Problem:
    """The hint for a documented path that the mock does not implement. See: ERR-03."""
    message = f"the platform documents {unquote(path)}, but this mock does not implement it"
    return Problem("not_played", "path", ": ".join((message, *known_differences)))
