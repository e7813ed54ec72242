"""Defects in signing in, and in the claims of the IdToken."""

from typing import Any

from mock_server.domain import errors
from mock_server.domain.errors import InvalidCredentialsError, NotAuthorizedError, Problem
from mock_server.http import errors as statuses
from mock_server.http.fields import ClosedModel
from mock_server.operations import signin
from mock_server.platform_api.routes import signin as routes
from mock_server.platform_api.schemas import signin as schemas
from tests.defects.registry import Patch, defect


def change_tokens(patch: Patch, change) -> None:
    """Change the response to a completed sign-in."""
    patch.wrap(schemas, "tokens_body", lambda right: lambda signed_in: change(right(signed_in)))


def change_id_claims(patch: Patch, change) -> None:
    """Change the claims of an IdToken before it is signed."""
    import jwt

    def wrap(original):
        def encode(claims, key, algorithm, headers):
            return original(change(claims) if claims["token_use"] == "id" else claims, key, algorithm, headers=headers)

        return encode

    patch.wrap(jwt, "encode", wrap)


# AUTH-01


@defect("AUTH-01")
def sign_in_promises_ten_hours(patch: Patch) -> None:
    """`ExpiresIn` is 36000, as in another service."""
    change_tokens(patch, lambda body: {**body, "ExpiresIn": 36_000})


@defect("AUTH-01")
def sign_in_leaves_the_device_keys_out(patch: Patch) -> None:
    """Fields that are null are omitted from the response to a sign-in."""
    change_tokens(patch, lambda body: {name: value for name, value in body.items() if value is not None})


@defect("AUTH-01")
def sign_in_requires_a_second_factor(patch: Patch) -> None:
    """`mfa_settings` says that a second factor is required."""
    change_tokens(patch, lambda body: {**body, "mfa_settings": {"required": True}})


@defect("AUTH-01")
def sign_in_has_no_mfa_settings(patch: Patch) -> None:
    """The response to a sign-in has no `mfa_settings`."""
    change_tokens(patch, lambda body: {name: body[name] for name in body if name != "mfa_settings"})


@defect("AUTH-01")
def sign_in_tells_the_preferred_factor(patch: Patch) -> None:
    """`mfa_settings` contains a further member."""
    change_tokens(patch, lambda body: {**body, "mfa_settings": {**body["mfa_settings"], "preferred": None}})


@defect("AUTH-01")
def sign_in_writes_bearer_small(patch: Patch) -> None:
    """`TokenType` is `bearer` instead of `Bearer`."""
    change_tokens(patch, lambda body: {**body, "TokenType": "bearer"})


@defect("AUTH-01")
def sign_in_gives_one_token_twice(patch: Patch) -> None:
    """The IdToken is a copy of the AccessToken."""
    change_tokens(patch, lambda body: {**body, "IdToken": body["AccessToken"]})


@defect("AUTH-01")
def sign_in_looks_up_whatever_comes(patch: Patch) -> None:
    """Credentials may be of any type, so a wrong type is reported as a wrong password."""

    class Credentials(ClosedModel):
        username: Any = None
        password: Any = None

    patch.replace(routes.schemas, "Credentials", Credentials)
    patch.wrap(signin, "sign_in", lambda right: lambda call, name, password: right(call, str(name), str(password)))


# AUTH-02


@defect("AUTH-02")
def unknown_user_is_told(patch: Patch) -> None:
    """The error for an unknown user says in `validation_errors` that there is no such user."""

    def wrap(original):
        def sign_in(call, username, password):
            if call.store.users.get(username) is None:
                raise InvalidCredentialsError(Problem("unknown", "username", "there is no such user"))
            return original(call, username, password)

        return sign_in

    patch.wrap(signin, "sign_in", wrap)


@defect("AUTH-02")
def unknown_user_is_told_by_the_status(patch: Patch) -> None:
    """A sign-in with an unknown user returns 403, while one with a wrong password returns 401."""

    def wrap(original):
        def sign_in(call, username, password):
            if call.store.users.get(username) is None:
                raise NotAuthorizedError
            return original(call, username, password)

        return sign_in

    patch.wrap(signin, "sign_in", wrap)


