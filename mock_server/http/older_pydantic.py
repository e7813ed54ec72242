"""What pydantic 2.10 and 2.11 lack. This is the only module that depends on the version of pydantic.

A validator takes the argument `extra` since pydantic 2.12. It says what to do with unknown names, and replaces what the
model says. The classes here do the same for the two values that the server uses: None and "ignore".
"""

from collections.abc import Callable
from typing import Any

import pydantic
from pydantic import TypeAdapter, ValidationError, warnings
from pydantic_core import from_json, to_json

TAKES_EXTRA = tuple(map(int, pydantic.VERSION.split(".")[:2])) >= (2, 12)
UNKNOWN_NAME = "extra_forbidden"
"""Pydantic's type of the error for an unknown name."""
AliasWarning: type[Warning] = getattr(warnings, "UnsupportedFieldAttributeWarning", UserWarning)
"""Pydantic's warning about an alias that has no effect. Pydantic 2.12 introduced it, as a `UserWarning`."""


def build_adapter(model: Any) -> Any:
    """Return an adapter of the model, whose `validator` takes the argument `extra`."""
    adapter = TypeAdapter[Any](model)
    return adapter if TAKES_EXTRA else OlderAdapter(adapter)


class OlderAdapter:
    """Wraps an adapter whose validator does not take `extra`."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter

    @property
    def validator(self) -> "OlderAdapter":
        """The object with the methods of a validator."""
        return self

    def validate_python(self, value: Any, *, extra: str | None, context: object) -> object:
        """Validate the values of a query."""

        def validate(values: Any) -> object:
            return self._adapter.validate_python(values, context=context)

        return validate(value) if extra is None else _ignore_unknown(validate, value)

    def validate_json(self, content: bytes, *, extra: str | None, context: object) -> object:
        """Validate a JSON body."""

        def validate(value: Any) -> object:
            return self._adapter.validate_json(to_json(value), context=context)

        if extra is None:
            return self._adapter.validate_json(content, context=context)
        try:
            value = from_json(content)
        except ValueError:
            return self._adapter.validate_json(content, context=context)
        return _ignore_unknown(validate, value)


def _ignore_unknown(validate: Callable[[Any], object], value: Any) -> object:
    """Validate the value, and again without the unknown names if there are any."""
    try:
        return validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        unknown = [each["loc"] for each in details if each["type"] == UNKNOWN_NAME]
        if not unknown:
            raise
    for location in unknown:
        _remove(value, location)
    return validate(value)


def _remove(value: Any, location: tuple[int | str, ...]) -> None:
    """Remove the member at the location. A part that is no key names one of several possible models."""
    for part in location[:-1]:
        if isinstance(value, list) if isinstance(part, int) else isinstance(value, dict) and part in value:
            value = value[part]
    value.pop(location[-1], None)
