"""Limits how many JSON values a body contains, before it is parsed.

When pydantic refuses a body, it converts the refused values to Python objects, and converts the whole object again for
each missing member. For a body of 1 MiB that consists of small arrays this takes seconds, and counting takes
milliseconds. A body that is too short to contain too many values is not counted.

Each value except the first follows a comma, or the bracket of the object or array that contains it. So the number of
commas and opening brackets outside strings, and one more, is the number of values; an empty object or array counts
twice. Each name precedes a colon.
"""

from dataclasses import dataclass

from mock_server.domain.errors import WHOLE_BODY, Problem

DEFAULT_MAX_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class MaxValues:
    """How many values a body may contain, how many of them may be objects and arrays, and how many may have names.

    It marks a body whose longest valid content needs other limits than the default ones.
    """

    values: int = DEFAULT_MAX_VALUES
    containers: int = DEFAULT_MAX_VALUES
    members: int = DEFAULT_MAX_VALUES

    def find_problem(self, content: bytes) -> Problem | None:
        """Return the problem of a body that contains too many values, otherwise None."""
        if len(content) <= min(self.values, self.containers, self.members) or self._admit(content):
            return None
        outside = _outside_strings(content, 4 * self.values)
        if outside is not None and self._admit(outside):
            return None
        most = f"the body may contain at most {self.values} JSON values"
        parts = ""
        if min(self.containers, self.members) < self.values:
            parts = f", of which {self.containers} may be objects and arrays, and {self.members} members of objects"
        return Problem("length", WHOLE_BODY, most + parts)

    def _admit(self, content: bytes) -> bool:
        containers = content.count(b"{") + content.count(b"[")
        return (
            containers <= self.containers
            and containers + content.count(b",") < self.values
            and content.count(b":") <= self.members
        )


def _outside_strings(content: bytes, max_quotes: int) -> bytes | None:
    """Return the content without its strings, or None if it has more quotes than `max_quotes`.

    A value has at most four quotes: those of its name, and its own.
    """
    unescaped = content.replace(rb"\\", b"").replace(rb"\"", b"")
    return None if unescaped.count(b'"') > max_quotes else b"".join(unescaped.split(b'"')[::2])
