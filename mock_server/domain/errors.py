"""The refusals that the platform documents, with one exception class for each.

`http/errors.py` maps them to statuses.
"""

from dataclasses import dataclass
from typing import ClassVar

MAX_PROBLEMS = 20
"""How many problems an error lists; one more entry counts the others. See: ERR-02."""
WHOLE_BODY, WHOLE_QUERY = "body", "query"
"""The fields of a problem that concerns the body or the query as a whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `validation_errors`: a code, the field, and what to change. See: ERR-02."""

    code: str
    field: str
    message: str


UNLISTED = {whole: Problem("too_many", whole, "not listed") for whole in (WHOLE_BODY, WHOLE_QUERY)}
"""A placeholder for each problem after the first ones, by source, so that only the first ones are described."""


class PlatformError(Exception):
    """The base class of all refusals. `key` is the documented message key. See: ERR-01."""

    key: ClassVar[str]

    def __init__(self, *problems: Problem) -> None:
        super().__init__(self.key)
        self.problems = problems


class InvalidCredentialsError(PlatformError):
    """The username or the password is wrong. See: AUTH-02."""

    key = "error.auth.invalid_credentials"


class AccountDisabledError(PlatformError):
    """The user is in group `account-disabled`. See: AUTH-03."""

    key = "error.auth.account_disabled"


class MfaRequiredError(PlatformError):
    """The second factor is missing or wrong. See: AUTH-08."""

    key = "error.auth.mfa_required"


class NotAuthorizedError(PlatformError):
    """The user may not act for the partner, or lacks a permission. See: PART-01, PART-04."""

    key = "error.auth.not_authorized"


class TokenExpiredError(PlatformError):
    """The access token has expired, an hour after it was issued. See: AUTH-06."""

    key = "error.auth.token_expired"


class TokenInvalidError(PlatformError):
    """The access token is missing, or the workspace did not issue it. See: AUTH-04."""

    key = "error.auth.token_invalid"


class RefreshTokenExpiredError(PlatformError):
    """The refresh token has expired, 30 days after it was issued. See: AUTH-05."""

    key = "error.auth.token_expired"


class RefreshTokenInvalidError(PlatformError):
    """The workspace did not issue the refresh token. See: AUTH-05."""

    key = "error.auth.token_invalid"


class EventNotFoundError(PlatformError):
    """The partner has no event with the id. See: EVT-03, ERR-04."""

    key = "error.event.not_found"


class CampaignResultNotFoundError(PlatformError):
    """The partner has no adjustment with the id. See: CR-04, ERR-04."""

    key = "error.campaign_result.not_found"


class PackageNotFoundError(PlatformError):
    """The partner has no package with the id, or the package has no such cluster. See: PKG-09, ERR-04."""

    key = "error.package.not_found"


class PackageNotReadyError(PlatformError):
    """The package does not have the status that the operation needs. See: BEV-09, PKG-05, PKG-09."""

    key = "error.package.not_ready"


class PartnerNotFoundError(PlatformError):
    """No partner has the id."""

    key = "error.partner.not_found"


class InvalidRequestError(PlatformError):
    """The request is malformed or invalid; it contains one problem for each of the first errors. See: ERR-02."""

    key = "error.request.invalid"

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*_limit_problems(problems))


def _limit_problems(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the first problems, and one more problem that says how many others there are."""
    others = problems[MAX_PROBLEMS:]
    if not others:
        return problems
    noun = "problem is" if len(others) == 1 else "problems are"
    field = WHOLE_QUERY if others[0] == UNLISTED[WHOLE_QUERY] else WHOLE_BODY
    return (*problems[:MAX_PROBLEMS], Problem("too_many", field, f"{len(others)} more {noun} not listed"))


class MalformedRequestError(PlatformError):
    """The request is not valid HTTP. The server closes its connection."""

    key = "error.request.invalid"


class UrlTooLongError(PlatformError):
    """The request line and the headers are too large, mostly because of the URL. The server closes the connection."""

    key = "error.request.url_too_long"


class HeadersTooLargeError(PlatformError):
    """The request line and the headers are too large. The server closes the connection."""

    key = "error.request.headers_too_large"


class MisdirectedRequestError(PlatformError):
    """The `Host` header names another server. The platform documents no such error; it is the mock's own."""

    key = "error.request.misdirected"


class RequestTimeoutError(PlatformError):
    """The client took too long to send the request. The server closes the connection. It is the mock's own error."""

    key = "error.request.timeout"


class RequestTooLargeError(PlatformError):
    """The body is larger than 1 MiB, or a file is larger than 16 MiB. See: BASE-09."""

    key = "error.request.too_large"


class UnreadBodyError(RequestTooLargeError):
    """The same, if the client has not sent the whole body yet. The server closes the connection."""


class UnsupportedMediaTypeError(PlatformError):
    """The operation does not accept the body's media type. See: BASE-09, SED-05."""

    key = "error.request.unsupported_media_type"


class MethodNotAllowedError(PlatformError):
    """The path exists, but not with this method. `allowed_methods` lists the path's methods. See: BASE-09."""

    key = "error.request.method_not_allowed"

    def __init__(self, allowed_methods: tuple[str, ...], *problems: Problem) -> None:
        super().__init__(*problems)
        self.allowed_methods = allowed_methods


class UnknownPathError(PlatformError):
    """The platform has no such path. See: BASE-11."""

    key = "error.request.not_found"


class RateLimitedError(PlatformError):
    """The rate limit is exceeded. See: RATE-01, RATE-02."""

    key = "error.rate_limited"


class InternalError(PlatformError):
    """The mock itself failed. The log contains the cause; the response does not. See: ERR-03."""

    key = "error.internal.unspecified"


class NotReadyError(PlatformError):
    """The server is live, but cannot answer requests that need the workspaces' state."""

    key = "error.internal.not_ready"


class ServerBusyError(PlatformError):
    """The server can take no more connections, or is stopping. The server closes the connection."""

    key = "error.internal.unspecified"
