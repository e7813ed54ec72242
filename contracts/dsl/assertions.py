"""What a contract says of what it saw; each word raises Broken with expected and seen side by side."""

from collections.abc import Iterable
from typing import Any

import httpx2

from contracts.spec.verdicts import BrokenRuleError


def equal(what: str, seen: object, expected: object) -> None:
    """The two are equal, and of one kind: `1` is not `True`."""
    if seen != expected or isinstance(seen, bool) != isinstance(expected, bool):
        raise BrokenRuleError(what, expected, seen)


def is_true(what: str, condition: bool, *, expected: object = True, seen: object = None) -> None:
    """The claim holds."""
    if not condition:
        raise BrokenRuleError(what, expected, seen)


def at_most(what: str, seen: Any, bound: Any) -> None:
    """The value is not above the bound."""
    if not seen <= bound:
        raise BrokenRuleError(what, f"at most {bound!r}", seen)


def one_of(what: str, seen: object, allowed: Iterable[object]) -> None:
    """The value is one of those allowed."""
    choices = list(allowed)
    if seen not in choices:
        raise BrokenRuleError(what, f"one of {choices!r}", seen)


def status(response: httpx2.Response, expected: int) -> None:
    """The answer has this status."""
    if response.status_code != expected:
        raise BrokenRuleError(
            f"status of {_format_call(response)}", expected, f"{response.status_code} {response.text[:500]}"
        )


def refusal(response: httpx2.Response, expected: int, message: str | None = None, field: str | None = None) -> None:
    """The answer is a refusal with this status, this key, and an entry for this field, as far as they are given."""
    status(response, expected)
    if message is not None:
        equal(f"message of {_format_call(response)}", response.json()["message"], message)
    if field is not None:
        fields = [entry["field"] for entry in response.json()["validation_errors"]]
        if field not in fields:
            raise BrokenRuleError(f"fields named by {_format_call(response)}", field, fields)


def _format_call(response: httpx2.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def names_field(response: httpx2.Response, field: str) -> None:
    """An entry of the refusal is about this field, or about a part of it."""
    fields = [entry["field"] for entry in response.json()["validation_errors"]]
    if not any(each == field or each.startswith(f"{field}.") for each in fields):
        raise BrokenRuleError(f"fields named by {_format_call(response)}", field, fields)
