"""The rows of purchases: those that the world does not have, and those of the world that were deleted."""

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from mock_server.domain.models import Purchase
from mock_server.domain.pieces import split
from mock_server.state.store import Store
from mock_server.storage.mirror import ROWS_AT_ONCE, UNITS_PER_ROW
from mock_server.storage.rows import DroppedSale
from mock_server.worlds.world import World


def find_differences(
    watched: Store | None, store: Store, world: World, *, everything: bool
) -> Generator[tuple[str, dict[str, Any], list[str] | None] | int]:
    """Yield the kinds of rows of purchases, their present values, and the keys that may have changed; None for all.

    Numbers among them are units of work that were done meanwhile (`domain/pieces.py`).

    `watched` is the store that lists what has changed since the last commit.
    """
    changed = None if everything else (watched or store).sales.changed or {}
    if changed is not None and not changed:
        return
    added, dropped = dict[str, Any](), dict[str, Any]()
    if changed is not None and store is watched:
        added = {str(number): change for number, change in changed.items() if not isinstance(change, str)}
        dropped = {
            str(number): DroppedSale(change)
            for number, change in changed.items()
            if isinstance(change, str) and number <= world.purchase_count
        }
    else:
        for event_id in _list_events(store, changed):
            numbers, purchases = yield from store.sales.find_change(event_id)
            for part in split(purchases, ROWS_AT_ONCE):
                added |= {str(purchase.number): purchase for purchase in part}
                yield UNITS_PER_ROW * len(part)
            dropped |= {str(number): DroppedSale(event_id) for number in numbers}
            yield UNITS_PER_ROW * len(numbers)
    keys = None if changed is None else list(map(str, changed))
    yield "sale", added, keys
    yield "dropped", dropped, keys


def _list_events(store: Store, changed: Mapping[int, Purchase | str] | None) -> Iterable[str]:
    """Return the events whose purchases may have changed."""
    if changed is None:
        return store.sales.changed_events()
    return {change if isinstance(change, str) else change.event_id for change in changed.values()}
