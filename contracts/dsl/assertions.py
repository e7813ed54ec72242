"""The assertions of contracts. If one fails, it raises BrokenRuleError with the expected and the actual value."""

from collections.abc import Iterable
from typing import Any

import httpx2

from contracts.spec.verdicts import BrokenRuleError


def equal(what: str, seen: object, expected: object) -> None:
    """Assert that the two are equal. A bool is never equal to a number."""
    if seen != expected or isinstance(seen, bool) != isinstance(expected, bool):
        raise BrokenRuleError(what, expected, seen)


def is_true(what: str, condition: bool, *, expected: object = True, seen: object = None) -> None:
    """Assert that the condition is true."""
    if not condition:
        raise BrokenRuleError(what, expected, seen)


def at_most(what: str, seen: Any, bound: Any) -> None:
    """Assert that the value is at most the bound."""
    if not seen <= bound:
        raise BrokenRuleError(what, f"at most {bound!r}", seen)


def one_of(what: str, seen: object, allowed: Iterable[object]) -> None:
    """Assert that the value is one of the allowed values."""
    choices = list(allowed)
    if seen not in choices:
        raise BrokenRuleError(what, f"one of {choices!r}", seen)


def status(response: httpx2.Response, expected: int) -> None:
    """Assert the status of the response."""
    if response.status_code != expected:
        raise BrokenRuleError(
            f"status of {_format_call(response)}", expected, f"{response.status_code} {response.text[:500]}"
        )


def refusal(response: httpx2.Response, expected: int, message: str | None = None, field: str | None = None) -> None:
    """Assert an error response: its status and, if given, its message key and a validation error for the field."""
    status(response, expected)
    if message is not None:
        equal(f"message of {_format_call(response)}", response.json()["message"], message)
    if field is not None:
        fields = _list_named_fields(response)
        if fields is not None and field not in fields:
            raise BrokenRuleError(f"fields named by {_format_call(response)}", field, fields)


def _format_call(response: httpx2.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def names_field(response: httpx2.Response, field: str) -> None:
    """Assert that a validation error names this field or a part of it."""
    fields = _list_named_fields(response)
    if fields is not None and not any(each == field or each.startswith(f"{field}.") for each in fields):
        raise BrokenRuleError(f"fields named by {_format_call(response)}", field, fields)


def _list_named_fields(response: httpx2.Response) -> list[str] | None:
    """Return the fields that the response names. None if it names no fields, which the documentation allows.

    See: ERR-01 (`validation_errors` may be missing), ERR-02 (the `field` of an entry may be missing too).
    """
    body = response.json()
    if "validation_errors" not in body:
        return None
    entries = body["validation_errors"]
    named = [entry["field"] for entry in entries if entry.get("field") is not None]
    return None if entries and not named else named
