"""Builds the options of FastAPI's decorators, so that properties shared by all operations are declared once."""

from dataclasses import dataclass
from typing import Any

from fastapi import Response

from mock_server.http.error_body import ErrorBody
from mock_server.http.media_types import CSV, FILE_FIELD, FORM, XLSX

REQUEST_ID_HEADER = {"x-request-id": {"required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 128}}}
AUTHENTICATE_HEADER = {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}}
ANY_ORIGIN_HEADER = {"Access-Control-Allow-Origin": {"required": True, "schema": {"type": "string", "const": "*"}}}
PARTNER_PARAMETER = {"name": "X-Preferred-Partner-Id", "in": "header", "required": False, "schema": {"type": "string"}}
BODY_ERROR_STATUSES = (413, 415)
DISPOSITION_HEADER = {
    "Content-Disposition": {"required": True, "schema": {"type": "string", "pattern": '^attachment; filename="[^"]+"$'}}
}
CSV_DISPOSITION_HEADER = {"Content-Disposition": {**DISPOSITION_HEADER["Content-Disposition"], "required": False}}
CSV_CONTENT = {CSV: {"schema": {"type": "string"}}}
FORM_CONTENT = {
    FORM: {
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": [FILE_FIELD],
            "properties": {FILE_FIELD: {"type": "string", "format": "binary"}},
        }
    }
}
FILE_CONTENT = {**CSV_CONTENT, XLSX: {"schema": {"type": "string", "format": "binary"}}}


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """The properties in which operations differ.

    `error_statuses` are the statuses in addition to 401 and 403 (operations with a token) and 413 and 415 (operations
    with a body). `other_success_statuses` are further success statuses. `response_model` is the response's model if the
    function's annotation does not give it. `accepts_form` means that the body is a form with a file, and `accepts_file`
    that it may also be the file itself. `returns_file` means that the response is a file instead of JSON, and
    `may_return_csv` that the response is CSV instead of JSON with a quirk.
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
    accepts_form: bool = False
    accepts_file: bool = False
    returns_file: bool = False
    may_return_csv: bool = False


def operation(operation_id: str, **particulars: Any) -> dict[str, Any]:
    """Return the options of FastAPI's decorator: `@router.get(path, **operation("getEvent", …))`.

    `particulars` are the other fields of `OperationSpec`.
    """
    spec = OperationSpec(operation_id, **particulars)
    options: dict[str, Any] = {"response_model": None, "response_class": Response} if _has_no_body(spec) else {}
    if spec.response_model is not None:
        options["response_model"] = spec.response_model
    return {
        "operation_id": spec.operation_id,
        "status_code": spec.status,
        "responses": _build_responses(spec),
        "openapi_extra": _build_openapi_extra(spec),
        **options,
    }


def _has_no_body(spec: OperationSpec) -> bool:
    return spec.is_empty or spec.returns_file or spec.status == 204


def _build_responses(spec: OperationSpec) -> dict[int | str, dict[str, Any]]:
    common = {**REQUEST_ID_HEADER, **(ANY_ORIGIN_HEADER if spec.any_origin else {})}
    successes: dict[int | str, dict[str, Any]] = {
        status: {"headers": common} for status in (spec.status, *spec.other_success_statuses)
    }
    if spec.returns_file:
        successes[spec.status] = {"headers": {**common, **DISPOSITION_HEADER}, "content": FILE_CONTENT}
    if spec.may_return_csv:
        successes[spec.status] = {"headers": {**common, **CSV_DISPOSITION_HEADER}, "content": CSV_CONTENT}
    errors: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorBody, "headers": {**common, **(AUTHENTICATE_HEADER if status == 401 else {})}}
        for status in sorted(_error_statuses(spec))
    }
    return {**successes, **errors}


def _error_statuses(spec: OperationSpec) -> set[int]:
    statuses = {400, *spec.error_statuses}
    statuses |= set() if spec.is_public else {401, 403}
    statuses |= set() if spec.any_origin else {429}
    statuses |= set(BODY_ERROR_STATUSES) if spec.has_body else set()
    return statuses


def _build_openapi_extra(spec: OperationSpec) -> dict[str, Any]:
    if spec.is_public:
        return {"security": []}
    content = {**(FORM_CONTENT if spec.accepts_form else {}), **(FILE_CONTENT if spec.accepts_file else {})}
    upload = {"requestBody": {"required": True, "content": content}} if content else {}
    return {"parameters": [PARTNER_PARAMETER], "security": [{"bearer": []}], **upload}
