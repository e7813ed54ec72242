"""Builds elements of HTML, XML and SVG. Strings are escaped, so no text of a target becomes markup."""

from collections.abc import Iterable
from xml.etree import ElementTree

from contracts.report.sanitizer import escape_unsafe

Element = ElementTree.Element
Child = Element | str


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """Build an element. In attribute names, `_` becomes `-`, and a trailing `_` is dropped (`class_`)."""
    new_element = Element(
        tag, {name.rstrip("_").replace("_", "-"): escape_unsafe(value) for name, value in attributes.items()}
    )
    return append_children(new_element, children)


def append_children(parent: Element, children: Iterable[Child]) -> Element:
    """Append children to an element and return it."""
    for child in children:
        if isinstance(child, str):
            _append_text(parent, escape_unsafe(child))
        else:
            parent.append(child)
    return parent


def parse_code_spans(text: str) -> list[Child]:
    """Split a text at its backquotes. The parts between backquotes become `code` elements."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # The backquotes are unbalanced.
        return [text]
    return [element("code", part) if index % 2 else part for index, part in enumerate(parts) if part]


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
