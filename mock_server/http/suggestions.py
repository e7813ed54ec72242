"""What a request that means nothing may have meant: the documented operation, or the documented name, nearest to it.

Asked only once a request is refused: a good one does not pay for it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

HINT = "hint"
"""The code of an entry of `validation_errors` that says what may have been meant."""
LONGEST_PATH, MOST_SEGMENTS, LONGEST_NAME = 400, 12, 64
"""What is longer is not compared: no path of the platform is near it."""
TOO_FAR = 2.2
MISSING, EXTRA, OTHER_METHOD, ID, LIKE, PART = 1.0, 1.0, 0.5, 0.1, 0.3, 0.6
"""What each difference counts."""
OTHER_PREFIX = re.compile(r"/(?:api(?:/?v[0-9.]+)?|v[0-9.]+|rest)(?=/)", re.IGNORECASE)
WRITES = ("POST", "PUT", "PATCH")
SAME = (
    ("eid", "event", "eventid", "eventids", "events", "id"),
    ("eventid", "eid", "event", "id"),
    ("eventids", "eid", "eventid", "events", "ids", "id"),
    ("packagesids", "packageids", "packages", "packageid", "ids"),
    ("id", "resultid", "campaignresultid", "crid", "rowid"),
    ("token", "refreshtoken", "refresh"),
    ("packagetitle", "title", "name"),
    ("q", "query", "search", "title"),
    ("eventseries", "series", "eventid", "eventids", "eid", "ids"),
    ("model", "attributionmodel", "attributionmodeldefault"),
    ("backhaulevaluationmodel", "evaluationmodel", "model", "attributionmodel"),
    ("backhaulevaluationattributionwindow", "attributionwindow", "evaluationwindow", "window", "days"),
    ("emailsentdate", "emaildate", "sentdate", "emailsent", "senddate", "emailsentat"),
    ("partnerid", "partner", "clientid", "client"),
    ("purchase", "purchases", "orders", "quantity", "tickets"),
    ("revenue", "amount", "value", "total"),
    ("startdate", "since", "start", "from", "fromdate"),
    ("enddate", "until", "end", "to", "todate"),
    ("since", "startdate", "start", "from", "after"),
    ("until", "enddate", "end", "to", "before"),
    ("frontendstatus", "status"),
    ("limit", "pagesize", "perpage", "size"),
    ("page", "pagenumber", "offset"),
    ("city", "cities", "location"),
    ("username", "user", "email", "login"),
    ("mfatoken", "mfacode", "code", "token", "otp"),
    ("newpassword", "password"),
)
"""The first of each line is a documented name; the others are what it is called elsewhere, or by mistake."""


@dataclass(frozen=True, slots=True)
class Known:
    """A documented operation; `path` is written with its parameters in braces."""

    operation: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Near:
    """An operation that may have been meant, how far off the request was, and in what."""

    known: Known
    distance: float
    differences: tuple[str, ...]


def told(near: Near, home: str, *more: str) -> str:
    """The hint in words; `home` is what the operation's path begins with, `more` are differences that come first."""
    what = f"the nearest operation is {near.known.operation}, {near.known.method} {home}{near.known.path}"
    return ": ".join(filter(None, (what, "; ".join((*more, *near.differences)))))


def without_prefix(path: str, prefix: str) -> tuple[str, str]:
    """The path without what seems to stand in the prefix's place, and what differs."""
    found = OTHER_PREFIX.match(path)
    if found is None:
        return path, f"the path begins with {prefix}"
    return path[found.end() :], f"the path begins with {prefix}, not with {found[0]}"


def operation(method: str, path: str, known: Iterable[Known]) -> Near | None:
    """The documented operation nearest to a method and a path; None where none is near."""
    plain = unquote(path)
    segments = [segment for segment in plain.split("/") if segment]
    if len(plain) > LONGEST_PATH or len(segments) > MOST_SEGMENTS:
        return None
    found = [near for each in known if (near := _compared(method, plain, segments, each)) is not None]
    return min(found, key=lambda near: near.distance, default=None)


def method(given: str, at_path: Sequence[Known]) -> Near | None:
    """The operation of this very path whose method does what the given one does elsewhere."""
    same_kind = [each for each in at_path if (each.method in WRITES) == (given in WRITES)]
    if not same_kind or given == "DELETE":
        return None
    return Near(same_kind[0], OTHER_METHOD, (f"the method is {same_kind[0].method}, not {given}",))


