"""Determines which generation of the vendor's documentation a target follows.

The source is `--documentation`, the mock's control API, or the responses to two reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from contracts.spec import rules
from contracts.spec.rules import Documentation
from contracts.target.client import json_or_none
from contracts.target.control_api import ControlApi

AUTO = "auto"
"""The value of `--documentation` with which a run detects the generation."""
ADMIN_ONLY_QUIRK = "campaign_results_admin_only"
OLDER_EVENT_MEMBERS = frozenset({"currency", "campaign_stop_time", "has_active_campaigns"})
"""The members of an event that only the older documentation shows. See: EVT-02."""


@dataclass(frozen=True, slots=True)
class FollowedDocumentation:
    """The generation that a target follows, and how it was determined, in a few words."""

    generation: Documentation
    source: str


AS_NOTHING_TELLS = FollowedDocumentation(Documentation.OLDER, "the default, because no response shows it")


def read_from_option(choice: str) -> FollowedDocumentation | None:
    """Return the generation that `--documentation` sets; None if the run must detect it."""
    return None if choice == AUTO else FollowedDocumentation(Documentation(choice), "as --documentation says")


def read_from_control_api(control: ControlApi) -> FollowedDocumentation:
    """Return the generation that the control API reports, or that a quirk shows if the mock has no profiles."""
    status = control.get("/status")
    if status.get("documentation") in set(Documentation):
        return FollowedDocumentation(Documentation(status["documentation"]), "reported by the mock's control API")
    is_newer = ADMIN_ONLY_QUIRK in status.get("quirks", ())
    generation = Documentation.NEWER if is_newer else Documentation.OLDER
    return FollowedDocumentation(generation, "shown by the quirks of the mock")


def build_profile(control: ControlApi, generation: Documentation) -> dict[str, Any]:
    """Return the members of `POST /_mock/workspaces` for a workspace that follows a generation, without other quirks.

    For a mock without documentation profiles, these are the quirks of the generation that it knows.
    """
    if "documentation" in control.get("/status"):
        return {"documentation": str(generation), "quirks": {}}
    differences = rules.load().differences
    known = (name for name in control.get("/quirks") if name in differences)
    return {"quirks": {name: differences[name].enabled_in(generation) for name in known}}


@dataclass(frozen=True, slots=True)
class Reader:
    """A signed-in user who reads from the target. `partner_id` is None if the partner is unknown."""

    http: httpx2.Client
    base_url: str
    headers: Mapping[str, str]
    partner_id: str | None

    def get(self, path: str, **query: str) -> httpx2.Response:
        """Send a GET request."""
        return self.http.get(f"{self.base_url}{path}", params=query, headers=self.headers)


def find_out(reader: Reader, *, is_admin: bool) -> FollowedDocumentation:
    """Return the generation that two reads of one event by a signed-in user show.

    Campaign results show it best: the newer documentation reserves them for admins (CR-01). If the user is an admin,
    only the members of the event can show it.
    """
    page = json_or_none(reader.get("/events/", limit="1"))
    items = page.get("items") if isinstance(page, dict) else None
    event = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    by_access = None if is_admin else _read_from_access(reader, event)
    return by_access or _read_from_event(event) or AS_NOTHING_TELLS


def _read_from_access(reader: Reader, event: Mapping[str, Any]) -> FollowedDocumentation | None:
    event_id = str(event.get("id", "unknown"))
    response = reader.get("/campaign_results/", eid=event_id, partner_id=reader.partner_id or "unknown")
    body = json_or_none(response)
    message = body.get("message") if isinstance(body, dict) else None
    if response.status_code == 403 and message == "error.auth.not_authorized":
        return FollowedDocumentation(Documentation.NEWER, "because /campaign_results/ is closed to the partner's user")
    if response.status_code == 200:
        return FollowedDocumentation(Documentation.OLDER, "because /campaign_results/ is open to the partner's user")
    return None


def _read_from_event(event: Mapping[str, Any]) -> FollowedDocumentation | None:
    if not event:
        return None
    if OLDER_EVENT_MEMBERS & event.keys():
        return FollowedDocumentation(
            Documentation.OLDER, "because the target's events contain members that only the older documentation has"
        )
    return FollowedDocumentation(
        Documentation.NEWER, "because the target's events lack the members that only the older documentation has"
    )
