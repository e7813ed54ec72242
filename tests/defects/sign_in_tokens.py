"""Broken: which tokens open what."""

import json
from typing import Any

from mock_server.domain.errors import TokenExpired, TokenInvalid
from mock_server.http import auth
from mock_server.state import tokens
from mock_server.state.tokens import Tokens
from tests.defects.registry import Patch, defect


def believing(patch: Patch, uses_of) -> None:
    """Tokens of several uses pass where one use is asked for: `uses_of(use)` are tried in turn."""

    def wrapped(right):
        def believe(self, token, use, now):
            for each in uses_of(use):
                try:
                    return right(self, token, each, now)
                except TokenInvalid:
                    continue
            raise TokenInvalid

        return believe

    patch.wrap(Tokens, "believe", wrapped)


def unguarded(patch: Patch, is_open) -> None:
    """Requests for which `is_open(path, method)` holds need no token, and see the first partner's data."""
    patch.wrap(
        auth, "needs_token", lambda right: lambda path, method: not is_open(path, method) and right(path, method)
    )


# AUTH-04


@defect("AUTH-04")
def id_token_opens(patch: Patch) -> None:
    """An IdToken passes for an AccessToken: both are signed with the same key."""
    believing(patch, lambda use: ("access", "id") if use == "access" else (use,))


@defect("AUTH-04")
def refresh_token_opens(patch: Patch) -> None:
    """A RefreshToken passes for an AccessToken."""
    believing(patch, lambda use: ("access", "refresh") if use == "access" else (use,))


@defect("AUTH-04")
def signature_is_not_verified(patch: Patch) -> None:
    """Tokens are decoded without a look at the signature, as while somebody was debugging."""
    import jwt

    def wrapped(right):
        def decode(token, *rest, options, **more):
            return right(token, *rest, options={**options, "verify_signature": False}, **more)

        return decode

    patch.wrap(jwt, "decode", wrapped)


@defect("AUTH-04")
def any_algorithm_will_do(patch: Patch) -> None:
    """A token that says of itself that it is not signed is believed."""
    import jwt

    def wrapped(right):
        def verified(self, token, use):
            try:
                unsigned = jwt.get_unverified_header(token).get("alg") == "none"
            except jwt.PyJWTError as refusal:
                raise TokenInvalid from refusal
            if unsigned:
                return tokens._read(jwt.decode(token, options={"verify_signature": False, "verify_exp": False}), use)
            return right(self, token, use)

        return verified

    patch.wrap(Tokens, "_verified", wrapped)


@defect("AUTH-04")
def any_scheme_will_do(patch: Patch) -> None:
    """Whatever stands after the last space of `Authorization` is taken for the token."""

    def wrapped(right):
        def authenticated(call, received, repeated):
            given = received.get(b"authorization", b"").rpartition(b" ")[2]
            return right(call, {**received, b"authorization": b"Bearer " + given}, repeated)

        return authenticated

    patch.wrap(auth, "_authenticated", wrapped)


@defect("AUTH-04")
def one_read_is_forgotten(patch: Patch) -> None:
    """The customers of a cluster are read without a token: the route was added later."""
    unguarded(patch, lambda path, method: path.endswith("/customer_list"))


@defect("AUTH-04")
def writes_are_forgotten(patch: Patch) -> None:
    """Only reads are guarded; a write without a token is done for the first partner."""
    unguarded(patch, lambda path, method: method in ("PUT", "POST", "DELETE"))
    patch.wrap(
        auth.Call,
        "__new__",
        lambda right: (
            lambda kind, workspace, now, partner_id="partner-id-acme", *rest, **more: right(
                kind, workspace, now, partner_id, *rest, **more
            )
        ),
    )


@defect("AUTH-04")
def refused_writes_are_done_all_the_same(patch: Patch) -> None:
    """A bad token is answered with 401, after the work."""
    done: list[Any] = []

    def wrapped(right):
        def scoped(call, received, repeated, path):
            try:
                return right(call, received, repeated, path)
            except (TokenInvalid, TokenExpired) as refusal:
                done.append(refusal)
                return auth.Call(call.workspace, call.now, "partner-id-acme", ())

        return scoped

    patch.wrap(auth, "scoped", wrapped)
    patch.wire(lambda scope, answer: _unauthorized(answer) if done and done.pop() else None)


def _unauthorized(answer) -> None:
    answer.status = 401
    answer.set("content-type", "application/json")
    answer.set("www-authenticate", "Bearer")
    told = {"message": "error.auth.token_invalid", "error_code": "TOKEN_INVALID"}
    answer.body = json.dumps({**told, "error_subcode": None, "validation_errors": []}).encode()


@defect("AUTH-04")
def status_looks_at_the_token_that_it_is_sent(patch: Patch) -> None:
    """`/status/` refuses a token that is bad, though it needs none."""
    _looking(patch, lambda path: path == "/status/")


@defect("AUTH-04")
def sign_in_looks_at_the_token_that_it_is_sent(patch: Patch) -> None:
    """A client that sends its old token along cannot sign in: paths under `/auth` refuse a bad one."""
    _looking(patch, auth._is_sign_in)


def _looking(patch: Patch, concerned) -> None:
    def wrapped(right):
        def scoped(call, received, repeated, path):
            return (
                call if concerned(path) and b"authorization" not in received else right(call, received, repeated, path)
            )

        return scoped

    patch.wrap(auth, "needs_token", lambda right: lambda path, method: concerned(path) or right(path, method))
    patch.wrap(auth, "scoped", wrapped)


@defect("AUTH-04")
def one_read_wants_the_id_token(patch: Patch) -> None:
    """The packages were moved to a gateway that takes the IdToken."""

    def wrapped(right):
        def scoped(call, received, repeated, path):
            if not path.startswith("/package_builder/"):
                return right(call, received, repeated, path)
            believe = Tokens.believe
            Tokens.believe = lambda self, token, use, now: believe(self, token, "id", now)
            try:
                return right(call, received, repeated, path)
            finally:
                Tokens.believe = believe

        return scoped

    patch.wrap(auth, "scoped", wrapped)
