"""Splits a list into pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list, and its position. `next_page` and `prev_page` are None at the ends. See: EVT-01."""

    total: int
    limit: int
    page: int
    pages: int
    next_page: int | None
    prev_page: int | None
    items: Sequence[Item]


def paginate(items: Sequence[Item], page: int, limit: int) -> Page[Item]:
    """Return page number `page`, from 1, with at most `limit` items. A page past the end is empty. See: EVT-01."""
    pages = -(-len(items) // limit)
    return Page(
        total=len(items),
        limit=limit,
        page=page,
        pages=pages,
        next_page=page + 1 if page < pages else None,
        prev_page=min(page - 1, pages) or None,
        items=items[(page - 1) * limit : page * limit],
    )
