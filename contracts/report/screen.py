"""Formats lines of text for a terminal of a given width, with or without colours."""

import textwrap

from contracts.report.sanitizer import to_single_line
from contracts.spec.verdicts import Verdict

COLOURS = {
    Verdict.FAIL: "1;31",
    Verdict.ERROR: "1;35",
    Verdict.BLOCKED: "33",
    Verdict.INTERMITTENT: "33",
    Verdict.INCONCLUSIVE: "33",
    Verdict.OBSERVATION: "36",
    Verdict.KNOWN: "33",
    Verdict.PASS: "32",
    Verdict.NOT_APPLICABLE: "2",
}
MIN_WIDTH = 40


class Screen:
    """Formats headings, labelled texts and blocks for a terminal."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width, self.colour = max(width, MIN_WIDTH), colour

    def paint(self, text: str, style: str) -> str:
        """Return the text in a colour, if the screen has colours."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text

    def heading(self, text: str, verdict: Verdict | None = None) -> list[str]:
        """Format a heading, with an empty line before it."""
        return ["", self.paint(text.upper(), COLOURS[verdict] if verdict else "1")]

    def item(self, label: str, text: str, indent: int = 2) -> list[str]:
        """Format a label with a wrapped text on its right."""
        first = f"{' ' * indent}{label}"
        return self._wrap(text, first, " " * len(first))

    def block(self, text: str, indent: int = 2) -> list[str]:
        """Format a wrapped text."""
        return self._wrap(text, " " * indent, " " * indent)

    def _wrap(self, text: str, first: str, then: str) -> list[str]:
        return textwrap.wrap(
            to_single_line(text), self.width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
        )
