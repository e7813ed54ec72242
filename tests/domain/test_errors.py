"""The refusals that the platform documents. Rules: ERR-01, ERR-02, ERR-03."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mock_server.domain import errors
from mock_server.domain.errors import MethodNotAllowed, PlatformError, Problem

KEYS = {
    errors.InvalidCredentials: "error.auth.invalid_credentials",
    errors.AccountDisabled: "error.auth.account_disabled",
    errors.MfaRequired: "error.auth.mfa_required",
    errors.NotAuthorized: "error.auth.not_authorized",
    errors.TokenExpired: "error.auth.token_expired",
    errors.TokenInvalid: "error.auth.token_invalid",
    errors.RefreshTokenExpired: "error.auth.token_expired",
    errors.RefreshTokenInvalid: "error.auth.token_invalid",
    errors.EventNotFound: "error.event.not_found",
    errors.CampaignResultNotFound: "error.campaign_result.not_found",
    errors.PackageNotFound: "error.package.not_found",
    errors.PackageNotReady: "error.package.not_ready",
    errors.PartnerNotFound: "error.partner.not_found",
    errors.InvalidRequest: "error.request.invalid",
    errors.RequestTooLarge: "error.request.too_large",
    errors.UnsupportedMediaType: "error.request.unsupported_media_type",
    errors.MethodNotAllowed: "error.request.method_not_allowed",
    errors.UnknownPath: "error.request.not_found",
    errors.InternalError: "error.internal.unspecified",
}
PLAIN = [kind for kind in KEYS if kind is not MethodNotAllowed]
WINDOW = Problem("range", "window", "window must be at least 1")
MODEL = Problem("enum", "model", "model is not known")


def by_name(kind: type[PlatformError]) -> str:
    return kind.__name__


@pytest.mark.parametrize("kind", KEYS, ids=by_name)
def test_each_refusal_has_its_documented_key(kind):
    """Rule: ERR-01 (`message` starts `error.`)."""
    assert kind.key == KEYS[kind]
    assert kind.key.startswith("error.")


@pytest.mark.parametrize("kind", PLAIN, ids=by_name)
def test_a_refusal_is_caught_as_a_platform_error_and_says_its_key(kind):
    """Rule: ERR-01."""
    with pytest.raises(PlatformError) as caught:
        raise kind
    assert str(caught.value) == KEYS[kind]
    assert caught.value.problems == ()


def test_a_refusal_carries_one_entry_a_problem_in_their_order():
    """Rule: ERR-02."""
    assert errors.InvalidRequest(WINDOW, MODEL).problems == (WINDOW, MODEL)


def test_a_refused_method_names_those_that_the_path_has():
    """Rule: BASE-09."""
    refusal = MethodNotAllowed(("GET", "PUT"), WINDOW)
    assert (refusal.allow, refusal.problems) == (("GET", "PUT"), (WINDOW,))
    assert str(refusal) == "error.request.method_not_allowed"


@contextmanager
def a_room() -> Iterator[None]:
    yield


def test_a_refusal_passes_through_a_context():
    """A frozen exception would not: contextlib sets its traceback. Rule: ERR-01."""
    with pytest.raises(errors.PackageNotReady), a_room():
        raise errors.PackageNotReady(WINDOW)
