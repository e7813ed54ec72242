"""The first errors of a body with very many: pydantic lists all of them or none, which costs more than reading a body.

If there are very many, the body is validated again in a shorter form, which has the first errors: of the members that
no model knows and of the items of a list, only the first ones are kept.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from mock_server.domain.errors import MAX_PROBLEMS

MANY_ERRORS = 500
"""From this number on, listing all errors costs more than validating a shorter body."""
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
