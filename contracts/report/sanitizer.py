"""What a target said, made fit to be shown: nothing in it moves a cursor, hides a text or breaks a document."""

import re

UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but tab and newline
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"  # what is not seen, or turns the text around
    "\ud800-\udfff\ufffe\uffff]"  # what neither UTF-8 nor XML can hold
)
SENTENCE = re.compile(r"(?:`[^`]*`|[^`.:;]|[.:;](?!\s|$))+")
"""Up to a stop that stands outside of backquotes."""


def plain(text: str) -> str:
    """The text with such characters spelled out by their numbers; lines and tabs stay."""
    return UNFIT.sub(_spelled, text)


def line(text: str) -> str:
    """The text in one line."""
    return " ".join(plain(text).split())


def sentence(claim: str) -> str:
    """The first sentence of a claim, without the stop at its end."""
    whole = line(claim)
    found = SENTENCE.match(whole)
    return found[0] if found else whole


def cut(text: str, most: int) -> str:
    """The text in one line of at most so many characters."""
    whole = line(text)
    return whole if len(whole) <= most else f"{whole[: most - 1].rstrip()}…"


def _spelled(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
