"""Defects in checking the answers to sign-in challenges, and in the rules for new passwords."""

from dataclasses import replace

from mock_server.domain import errors
from mock_server.domain.errors import (
    EventNotFoundError,
    InvalidCredentialsError,
    InvalidRequestError,
    MfaRequiredError,
    Problem,
)
from mock_server.http import errors as statuses
from mock_server.http.fields import ClosedModel
from mock_server.operations import signin
from mock_server.platform_api.routes import signin as routes
from tests.defects.registry import Patch, defect

# AUTH-08


@defect("AUTH-08")
def any_code_will_do(patch: Patch) -> None:
    """Any code of six digits is accepted."""
    patch.wrap(
        signin,
        "_is_same_secret",
        lambda right: lambda expected, given: right(expected, given) or (len(given) == 6 and given.isdigit()),
    )


@defect("AUTH-08")
def code_is_looked_for_anywhere(patch: Patch) -> None:
    """Any string that contains the right code is accepted."""
    patch.wrap(
        signin,
        "_is_same_secret",
        lambda right: lambda expected, given: right(expected, given) or bool(expected in given),
    )


@defect("AUTH-08")
def empty_code_passes(patch: Patch) -> None:
    """An empty code is accepted."""
    patch.wrap(signin, "_is_same_secret", lambda right: lambda expected, given: right(expected, given) or given == "")


@defect("AUTH-08")
def wrong_code_may_be_tried_again(patch: Patch) -> None:
    """A `Session` stays valid after a wrong code, so codes can be guessed."""

    def wrap(original):
        def answer(call, session, mfa_token):
            waiting = call.store.challenges.get(session)
            try:
                return original(call, session, mfa_token)
            except MfaRequiredError:
                if waiting is not None:
                    call.store.challenges.put(waiting)
                raise

        return answer

    patch.wrap(signin, "answer_mfa", wrap)


@defect("AUTH-08")
def wrong_code_is_invalid_credentials(patch: Patch) -> None:
    """The error for a wrong code contains the message key for a wrong password."""
    patch.replace(signin, "MfaRequiredError", InvalidCredentialsError)


@defect("AUTH-08")
def new_password_refuses_as_second_factor(patch: Patch) -> None:
    """Errors of the new-password step contain the message key `error.auth.mfa_required`."""
    patch.replace(signin, "InvalidCredentialsError", MfaRequiredError)
    patch.wrap(
        signin, "sign_in", lambda right: lambda call, name, password: _hide_mfa_refusal(right, call, name, password)
    )


def _hide_mfa_refusal(original, call, name, password):
    try:
        return original(call, name, password)
    except MfaRequiredError as refusal:
        raise InvalidCredentialsError from refusal


@defect("AUTH-08", "ERR-03")
def unknown_session_is_404(patch: Patch) -> None:
    """An unknown `Session` returns 404 instead of 401."""
    patch.wrap(
        signin,
        "_find_challenged_user",
        lambda right: (
            lambda call, session, kind, refusal: right(
                call, session, kind, refusal if call.store.challenges.get(session) else EventNotFoundError
            )
        ),
    )


@defect("AUTH-08")
def unknown_session_is_400(patch: Patch) -> None:
    """An unknown `Session` returns 400 instead of 401."""
    patch.wrap(
        signin,
        "_find_challenged_user",
        lambda right: lambda call, session, kind, refusal: right(call, session, kind, InvalidRequestError),
    )


@defect("AUTH-08", "ERR-03")
def refused_challenge_is_403(patch: Patch) -> None:
    """A failed second factor returns 403 instead of 401."""
    patch.replace(statuses, "ERROR_STATUSES", {**statuses.ERROR_STATUSES, errors.MfaRequiredError: 403})


@defect("AUTH-08")
def session_is_good_for_either_step(patch: Patch) -> None:
    """The new-password step accepts the `Session` of the second factor, so a user can sign in without a code."""

    def wrap(original):
        def waiting(call, session, kind, refusal):
            found = call.store.challenges.get(session)
            return original(call, session, found.kind if found else kind, refusal)

        return waiting

    patch.wrap(signin, "_find_challenged_user", wrap)


@defect("AUTH-08")
def new_password_may_be_the_old_one(patch: Patch) -> None:
    """The new password may be the same as the old one."""

    def wrap(original):
        def complete(call, session, new_password):
            user = signin._find_challenged_user(call, session, "NEW_PASSWORD_REQUIRED", InvalidCredentialsError)
            call.store.users.put(replace(user, password="not the old one", password_hash=None))
            return original(call, session, new_password)

        return complete

    patch.wrap(signin, "answer_new_password", wrap)


@defect("AUTH-08")
def new_password_of_any_length(patch: Patch) -> None:
    """A new password may be empty or arbitrarily long."""

    class NewPasswordAnswer(ClosedModel):
        Session: str
        new_password: str

    patch.replace(routes.schemas, "NewPasswordAnswer", NewPasswordAnswer)


@defect("AUTH-08")
def new_password_must_be_strong(patch: Patch) -> None:
    """A new password must have at least eight characters."""
    _require_password(patch, lambda password: len(password) >= 8)


@defect("AUTH-08")
def new_password_must_be_short(patch: Patch) -> None:
    """A new password may have at most 72 characters."""
    _require_password(patch, lambda password: len(password) <= 72)


@defect("AUTH-08")
def new_password_must_be_ascii(patch: Patch) -> None:
    """A new password may contain only ASCII characters."""
    _require_password(patch, str.isascii)


def _require_password(patch: Patch, is_acceptable) -> None:
    def wrap(original):
        def complete(call, session, new_password):
            if not is_acceptable(new_password):
                raise InvalidRequestError(Problem("weak", "new_password", "choose another"))
            return original(call, session, new_password)

        return complete

    patch.wrap(signin, "answer_new_password", wrap)


@defect("AUTH-08")
def new_password_is_trimmed(patch: Patch) -> None:
    """Spaces around a new password are removed before it is stored."""
    patch.wrap(
        signin, "answer_new_password", lambda right: lambda call, session, given: right(call, session, given.strip())
    )


@defect("AUTH-08")
def refused_password_is_kept(patch: Patch) -> None:
    """If the new password equals the old one, it is rejected, but the user no longer has to change it."""

    def wrap(original):
        def complete(call, session, new_password):
            user = signin._find_challenged_user(call, session, "NEW_PASSWORD_REQUIRED", InvalidCredentialsError)
            try:
                return original(call, session, new_password)
            except InvalidRequestError:
                call.store.users.put(replace(user, must_change_password=False))
                raise

        return complete

    patch.wrap(signin, "answer_new_password", wrap)
