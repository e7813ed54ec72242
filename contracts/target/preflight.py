"""Checks before a run: the platform responds at the base URL, and the given users can sign in.

They check no rule. A deployment that breaks rules of `/status/` or of sign-in passes these checks; the contracts report
the broken rules.
"""

from typing import Any

import httpx2

from contracts.spec.verdicts import BrokenRuleError, TargetUnreachableError
from contracts.target import documentation, tokens
from contracts.target.client import json_or_none
from contracts.target.connections import PROXY_EXTENSION
from contracts.target.documentation import FollowedDocumentation
from contracts.target.session import TargetSession
from contracts.target.target import UserCredentials

API_PREFIX = "/api/v3"
ADMIN_GROUP = "fd-admin"
PARTNER_OPTIONS = {"partner": "--partner", "second": "--second-partner", "admin": "--partner"}
"""For each role, the option that names the partner it acts for."""


def check_target(session: TargetSession) -> None:
    """Check the base URL, the control API and the users. Raises TargetUnreachableError.

    If the check fails, the session's control API is set to None, so that no code looks for it again.
    """
    try:
        _check_target(session)
    except TargetUnreachableError:
        session.control = None
        raise
    except httpx2.TransportError as failure:
        session.control = None
        detail = str(failure) or type(failure).__name__
        raise TargetUnreachableError(f"cannot reach {session.target.base_url}: {detail}") from failure


def _check_target(session: TargetSession) -> None:
    target = session.target
    response = session.http.get(f"{target.base_url}/status/")
    is_plain = response.status_code == 200 and isinstance(json_or_none(response), dict)
    if not is_plain and not _signs_in(session):
        raise TargetUnreachableError(_format_no_deployment(session, response))
    if session.control is None and target.control not in ("auto", "none"):
        raise TargetUnreachableError(f"--control: there is no control API at {target.control}")
    if session.control is None and target.user is None:
        raise TargetUnreachableError("the target has no control API, so a user is required: pass --user")
    for role, credentials in target.users.items():
        _check_user(session, role, credentials)


def _signs_in(session: TargetSession) -> bool:
    """Whether the user can sign in, so that this is a deployment although its `/status/` breaks BASE-02."""
    user = session.target.user
    if user is None:
        return False
    response = _post_sign_in(session, user)
    body = json_or_none(response)
    return response.status_code < 300 and isinstance(body, dict) and "AccessToken" in body


def _check_user(session: TargetSession, role: str, credentials: UserCredentials) -> None:
    """Check that a user can sign in, and find out for which partner. The partner's user shows the documentation."""
    sign_in_body = _check_sign_in(session, credentials)
    if partner_id := credentials.partner_id or tokens.own_partner(sign_in_body.get("IdToken")):
        session.partners[role] = partner_id
    session.share_sign_in(role, sign_in_body)
    if session.control is None and "AccessToken" in sign_in_body:
        _check_partner_scope(session, credentials, sign_in_body, PARTNER_OPTIONS[role])
        if role == "partner" and session.target.documentation == documentation.AUTO:
            session.documentation = _find_documentation(session, credentials, sign_in_body)


def _post_sign_in(session: TargetSession, credentials: UserCredentials) -> httpx2.Response:
    body = {"username": credentials.username, "password": credentials.password}
    return session.http.post(f"{session.target.base_url}/auth", json=body)


def is_reachable(session: TargetSession) -> bool:
    """Whether a server still responds at the base URL."""
    try:
        session.http.get(f"{session.target.base_url}/status/")
    except httpx2.TransportError:
        return False
    return True


def _format_no_deployment(session: TargetSession, response: httpx2.Response) -> str:
    base_url = session.target.base_url
    server = response.headers.get("server")
    message = f"{base_url}/status/ answered {response.status_code}" + (f" (server: {server})" if server else "")
    if PROXY_EXTENSION in response.extensions:
        message += f" through the proxy set in {response.extensions[PROXY_EXTENSION]}"
    if not base_url.endswith(API_PREFIX):
        prefixed = session.http.get(f"{base_url}{API_PREFIX}/status/")
        if prefixed.status_code == 200 and isinstance(json_or_none(prefixed), dict):
            return f"{message}, but {base_url}{API_PREFIX} is a deployment: pass --base-url {base_url}{API_PREFIX}"
    if 300 <= response.status_code < 400:
        location = response.headers.get("location", "an unknown URL")
        return f"{message}, a redirect to {location}: pass the final URL as --base-url"
    return f"{message}: this is not a deployment of the platform"


def _check_sign_in(session: TargetSession, credentials: UserCredentials) -> dict[str, Any]:
    """Check that the user can sign in. Contracts check whether the response is correct.

    Return the body of the response, empty if it is not a JSON object.
    """
    response = _post_sign_in(session, credentials)
    parsed = json_or_none(response)
    body = parsed if isinstance(parsed, dict) else {}
    if response.status_code >= 400:
        raise TargetUnreachableError(
            f"{credentials.username} cannot sign in: "
            f"POST /auth answered {response.status_code} {body.get('message', '')}; "
            "passwords come from CONTRACTS_PASSWORD, CONTRACTS_SECOND_PASSWORD and CONTRACTS_ADMIN_PASSWORD"
        )
    if "Challenge" in body and "AccessToken" not in body:
        raise TargetUnreachableError(
            f"{credentials.username} needs a second step to sign in ({body['Challenge']}): "
            "use a user that signs in with a password only"
        )
    return body


def _check_partner_scope(
    session: TargetSession, credentials: UserCredentials, sign_in_body: dict[str, Any], option: str
) -> None:
    """Check the user's partner. If the platform refuses it, the groups in the token explain why."""
    headers = _build_headers(credentials, sign_in_body)
    if session.http.get(f"{session.target.base_url}/partners/", headers=headers).status_code != 403:
        return
    try:
        groups = tokens.parse_claims(sign_in_body.get("IdToken")).get("cognito:groups", [])
        partners = tokens.partner_groups(sign_in_body.get("IdToken"))
    except (BrokenRuleError, TypeError):
        return
    if credentials.partner_id is None and (len(partners) > 1 or ADMIN_GROUP in groups):
        problem = f"has several partners ({', '.join(partners)})" if len(partners) > 1 else "may act for any partner"
        raise TargetUnreachableError(f"{credentials.username} {problem}: pass {option}")
    if credentials.partner_id is not None and credentials.partner_id not in partners and ADMIN_GROUP not in groups:
        raise TargetUnreachableError(
            f"{credentials.username} may not act for {credentials.partner_id}: change {option}"
        )


def _build_headers(credentials: UserCredentials, sign_in_body: dict[str, Any]) -> dict[str, str]:
    headers = {"authorization": f"Bearer {sign_in_body['AccessToken']}"}
    if credentials.partner_id is not None:
        headers["x-preferred-partner-id"] = credentials.partner_id
    return headers


def _find_documentation(
    session: TargetSession, credentials: UserCredentials, sign_in_body: dict[str, Any]
) -> FollowedDocumentation:
    """Detect which generation of the documentation the target follows, with requests of the signed-in user."""
    try:
        is_admin = ADMIN_GROUP in tokens.parse_claims(sign_in_body.get("IdToken")).get("cognito:groups", [])
    except (BrokenRuleError, TypeError):
        is_admin = False
    headers = _build_headers(credentials, sign_in_body)
    reader = documentation.Reader(session.http, session.target.base_url, headers, session.partners.get("partner"))
    return documentation.find_out(reader, is_admin=is_admin)
