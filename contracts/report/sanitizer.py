"""Makes texts of a target safe to show: removes control characters, invisible characters and invalid Unicode."""

import re

UNSAFE_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters except tab and newline
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # invisible, or changing the text direction
    "\ud800-\udfff\ufffe\uffff]"  # not allowed in UTF-8 or XML
)
FIRST_SENTENCE = re.compile(r"(?:`[^`]*`|[^`.:;]|[.:;](?!\s|$))+")
"""Matches the beginning of a text, up to the first full stop, colon or semicolon outside backquotes."""


def escape_unsafe(text: str) -> str:
    """Replace unsafe characters with their code numbers. Newlines and tabs are not replaced."""
    return UNSAFE_CHARACTERS.sub(_escape_character, text)


def to_single_line(text: str) -> str:
    """Return the text in one line, without unsafe characters."""
    return " ".join(escape_unsafe(text).split())


def first_sentence(claim: str) -> str:
    """Return the first sentence of a claim, without its full stop."""
    whole = to_single_line(claim)
    found = FIRST_SENTENCE.match(whole)
    return found[0] if found else whole


def truncate(text: str, max_length: int) -> str:
    """Return the text in one line of at most `max_length` characters."""
    whole = to_single_line(text)
    return whole if len(whole) <= max_length else f"{whole[: max_length - 1].rstrip()}…"


def _escape_character(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
