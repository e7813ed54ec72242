"""The error classes and the keys that the platform documents. Rules: ERR-01, ERR-02, ERR-03."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mock_server.domain import errors
from mock_server.domain.errors import MethodNotAllowedError, PlatformError, Problem

KEY_BY_ERROR = {
    errors.InvalidCredentialsError: "error.auth.invalid_credentials",
    errors.AccountDisabledError: "error.auth.account_disabled",
    errors.MfaRequiredError: "error.auth.mfa_required",
    errors.NotAuthorizedError: "error.auth.not_authorized",
    errors.TokenExpiredError: "error.auth.token_expired",
    errors.TokenInvalidError: "error.auth.token_invalid",
    errors.RefreshTokenExpiredError: "error.auth.token_expired",
    errors.RefreshTokenInvalidError: "error.auth.token_invalid",
    errors.EventNotFoundError: "error.event.not_found",
    errors.CampaignResultNotFoundError: "error.campaign_result.not_found",
    errors.PackageNotFoundError: "error.package.not_found",
    errors.PackageNotReadyError: "error.package.not_ready",
    errors.PartnerNotFoundError: "error.partner.not_found",
    errors.InvalidRequestError: "error.request.invalid",
    errors.MalformedRequestError: "error.request.invalid",
    errors.UrlTooLongError: "error.request.url_too_long",
    errors.HeadersTooLargeError: "error.request.headers_too_large",
    errors.MisdirectedRequestError: "error.request.misdirected",
    errors.RequestTimeoutError: "error.request.timeout",
    errors.RequestTooLargeError: "error.request.too_large",
    errors.UnreadBodyError: "error.request.too_large",
    errors.UnsupportedMediaTypeError: "error.request.unsupported_media_type",
    errors.MethodNotAllowedError: "error.request.method_not_allowed",
    errors.UnknownPathError: "error.request.not_found",
    errors.InternalError: "error.internal.unspecified",
    errors.ServerBusyError: "error.internal.unspecified",
}
PLAIN_ERRORS = [kind for kind in KEY_BY_ERROR if kind is not MethodNotAllowedError]
WINDOW = Problem("range", "window", "window must be at least 1")
MODEL = Problem("enum", "model", "model is not known")


def error_name(kind: type[PlatformError]) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", KEY_BY_ERROR, ids=error_name)
def test_each_refusal_has_its_documented_key(kind):
    """Rule: ERR-01 (`message` starts with `error.`)."""
    assert kind.key == KEY_BY_ERROR[kind]
    assert kind.key.startswith("error.")


@pytest.mark.parametrize("kind", PLAIN_ERRORS, ids=error_name)
def test_a_refusal_is_caught_as_a_platform_error_and_says_its_key(kind):
    """Rule: ERR-01."""
    with pytest.raises(PlatformError) as caught:
        raise kind
    assert str(caught.value) == KEY_BY_ERROR[kind]
    assert caught.value.problems == ()


def test_a_refusal_carries_one_entry_a_problem_in_their_order():
    """Rule: ERR-02."""
    assert errors.InvalidRequestError(WINDOW, MODEL).problems == (WINDOW, MODEL)


@pytest.mark.parametrize("count", [0, 1, 20])
def test_up_to_20_problems_are_all_listed(count):
    """Rule: ERR-02."""
    problems = tuple(Problem("range", f"field_{index}", "too large") for index in range(count))
    assert errors.InvalidRequestError(*problems).problems == problems


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (21, "1 more problem is not listed"),
        (22, "2 more problems are not listed"),
        (5020, "5000 more problems are not listed"),
    ],
)
def test_of_more_problems_the_first_20_are_listed_and_the_others_counted(count, message):
    """Rule: ERR-02."""
    problems = tuple(Problem("range", f"field_{index}", "too large") for index in range(count))
    listed = errors.InvalidRequestError(*problems).problems
    assert listed == (*problems[:20], Problem("too_many", "body", message))


@pytest.mark.parametrize("source", ["query", "body"])
def test_the_entry_that_counts_names_the_part_of_the_request(source):
    """Rule: ERR-02."""
    problems = [*[WINDOW] * 20, errors.UNLISTED[source]]
    assert errors.InvalidRequestError(*problems).problems[-1].field == source


def test_a_refused_method_names_those_that_the_path_has():
    """Rule: BASE-09."""
    refusal = MethodNotAllowedError(("GET", "PUT"), WINDOW)
    assert (refusal.allowed_methods, refusal.problems) == (("GET", "PUT"), (WINDOW,))
    assert str(refusal) == "error.request.method_not_allowed"


@contextmanager
def a_context() -> Iterator[None]:
    yield


def test_a_refusal_passes_through_a_context():
    """Rule: ERR-01. A frozen exception would fail here, because contextlib sets its traceback."""
    with pytest.raises(errors.PackageNotReadyError), a_context():
        raise errors.PackageNotReadyError(WINDOW)
