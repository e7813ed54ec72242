"""Build exchanges with default values, so that a test states only what matters to it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mock_server.domain.exchanges import Content, Exchange
from tests.builders import ACME, START_TIME


def json_content(value: Any) -> Content:
    text = json.dumps(value)
    return Content(text, len(text), False, True, value)


def an_exchange(number: int = 1, operation: str | None = "listEvents", seconds: float = 0, **changes: Any) -> Exchange:
    """Return a call of an operation that was made `seconds` after the start. `sent` and `answered` are JSON."""
    bodies = {
        name: json_content(changes.pop(keyword))
        for name, keyword in (("request", "sent"), ("response", "answered"))
        if keyword in changes
    }
    exchange = Exchange(
        number=number,
        at=START_TIME + timedelta(seconds=seconds),
        method="GET",
        path="/api/v3/events/",
        query=(),
        operation=operation,
        arguments={},
        partner=ACME,
        user="partner@acme.example",
        request_headers=(),
        request=None,
        status=200,
        response_headers=(),
        response=None,
        fault=None,
        delay_milliseconds=0,
    )
    return replace(exchange, **bodies, **changes)


def number_calls(*calls: Exchange) -> list[Exchange]:
    """Return the calls with the numbers 1, 2, 3, …."""
    return [replace(call, number=number) for number, call in enumerate(calls, 1)]
