"""What a target said, made fit to be shown: nothing in it moves a cursor, hides a text or breaks a document."""

import re

UNSAFE_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but tab and newline
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # what is not seen, or turns the text around
    "\ud800-\udfff\ufffe\uffff]"  # what neither UTF-8 nor XML can hold
)
FIRST_SENTENCE = re.compile(r"(?:`[^`]*`|[^`.:;]|[.:;](?!\s|$))+")
"""Up to a stop that stands outside of backquotes."""


def escape_unsafe(text: str) -> str:
    """The text with such characters spelled out by their numbers; lines and tabs stay."""
    return UNSAFE_CHARACTERS.sub(_escape_character, text)


def to_single_line(text: str) -> str:
    """The text in one line."""
    return " ".join(escape_unsafe(text).split())


def first_sentence(claim: str) -> str:
    """The first sentence of a claim, without the stop at its end."""
    whole = to_single_line(claim)
    found = FIRST_SENTENCE.match(whole)
    return found[0] if found else whole


def truncate(text: str, max_length: int) -> str:
    """The text in one line of at most so many characters."""
    whole = to_single_line(text)
    return whole if len(whole) <= max_length else f"{whole[: max_length - 1].rstrip()}…"


def _escape_character(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
