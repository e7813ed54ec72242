"""How a variant changes requests and responses on the wire, without touching what the mock does."""

import json
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.http.router import OperationRouter
from mock_server.platform_api import router as platform
from tests.defects.registry import Patch, ResponseChange, WireResponse

PREFIX = b"/api/v3"
SUCCESS = range(200, 300)
JsonChange: TypeAlias = Callable[[Any], Any]
RequestChange: TypeAlias = Callable[[dict[str, Any]], None]


class VariantPatch(Patch):
    """The changes that a variant makes to the mock: those of a defect, and changes of requests."""

    def __init__(self) -> None:
        super().__init__()
        self._request_changes: list[RequestChange] = []
        self._last_changes: list[ResponseChange] = []

    def change_responses_last(self, change: ResponseChange) -> None:
        """Change each response after all other changes: how it is encoded."""
        self._last_changes.append(change)

    def change_requests(self, change: RequestChange) -> None:
        """Change the ASGI scope of each request of the platform before the mock sees it."""
        self._request_changes.append(change)

    def wrap_app(self, app: ASGIApp) -> ASGIApp:
        """Return an application that changes the requests to this one and its responses."""
        for change in self._last_changes:
            self.change_responses(change)
        wrapped = super().wrap_app(app)
        return _RequestChanger(wrapped, self._request_changes) if self._request_changes else wrapped


class _RequestChanger:
    def __init__(self, app: ASGIApp, changes: list[RequestChange]) -> None:
        self._app, self._changes = app, changes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/api/v3" in scope["path"] and "/_mock" not in scope["path"]:
            scope = dict(scope)
            for change in self._changes:
                change(scope)
        await self._app(scope, receive, send)


def rewrite_path(scope: dict[str, Any], old_end: str, new_end: str) -> None:
    """Replace the end of the path of a request if it is `old_end`."""
    raw = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    if raw.endswith(old_end.encode()):
        scope["raw_path"] = raw[: -len(old_end)] + new_end.encode()
        scope["path"] = scope["path"][: -len(old_end)] + new_end


@cache
def _router() -> OperationRouter:
    return platform.build_router()


def find_operation(scope: Scope) -> str:
    """Return the operationId of a request, empty if there is no such operation."""
    raw = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    path = raw[raw.find(PREFIX) + len(PREFIX) :].decode("latin-1")
    return _router().operation_id(path, scope["method"]) or ""


def change_json(patch: Patch, change: JsonChange, *operations: str, statuses: Collection[int] = SUCCESS) -> None:
    """Replace the JSON body of the responses of these operations, of all if none is named."""

    def change_body(scope: Scope, response: WireResponse) -> None:
        is_json = (b"content-type", b"application/json") in response.headers and response.body
        if is_json and response.status in statuses and (not operations or find_operation(scope) in operations):
            response.body = json.dumps(change(json.loads(response.body))).encode()

    patch.change_responses(change_body)


def change_members(patch: Patch, change: JsonChange, *operations: str) -> None:
    """Replace each JSON object with `change(object)`, also objects inside other objects and arrays."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(item) for item in value]
        return change({name: walk(member) for name, member in value.items()}) if isinstance(value, dict) else value

    change_json(patch, walk, *operations)


def change_objects(patch: Patch, change: JsonChange, *operations: str) -> None:
    """Replace the JSON object of a response, or each object of a bare array or of a page, with `change(object)`."""

    def change_each(body: Any) -> Any:
        if isinstance(body, list):
            return [change_each(item) for item in body]
        if isinstance(body, dict) and isinstance(body.get("items"), list):
            return {**body, "items": [change(item) for item in body["items"]]}
        return change(body) if isinstance(body, dict) else body

    change_json(patch, change_each, *operations)


def add_members(patch: Patch, *operations: str, **members: Any) -> None:
    """Add further members to the objects of these operations' responses."""
    change_objects(patch, lambda record: {**record, **members}, *operations)


def drop_members(patch: Patch, *operations: str, names: Collection[str]) -> None:
    """Omit members from the objects of these operations' responses."""
    change_objects(patch, lambda record: {k: v for k, v in record.items() if k not in names}, *operations)


def rename_members(patch: Patch, *operations: str, **names: str) -> None:
    """Rename members of the objects of these operations' responses, also of objects inside other objects."""
    change_members(patch, lambda record: {names.get(k, k): v for k, v in record.items()}, *operations)


def change_values(patch: Patch, member: str, values: dict[Any, Any], *operations: str) -> None:
    """Replace values of a member, by the old value, wherever it occurs in these operations' responses."""

    def change(record: Any) -> Any:
        if member not in record or isinstance(record[member], dict | list):
            return record
        return {**record, member: values.get(record[member], record[member])}

    change_members(patch, change, *operations)


def change_status(patch: Patch, old: int, new: int, *operations: str, empty: bool = False) -> None:
    """Send another status, and with `empty` no body, where these operations (all if none) answer with the old one."""

    def change(scope: Scope, response: WireResponse) -> None:
        if response.status == old and (not operations or find_operation(scope) in operations):
            response.status = new
            if empty:
                response.body = b""
                response.drop("content-type")
                response.drop("content-length")

    patch.change_responses(change)


def change_header(patch: Patch, name: str, value: str | None, *, statuses: Collection[int] = range(100, 600)) -> None:
    """Set a header of each response with one of these statuses, or remove it if the value is None."""

    def change(scope: Scope, response: WireResponse) -> None:
        if response.status in statuses:
            response.drop(name) if value is None else response.set(name, value)

    patch.change_responses(change)


def change_error(patch: Patch, change: JsonChange) -> None:
    """Replace the body of each error with `change(body)`."""
    change_json(patch, change, statuses=range(400, 600))


def reduce_error(patch: VariantPatch, change: JsonChange) -> None:
    """Replace the body of each error with `change(body)`, after all other changes, which need all its members."""

    def change_body(scope: Scope, response: WireResponse) -> None:
        if response.status >= 400 and response.body.startswith(b"{"):
            response.body = json.dumps(change(json.loads(response.body))).encode()

    patch.change_responses_last(change_body)
