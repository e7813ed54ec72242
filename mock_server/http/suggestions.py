"""Suggestions for a rejected request: the documented operation or name that is most similar to what was sent.

They are computed only after a request was rejected, so they do not slow down valid requests.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

HINT = "hint"
"""The `code` of an entry of `validation_errors` that suggests what may have been meant."""
MAX_PATH_LENGTH, MAX_SEGMENTS, MAX_NAME_LENGTH = 400, 12, 64
"""Longer input is not compared, because no path or name of the platform is similar to it."""
MAX_DISTANCE = 2.2
(
    MISSING_SEGMENT_COST,
    EXTRA_SEGMENT_COST,
    OTHER_METHOD_COST,
    PARAMETER_COST,
    SIMILAR_SEGMENT_COST,
    PARTIAL_SEGMENT_COST,
) = 1.0, 1.0, 0.5, 0.1, 0.3, 0.6
"""The cost of each kind of difference."""
FOREIGN_PREFIX = re.compile(r"/(?:api(?:/?v[0-9.]+)?|v[0-9.]+|rest)(?=/)", re.IGNORECASE)
WRITES = ("POST", "PUT", "PATCH")
SYNONYMS = (
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
"""Each line contains a documented name, followed by names that clients may use instead."""


@dataclass(frozen=True, slots=True)
class DocumentedOperation:
    """A documented operation. In `path`, parameters are in braces."""

    operation_id: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An operation that may have been meant, its differences from the request, and their total cost."""

    operation: DocumentedOperation
    distance: float
    differences: tuple[str, ...]


def format_hint(suggestion: Suggestion, base_path: str, *known_differences: str) -> str:
    """Format the hint. `base_path` is the prefix of the operation's path. `known_differences` are listed first."""
    nearest = suggestion.operation
    summary = f"the nearest operation is {nearest.operation_id}, {nearest.method} {base_path}{nearest.path}"
    return ": ".join(filter(None, (summary, "; ".join((*known_differences, *suggestion.differences)))))


def strip_foreign_prefix(path: str, prefix: str) -> tuple[str, str]:
    """Remove a prefix that was sent instead of `prefix`. Return the rest of the path, and the difference."""
    match = FOREIGN_PREFIX.match(path)
    if match is None:
        return path, f"its path begins with {prefix}"
    return path[match.end() :], f"its path begins with {prefix}, not with {match[0]}"


def suggest_operation(method: str, path: str, documented: Iterable[DocumentedOperation]) -> Suggestion | None:
    """Return the documented operation that is most similar to a method and a path, or None."""
    decoded = unquote(path)
    segments = [segment for segment in decoded.split("/") if segment]
    if len(decoded) > MAX_PATH_LENGTH or len(segments) > MAX_SEGMENTS:
        return None
    suggestions = [
        near for each in documented if (near := _compare_operation(method, decoded, segments, each)) is not None
    ]
    return min(suggestions, key=lambda near: near.distance, default=None)


def suggest_method(sent_method: str, at_path: Sequence[DocumentedOperation]) -> Suggestion | None:
    """Return an operation of the same path that writes if the sent method writes, and reads if it reads."""
    same_kind = [each for each in at_path if (each.method in WRITES) == (sent_method in WRITES)]
    if not same_kind or sent_method == "DELETE":
        return None
    return Suggestion(same_kind[0], OTHER_METHOD_COST, (f"its method is {same_kind[0].method}, not {sent_method}",))


def suggest_name(unknown_name: str, documented_names: Sequence[str]) -> str | None:
    """Return the documented name that is most similar to an unknown name, or None."""
    if len(unknown_name) > MAX_NAME_LENGTH:
        return None
    normalized = _normalize(unknown_name)
    for each in documented_names:
        if _normalize(each) == normalized:
            return each
    for documented, *others in SYNONYMS:
        for each in documented_names:
            if _normalize(each) == documented and normalized in others:
                return each
    candidates = [
        (count, each) for each in documented_names if (count := _count_allowed_edits(normalized, each)) is not None
    ]
    return min(candidates)[1] if candidates else None


