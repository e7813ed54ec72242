"""The types of values in queries and bodies. They are as strict as `openapi.yaml`.

Implements: BASE-12.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, with_config
from pydantic_core import PydanticCustomError

from mock_server.domain import formats

format_timestamp, to_json_amount = formats.format_timestamp, formats.to_json_amount
"""The formatters of responses, exported here next to the types of their fields."""
TEXT_PATTERN = r"^[^\x00-\x1f]*$"

closed = with_config(ConfigDict(extra="forbid"))
"""Forbids members other than the declared ones."""
extensible = with_config(ConfigDict(extra="allow"))
"""Allows members other than the declared ones."""


class ClosedModel(BaseModel):
    """A query or a body that rejects unknown names. Its validator is built on first use.

    Implements: BASE-08.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class EmptyQuery(ClosedModel):
    """The query of an operation without parameters."""


def parse_query_integer(value: object) -> object:
    """Parse an integer in JSON's grammar: `7.0`, `+7` and `07` are rejected. See: BASE-12."""
    if not isinstance(value, str):
        return value
    try:
        return formats.parse_integer(value)
    except ValueError:
        raise PydanticCustomError("integer", "must be an integer such as 12") from None


def parse_query_boolean(value: object) -> object:
    """`true` or `false`, as in JSON: `1` and `True` are rejected. See: BASE-12."""
    if value in ("true", "false"):
        return value == "true"
    raise PydanticCustomError("boolean", "must be true or false")


def parse_query_number(value: object) -> object:
    """Parse a finite number in JSON's grammar. See: BASE-12, CR-03."""
    if not isinstance(value, str):
        return value
    try:
        amount = formats.parse_amount(value)
    except ValueError:
        raise PydanticCustomError("number", "must be a number such as 540.5") from None
    return require_exact_amount(amount)


def parse_body_number(value: object) -> object:
    """Convert a JSON number to an amount: `"9.99"` and `true` are rejected. See: BASE-12."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "must be a number such as 540.5")
    return require_exact_amount(formats.amount_from_number(value))


def require_exact_amount(amount: Decimal) -> Decimal:
    """Reject an amount that would be rounded. See: BASE-14."""
    if not formats.is_exact_as_double(amount):
        raise PydanticCustomError("digits", "has more digits than a JSON number can hold, so it would be rounded")
    return amount


def parse_body_integer(value: object) -> object:
    """Convert a JSON number to an integer: `7.0` is accepted, `7.5`, `true` and `"7"` are rejected. See: BASE-12."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("integer", "must be an integer such as 12")
    return value


def parse_day(value: object) -> object:
    """Parse a calendar day, `YYYY-MM-DD`. See: BASE-04."""
    if isinstance(value, str):
        try:
            return formats.parse_day(value)
        except ValueError:
            pass
    elif value is None or isinstance(value, date):
        return value
    raise PydanticCustomError("date", "must be a calendar day such as 2026-09-30")


def parse_event_reference(value: object) -> object:
    """Convert an event's id to a string. It may be sent as a number with the same digits. See: PKG-02."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value
    raise PydanticCustomError("event_id", "must be an event's id, as a string or a number")


def require_single_value(value: object) -> object:
    """Reject a comma-separated list in one value of a repeated key. See: BASE-05."""
    if isinstance(value, str) and "," in value:
        raise PydanticCustomError("comma_list", "takes one value per key, without commas")
    return value


Text: TypeAlias = Annotated[str, Field(pattern=TEXT_PATTERN)]
LISTED_VALUE = BeforeValidator(require_single_value)
"""Put it after the `Field` of a value in a query array, so that the document contains the pattern."""
ListedText: TypeAlias = Annotated[str, Field(pattern=r"^[^\x00-\x1f,]*$"), LISTED_VALUE]
QueryBoolean: TypeAlias = Annotated[bool, BeforeValidator(parse_query_boolean)]
QUERY_INTEGER = BeforeValidator(parse_query_integer)
BODY_INTEGER = BeforeValidator(parse_body_integer)
"""Parsers of an `int` in a query or a body. Put them after the `Field`, so that the document contains the bounds."""
Day: TypeAlias = Annotated[date, BeforeValidator(parse_day)]
EventReference: TypeAlias = Annotated[
    Text,
    BeforeValidator(parse_event_reference),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": TEXT_PATTERN}, {"type": "integer"}]}),
]
TimestampText: TypeAlias = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
    ),
]
DayText: TypeAlias = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Currency: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Count: TypeAlias = Annotated[int, Field(ge=0)]
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]


def amount_schema(**bounds: float) -> Any:
    """Return the schema of an amount in a currency's major unit: a plain number. See: BASE-04."""
    return WithJsonSchema({"type": "number", **bounds})
