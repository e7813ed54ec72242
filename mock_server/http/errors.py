"""The status and the body of each error."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic_core import ErrorDetails

from mock_server.domain import errors
from mock_server.domain.errors import PlatformError, Problem
from mock_server.http import suggestions
from mock_server.http.error_body import ErrorBody, validation_error_entries
from mock_server.http.model_spec import Location
from mock_server.state import workspace_registry
from mock_server.storage.database import StorageError

ERROR_STATUSES: dict[type[PlatformError], int] = {
    errors.InvalidRequestError: 400,
    errors.MalformedRequestError: 400,
    errors.RefreshTokenExpiredError: 400,
    errors.RefreshTokenInvalidError: 400,
    errors.InvalidCredentialsError: 401,
    errors.MfaRequiredError: 401,
    errors.TokenExpiredError: 401,
    errors.TokenInvalidError: 401,
    errors.AccountDisabledError: 403,
    errors.NotAuthorizedError: 403,
    errors.EventNotFoundError: 404,
    errors.CampaignResultNotFoundError: 404,
    errors.PackageNotFoundError: 404,
    errors.PartnerNotFoundError: 404,
    errors.UnknownPathError: 404,
    workspace_registry.WorkspaceNotFoundError: 404,
    errors.MethodNotAllowedError: 405,
    errors.PackageNotReadyError: 409,
    errors.RequestTimeoutError: 408,
    workspace_registry.WorkspaceConflictError: 409,
    errors.RequestTooLargeError: 413,
    errors.UnreadBodyError: 413,
    errors.UrlTooLongError: 414,
    errors.UnsupportedMediaTypeError: 415,
    errors.MisdirectedRequestError: 421,
    errors.RateLimitedError: 429,
    errors.HeadersTooLargeError: 431,
    errors.InternalError: 500,
    errors.NotReadyError: 503,
    errors.ServerBusyError: 503,
    StorageError: 503,
}
"""The status of each error. The platform uses 422 only in another service.

See: ERR-02.
Implements: ERR-03.
"""

CONNECTION_ERRORS = (
    errors.MalformedRequestError,
    errors.UrlTooLongError,
    errors.HeadersTooLargeError,
    errors.RequestTimeoutError,
    errors.UnreadBodyError,
    errors.ServerBusyError,
)
"""The errors after which the connection is closed, because the rest of the request is not read."""

PROBLEM_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown",
    "json_invalid": "json",
    "literal_error": "enum",
    "string_pattern_mismatch": "characters",
    "comma_list": "characters",
    "duplicate": "duplicate",
}
SOURCE_NAMES = {"query": "query string", "body": "JSON body"}
RANGE_ERROR_PREFIXES = ("greater_than", "less_than")
LENGTH_ERRORS = ("too_long", "too_short", "string_too_long", "string_too_short")


def error_body(error: PlatformError) -> ErrorBody:
    """Build the platform's error body, with all four members.

    Implements: ERR-01.
    """
    return {
        "message": error.key,
        "error_code": error.key.rpartition(".")[2].upper(),
        "error_subcode": None,
        "validation_errors": validation_error_entries(error.problems),
    }


def error_headers(error: PlatformError) -> list[tuple[bytes, bytes]]:
    """Return the additional headers of an error response. A 429 has none.

    See: ERR-03, BASE-09.
    Implements: RATE-02.
    """
    if isinstance(error, errors.MethodNotAllowedError):
        return [(b"allow", ", ".join(error.allowed_methods).encode())]
    if ERROR_STATUSES[type(error)] == 401:
        return [(b"www-authenticate", b"Bearer")]
    if isinstance(error, CONNECTION_ERRORS):
        return [(b"connection", b"close")]
    return []


def validation_problems(
    first_errors: Sequence[ErrorDetails], count: int, names_at: Callable[[Location], Sequence[str]], source: str
) -> list[Problem]:
    """Convert the first errors of a validation to entries of `validation_errors`. `count` is the number of all errors.

    `names_at` returns the names allowed at a location. `source` (`query` or `body`) is the field of an entry without a
    location.

    Implements: ERR-02.
    """
    entries = []
    for entry in first_errors:
        field = ".".join(map(str, entry["loc"])) or source
        problem = _build_problem(entry["type"], field, entry["msg"], source)
        entries.append(
            _add_known_names(problem, entry["loc"], names_at(entry["loc"])) if problem.code == "unknown" else problem
        )
    return entries + [errors.UNLISTED[source]] * (count - len(entries))


def _add_known_names(problem: Problem, location: Location, known: Sequence[str]) -> Problem:
    """Add the known names to the message, and suggest the name that is most similar to the unknown name."""
    message = f"{problem.message}; known names: {', '.join(known) or 'none'}" if known or len(location) < 2 else ""
    suggestion = suggestions.suggest_name(str(location[-1]), known) if location else None
    ending = "" if suggestion is None else f"; did you mean {suggestion}?"
    return replace(problem, message=(message or problem.message) + ending)


def _build_problem(error_type: str, field: str, message: str, source: str) -> Problem:
    code = PROBLEM_CODES.get(error_type) or _code_family(error_type)
    if code == "required":
        return Problem(code, field, f"{field} is required in the {SOURCE_NAMES[source]}")
    if code == "unknown":
        return Problem(code, field, f"{field} is not a known name in the {SOURCE_NAMES[source]}")
    if error_type == "comma_list":
        key = field.partition(".")[0]
        return Problem(code, field, f"{key} {message}: {key}=A&{key}=B")
    if code == "characters":
        return Problem(code, field, f"{field} contains characters that are not allowed")
    sentence = message[0].lower() + message[1:]
    return Problem(code, field, f"{field}: {sentence}")


def _code_family(error_type: str) -> str:
    if error_type.startswith(RANGE_ERROR_PREFIXES):
        return "range"
    return "length" if error_type in LENGTH_ERRORS else "type"
