"""Packages that a run made: nothing deletes them, so they are told."""

from collections.abc import Iterator
from typing import Any

from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import LedgerContents
from contracts.safety.owners import Actor, ActorCall, ActorClient

KIND = "package"
CREATE_OPERATIONS = ("createPackage", "mergePackages")


def prepare_undo(parsed_call: ParsedCall, scope: str | None, client: ActorClient) -> dict[str, Any]:
    """Which packages there are before."""
    for actor in client.candidates(scope):
        return {"kind": KIND, "keeper": actor.to_note(), "seen": list(_titles_by_id(actor, client))}
    return {}


def list_remaining(contents: LedgerContents, client: ActorClient) -> Iterator[str]:
    """What the run made, a line for each: by its answer, or by the run's id in the title. Raises Trouble."""
    titles: dict[str, str] = {}
    for note in {tuple(entry.undo["keeper"]) for entry in contents.entries_undone_by(KIND) if not entry.made}:
        current_titles = _titles_by_id(Actor.from_note(list(note)), client)
        titles |= {package_id: title for package_id, title in current_titles.items() if contents.run_id in str(title)}
    for entry in contents.entries_undone_by(KIND):
        titles |= {entry.made["id"]: str(entry.made.get("title"))} if entry.made else {}
    for package_id, title in sorted(titles.items()):
        yield f"package {package_id}, {title!r}: a package has no delete"


def _titles_by_id(actor: Actor, client: ActorClient) -> dict[str, str]:
    """The titles of the partner's packages by id."""
    return {row["id"]: row["title"] for row in client.read(actor, ActorCall("listPackages"))}