@defect("AUTH-02")
def unknown_user_is_told_by_a_header(patch: Patch) -> None:
    """A response header says why the sign-in failed."""
    known: list[bool] = []
    patch.wrap(
        signin,
        "sign_in",
        lambda right: (
            lambda call, username, password: (
                known.append(call.store.users.get(username) is not None) or right(call, username, password)
            )
        ),
    )
    patch.change_responses(
        lambda scope, answer: (
            answer.set("x-reason", "password" if known.pop() else "user")
            if scope["path"].endswith("/auth") and answer.status == 401
            else None
        )
    )


@defect("AUTH-02")
def wrong_password_is_400(patch: Patch) -> None:
    """Wrong credentials return 400 instead of 401."""
    patch.replace(statuses, "ERROR_STATUSES", {**statuses.ERROR_STATUSES, errors.InvalidCredentialsError: 400})


@defect("AUTH-02")
def wrong_password_is_403(patch: Patch) -> None:
    """Wrong credentials return 403 instead of 401."""
    patch.replace(statuses, "ERROR_STATUSES", {**statuses.ERROR_STATUSES, errors.InvalidCredentialsError: 403})


@defect("AUTH-02")
def wrong_password_has_another_key(patch: Patch) -> None:
    """The error for a wrong password contains an undocumented message key, `error.auth.unauthorized`."""
    patch.replace(errors.InvalidCredentialsError, "key", "error.auth.unauthorized")


@defect("AUTH-02")
def passwords_of_any_case(patch: Patch) -> None:
    """Passwords are compared without regard to case."""
    patch.wrap(signin, "_is_same_secret", lambda right: lambda expected, given: right(expected.lower(), given.lower()))


@defect("AUTH-02")
def passwords_are_trimmed(patch: Patch) -> None:
    """Spaces around a password are removed."""
    patch.wrap(signin, "_is_same_secret", lambda right: lambda expected, given: right(expected, given.strip()))


@defect("AUTH-02")
def passwords_by_their_beginning(patch: Patch) -> None:
    """Only the first characters of a password are compared."""
    patch.wrap(signin, "_is_same_secret", lambda right: lambda expected, given: right(expected[:6], given[:6]))


@defect("AUTH-02")
def passwords_left_empty_pass(patch: Patch) -> None:
    """An empty password is accepted for every user."""
    patch.wrap(signin, "_is_same_secret", lambda right: lambda expected, given: not given or right(expected, given))


@defect("AUTH-02")
def account_is_looked_at_before_the_password(patch: Patch) -> None:
    """A disabled account or a second factor is revealed even if the password is wrong."""

    def wrap(original):
        def sign_in(call, username, password):
            user = call.store.users.get(username)
            if user and (user.mfa_token or user.must_change_password or signin.DISABLED_GROUP in user.groups):
                password = user.password
            return original(call, username, password)

        return sign_in

    patch.wrap(signin, "sign_in", wrap)


@defect("AUTH-02")
def wrong_password_is_counted_for_all_to_see(patch: Patch) -> None:
    """If the user exists, the error says that the password was wrong."""

    def wrap(original):
        def sign_in(call, username, password):
            try:
                return original(call, username, password)
            except InvalidCredentialsError as refusal:
                if call.store.users.get(username):
                    raise InvalidCredentialsError(Problem("wrong", "password", "try again")) from refusal
                raise

        return sign_in

    patch.wrap(signin, "sign_in", wrap)


# AUTH-03


@defect("AUTH-03")
def groups_are_one_text(patch: Patch) -> None:
    """The claim `cognito:groups` is a string with commas instead of an array."""
    change_id_claims(patch, lambda claims: {**claims, "cognito:groups": ",".join(claims["cognito:groups"])})


@defect("AUTH-03")
def groups_have_another_name(patch: Patch) -> None:
    """The claim with the groups is named `groups` instead of `cognito:groups`."""
    change_id_claims(
        patch, lambda claims: {("groups" if name == "cognito:groups" else name): claims[name] for name in claims}
    )