def name(given: str, known: Sequence[str]) -> str | None:
    """The documented name that a query's or a body's unknown one may stand for."""
    if len(given) > LONGEST_NAME:
        return None
    plain = _plain(given)
    for each in known:
        if _plain(each) == plain:
            return each
    for documented, *others in SAME:
        for each in known:
            if _plain(each) == documented and plain in others:
                return each
    near = [(count, each) for each in known if (count := _edits_to(plain, each)) is not None]
    return min(near)[1] if near else None


def _edits_to(plain: str, documented: str) -> int | None:
    """How many edits make the documented name of it; None where they are too many, which the lengths may tell alone."""
    wanted, most = _plain(documented), max(1, len(documented) // 4)
    if abs(len(plain) - len(wanted)) > most:
        return None
    count = edits(plain, wanted)
    return count if count <= most else None


@lru_cache(8192)
def edits(one: str, other: str) -> int:
    """How many letters must be put in, taken out, changed, or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        older, before, row = before, row, [place]
        for there, beside in enumerate(other, 1):
            count = min(before[there] + 1, row[-1] + 1, before[there - 1] + (letter != beside))
            if place > 1 and there > 1 and (letter, one[place - 2]) == (other[there - 2], beside):
                count = min(count, older[there - 2] + 1)
            row.append(count)
    return row[-1]


def _plain(text: str) -> str:
    return text.partition("[")[0].replace("_", "").replace("-", "").lower()


def _compared(method: str, path: str, segments: Sequence[str], known: Known) -> Near | None:
    wanted = [segment for segment in known.path.split("/") if segment]
    if abs(len(wanted) - len(segments)) > TOO_FAR:
        return None
    distance, found, recognised = _aligned(segments, wanted)
    differences = list(found)
    if known.path.endswith("/") != path.endswith("/"):
        distance += ID
        differences.append(f"it ends {'with' if known.path.endswith('/') else 'without'} a slash")
    if method != known.method:
        distance += OTHER_METHOD
        differences.append(f"the method is {known.method}, not {method}")
    return Near(known, distance, tuple(differences)) if recognised and distance <= TOO_FAR else None


def _aligned(given: Sequence[str], wanted: Sequence[str]) -> tuple[float, tuple[str, ...], bool]:
    """The least distance between two lists of segments, what it is made of, and whether any word was recognised."""
    above: list[tuple[float, tuple[str, ...], bool]] = [(0.0, (), False)]
    for segment in wanted:
        above.append((above[-1][0] + MISSING, (*above[-1][1], f"{segment} is missing"), above[-1][2]))
    for segment in given:
        row = [_further(above[0], EXTRA, f"{segment} is too much")]
        for place, want in enumerate(wanted):
            distance, difference = _step(segment, want)
            row.append(
                min(
                    _further(above[place + 1], EXTRA, f"{segment} is too much"),
                    _further(above[place], distance, difference, is_word=distance <= PART and want[0] != "{"),
                    _further(row[-1], MISSING, f"{want} is missing"),
                    key=lambda way: way[0],
                )
            )
        above = row
    return above[-1]


def _further(
    way: tuple[float, tuple[str, ...], bool], distance: float, difference: str, *, is_word: bool = False
) -> tuple[float, tuple[str, ...], bool]:
    return way[0] + distance, (*way[1], difference) if difference else way[1], way[2] or is_word


def _step(given: str, wanted: str) -> tuple[float, str]:
    """How far a segment is from the one that is wanted in its place, and what differs."""
    if wanted.startswith("{"):
        return ID, ""
    if given == wanted:
        return 0.0, ""
    difference = f"{given} is written {wanted}"
    if len(given) > LONGEST_NAME:
        return TOO_FAR, difference
    if _plain(given) == _plain(wanted):
        return LIKE, difference
    most = max(1, len(wanted) // 3)
    if abs(len(given) - len(wanted)) <= most and (count := edits(given.lower(), wanted)) <= most:
        return LIKE + count / 20, difference
    short, long = sorted((_plain(given), _plain(wanted)), key=len)
    is_part = len(short) > 4 and short in long
    return (min(PART, LIKE + (len(long) - len(short)) / 50) if is_part else TOO_FAR), difference
