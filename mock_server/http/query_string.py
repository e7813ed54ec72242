"""Parses query strings: keys may be repeated, brackets are refused, the text must be UTF-8."""

from urllib.parse import parse_qsl

from mock_server.domain.errors import MAX_PROBLEMS, UNLISTED, WHOLE_QUERY, InvalidRequestError, Problem
from mock_server.http import suggestions


def parse(
    query_string: bytes, arrays: frozenset[str], known_names: frozenset[str] | None = None
) -> tuple[dict[str, object], list[Problem]]:
    """Parse a query. Return its values by key, and the problems that were found.

    The value of a key in `arrays` is a list, in order; any other key has a single value. If `known_names` is given,
    keys with other names are ignored. Raises InvalidRequestError if the text is not UTF-8.

    See: BASE-10.
    Implements: BASE-05.
    """
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for key, value in _split_pairs(query_string):
        if known_names is not None and key.partition("[")[0] not in known_names:
            continue
        if key in arrays:
            collected = values.setdefault(key, [])
            if isinstance(collected, list):
                collected.append(value)
        elif "[" in key:
            problems.append(_bracket_problem(key, arrays) if len(problems) < MAX_PROBLEMS else UNLISTED[WHOLE_QUERY])
        elif key in values:
            duplicate = Problem("duplicate", key, f"{key} takes one value but is given more than once")
            problems.append(duplicate if len(problems) < MAX_PROBLEMS else UNLISTED[WHOLE_QUERY])
        else:
            values[key] = value
    return values, problems


def _split_pairs(query_string: bytes) -> list[tuple[str, str]]:
    """Split a query into keys and values. An empty value counts as a value.

    Implements: BASE-10.
    """
    if not query_string:
        return []
    try:
        text = query_string.decode("ascii")
        if "%" in text or "+" in text:
            return parse_qsl(text, keep_blank_values=True, errors="strict")
        return [(name, value) for part in text.split("&") if part for name, _, value in [part.partition("=")]]
    except ValueError as error:
        raise InvalidRequestError(Problem("encoding", "query", "the query string must be URL-encoded UTF-8")) from error


def _bracket_problem(key: str, arrays: frozenset[str]) -> Problem:
    given = key.partition("[")[0]
    name = suggestions.suggest_name(given, sorted(arrays)) or given
    return Problem("array", key, f"to send an array, repeat the key: {name}=A&{name}=B")
