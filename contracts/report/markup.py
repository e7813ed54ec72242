"""Elements of HTML, XML and SVG. What is put into them is text: nothing that a target said becomes markup."""

from collections.abc import Iterable
from xml.etree import ElementTree

from contracts.report.sanitizer import plain

Element = ElementTree.Element
Child = Element | str


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """An element. Attributes whose names Python cannot spell have `_` for `-`, and `_` behind a keyword."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): plain(value) for name, value in attributes.items()})
    return extended(made, children)


def extended(parent: Element, children: Iterable[Child]) -> Element:
    """The element with these children behind those that it has."""
    for child in children:
        if isinstance(child, str):
            _say(parent, plain(child))
        else:
            parent.append(child)
    return parent


def prose(text: str) -> list[Child]:
    """A text whose parts between backquotes are code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backquote has no partner
        return [text]
    return [element("code", part) if place % 2 else part for place, part in enumerate(parts) if part]


def _say(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
