"""An entry of the catalogue: a mapping in its file, read with checks that name the entry and the key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from contracts.errors import ContractsError

ID_PATTERN = re.compile(r"[A-Z]+-\d{2}")
Choice = TypeVar("Choice", bound=StrEnum)


class CatalogueError(ContractsError):
    """The catalogue is invalid. The message names the entry and the key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping in the file, and the name that error messages use for it."""

    name: str
    values: Mapping[str, object]

    def error(self, key: str, problem: str) -> CatalogueError:
        """Return an error that names the entry and the key."""
        return CatalogueError(f"{self.name}: {key} {problem}")

    def read_list(self, key: str) -> list[object]:
        """Return a list, empty if the key is missing. Raise CatalogueError if it is not a list."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, "is not a list")
        return value

    def read_text(self, key: str) -> str:
        """Return a text. Raise CatalogueError if it is empty or not a string."""
        text = self.values[key]
        if not isinstance(text, str) or not text.strip():
            raise self.error(key, "is empty or not a string")
        return text

    def read_mapping(self, key: str) -> "Entry":
        """Return a mapping, empty if the key is missing. Raise CatalogueError if it is empty or another value."""
        value = self.values.get(key, {})
        if not isinstance(value, dict) or (key in self.values and not value):
            raise self.error(key, "is empty or not a mapping")
        return Entry(self.name, value)

    def read_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of distinct texts, which is empty if the key is missing.

        Raise CatalogueError for anything else.
        """
        texts = [item for item in self.read_list(key) if isinstance(item, str) and item.strip()]
        if len(texts) < len(self.read_list(key)):
            raise self.error(key, "contains an item that is empty or not a string")
        if len(set(texts)) < len(texts):
            raise self.error(key, "has a duplicate item")
        return tuple(texts)

    def read_nonempty_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of distinct texts, which must not be empty. Raise CatalogueError for anything else."""
        texts = self.read_texts(key)
        if not texts:
            raise self.error(key, "is empty")
        return texts

    def read_id(self) -> str:
        """Return the `id`. Raise CatalogueError if it is not in the form of a rule's id."""
        text = self.read_text("id")
        if not ID_PATTERN.fullmatch(text):
            raise self.error("id", f"is {text!r}, not of the form {ID_PATTERN.pattern}")
        return text


def read_choice(entry: Entry, key: str, choices: type[Choice]) -> Choice:
    """Return one of the choices. Raise CatalogueError for any other text."""
    text = entry.read_text(key)
    if text not in set(choices):
        raise entry.error(key, f"is {text!r}, not one of {', '.join(choices)}")
    return choices(text)


def parse_entry(name: str, value: object, required: set[str], optional: frozenset[str] = frozenset()) -> Entry:
    """Return a mapping as an entry. Raise CatalogueError if a required key is missing or a key is not known."""
    if not isinstance(value, dict):
        raise CatalogueError(f"{name} is not a mapping")
    entry = Entry(name, value)
    for key in sorted(required - value.keys()):
        raise entry.error(key, "is missing")
    for key in sorted(map(str, value.keys() - required - optional)):
        raise entry.error(key, "is not a known key")
    return entry
