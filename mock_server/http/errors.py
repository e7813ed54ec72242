"""Which status each refusal has, and its body."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import ValidationError

from mock_server.domain import errors
from mock_server.domain.errors import PlatformError, Problem
from mock_server.http import suggestions
from mock_server.http.error_body import ErrorBody
from mock_server.http.model_spec import Location
from mock_server.state import workspace_registry

STATUSES: dict[type[PlatformError], int] = {
    errors.InvalidRequest: 400,
    errors.RefreshTokenExpired: 400,
    errors.RefreshTokenInvalid: 400,
    errors.InvalidCredentials: 401,
    errors.MfaRequired: 401,
    errors.TokenExpired: 401,
    errors.TokenInvalid: 401,
    errors.AccountDisabled: 403,
    errors.NotAuthorized: 403,
    errors.EventNotFound: 404,
    errors.CampaignResultNotFound: 404,
    errors.PackageNotFound: 404,
    errors.PartnerNotFound: 404,
    errors.UnknownPath: 404,
    workspace_registry.WorkspaceNotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.PackageNotReady: 409,
    workspace_registry.WorkspaceConflict: 409,
    errors.RequestTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.RateLimited: 429,
    errors.InternalError: 500,
}
"""Rules: ERR-02, ERR-03. 422 is another service's."""

CODES = {
    "missing": "required",
    "extra_forbidden": "unknown",
    "json_invalid": "json",
    "literal_error": "enum",
    "string_pattern_mismatch": "characters",
    "duplicate": "duplicate",
}
PLACES = {"query": "query string", "body": "JSON body"}
RANGES = ("greater_than", "less_than")
LENGTHS = ("too_long", "too_short", "string_too_long", "string_too_short")


def body(refusal: PlatformError) -> ErrorBody:
    """The refusal as the platform writes it, all four members. Rule: ERR-01."""
    return {
        "message": refusal.key,
        "error_code": refusal.key.rpartition(".")[2].upper(),
        "error_subcode": None,
        "validation_errors": [
            {"code": problem.code, "field": problem.field, "message": problem.message} for problem in refusal.problems
        ],
    }


def headers(refusal: PlatformError) -> list[tuple[bytes, bytes]]:
    """What a refusal says beside its body. Rules: ERR-03, BASE-09."""
    if isinstance(refusal, errors.MethodNotAllowed):
        return [(b"allow", ", ".join(refusal.allow).encode())]
    if STATUSES[type(refusal)] == 401:
        return [(b"www-authenticate", b"Bearer")]
    return []


def problems(failure: ValidationError, known_at: Callable[[Location], Sequence[str]], whole: str) -> list[Problem]:
    """A failed validation as entries of `validation_errors`. Rule: ERR-02.

    `known_at` gives the names that may stand at a location; `whole` is what to call it where no field is meant.
    """
    found = []
    for entry in failure.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(map(str, entry["loc"])) or whole
        problem = _problem(entry["type"], field, entry["msg"], whole)
        found.append(_told(problem, entry["loc"], known_at(entry["loc"])) if problem.code == "unknown" else problem)
    return found


def _told(problem: Problem, location: Location, known: Sequence[str]) -> Problem:
    """The entry with the names that are known there, and the one that the unknown one may stand for."""
    message = f"{problem.message}; known are: {', '.join(known) or 'none'}" if known or len(location) < 2 else ""
    near = suggestions.name(str(location[-1]), known) if location else None
    ending = "" if near is None else f"; here it is called {near}"
    return replace(problem, message=(message or problem.message) + ending)


def _problem(kind: str, field: str, message: str, whole: str) -> Problem:
    code = CODES.get(kind) or _family(kind)
    if code == "required":
        return Problem(code, field, f"{field} is required in the {PLACES[whole]}")
    if code == "unknown":
        return Problem(code, field, f"{field} is not known in the {PLACES[whole]}")
    if code == "characters" and whole == "query" and "." in field:
        key = field.partition(".")[0]
        return Problem(code, field, f"{key} takes one id a key, without commas: {key}=A&{key}=B")
    if code == "characters":
        return Problem(code, field, f"{field} holds characters that are not allowed here")
    sentence = message[0].lower() + message[1:]
    return Problem(code, field, f"{field}: {sentence}")


def _family(kind: str) -> str:
    if kind.startswith(RANGES):
        return "range"
    return "length" if kind in LENGTHS else "type"