@defect("AUTH-03")
def groups_are_slugs(patch: Patch) -> None:
    """The groups of partners lack the prefix `partner-id-`."""
    change_id_claims(
        patch,
        lambda claims: {
            **claims,
            "cognito:groups": [group.removeprefix("partner-id-") for group in claims["cognito:groups"]],
        },
    )


@defect("AUTH-03")
def groups_are_partners_only(patch: Patch) -> None:
    """Groups other than partners and `fd-admin` are omitted from the token."""
    change_id_claims(
        patch,
        lambda claims: {
            **claims,
            "cognito:groups": [
                group for group in claims["cognito:groups"] if group.startswith(("partner-id-", "fd1", "fd-"))
            ],
        },
    )


@defect("AUTH-03")
def groups_are_those_of_the_first_partner(patch: Patch) -> None:
    """The token contains only the first partner of the user."""
    change_id_claims(patch, lambda claims: {**claims, "cognito:groups": claims["cognito:groups"][:1]})


@defect("AUTH-03")
def id_token_without_email(patch: Patch) -> None:
    """The IdToken contains no `email`."""
    change_id_claims(patch, lambda claims: {name: claims[name] for name in claims if name != "email"})


@defect("AUTH-03")
def id_token_names_the_user_for_an_address(patch: Patch) -> None:
    """The claim `email` contains only the part before the `@`."""
    change_id_claims(patch, lambda claims: {**claims, "email": claims["email"].partition("@")[0]})


@defect("AUTH-03")
def id_token_without_subject(patch: Patch) -> None:
    """The IdToken contains no `sub`."""
    change_id_claims(patch, lambda claims: {name: claims[name] for name in claims if name != "sub"})


@defect("AUTH-03")
def subject_is_new_each_time(patch: Patch) -> None:
    """The claim `sub` is different at each sign-in."""
    change_id_claims(patch, lambda claims: {**claims, "sub": claims["jti"]})


@defect("AUTH-03")
def subject_is_everybodys(patch: Patch) -> None:
    """The claim `sub` is the same for all users."""
    change_id_claims(patch, lambda claims: {**claims, "sub": claims["aud"]})


@defect("AUTH-03")
def email_is_the_first_users(patch: Patch) -> None:
    """The claim `email` is the address of the partner's first user."""
    change_id_claims(patch, lambda claims: {**claims, "email": "owner@acme.example"})


@defect("AUTH-03")
def id_token_is_no_jwt(patch: Patch) -> None:
    """The IdToken is an opaque string instead of a JWT."""
    change_tokens(patch, lambda body: {**body, "IdToken": body["IdToken"].replace(".", "_")})


@defect("AUTH-03")
def id_token_is_not_signed(patch: Patch) -> None:
    """The IdToken is not signed: its `alg` is `none`."""
    import jwt

    def wrap(original):
        def encode(claims, key, algorithm, headers):
            if claims["token_use"] == "id":
                return original(claims, None, "none", headers=headers)
            return original(claims, key, algorithm, headers=headers)

        return encode

    patch.wrap(jwt, "encode", wrap)


@defect("AUTH-03", part="AUTH-03.special_groups")
def disabled_account_signs_in(patch: Patch) -> None:
    """A user with a disabled account can sign in."""
    patch.replace(signin, "DISABLED_GROUP", "disabled")


@defect("AUTH-03")
def disabled_account_is_401(patch: Patch) -> None:
    """A sign-in to a disabled account returns 401 instead of 403."""
    patch.replace(statuses, "ERROR_STATUSES", {**statuses.ERROR_STATUSES, errors.AccountDisabledError: 401})


@defect("AUTH-03")
def disabled_account_has_a_wrong_password(patch: Patch) -> None:
    """A sign-in to a disabled account fails in the same way as a sign-in with a wrong password."""
    patch.replace(signin, "AccountDisabledError", InvalidCredentialsError)
