"""What a contract says of what it saw; each word raises Broken with expected and seen side by side."""

from collections.abc import Iterable
from typing import Any

import httpx

from contracts.spec.verdicts import Broken


def equal(what: str, seen: object, expected: object) -> None:
    """The two are equal, and of one kind: `1` is not `True`."""
    if seen != expected or isinstance(seen, bool) != isinstance(expected, bool):
        raise Broken(what, expected, seen)


def that(what: str, holds: bool, *, expected: object = True, seen: object = None) -> None:
    """The claim holds."""
    if not holds:
        raise Broken(what, expected, seen)


def at_most(what: str, seen: Any, bound: Any) -> None:
    """The value is not above the bound."""
    if not seen <= bound:
        raise Broken(what, f"at most {bound!r}", seen)


def among(what: str, seen: object, allowed: Iterable[object]) -> None:
    """The value is one of those allowed."""
    choices = list(allowed)
    if seen not in choices:
        raise Broken(what, f"one of {choices!r}", seen)


def status(answer: httpx.Response, expected: int) -> None:
    """The answer has this status."""
    if answer.status_code != expected:
        raise Broken(f"status of {_call(answer)}", expected, f"{answer.status_code} {answer.text[:500]}")


def refused(answer: httpx.Response, expected: int, message: str | None = None, field: str | None = None) -> None:
    """The answer is a refusal with this status, this key, and an entry for this field, as far as they are given."""
    status(answer, expected)
    if message is not None:
        equal(f"message of {_call(answer)}", answer.json()["message"], message)
    if field is not None:
        fields = [entry["field"] for entry in answer.json()["validation_errors"]]
        if field not in fields:
            raise Broken(f"fields named by {_call(answer)}", field, fields)


def _call(answer: httpx.Response) -> str:
    return f"{answer.request.method} {answer.request.url.path}"


def names(answer: httpx.Response, field: str) -> None:
    """An entry of the refusal is about this field, or about a part of it."""
    fields = [entry["field"] for entry in answer.json()["validation_errors"]]
    if not any(each == field or each.startswith(f"{field}.") for each in fields):
        raise Broken(f"fields named by {_call(answer)}", field, fields)
