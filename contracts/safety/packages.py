"""Packages that a run made: nothing deletes them, so they are told."""

from collections.abc import Iterator
from typing import Any

from contracts.safety.call_scope import Asked
from contracts.safety.ledger import Book
from contracts.safety.owners import Call, Keeper, Keepers

KIND = "package"
MAKING = ("createPackage", "mergePackages")


def noted(asked: Asked, scope: str | None, keepers: Keepers) -> dict[str, Any]:
    """Which packages there are before."""
    for keeper in keepers.candidates(scope):
        return {"kind": KIND, "keeper": keeper.note(), "seen": list(_listed(keeper, keepers))}
    return {}


def left(book: Book, keepers: Keepers) -> Iterator[str]:
    """What the run made, a line for each: by its answer, or by the run's id in the title. Raises Trouble."""
    told: dict[str, str] = {}
    for note in {tuple(entry.undo["keeper"]) for entry in book.undoes(KIND) if not entry.made}:
        listed = _listed(Keeper.noted(list(note)), keepers)
        told |= {package_id: title for package_id, title in listed.items() if book.run_id in str(title)}
    for entry in book.undoes(KIND):
        told |= {entry.made["id"]: str(entry.made.get("title"))} if entry.made else {}
    for package_id, title in sorted(told.items()):
        yield f"package {package_id}, {title!r}: a package has no delete"


def _listed(keeper: Keeper, keepers: Keepers) -> dict[str, str]:
    """The titles of the partner's packages by id."""
    return {row["id"]: row["title"] for row in keepers.read(keeper, Call("listPackages"))}
