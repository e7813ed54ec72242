"""Converts arguments of the client to JSON, and responses from JSON."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any


def encode(value: object) -> bytes:
    """Encode a request's body. Raises ValueError for a time without an offset, TypeError for other types."""
    return json.dumps(to_json(value), allow_nan=False).encode()


def parse(content: bytes) -> Any:
    """Return the value of a response's body; None if it is empty or not JSON."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def to_json(value: Any) -> Any:
    """Convert times, dates, decimals and containers; return other values as they are."""
    if isinstance(value, datetime | date):
        return format_time(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [to_json(each) for each in value]
    return value


def format_time(value: date) -> str:
    """Format a time or a date. Raises ValueError for a time without an offset."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"a time needs an offset, such as tzinfo=UTC: {value!r}")
    return value.isoformat()


def parse_duration(value: timedelta | str) -> int:
    """Return a duration in seconds: a timedelta, or a text as the commands take it. Raises ValueError, TypeError."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if not isinstance(value, str):
        raise TypeError(f"a duration is a timedelta, a text such as '1d' or named, such as days=1; not {value!r}")
    from argparse import ArgumentTypeError

    from mock_server.flags import parse_duration as parse_text

    try:
        return parse_text(value)
    except ArgumentTypeError as error:
        raise ValueError(str(error)) from None


def parse_time(text: str) -> datetime:
    """Parse a time of a response, as an aware datetime."""
    return datetime.fromisoformat(text).astimezone(UTC)


def without_none(**members: object) -> dict[str, object]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def to_query(parameters: Mapping[str, object]) -> dict[str, str]:
    """Return the parameters of a query, without those that are None."""
    given = {name: to_json(value) for name, value in parameters.items() if value is not None}
    return {name: str(value) for name, value in given.items()}
