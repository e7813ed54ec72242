"""Defects in the challenges of a sign-in: the second factor and the new password."""

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
    """Change the body of a challenge with `change(body, outcome)`."""

    def wrap(original):
        def answer(outcome):
            body = original(outcome)
            return change(body, outcome) if "Challenge" in body else body

        return answer

    patch.wrap(schemas, "sign_in_body", wrap)


# AUTH-07


@defect("AUTH-07")
def second_factor_is_not_asked_for(patch: Patch) -> None:
    """A user with a second factor gets tokens without giving a code."""
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
    """A user who must change the password gets tokens without changing it."""
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
    """A sign-in that needs a challenge returns 401 with `error.auth.mfa_required`."""

    def refuse(call, user, kind):
        raise MfaRequiredError

    patch.replace(signin, "_start_challenge", refuse)


@defect("AUTH-07", "AUTH-01")
def challenge_brings_tokens_along(patch: Patch) -> None:
    """The response with the challenge already contains the tokens."""
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
    """The name of every challenge is `SOFTWARE_TOKEN_MFA`."""
    change_challenge(patch, lambda body, outcome: {**body, "Challenge": "SOFTWARE_TOKEN_MFA"})


@defect("AUTH-07")
def challenge_without_a_session(patch: Patch) -> None:
    """The `Session` of a challenge is empty."""
    change_challenge(patch, lambda body, outcome: {**body, "Session": ""})


@defect("AUTH-07")
def session_is_the_users_name(patch: Patch) -> None:
    """The `Session` of a user is the same at every sign-in, and easy to guess."""

    def wrap(original):
        def challenge(call, user, kind):
            waiting = replace(original(call, user, kind), session=f"session_{user.username}")
            call.store.challenges.put(waiting)
            return waiting

        return challenge

    patch.wrap(signin, "_start_challenge", wrap)


@defect("AUTH-07", "AUTH-01")
def challenge_names_its_parameters(patch: Patch) -> None:
    """A challenge contains an undocumented field, `ChallengeParameters`."""
    change_challenge(patch, lambda body, outcome: {**body, "ChallengeParameters": {}})


@defect("AUTH-07", "AUTH-08")
def session_works_twice(patch: Patch) -> None:
    """A `Session` can be used more than once."""
    patch.replace(signin, "_use_up_challenge", signin._find_challenged_user)
    _keep_sessions(patch)


def _keep_sessions(patch: Patch) -> None:
    """Keep a `Session` valid after the sign-in in which it was used."""

    def wrap(original):
        def complete(call, session, answer):
            open_challenge = call.store.challenges.get(session)
            outcome = original(call, session, answer)
            call.store.challenges.put(open_challenge)
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrap)


@defect("AUTH-07", "AUTH-08")
def session_lives_forever(patch: Patch) -> None:
    """A `Session` never expires."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(days=365))


@defect("AUTH-07", "AUTH-08")
def session_lives_an_hour(patch: Patch) -> None:
    """A `Session` is valid for an hour instead of 180 s."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(hours=1))


@defect("AUTH-08")
def session_lives_a_second_too_long(patch: Patch) -> None:
    """A `Session` is still valid exactly 180 s after it was issued."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(seconds=181))


@defect("AUTH-07")
def session_lives_a_minute(patch: Patch) -> None:
    """A `Session` is valid for 60 s instead of 180 s."""
    patch.replace(signin, "CHALLENGE_LIFETIME", timedelta(seconds=60))


@defect("AUTH-07")
def second_factor_gives_no_refresh_token(patch: Patch) -> None:
    """The response to a completed challenge contains no RefreshToken."""
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
    """The fields of an answer to a challenge may be of any type, so a wrong type is reported as a wrong answer."""

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

    def wrap(original):
        def complete(call, session, new_password):
            username = call.store.challenges.get(session).username if call.store.challenges.get(session) else None
            before = call.store.users.get(username) if username else None
            outcome = original(call, session, new_password)
            call.store.users.put(before)
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrap)


@defect("AUTH-07")
def new_password_is_asked_for_again_and_again(patch: Patch) -> None:
    """A user who has changed the password must change it again at the next sign-in."""

    def wrap(original):
        def complete(call, session, new_password):
            outcome = original(call, session, new_password)
            for user in list(call.store.users):
                if user.password_hash is not None:
                    call.store.users.put(replace(user, must_change_password=True))
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrap)


@defect("AUTH-07")
def new_password_is_everybodys(patch: Patch) -> None:
    """The new password is set for all users, as by an UPDATE without WHERE."""

    def wrap(original):
        def complete(call, session, new_password):
            outcome = original(call, session, new_password)
            for user in list(call.store.users):
                call.store.users.put(replace(user, password=new_password, password_hash=None))
            return outcome

        return complete

    patch.wrap(signin, "answer_new_password", wrap)
