"""How an operation is declared: what every one of them has, said once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Response
from fastapi.routing import APIRouter

from mock_server.http.error_body import ErrorBody
from mock_server.http.media_types import CSV, XLSX

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

REQUEST_ID = {"x-request-id": {"required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 128}}}
CHALLENGE = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}}
ANY_ORIGIN = {"Access-Control-Allow-Origin": {"required": True, "schema": {"type": "string", "const": "*"}}}
PARTNER = {"name": "X-Preferred-Partner-Id", "in": "header", "required": False, "schema": {"type": "string"}}
BODY_REFUSALS = (413, 415)
DISPOSITION = {
    "Content-Disposition": {"required": True, "schema": {"type": "string", "pattern": '^attachment; filename="[^"]+"$'}}
}
FILE = {CSV: {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string", "format": "binary"}}}


@dataclass(frozen=True, slots=True)
class Declared:
    """What is particular about an operation.

    `refuses` are its statuses beside those that come with a token (401, 403) and with a body (413, 415).
    `answers` are further statuses of success. `body_model` is the answer's shape where the function does not say it.
    `brings_file` and `gives_file` are whether the body, or the answer, is a file in place of JSON.
    """

    operation_id: str
    status: int = 200
    refuses: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()
    body: bool = False
    public: bool = False
    any_origin: bool = False
    empty: bool = False
    body_model: Any = None
    brings_file: bool = False
    gives_file: bool = False


def operation(router: APIRouter, method: str, path: str, declared: Declared) -> Callable[[Endpoint], Endpoint]:
    """Declare the decorated function as the operation of that method and path."""

    def declare(endpoint: Endpoint) -> Endpoint:
        options: dict[str, Any] = {"response_model": None, "response_class": Response} if _empty(declared) else {}
        if declared.body_model is not None:
            options["response_model"] = declared.body_model
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            operation_id=declared.operation_id,
            status_code=declared.status,
            responses=_responses(declared),
            openapi_extra=_extra(declared),
            **options,
        )
        return endpoint

    return declare


def _empty(declared: Declared) -> bool:
    return declared.empty or declared.gives_file or declared.status == 204


def _responses(declared: Declared) -> dict[int | str, dict[str, Any]]:
    common = {**REQUEST_ID, **(ANY_ORIGIN if declared.any_origin else {})}
    successes: dict[int | str, dict[str, Any]] = {
        status: {"headers": common} for status in (declared.status, *declared.answers)
    }
    if declared.gives_file:
        successes[declared.status] = {"headers": {**common, **DISPOSITION}, "content": FILE}
    refusals = {400, *declared.refuses}
    refusals |= set() if declared.public else {401, 403}
    refusals |= set() if declared.any_origin else {429}
    refusals |= set(BODY_REFUSALS) if declared.body else set()
    return {
        **successes,
        **{
            status: {"model": ErrorBody, "headers": {**common, **(CHALLENGE if status == 401 else {})}}
            for status in sorted(refusals)
        },
    }


def _extra(declared: Declared) -> dict[str, Any]:
    file = {"requestBody": {"required": True, "content": FILE}} if declared.brings_file else {}
    return {"security": []} if declared.public else {"parameters": [PARTNER], "security": [{"bearer": []}], **file}
