"""Finds the first errors of a body with very many, because listing all takes longer than reading the body.

If there are very many errors, the body is shortened and validated again: only the first of the unknown members and the
first items of each list are kept. The shorter body contains the same first errors.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from mock_server.domain.errors import MAX_PROBLEMS

MANY_ERRORS = 500
"""From this number on, listing all errors takes longer than validating a shorter body."""
MAX_ITEMS = 100
"""How many items of a list are kept."""


def list_errors(failure: ValidationError) -> list[ErrorDetails]:
    """Return the first `MAX_PROBLEMS` errors."""
    return failure.errors(include_url=False, include_context=False, include_input=False)[:MAX_PROBLEMS]


def list_body_errors(
    failure: ValidationError, content: bytes, known: frozenset[str], validate: Callable[[bytes], object]
) -> list[ErrorDetails]:
    """Return the first `MAX_PROBLEMS` errors of the body `content`.

    `known` are the names of members in the body's models, and `validate` validates another body.
    """
    if failure.error_count() > MANY_ERRORS:
        value = _shorten(from_json(content, cache_strings="none"), known)
        try:
            validate(to_json(value))
        except ValidationError as shorter:
            if shorter.error_count() >= MAX_PROBLEMS:
                failure = shorter
    return list_errors(failure)


def _shorten(value: Any, known: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_shorten(item, known) for item in value[:MAX_ITEMS]]
    if not isinstance(value, dict):
        return value
    kept = [name for name in known if name in value]
    kept += islice((name for name in value if name not in known), MAX_PROBLEMS)
    return {name: _shorten(value[name], known) for name in kept}
