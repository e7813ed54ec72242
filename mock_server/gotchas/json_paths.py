"""Places in a JSON body, written as jq has them: `.a.b`, `[0]`, `[].a` for each, `.` for the whole, `| length` last."""

import re

from mock_server.gotchas.scenario import Json

STEP = re.compile(r"\.(\w+)|\[(-?\d*)\]")
LENGTH = " | length"


class NoSuchPlace(Exception):
    """The body has no such place; the message names it."""


def at(body: Json, place: str) -> Json:
    """What stands at the place. Raises NoSuchPlace."""
    if place.endswith(LENGTH):
        found = at(body, place.removesuffix(LENGTH))
        if not isinstance(found, list | dict | str):
            raise NoSuchPlace(place)
        return len(found)
    if place == ".":
        return body
    step = STEP.match(place)
    if step is None:
        raise NoSuchPlace(place)
    rest = place[step.end() :] or "."
    if step[0] == "[]":
        if not isinstance(body, list):
            raise NoSuchPlace(place)
        return [at(each, rest) for each in body]
    return at(_member(body, step), rest)


def _member(body: Json, step: re.Match[str]) -> Json:
    if step[1] is not None and isinstance(body, dict) and step[1] in body:
        return body[step[1]]
    if step[2] is not None and isinstance(body, list) and -len(body) <= int(step[2]) < len(body):
        return body[int(step[2])]
    raise NoSuchPlace(step[0])
