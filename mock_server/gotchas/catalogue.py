"""All gotchas by id, and a search for gotchas."""

import re

from mock_server.gotchas.scenario import Gotcha
from mock_server.gotchas.scenarios import access, adjustments, evaluations, requests, settings

_MODULES = (evaluations, settings, adjustments, requests, access)
GOTCHAS: dict[str, Gotcha] = {
    gotcha.id: gotcha
    for gotcha in sorted(
        (value for module in _MODULES for value in vars(module).values() if isinstance(value, Gotcha)),
        key=lambda gotcha: gotcha.id,
    )
}


def describe_unknown(gotcha_id: str) -> str:
    """Return the message for an id that no gotcha has. It names the one with the same number."""
    number = re.search(r"[0-9]{1,4}", gotcha_id)
    nearest = f"G-{int(number[0]):02}" if number else ""
    return f"there is no gotcha {gotcha_id}{f'; did you mean {nearest}?' if nearest in GOTCHAS else ''}"


def search(words: list[str]) -> list[Gotcha]:
    """Return the gotchas that contain all of the words, ignoring case. Return all gotchas if `words` is empty."""
    return [gotcha for gotcha in GOTCHAS.values() if all(word.lower() in _search_text(gotcha) for word in words)]


def _search_text(gotcha: Gotcha) -> str:
    parts = (gotcha.id, gotcha.title, *gotcha.rules, *gotcha.keywords, gotcha.naive_behaviour, gotcha.actual_behaviour)
    return " ".join(parts).lower()
