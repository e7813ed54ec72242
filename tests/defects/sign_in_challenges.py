"""Defects in the challenges of a sign-in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mock_server.domain.errors import MfaRequiredError
from mock_server.http.fields import ClosedModel
from mock_server.operations import signin
from mock_server.platform_api.routes import signin as routes
from mock_server.platform_api.schemas import signin as schemas
from tests.defects.registry import Patch, defect


def change_challenge(patch: Patch, change) -> None:
    """Change the body of a challenge: `change(body, outcome)`."""

    def wrapped(original):
        def answer(outcome):
            body = original(outcome)
            return change(body, outcome) if "Challenge" in body else body

        return answer

    patch.wrap(schemas, "sign_in_body", wrapped)


# AUTH-07


@defect("AUTH-07")
def second_factor_is_not_asked_for(patch: Patch) -> None:
    """A user with a second factor gets tokens at once."""
    patch.wrap(
        signin,
        "_start_challenge",
        lambda right: (
            lambda call, user, kind: (
                signin._issue_tokens(call, user) if kind == "SOFTWARE_TOKEN_MFA" else right(call, user, kind)
            )
        ),
    )


@defect("AUTH-07")
def new_password_is_not_asked_for(patch: Patch) -> None:
    """A user who must change the password gets tokens at once."""
    patch.wrap(
        signin,
        "_start_challenge",
        lambda right: (
            lambda call, user, kind: (
                signin._issue_tokens(call, user) if kind == "NEW_PASSWORD_REQUIRED" else right(call, user, kind)
            )
        ),
    )


@defect("AUTH-07")
def challenge_is_401(patch: Patch) -> None:
    """A challenge is answered with 401 `error.auth.mfa_required`."""

    def refuse(call, user, kind):
        raise MfaRequiredError

    patch.replace(signin, "_start_challenge", refuse)


@defect("AUTH-07")
def challenge_brings_tokens_along(patch: Patch) -> None:
    """The tokens are sent together with the challenge."""
    patch.wrap(
        schemas,
        "sign_in_body",
        lambda right: (
            lambda outcome: (
                right(outcome) if hasattr(outcome, "access_token") else {**right(outcome), "AccessToken": "later"}
            )
        ),
    )


@defect("AUTH-07")
def challenges_have_one_name(patch: Patch) -> None:
    """Every challenge is named `SOFTWARE_TOKEN_MFA`."""
    change_challenge(patch, lambda body, outcome: {**body, "Challenge": "SOFTWARE_TOKEN_MFA"})


@defect("AUTH-07")
def challenge_without_a_session(patch: Patch) -> None:
    """The `Session` is empty, because the server remembers who is signing in."""
    change_challenge(patch, lambda body, outcome: {**body, "Session": ""})


@defect("AUTH-07")
def session_is_the_users_name(patch: Patch) -> None:
    """A user's `Session` is the same at every sign-in and easy to guess."""

    def wrapped(original):
        def challenge(call, user, kind):
            waiting = replace(original(call, user, kind), session=f"session_{user.username}")
            call.store.challenges.put(waiting)
            return waiting

        return challenge

    patch.wrap(signin, "_start_challenge", wrapped)


@defect("AUTH-07")
def challenge_names_its_parameters(patch: Patch) -> None:
    """A challenge also has `ChallengeParameters`, as the vendor's cloud sends them."""
    change_challenge(patch, lambda body, outcome: {**body, "ChallengeParameters": {}})


@defect("AUTH-07", "AUTH-08")
def session_works_twice(patch: Patch) -> None:
    """A `Session` stays valid after its use."""
    patch.replace(signin, "_use_up_challenge", signin._find_challenged_user)
    _keep_sessions(patch)


def _keep_sessions(patch: Patch) -> None:
    """Keep a Session after the sign-in."""

    def wrapped(original):
        def complete(call, session, answer):
            open_challenge = call.store.challenges.get(session)
            outcome = original(call, session, answer)
            call.store.challenges.put(open_challenge)
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)


@defect("AUTH-07", "AUTH-08")
def session_lives_forever(patch: Patch) -> None:
    """A `Session`'s age is not checked."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(days=365))


@defect("AUTH-07", "AUTH-08")
def session_lives_an_hour(patch: Patch) -> None:
    """A `Session` is valid as long as an access token."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(hours=1))


@defect("AUTH-08")
def session_lives_a_second_too_long(patch: Patch) -> None:
    """A `Session` is still valid after 180 s: `<` instead of `<=`."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(seconds=181))


@defect("AUTH-07")
def session_lives_a_minute(patch: Patch) -> None:
    """A `Session` is valid for 60 s."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(seconds=60))


@defect("AUTH-07")
def second_factor_gives_no_refresh_token(patch: Patch) -> None:
    """A completed challenge is answered like a refresh, without a RefreshToken."""
    patch.wrap(signin, "_use_up_challenge", lambda right: lambda *asked: _mark_completing(right(*asked)))
    patch.wrap(
        schemas,
        "tokens_body",
        lambda right: (
            lambda signed_in: (
                {**right(signed_in), "RefreshToken": ""} if _COMPLETING and _COMPLETING.pop() else right(signed_in)
            )
        ),
    )


_COMPLETING: list[bool] = []


def _mark_completing(user):
    _COMPLETING.append(True)
    return user


@defect("AUTH-07")
def challenge_answers_have_fields_of_any_kind(patch: Patch) -> None:
    """Fields of a challenge's answer are converted to text, so a malformed request is answered as a wrong one."""

    class MfaAnswer(ClosedModel):
        Session: Any = None
        mfa_token: Any = None

    class NewPasswordAnswer(ClosedModel):
        Session: Any = None
        new_password: Any = None

    patch.replace(routes.schemas, "MfaAnswer", MfaAnswer)
    patch.replace(routes.schemas, "NewPasswordAnswer", NewPasswordAnswer)
    for name in ("answer_mfa", "answer_new_password"):
        patch.wrap(signin, name, lambda right: lambda call, session, given: right(call, str(session), str(given)))


@defect("AUTH-07")
def new_password_is_not_kept(patch: Patch) -> None:
    """The new password completes the sign-in but is not stored."""

    def wrapped(original):
        def complete(call, session, new_password):
            username = call.store.challenges.get(session).username if call.store.challenges.get(session) else None
            before = call.store.users.get(username) if username else None
            outcome = original(call, session, new_password)
            call.store.users.put(before)
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)


@defect("AUTH-07")
def new_password_is_asked_for_again_and_again(patch: Patch) -> None:
    """A user who must change the password has to do so at every sign-in."""

    def wrapped(original):
        def complete(call, session, new_password):
            outcome = original(call, session, new_password)
            for user in list(call.store.users):
                if user.password == new_password:
                    call.store.users.put(replace(user, must_change_password=True))
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)


@defect("AUTH-07")
def new_password_is_everybodys(patch: Patch) -> None:
    """An UPDATE without WHERE sets the new password for all users."""

    def wrapped(original):
        def complete(call, session, new_password):
            outcome = original(call, session, new_password)
            for user in list(call.store.users):
                call.store.users.put(replace(user, password=new_password))
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrapped)
