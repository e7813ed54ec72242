"""Whether there is a target at all: looked at before anything is judged, so that the first screen says what is wrong.

It judges nothing that a rule is about: a deployment that breaks rules of `/status/` or of signing in is inspected.
"""

from typing import Any

import httpx

from contracts.spec.openapi import UnpromisedAnswer
from contracts.spec.verdicts import Broken, Undecided, Unreachable
from contracts.target import tokens
from contracts.target.session import Inspection
from contracts.target.target import Person

PLATFORM = "/api/v3"
ADMIN = "fd-admin"


def look(inspection: Inspection) -> None:
    """Raise Unreachable unless the platform answers at the base URL and the named users can sign in.

    Nobody asks for the control API afterwards where there is nothing to control.
    """
    try:
        _look(inspection)
    except Unreachable:
        inspection.control = None
        raise
    except httpx.TransportError as failure:
        inspection.control = None
        told = str(failure) or type(failure).__name__
        raise Unreachable(f"cannot reach {inspection.target.base_url}: {told}") from failure


def _look(inspection: Inspection) -> None:
    target = inspection.target
    answer = inspection.http.get(f"{target.base_url}/status/")
    if answer.status_code != 200 or not isinstance(_json(answer), dict):
        raise Unreachable(_no_platform(inspection, answer))
    if inspection.control is None and target.control not in ("auto", "none"):
        raise Unreachable(f"there is no control API at {target.control}: --control")
    if inspection.control is None and target.user is None:
        raise Unreachable("the target has no control API, so somebody must be named who signs in: --user")
    for person, option in (
        (target.user, "--partner"),
        (target.second_user, "--second-partner"),
        (target.admin_user, "--partner"),
    ):
        if person is not None:
            _sign_in(inspection, person, option)


def answers(inspection: Inspection) -> bool:
    """Whether anything still answers at the base URL."""
    try:
        inspection.http.get(f"{inspection.target.base_url}/status/")
    except httpx.TransportError:
        return False
    return True


def closed_to_partners(inspection: Inspection) -> bool:
    """Whether the target keeps partners from campaign results altogether, as newer documentation has it."""
    if inspection.control is not None:
        return bool(inspection.quirks.get("campaign_results_admin_only"))
    with inspection.deployment() as world:
        try:
            events = world.partner.call("listEvents", query={"limit": 1}).json()["items"]
            query = {"eid": events[0]["id"], "partner_id": world.partner_id}
            return world.partner.call("listCampaignResults", query=query).status_code == 403
        except (UnpromisedAnswer, Undecided, httpx.TransportError, KeyError, IndexError):
            return False


def _no_platform(inspection: Inspection, answer: httpx.Response) -> str:
    base_url = inspection.target.base_url
    server = answer.headers.get("server")
    said = f"{base_url}/status/ answered {answer.status_code}" + (f" (server: {server})" if server else "")
    if not base_url.endswith(PLATFORM):
        further = inspection.http.get(f"{base_url}{PLATFORM}/status/")
        if further.status_code == 200 and isinstance(_json(further), dict):
            return f"{said}, but there is a platform at {base_url}{PLATFORM}: --base-url {base_url}{PLATFORM}"
    if 300 <= answer.status_code < 400:
        return f"{said}, which points to {answer.headers.get('location', 'nowhere')}: --base-url is not followed"
    return f"{said}: this is no deployment of the platform"


def _sign_in(inspection: Inspection, person: Person, option: str) -> None:
    """Only a refusal of who was named counts here; whether the answer is in order is for the contracts to say."""
    url = f"{inspection.target.base_url}/auth"
    answer = inspection.http.post(url, json={"username": person.username, "password": person.password})
    read = _json(answer)
    body = read if isinstance(read, dict) else {}
    if answer.status_code >= 400:
        raise Unreachable(
            f"{person.username} cannot sign in: POST /auth answered {answer.status_code} {body.get('message', '')}"
            "; passwords come from CONTRACTS_PASSWORD, CONTRACTS_SECOND_PASSWORD, CONTRACTS_ADMIN_PASSWORD"
        )
    if "Challenge" in body and "AccessToken" not in body:
        raise Unreachable(
            f"{person.username} is asked for more ({body['Challenge']}): name a user with a password only"
        )
    if inspection.control is None and "AccessToken" in body:
        _scope(inspection, person, body, option)


def _scope(inspection: Inspection, person: Person, signed: dict[str, Any], option: str) -> None:
    """Refuse a partner that is missing, or not the user's: where the platform refuses it and the token says why."""
    headers = {"authorization": f"Bearer {signed['AccessToken']}"}
    if person.partner_id is not None:
        headers["x-preferred-partner-id"] = person.partner_id
    if inspection.http.get(f"{inspection.target.base_url}/partners/", headers=headers).status_code != 403:
        return
    try:
        groups = tokens.claims_of(signed.get("IdToken")).get("cognito:groups", [])
        partners = tokens.partners_in(signed.get("IdToken"))
    except (Broken, TypeError):
        return
    if person.partner_id is None and (len(partners) > 1 or ADMIN in groups):
        named = f"has several partners ({', '.join(partners)})" if len(partners) > 1 else "may act for any partner"
        raise Unreachable(f"{person.username} {named}: name one by {option}")
    if person.partner_id is not None and person.partner_id not in partners and ADMIN not in groups:
        raise Unreachable(f"{person.username} may not act for {person.partner_id}: {option}")


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
