"""Defects in how challenges are refused, and in what a new password may be."""

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
    """Any six digits are accepted as the code."""
    patch.wrap(
        signin,
        "_is_same_secret",
        lambda right: lambda expected, given: right(expected, given) or (len(given) == 6 and given.isdigit()),
    )


@defect("AUTH-08")
def code_is_looked_for_anywhere(patch: Patch) -> None:
    """A text that contains the right code is accepted."""
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
    """A wrong code does not invalidate its `Session`, so codes can be tried repeatedly."""

    def wrapped(original):
        def answer(call, session, mfa_token):
            waiting = call.store.challenges.get(session)
            try:
                return original(call, session, mfa_token)
            except MfaRequiredError:
                if waiting is not None:
                    call.store.challenges.put(waiting)
                raise

        return answer

    patch.wrap(signin, "answer_mfa", wrapped)


@defect("AUTH-08")
def wrong_code_is_invalid_credentials(patch: Patch) -> None:
    """A wrong code has the key of a wrong password."""
    patch.replace(signin, "MfaRequiredError", InvalidCredentialsError)


@defect("AUTH-08")
def new_password_refuses_as_second_factor(patch: Patch) -> None:
    """Errors of the new-password step have the key `error.auth.mfa_required`."""
    patch.replace(signin, "InvalidCredentialsError", MfaRequiredError)
    patch.wrap(
        signin, "sign_in", lambda right: lambda call, name, password: _hide_mfa_refusal(right, call, name, password)
    )


def _hide_mfa_refusal(original, call, name, password):
    try:
        return original(call, name, password)
    except MfaRequiredError as refusal:
        raise InvalidCredentialsError from refusal


@defect("AUTH-08")
def unknown_session_is_404(patch: Patch) -> None:
    """An unknown `Session` is reported as an object that does not exist."""
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
    """An unknown `Session` is reported as an invalid field."""
    patch.wrap(
        signin,
        "_find_challenged_user",
        lambda right: lambda call, session, kind, refusal: right(call, session, kind, InvalidRequestError),
    )


@defect("AUTH-08")
def refused_challenge_is_403(patch: Patch) -> None:
    """A failed second factor is 403."""
    patch.replace(statuses, "ERROR_STATUSES", {**statuses.ERROR_STATUSES, errors.MfaRequiredError: 403})


@defect("AUTH-08")
def session_is_good_for_either_step(patch: Patch) -> None:
    """The new-password step accepts the second factor's `Session`, so the sign-in needs no code."""

    def wrapped(original):
        def waiting(call, session, kind, refusal):
            found = call.store.challenges.get(session)
            return original(call, session, found.kind if found else kind, refusal)

        return waiting

    patch.wrap(signin, "_find_challenged_user", wrapped)


@defect("AUTH-08")
def new_password_may_be_the_old_one(patch: Patch) -> None:
    """The old password is accepted as the new one."""

    def wrapped(original):
        def complete(call, session, new_password):
            user = signin._find_challenged_user(call, session, "NEW_PASSWORD_REQUIRED", InvalidCredentialsError)
            call.store.users.put(replace(user, password=f"not {user.password}"))
            return original(call, session, new_password)

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)


@defect("AUTH-08")
def new_password_of_any_length(patch: Patch) -> None:
    """A new password may be empty or arbitrarily long."""

    class NewPasswordAnswer(ClosedModel):
        Session: str
        new_password: str

    patch.replace(routes.schemas, "NewPasswordAnswer", NewPasswordAnswer)


@defect("AUTH-08")
def new_password_must_be_strong(patch: Patch) -> None:
    """A new password needs eight characters."""
    _require_password(patch, lambda password: len(password) >= 8)


@defect("AUTH-08")
def new_password_must_be_short(patch: Patch) -> None:
    """A new password has at most 72 characters, the limit of the hash."""
    _require_password(patch, lambda password: len(password) <= 72)


@defect("AUTH-08")
def new_password_must_be_ascii(patch: Patch) -> None:
    """A new password may contain only ASCII characters."""
    _require_password(patch, str.isascii)


def _require_password(patch: Patch, is_acceptable) -> None:
    def wrapped(original):
        def complete(call, session, new_password):
            if not is_acceptable(new_password):
                raise InvalidRequestError(Problem("weak", "new_password", "choose another"))
            return original(call, session, new_password)

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)


@defect("AUTH-08")
def new_password_is_trimmed(patch: Patch) -> None:
    """A new password is stored without the spaces around it."""
    patch.wrap(
        signin, "answer_new_password", lambda right: lambda call, session, given: right(call, session, given.strip())
    )


@defect("AUTH-08")
def refused_password_is_kept(patch: Patch) -> None:
    """The old password is rejected as the new one, but the account no longer has to change it."""

    def wrapped(original):
        def complete(call, session, new_password):
            user = signin._find_challenged_user(call, session, "NEW_PASSWORD_REQUIRED", InvalidCredentialsError)
            try:
                return original(call, session, new_password)
            except InvalidRequestError:
                call.store.users.put(replace(user, must_change_password=False))
                raise

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)
