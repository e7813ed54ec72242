"""The refusals that the platform documents, one class each; their statuses live in `api/errors.py`."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `validation_errors`: what is wrong with which field, and what to do. Rule: ERR-02."""

    code: str
    field: str
    message: str


class PlatformError(Exception):
    """A request that the platform refuses. `key` is the documented message key. Rule: ERR-01."""

    key: ClassVar[str]

    def __init__(self, *problems: Problem) -> None:
        super().__init__(self.key)
        self.problems = problems


class InvalidCredentialsError(PlatformError):
    """Wrong name or password. Rule: AUTH-02."""

    key = "error.auth.invalid_credentials"


class AccountDisabledError(PlatformError):
    """The user stands in `account-disabled`. Rule: AUTH-03."""

    key = "error.auth.account_disabled"


class MfaRequiredError(PlatformError):
    """The second factor was not shown. Rule: AUTH-08."""

    key = "error.auth.mfa_required"


class NotAuthorizedError(PlatformError):
    """A partner that is not the user's, or a permission that is missing. Rules: PART-01, PART-04."""

    key = "error.auth.not_authorized"


class TokenExpiredError(PlatformError):
    """An access token past its hour. Rule: AUTH-06."""

    key = "error.auth.token_expired"


class TokenInvalidError(PlatformError):
    """No access token, or one that is not ours. Rule: AUTH-04."""

    key = "error.auth.token_invalid"


class RefreshTokenExpiredError(PlatformError):
    """A refresh token past its 30 days. Rule: AUTH-05."""

    key = "error.auth.token_expired"


class RefreshTokenInvalidError(PlatformError):
    """A refresh token that is not ours. Rule: AUTH-05."""

    key = "error.auth.token_invalid"


class EventNotFoundError(PlatformError):
    """No such event for this partner. Rules: EVT-03, ERR-04."""

    key = "error.event.not_found"


class CampaignResultNotFoundError(PlatformError):
    """No such adjustment for this partner. Rules: CR-04, ERR-04."""

    key = "error.campaign_result.not_found"


class PackageNotFoundError(PlatformError):
    """No such package, or no such cluster in it. Rules: PKG-09, ERR-04."""

    key = "error.package.not_found"


class PackageNotReadyError(PlatformError):
    """The package is not in the state that this needs. Rules: BEV-09, PKG-05, PKG-09."""

    key = "error.package.not_ready"


class PartnerNotFoundError(PlatformError):
    """No such partner in this world."""

    key = "error.partner.not_found"


class InvalidRequestError(PlatformError):
    """Malformed or invalid, one problem for each thing that is wrong. Rule: ERR-02."""

    key = "error.request.invalid"


class RequestTooLargeError(PlatformError):
    """A body over 1 MiB. Rule: BASE-09."""

    key = "error.request.too_large"


class UnsupportedMediaTypeError(PlatformError):
    """A body that is not declared as what the operation takes. Rules: BASE-09, SED-05."""

    key = "error.request.unsupported_media_type"


class MethodNotAllowedError(PlatformError):
    """A known path with another method; `allow` lists the path's own. Rule: BASE-09."""

    key = "error.request.method_not_allowed"

    def __init__(self, allowed_methods: tuple[str, ...], *problems: Problem) -> None:
        super().__init__(*problems)
        self.allowed_methods = allowed_methods


class UnknownPathError(PlatformError):
    """A path that the platform does not have. Rule: BASE-11."""

    key = "error.request.not_found"


class RateLimitedError(PlatformError):
    """Too many requests within a minute. Rules: RATE-01, RATE-02."""

    key = "error.rate_limited"


class InternalError(PlatformError):
    """Something of ours broke; the cause goes to the log alone. Rule: ERR-03."""

    key = "error.internal.unspecified"
