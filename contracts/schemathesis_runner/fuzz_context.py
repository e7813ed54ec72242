"""The context of a schemathesis run: a world, tokens for it, and ids that exist in it.

The context is read without the client that checks responses, because finding responses that do not match the document
is schemathesis's task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx2

from contracts.spec.rules import Documentation
from contracts.spec.verdicts import BlockedError
from contracts.target.client import json_or_none
from contracts.target.deployment import Deployment
from contracts.target.tokens import own_partner

CAMPAIGN_RESULTS = frozenset({"listCampaignResults", "createCampaignResult", "deleteCampaignResult"})
MAX_KNOWN_IDS = 3
"""How many ids of each kind are read."""


@dataclass(frozen=True, slots=True)
class FuzzContext:
    """A world for schemathesis. `control_url` is the address of its control API, empty if there is none.

    `known_ids` maps parameters to existing ids. Parameters without any are left out. `closed_operations` are the
    operations that the user may not call. `documentation` is the generation of the vendor's documentation that the
    target follows.
    """

    base_url: str
    access_token: str
    refresh_token: str
    partner_id: str
    currency: str
    control_url: str
    control_token: str
    known_ids: Mapping[str, Sequence[str]]
    closed_operations: frozenset[str] = frozenset()
    documentation: str = Documentation.OLDER

    def to_environment(self) -> dict[str, str]:
        """Return the values for the hooks and the configuration, as environment variables of schemathesis."""
        return {
            "WAVETANK_BASE_URL": self.base_url,
            "WAVETANK_ACCESS_TOKEN": self.access_token,
            "WAVETANK_REFRESH_TOKEN": self.refresh_token,
            "WAVETANK_CURRENCY": self.currency,
            "WAVETANK_CONTROL": self.control_url,
            "WAVETANK_CONTROL_TOKEN": self.control_token,
        }


def build_context(world: Deployment, control_token: str | None) -> FuzzContext:
    """Sign in and read existing ids. Raises BlockedError if sign-in fails.

    If the run has a user who may call every operation, that user signs in.
    """
    is_open = world.results_role in world.users
    credentials = world.credentials(world.results_role if is_open else "partner")
    base_url, http = world.connection.base_url, world.connection.http
    tokens: object = world.shared_sign_in(world.results_role if is_open else "partner")
    if not isinstance(tokens, dict) or not {"AccessToken", "RefreshToken"} <= tokens.keys():
        raise BlockedError(f"cannot sign in as {credentials.username}")
    headers = {"authorization": f"Bearer {tokens['AccessToken']}"}
    if credentials.partner_id is not None:
        headers["x-preferred-partner-id"] = credentials.partner_id
    partner = json_or_none(http.get(f"{base_url}/partners/", headers=headers))
    partner_record = partner if isinstance(partner, dict) else {}
    partner_id = credentials.partner_id or own_partner(tokens.get("IdToken")) or ""
    return FuzzContext(
        base_url=base_url,
        access_token=tokens["AccessToken"],
        refresh_token=tokens["RefreshToken"],
        partner_id=partner_id,
        currency=str(partner_record.get("currency", "")),
        control_url=f"{base_url.removesuffix('/api/v3')}/_mock" if world.is_sandbox else "",
        control_token=control_token or "",
        known_ids={name: ids for name, ids in _find_known_ids(http, base_url, headers, partner_id).items() if ids},
        closed_operations=frozenset() if is_open else CAMPAIGN_RESULTS,
        documentation=world.documentation,
    )


def _find_known_ids(
    http: httpx2.Client, base_url: str, headers: Mapping[str, str], partner_id: str
) -> dict[str, list[str]]:
    event_page = json_or_none(http.get(f"{base_url}/events/?limit={MAX_KNOWN_IDS}", headers=headers))
    events = _text_values(event_page.get("items") if isinstance(event_page, dict) else None, "id")
    listed = json_or_none(http.get(f"{base_url}/package_builder/packages/", headers=headers))
    built = [each for each in listed if isinstance(each, dict) and each.get("status") == "DONE"] if listed else []
    packages = _text_values(built, "id")[:MAX_KNOWN_IDS]
    clusters: list[str] = []
    if packages:
        package = json_or_none(http.get(f"{base_url}/package_builder/packages/{packages[0]}", headers=headers))
        content = package.get("content") if isinstance(package, dict) else None
        clusters = _text_values(content.get("clusters") if isinstance(content, dict) else None, "tc")
    partner_ids = [partner_id] if partner_id else []
    ids_by_parameter = {
        "eid": events,
        "event_id": events,
        "partner_id": partner_ids,
        "package_id": packages,
        "tc": clusters,
    }
    return {
        f"{location}.{name}": ids[:MAX_KNOWN_IDS]
        for name, ids in ids_by_parameter.items()
        for location in PARAMETER_LOCATIONS[name]
    }


PARAMETER_LOCATIONS = {
    "eid": ("path", "query"),
    "event_id": ("query",),
    "partner_id": ("path", "query"),
    "package_id": ("path",),
    "tc": ("path",),
}
"""The locations of parameters with these names in the document."""


def _text_values(rows: object, name: str) -> list[str]:
    found = [row.get(name) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [value for value in found if isinstance(value, str)]
