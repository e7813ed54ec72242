"""Counts what a server keeps in memory."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.worlds.world import World


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a value, with a name for each."""
    if isinstance(value, Mapping):
        yield from (("[]", part) for part in value.values())
    elif isinstance(value, list | tuple | deque | set | frozenset):
        yield from (("[]", part) for part in value)
    elif type(value).__module__.startswith("mock_server."):
        names = [*getattr(value, "__dict__", {}), *getattr(type(value), "__slots__", ())]
        yield from ((f".{name}", getattr(value, name, None)) for name in names)


def count_items(root: Any) -> dict[str, int]:
    """Return the number of items by the path at which they are kept, as `.store.users._records`."""
    counts: dict[str, int] = {}
    seen: set[int] = set()
    waiting = [("", root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, World) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Mapping | list | tuple | deque | set | frozenset):
            counts[path] = counts.get(path, 0) + len(value)
        waiting += [(path + name, part) for name, part in children(value)]
    return counts
