"""Reads lists and created objects from responses, even if they do not have the documented form."""

from collections.abc import Iterator
from typing import Any

from contracts.safety.actors import RestoreError

MAX_DEPTH = 3


def find_rows(body: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, or of the first list in an object. Raises RestoreError if there is no list."""
    candidates = [body, *(body.values() if isinstance(body, dict) else ())]
    listed = next((candidate for candidate in candidates if isinstance(candidate, list)), None)
    if listed is None or not all(isinstance(row, dict) and "id" in row for row in listed):
        raise RestoreError("the response is not a list of objects with ids")
    return listed


def find_created(body: Any) -> dict[str, Any]:
    """Return the first object with an id in the body of a creation; an empty dict if there is none."""
    return next(_objects_with_id(body, MAX_DEPTH), {})


def _objects_with_id(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if _is_id(value.get("id")):
            yield value
        entries: list[Any] = list(value.values())
    else:
        entries = value if isinstance(value, list) else []
    for entry in entries if depth else ():
        yield from _objects_with_id(entry, depth - 1)


def _is_id(value: object) -> bool:
    return (isinstance(value, str) and value != "") or (isinstance(value, int) and not isinstance(value, bool))
