"""Where schemathesis plays: one world, somebody who is signed in there, and ids that exist in it.

It looks around without the strict client: an answer that is out of form is for schemathesis to find.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from contracts.spec.verdicts import Blocked
from contracts.target.deployment import Deployment

MOST_KNOWN = 3
"""How many ids of a kind are enough."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One world as schemathesis meets it. `control` is the address of its control API, empty where there is none.

    `known` are ids that exist, by the parameter that takes them; a parameter without any is left out.
    """

    base_url: str
    access_token: str
    refresh_token: str
    partner_id: str
    currency: str
    control: str
    control_token: str
    known: Mapping[str, Sequence[str]]

    def environment(self) -> dict[str, str]:
        """What the hooks and the configuration are told, out of sight of other users of this machine."""
        return {
            "WAVETANK_ACCESS_TOKEN": self.access_token,
            "WAVETANK_REFRESH_TOKEN": self.refresh_token,
            "WAVETANK_CURRENCY": self.currency,
            "WAVETANK_CONTROL": self.control,
            "WAVETANK_CONTROL_TOKEN": self.control_token,
        }


def set_up(world: Deployment, control_token: str | None) -> Stage:
    """Sign in and look around. Raises Blocked where nobody can sign in."""
    person, base_url, http = world.person("partner"), world.line.base_url, world.line.http
    signed = _body(http.post(f"{base_url}/auth", json={"username": person.username, "password": person.password}))
    if not isinstance(signed, dict) or not {"AccessToken", "RefreshToken"} <= signed.keys():
        raise Blocked(f"cannot sign in as {person.username}")
    headers = {"authorization": f"Bearer {signed['AccessToken']}"}
    if person.partner_id is not None:
        headers["x-preferred-partner-id"] = person.partner_id
    partner = _body(http.get(f"{base_url}/partners/", headers=headers))
    told = partner if isinstance(partner, dict) else {}
    partner_id = person.partner_id or str(told.get("id", ""))
    return Stage(
        base_url=base_url,
        access_token=signed["AccessToken"],
        refresh_token=signed["RefreshToken"],
        partner_id=partner_id,
        currency=str(told.get("currency", "")),
        control=f"{base_url.removesuffix('/api/v3')}/_mock" if world.held else "",
        control_token=control_token or "",
        known={name: ids for name, ids in _known(http, base_url, headers, partner_id).items() if ids},
    )


def _known(http: httpx.Client, base_url: str, headers: Mapping[str, str], partner_id: str) -> dict[str, list[str]]:
    page = _body(http.get(f"{base_url}/events/?limit={MOST_KNOWN}", headers=headers))
    events = _texts(page.get("items") if isinstance(page, dict) else None, "id")
    listed = _body(http.get(f"{base_url}/package_builder/packages/", headers=headers))
    done = [each for each in listed if isinstance(each, dict) and each.get("status") == "DONE"] if listed else []
    packages = _texts(done, "id")[:MOST_KNOWN]
    clusters: list[str] = []
    if packages:
        package = _body(http.get(f"{base_url}/package_builder/packages/{packages[0]}", headers=headers))
        content = package.get("content") if isinstance(package, dict) else None
        clusters = _texts(content.get("clusters") if isinstance(content, dict) else None, "tc")
    scoped = [partner_id] if partner_id else []
    places = {"eid": events, "event_id": events, "partner_id": scoped, "package_id": packages, "tc": clusters}
    return {f"{place}.{name}": ids[:MOST_KNOWN] for name, ids in places.items() for place in WHERE[name]}


WHERE = {
    "eid": ("path", "query"),
    "event_id": ("query",),
    "partner_id": ("path", "query"),
    "package_id": ("path",),
    "tc": ("path",),
}
"""Where the document has parameters of these names."""


def _texts(rows: object, name: str) -> list[str]:
    found = [row.get(name) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [value for value in found if isinstance(value, str)]


def _body(answer: httpx.Response) -> Any:
    """The body as JSON, None where it is none."""
    try:
        return answer.json()
    except ValueError:
        return None
