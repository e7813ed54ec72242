"""Elements of HTML, XML and SVG. What is put into them is text: nothing that a target said becomes markup."""

from collections.abc import Iterable
from xml.etree import ElementTree

from contracts.report.sanitizer import escape_unsafe

Element = ElementTree.Element
Child = Element | str


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """An element. Attributes whose names Python cannot spell have `_` for `-`, and `_` behind a keyword."""
    new_element = Element(
        tag, {name.rstrip("_").replace("_", "-"): escape_unsafe(value) for name, value in attributes.items()}
    )
    return append_children(new_element, children)


def append_children(parent: Element, children: Iterable[Child]) -> Element:
    """The element with these children behind those that it has."""
    for child in children:
        if isinstance(child, str):
            _append_text(parent, escape_unsafe(child))
        else:
            parent.append(child)
    return parent


def parse_code_spans(text: str) -> list[Child]:
    """A text whose parts between backquotes are code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backquote has no partner
        return [text]
    return [element("code", part) if index % 2 else part for index, part in enumerate(parts) if part]


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
