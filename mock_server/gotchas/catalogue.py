"""Every gotcha by its id, and finding them by words."""

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


def found(words: list[str]) -> list[Gotcha]:
    """Those that hold all of the words, in whatever case; all of them where there is no word."""
    return [gotcha for gotcha in GOTCHAS.values() if all(word.lower() in _text(gotcha) for word in words)]


def _text(gotcha: Gotcha) -> str:
    told = (gotcha.id, gotcha.title, *gotcha.rules, *gotcha.words, gotcha.naive, gotcha.happens)
    return " ".join(told).lower()
