"""Selectors of values in a JSON body. Their syntax is a subset of jq's.

`.` selects the whole body, `.a.b` a member, `[0]` an item, and `[].a` a member of each item. A selector may end with `
| length`.
"""

import re

from mock_server.gotchas.scenario import Json

SELECTOR_PART = re.compile(r"\.(\w+)|\[(-?\d*)\]")
LENGTH_SUFFIX = " | length"


class SelectorError(Exception):
    """The body contains no value at the selector. The message is the selector."""


def select(body: Json, selector: str) -> Json:
    """Return the value at the selector. Raises SelectorError if there is none."""
    if selector.endswith(LENGTH_SUFFIX):
        selected = select(body, selector.removesuffix(LENGTH_SUFFIX))
        if not isinstance(selected, list | dict | str):
            raise SelectorError(selector)
        return len(selected)
    if selector == ".":
        return body
    part = SELECTOR_PART.match(selector)
    if part is None:
        raise SelectorError(selector)
    rest = selector[part.end() :] or "."
    if part[0] == "[]":
        if not isinstance(body, list):
            raise SelectorError(selector)
        return [select(each, rest) for each in body]
    return select(_select_member(body, part), rest)


def _select_member(body: Json, part: re.Match[str]) -> Json:
    if part[1] is not None and isinstance(body, dict) and part[1] in body:
        return body[part[1]]
    if part[2] is not None and isinstance(body, list) and -len(body) <= int(part[2]) < len(body):
        return body[int(part[2])]
    raise SelectorError(part[0])
