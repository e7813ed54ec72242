"""Validates JSON bodies with the models of the operations. A body with long lists is validated in batches.

How batches work. The body is parsed, and each of its long lists is cut to the first item. The short body that remains
is validated like any other body, and the other items in batches, each in a step (`domain/pieces.py`), so that other
workspaces are answered meanwhile. Then the validated items are added to the lists of the validated body. A refusal
lists the problems of the short body first.

A validator of the model that looks at a long list sees only its first item. So the operation must check what concerns
several items.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from mock_server.domain.errors import MAX_PROBLEMS, WHOLE_BODY, Problem
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.http import errors, first_errors
from mock_server.http.json_size import MaxValues
from mock_server.http.model_spec import Location, LongList, ModelSpec

MAX_BYTES_AT_ONCE = 4 * 1024
"""A body up to this size is validated at once, even if it has long lists."""
BYTES_PER_UNIT = 50
"""How many bytes of a body are counted, parsed or written in one unit of work."""
MAX_OTHER_VALUES = MaxValues()
"""How many values a body may contain that are not in its long lists."""

Validate: TypeAlias = Callable[[Any, bytes], Any]
"""Validates JSON with an adapter, with the options of the request."""


def validate_body(spec: ModelSpec, content: bytes, validate: Validate, problems: list[Problem]) -> object:
    """Return the validated body. If it is not valid, add its problems and return None."""
    too_large = spec.max_values.find_problem(content)
    if too_large is not None:
        problems.append(too_large)
        return None
    try:
        return validate(spec.adapter, content)
    except ValidationError as error:
        listed = first_errors.list_body_errors(
            error, content, spec.all_names, lambda shorter: validate(spec.adapter, shorter)
        )
        problems += errors.validation_problems(listed, error.error_count(), spec.names_at, WHOLE_BODY)
        return None


@in_pieces
def validate_in_batches(spec: ModelSpec, content: bytes, validate: Validate, problems: list[Problem]) -> Steps[object]:
    """Do what `validate_body` does, in batches if the body has long lists."""
    units = len(content) // BYTES_PER_UNIT
    is_small_enough = spec.max_values.find_problem(content) is None
    yield units
    value = _parse(content) if is_small_enough else None
    yield units
    if value is None or spec.long_list is None:
        return validate_body(spec, content, validate, problems)
    rest = [(place, items) for place, holder in spec.long_list.find(value) if (items := spec.long_list.cut(holder))]
    short = to_json(value)
    yield units
    too_large = MAX_OTHER_VALUES.find_problem(short)
    if too_large is not None:
        message = f"{too_large.message} outside {'.'.join(spec.long_list.path)}"
        problems.append(replace(too_large, message=message))
        return None
    body = validate_body(spec, short, validate, problems)
    batches = _Batches(spec.long_list, validate, body)
    for place, items in rest:
        yield from batches.validate(place, items)
    problems += errors.validation_problems(batches.first_errors, batches.error_count, spec.names_at, WHOLE_BODY)
    return None if problems else body


class _Batches:
    """Validates the items of long lists, and adds them to the body. Counts the errors, and lists the first ones."""

    def __init__(self, long_list: LongList, validate: Validate, body: object) -> None:
        self.error_count = 0
        self.first_errors: list[ErrorDetails] = []
        self._long_list = long_list
        self._validate = validate
        self._body = body

    def validate(self, place: Location, items: list[Any]) -> Steps[None]:
        """Validate all items but the first of the list at this place."""
        if len(items) >= self._long_list.max_length:
            self._add_length_error(place, 1 + len(items))
            return
        for start in range(0, len(items), self._long_list.batch_size):
            batch = items[start : start + self._long_list.batch_size]
            try:
                validated = self._validate(self._long_list.adapter, to_json(batch))
            except ValidationError as error:
                self._add_errors(error, place, 1 + start)
            else:
                if self._body is not None:
                    _list_at(self._body, place).extend(validated)
            yield 1 + self._long_list.item_units * len(batch)

    def _add_length_error(self, place: Location, length: int) -> None:
        self.error_count += 1
        message = f"List should have at most {self._long_list.max_length} items after validation, not {length}"
        self.first_errors.append({"type": "too_long", "loc": place, "msg": message, "input": None})

    def _add_errors(self, error: ValidationError, place: Location, start: int) -> None:
        """Add the errors of a batch that begins with item number `start`."""
        self.error_count += error.error_count()
        if len(self.first_errors) < MAX_PROBLEMS:
            for each in first_errors.list_errors(error):
                index, *inner = each["loc"]
                self.first_errors.append({**each, "loc": (*place, start + int(index), *inner)})


def _parse(content: bytes) -> Any:
    """Return the parsed body, or None if it is not valid JSON or not an object."""
    try:
        value = from_json(content, cache_strings="none")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _list_at(body: Any, place: Location) -> list[Any]:
    """Return the list at a place of a validated body."""
    for part in place:
        body = body[part] if isinstance(part, int) else getattr(body, part)
    found: list[Any] = body
    return found
