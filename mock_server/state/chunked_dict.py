"""A dictionary of which copies share nearly everything, for collections that checkpoints copy."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")

ENTRIES_PER_CHUNK = 64


class ChunkedDict(Generic[Value]):
    """The values by key, in the order in which they were added.

    They are in chunks that never change: to change a value, its chunk is replaced. So a copy costs nothing, and after a
    change it shares all other chunks. To find a key, all chunks are searched, so this is for some thousand entries at
    most.
    """

    def __init__(self) -> None:
        self._chunks: tuple[dict[str, Value], ...] = ()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return (key for chunk in self._chunks for key in chunk)

    def values(self) -> Iterator[Value]:
        """Return the values."""
        return (value for chunk in self._chunks for value in chunk.values())

    def items(self) -> Iterator[tuple[str, Value]]:
        """Return the keys and the values."""
        return (item for chunk in self._chunks for item in chunk.items())

    def get(self, key: str) -> Value | None:
        """Return the value of the key, or None."""
        return next((chunk[key] for chunk in self._chunks if key in chunk), None)

    def add(self, key: str, value: Value) -> None:
        """Add a key at the end. It must be new."""
        if self._chunks and len(self._chunks[-1]) < ENTRIES_PER_CHUNK:
            self._chunks = (*self._chunks[:-1], {**self._chunks[-1], key: value})
        else:
            self._chunks = (*self._chunks, {key: value})
        self._count += 1

    def pop(self, key: str) -> Value | None:
        """Remove the key, and return its value. Return None if there is none."""
        for index, chunk in enumerate(self._chunks):
            if key in chunk:
                rest = chunk.copy()
                value = rest.pop(key)
                self._chunks = (*self._chunks[:index], *([rest] if rest else []), *self._chunks[index + 1 :])
                self._count -= 1
                return value
        return None
