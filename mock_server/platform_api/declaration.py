"""How an operation is declared: what every one of them has, said once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Response
from fastapi.routing import APIRouter

from mock_server.http.error_body import ErrorBody
from mock_server.http.media_types import CSV, XLSX

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

REQUEST_ID_HEADER = {"x-request-id": {"required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 128}}}
AUTHENTICATE_HEADER = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}}
ANY_ORIGIN_HEADER = {"Access-Control-Allow-Origin": {"required": True, "schema": {"type": "string", "const": "*"}}}
PARTNER_PARAMETER = {"name": "X-Preferred-Partner-Id", "in": "header", "required": False, "schema": {"type": "string"}}
BODY_ERROR_STATUSES = (413, 415)
DISPOSITION_HEADER = {
    "Content-Disposition": {"required": True, "schema": {"type": "string", "pattern": '^attachment; filename="[^"]+"$'}}
}
FILE_CONTENT = {CSV: {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string", "format": "binary"}}}


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """What is particular about an operation.

    `refuses` are its statuses beside those that come with a token (401, 403) and with a body (413, 415).
    `answers` are further statuses of success. `body_model` is the answer's shape where the function does not say it.
    `brings_file` and `gives_file` are whether the body, or the answer, is a file in place of JSON.
    """

    operation_id: str
    status: int = 200
    error_statuses: tuple[int, ...] = ()
    other_success_statuses: tuple[int, ...] = ()
    has_body: bool = False
    is_public: bool = False
    any_origin: bool = False
    is_empty: bool = False
    response_model: Any = None
    accepts_file: bool = False
    returns_file: bool = False


def operation(router: APIRouter, method: str, path: str, spec: OperationSpec) -> Callable[[Endpoint], Endpoint]:
    """Declare the decorated function as the operation of that method and path."""

    def add_route(endpoint: Endpoint) -> Endpoint:
        options: dict[str, Any] = {"response_model": None, "response_class": Response} if _has_no_body(spec) else {}
        if spec.response_model is not None:
            options["response_model"] = spec.response_model
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            operation_id=spec.operation_id,
            status_code=spec.status,
            responses=_build_responses(spec),
            openapi_extra=_build_openapi_extra(spec),
            **options,
        )
        return endpoint

    return add_route


def _has_no_body(spec: OperationSpec) -> bool:
    return spec.is_empty or spec.returns_file or spec.status == 204


def _build_responses(spec: OperationSpec) -> dict[int | str, dict[str, Any]]:
    common = {**REQUEST_ID_HEADER, **(ANY_ORIGIN_HEADER if spec.any_origin else {})}
    successes: dict[int | str, dict[str, Any]] = {
        status: {"headers": common} for status in (spec.status, *spec.other_success_statuses)
    }
    if spec.returns_file:
        successes[spec.status] = {"headers": {**common, **DISPOSITION_HEADER}, "content": FILE_CONTENT}
    error_statuses = {400, *spec.error_statuses}
    error_statuses |= set() if spec.is_public else {401, 403}
    error_statuses |= set() if spec.any_origin else {429}
    error_statuses |= set(BODY_ERROR_STATUSES) if spec.has_body else set()
    return {
        **successes,
        **{
            status: {"model": ErrorBody, "headers": {**common, **(AUTHENTICATE_HEADER if status == 401 else {})}}
            for status in sorted(error_statuses)
        },
    }


def _build_openapi_extra(spec: OperationSpec) -> dict[str, Any]:
    file = {"requestBody": {"required": True, "content": FILE_CONTENT}} if spec.accepts_file else {}
    return (
        {"security": []}
        if spec.is_public
        else {"parameters": [PARTNER_PARAMETER], "security": [{"bearer": []}], **file}
    )
