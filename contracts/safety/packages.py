"""Reports the packages that a run created, because they cannot be deleted."""

from collections.abc import Iterator
from typing import Any

from contracts.safety.actors import Actor, ActorCall, ActorClient
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.safety.listings import find_rows

KIND = "package"
CREATE_OPERATIONS = ("createPackage", "mergePackages")


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> dict[str, Any]:
    """Record which packages exist before the write."""
    for actor in client.candidates(scope):
        return {"kind": KIND, "actor": actor.to_note(), "existing": list(_titles_by_id(actor, client))}
    return {}


def list_remaining(contents: LedgerContents, client: ActorClient) -> Iterator[str]:
    """Yield a line for each package that the run created, according to the response or the run id in the title.

    Raises RestoreError.
    """
    titles: dict[str, str] = {}
    for note in {tuple(entry.undo["actor"]) for entry in contents.entries_undone_by(KIND) if not entry.created}:
        current_titles = _titles_by_id(Actor.from_note(list(note)), client)
        titles |= {package_id: title for package_id, title in current_titles.items() if contents.run_id in title}
    for entry in contents.entries_undone_by(KIND):
        titles |= {str(entry.created["id"]): str(entry.created.get("title"))} if entry.created else {}
    for package_id, title in sorted(titles.items()):
        yield f"package {package_id}, {title!r}: packages cannot be deleted"


def _titles_by_id(actor: Actor, client: ActorClient) -> dict[str, str]:
    """Return the titles of the partner's packages by id."""
    listed = find_rows(client.read(actor, ActorCall("listPackages")))
    return {str(row["id"]): str(row.get("title")) for row in listed}