def _count_allowed_edits(normalized: str, documented: str) -> int | None:
    """Return the edit distance to the documented name, or None if it is too large."""
    wanted, max_edits = _normalize(documented), max(1, len(documented) // 4)
    if abs(len(normalized) - len(wanted)) > max_edits:
        return None
    count = edit_distance(normalized, wanted)
    return count if count <= max_edits else None


@lru_cache(8192)
def edit_distance(one: str, other: str) -> int:
    """Return the edit distance of two words: how many letters to insert, delete, replace or swap with the next."""
    previous_row: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        row_before_previous, previous_row, row = previous_row, row, [index]
        for other_index, other_letter in enumerate(other, 1):
            count = min(
                previous_row[other_index] + 1, row[-1] + 1, previous_row[other_index - 1] + (letter != other_letter)
            )
            if index > 1 and other_index > 1 and (letter, one[index - 2]) == (other[other_index - 2], other_letter):
                count = min(count, row_before_previous[other_index - 2] + 1)
            row.append(count)
    return row[-1]


def _normalize(text: str) -> str:
    return text.partition("[")[0].replace("_", "").replace("-", "").lower()


def _compare_operation(
    method: str, path: str, segments: Sequence[str], documented: DocumentedOperation
) -> Suggestion | None:
    documented_segments = [segment for segment in documented.path.split("/") if segment]
    if abs(len(documented_segments) - len(segments)) > MAX_DISTANCE:
        return None
    distance, found, recognised = _align_segments(segments, documented_segments)
    differences = list(found)
    if documented.path.endswith("/") != path.endswith("/"):
        distance += PARAMETER_COST
        differences.append(f"its path ends {'with' if documented.path.endswith('/') else 'without'} a slash")
    if method != documented.method:
        distance += OTHER_METHOD_COST
        differences.append(f"its method is {documented.method}, not {method}")
    return Suggestion(documented, distance, tuple(differences)) if recognised and distance <= MAX_DISTANCE else None


def _align_segments(sent: Sequence[str], documented: Sequence[str]) -> tuple[float, tuple[str, ...], bool]:
    """Align two lists of segments. Return the least cost, the differences, and whether any segment matched."""
    previous_row: list[tuple[float, tuple[str, ...], bool]] = [(0.0, (), False)]
    for segment in documented:
        previous_row.append(
            (
                previous_row[-1][0] + MISSING_SEGMENT_COST,
                (*previous_row[-1][1], f"{segment} is missing"),
                previous_row[-1][2],
            )
        )
    for segment in sent:
        row = [_extend_alignment(previous_row[0], EXTRA_SEGMENT_COST, f"{segment} is not part of its path")]
        for index, documented_segment in enumerate(documented):
            distance, difference = _compare_segments(segment, documented_segment)
            row.append(
                min(
                    _extend_alignment(
                        previous_row[index + 1], EXTRA_SEGMENT_COST, f"{segment} is not part of its path"
                    ),
                    _extend_alignment(
                        previous_row[index],
                        distance,
                        difference,
                        is_word=distance <= PARTIAL_SEGMENT_COST and documented_segment[0] != "{",
                    ),
                    _extend_alignment(row[-1], MISSING_SEGMENT_COST, f"{documented_segment} is missing"),
                    key=lambda way: way[0],
                )
            )
        previous_row = row
    return previous_row[-1]


def _extend_alignment(
    alignment: tuple[float, tuple[str, ...], bool], distance: float, difference: str, *, is_word: bool = False
) -> tuple[float, tuple[str, ...], bool]:
    return alignment[0] + distance, (*alignment[1], difference) if difference else alignment[1], alignment[2] or is_word


def _compare_segments(sent: str, documented: str) -> tuple[float, str]:
    """Return the cost of a segment that was sent instead of the documented one, and the difference."""
    if documented.startswith("{"):
        return PARAMETER_COST, ""
    if sent == documented:
        return 0.0, ""
    difference = f"{sent} should be {documented}"
    if len(sent) > MAX_NAME_LENGTH:
        return MAX_DISTANCE, difference
    if _normalize(sent) == _normalize(documented):
        return SIMILAR_SEGMENT_COST, difference
    max_edits = max(1, len(documented) // 3)
    if (
        abs(len(sent) - len(documented)) <= max_edits
        and (count := edit_distance(sent.lower(), documented)) <= max_edits
    ):
        return SIMILAR_SEGMENT_COST + count / 20, difference
    short, long = sorted((_normalize(sent), _normalize(documented)), key=len)
    is_part = len(short) > 4 and short in long
    return (
        min(PARTIAL_SEGMENT_COST, SIMILAR_SEGMENT_COST + (len(long) - len(short)) / 50) if is_part else MAX_DISTANCE
    ), difference
