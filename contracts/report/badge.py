"""The SVG badge: the verdict of a run in two or three words."""

from pathlib import Path
from xml.etree import ElementTree

from contracts.report.markup import Element, element
from contracts.report.summary import RunSummary, summarize
from contracts.results.result import Result
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict

LABEL = "contracts"
COLOURS = {0: "#1a7f37", 1: "#c0262d"}
UNPROVED_COLOUR = "#6b5300"
LETTER_WIDTH, PADDING, HEIGHT = 7, 6, 20
"""Sizes in pixels. The letter width is approximately the width in Verdana at 11 pixels."""


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the badge as SVG."""
    summary = summarize(result, catalogue)
    drawing = _draw_badge(
        _format_message(result, summary), COLOURS.get(summary.exit_code, UNPROVED_COLOUR), summary.sentence
    )
    ElementTree.ElementTree(drawing).write(file, encoding="utf-8")


def _format_message(result: Result, summary: RunSummary) -> str:
    counts = summary.count_by_verdict()
    if summary.exit_code == 1:
        return f"{counts[Verdict.FAIL]} broken"
    if summary.exit_code == 0:
        known = counts.get(Verdict.KNOWN, 0)
        return f"{counts.get(Verdict.PASS, 0)} pass" + (f", {known} known" if known else "")
    if result.ended:
        return "ended early"
    if Verdict.ERROR in counts:
        return "suite error"
    return f"{len(result.stale)} out of date" if counts.keys() & CHECKED_VERDICTS else "not checked"


def _draw_badge(message: str, colour: str, sentence: str) -> Element:
    left, right = (len(text) * LETTER_WIDTH + 2 * PADDING for text in (LABEL, message))
    accessible_name = f"{LABEL}: {message}"
    return element(
        "svg",
        element("title", f"{accessible_name} ({sentence})"),
        element("rect", width=str(left + right), height=str(HEIGHT), rx="3", fill=colour),
        element("path", d=f"M3 0h{left - 3}v{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z", fill="#3d444d"),
        _draw_text(LABEL, left / 2),
        _draw_text(message, left + right / 2),
        xmlns="http://www.w3.org/2000/svg",
        width=str(left + right),
        height=str(HEIGHT),
        role="img",
        aria_label=accessible_name,
    )


def _draw_text(text: str, middle: float) -> Element:
    return element(
        "text",
        text,
        x=f"{middle:g}",
        y="14",
        fill="#fff",
        text_anchor="middle",
        font_family="Verdana,DejaVu Sans,sans-serif",
        font_size="11",
    )
