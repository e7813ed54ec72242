"""Defects in the tokens that a request accepts."""

import json
from typing import Any

from mock_server.domain.errors import TokenExpiredError, TokenInvalidError
from mock_server.http import auth, steps
from mock_server.http.context import RequestContext
from mock_server.state import tokens
from mock_server.state.tokens import Tokens
from tests.defects import step_order
from tests.defects.registry import Patch, defect


def accept_uses(patch: Patch, accepted_uses) -> None:
    """Accept tokens with any of the uses that `accepted_uses(use)` returns."""

    def wrap(original):
        def verify(self, token, use, now):
            for each in accepted_uses(use):
                try:
                    return original(self, token, each, now)
                except TokenInvalidError:
                    continue
            raise TokenInvalidError

        return verify

    patch.wrap(Tokens, "verify", wrap)


def skip_token_check(patch: Patch, needs_no_token) -> None:
    """Skip the token check if `needs_no_token(path, method)` is true; these requests act for the first partner."""
    patch.wrap(
        auth, "needs_token", lambda right: lambda path, method: not needs_no_token(path, method) and right(path, method)
    )


# AUTH-04


@defect("AUTH-04")
def id_token_opens(patch: Patch) -> None:
    """Requests accept an IdToken as well as an AccessToken."""
    accept_uses(patch, lambda use: ("access", "id") if use == "access" else (use,))


@defect("AUTH-04")
def refresh_token_opens(patch: Patch) -> None:
    """Requests accept a RefreshToken as well as an AccessToken."""
    accept_uses(patch, lambda use: ("access", "refresh") if use == "access" else (use,))


@defect("AUTH-04")
def signature_is_not_verified(patch: Patch) -> None:
    """The signature of a token is not verified."""
    import jwt

    def wrap(original):
        def decode(token, *rest, options, **more):
            return original(token, *rest, options={**options, "verify_signature": False}, **more)

        return decode

    patch.wrap(jwt, "decode", wrap)


@defect("AUTH-04")
def any_algorithm_will_do(patch: Patch) -> None:
    """A token with the `alg` `none` is accepted."""
    import jwt

    def wrap(original):
        def verify(self, token, use):
            try:
                unsigned = jwt.get_unverified_header(token).get("alg") == "none"
            except jwt.PyJWTError as refusal:
                raise TokenInvalidError from refusal
            if unsigned:
                return tokens._parse_claims(
                    jwt.decode(token, options={"verify_signature": False, "verify_exp": False}), use
                )
            return original(self, token, use)

        return verify

    patch.wrap(Tokens, "_decode", wrap)


@defect("AUTH-04")
def any_scheme_will_do(patch: Patch) -> None:
    """`Authorization` may contain any scheme, or several words before the token."""

    def wrap(original):
        def verify(context, repeated_headers):
            given = context.headers.get(b"authorization", b"").rpartition(b" ")[2]
            context.headers = {**context.headers, b"authorization": b"Bearer " + given}
            return original(context, repeated_headers)

        return verify

    patch.wrap(auth, "_verify_access_token", wrap)


@defect("AUTH-04", "BASE-11")
def one_read_is_forgotten(patch: Patch) -> None:
    """The customers of a cluster can be read without a token."""
    skip_token_check(patch, lambda path, method: path.endswith("/customer_list"))


@defect("AUTH-04")
def writes_are_forgotten(patch: Patch) -> None:
    """Writes need no token; without one, they act for the first partner."""
    skip_token_check(patch, lambda path, method: method in ("PUT", "POST", "DELETE"))

    def scope_to_first_partner(context: RequestContext) -> None:
        if context.claims is None:
            context.partner_id = "partner-id-acme"

    step_order.insert(patch, scope_to_first_partner, before=steps.match_route)


@defect("AUTH-04")
def refused_writes_are_done_all_the_same(patch: Patch) -> None:
    """A write with an invalid token returns 401, but is carried out."""
    done: list[Any] = []

    def authenticate(context: RequestContext) -> None:
        try:
            auth.authenticate(context)
        except (TokenInvalidError, TokenExpiredError) as refusal:
            done.append(refusal)
            context.partner_id = "partner-id-acme"

    step_order.replace(patch, auth.authenticate, authenticate)
    patch.change_responses(lambda scope, answer: _answer_unauthorized(answer) if done and done.pop() else None)


def _answer_unauthorized(answer) -> None:
    answer.status = 401
    answer.set("content-type", "application/json")
    answer.set("www-authenticate", "Bearer")
    refusal = {"message": "error.auth.token_invalid", "error_code": "TOKEN_INVALID"}
    answer.body = json.dumps({**refusal, "error_subcode": None, "validation_errors": []}).encode()


@defect("AUTH-04")
def status_looks_at_the_token_that_it_is_sent(patch: Patch) -> None:
    """`/status/` rejects a request with an invalid token, although it needs none."""
    _ignore_missing_token(patch, lambda path: path == "/status/")


@defect("AUTH-04")
def sign_in_looks_at_the_token_that_it_is_sent(patch: Patch) -> None:
    """Paths under `/auth` reject a request with an invalid token, so a client with an old token cannot sign in."""
    _ignore_missing_token(patch, auth._is_sign_in)


def _ignore_missing_token(patch: Patch, applies_to) -> None:
    def authenticate(context: RequestContext) -> None:
        if not applies_to(context.path) or b"authorization" in context.headers:
            auth.authenticate(context)

    patch.wrap(auth, "needs_token", lambda right: lambda path, method: applies_to(path) or right(path, method))
    step_order.replace(patch, auth.authenticate, authenticate)


@defect("AUTH-04")
def one_read_wants_the_id_token(patch: Patch) -> None:
    """Operations on packages need an IdToken instead of an AccessToken."""

    def authenticate(context: RequestContext) -> None:
        if not context.path.startswith("/package_builder/"):
            auth.authenticate(context)
            return
        verify = Tokens.verify
        Tokens.verify = lambda self, token, use, now: verify(self, token, "id", now)
        try:
            auth.authenticate(context)
        finally:
            Tokens.verify = verify

    step_order.replace(patch, auth.authenticate, authenticate)
