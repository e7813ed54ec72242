"""The assertions of contracts. If one fails, it raises BrokenRuleError with the expected and the actual value.

Each takes the `part` of a rule that it checks, if that is not clear from the contract's mark: the difference is then
charged to this part alone. On a target that is not our mock, a difference in an assumed part is recorded, and the
contract goes on.
"""

from collections.abc import Iterable
from typing import Any

import httpx2

from contracts.spec.breaches import Breach, current_log, differ
from contracts.spec.verdicts import BlockedError, BrokenRuleError
from contracts.target.client import BREACHES_EXTENSION, json_or_none

ONE_EACH = "ERR-02.one_each"
"""The part that a refusal without entries differs in."""


def equal(what: str, seen: object, expected: object, *, part: str | None = None) -> None:
    """Assert that the two are equal. A bool is never equal to a number."""
    if seen != expected or isinstance(seen, bool) != isinstance(expected, bool):
        differ(what, expected, seen, part)


def is_true(
    what: str, condition: bool, *, expected: object = True, seen: object = None, part: str | None = None
) -> None:
    """Assert that the condition is true."""
    if not condition:
        differ(what, expected, seen, part)


def at_most(what: str, seen: Any, bound: Any, *, part: str | None = None) -> None:
    """Assert that the value is at most the bound."""
    if not seen <= bound:
        differ(what, f"at most {bound!r}", seen, part)


def one_of(what: str, seen: object, allowed: Iterable[object], *, part: str | None = None) -> None:
    """Assert that the value is one of the allowed values."""
    choices = list(allowed)
    if seen not in choices:
        differ(what, f"one of {choices!r}", seen, part)


def status(response: httpx2.Response, expected: int, *, part: str | None = None) -> None:
    """Assert the status of the response.

    A success stands for another one if the documentation leaves the status open, and so does a refusal. Raises
    BlockedError if the response is a failure of the server, or of the expected kind with a status that the document
    does not list: the rule that is broken is then another one, to which the status is already charged.
    """
    if response.status_code == expected:
        return
    charged = next((each for each in find_breaches(response) if each.is_status), None)
    log = current_log()
    if charged is not None and log is not None:
        is_alike = response.status_code // 100 == expected // 100
        if is_alike and charged.assumed and log.is_open:
            return
        if is_alike or response.status_code >= 500:
            raise BlockedError(f"cannot be judged before {charged.rule} is kept: {charged.what}")
    differ(f"status of {_format_call(response)}", expected, f"{response.status_code} {response.text[:500]}", part)


def refusal(
    response: httpx2.Response,
    expected: int,
    message: str | None = None,
    field: str | None = None,
    *,
    part: str | None = None,
) -> None:
    """Assert an error response: its status and, if given, its message key and a validation error for the field.

    `part` is the part that determines the status, the key and the field. If the target may differ in it, the response
    must still be a refusal, with any status from 400 to 499.
    """
    if part is not None and not 400 <= response.status_code < 500:
        raise BrokenRuleError(f"status of {_format_call(response)}", f"a refusal, {expected}", response.status_code)
    status(response, expected, part=part)
    if message is not None:
        body = json_or_none(response)
        seen = body.get("message") if isinstance(body, dict) else None
        equal(f"message of {_format_call(response)}", seen, message, part=part)
    if field is not None:
        fields = _list_named_fields(response)
        if fields is not None and field not in fields:
            differ(f"fields named by {_format_call(response)}", field, fields, part if fields else ONE_EACH)


def find_breaches(response: httpx2.Response) -> tuple[Breach, ...]:
    """Return the response's differences from the OpenAPI document."""
    found: tuple[Breach, ...] = response.extensions.get(BREACHES_EXTENSION, ())
    return found


def _format_call(response: httpx2.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def names_field(response: httpx2.Response, field: str, *, part: str | None = None) -> None:
    """Assert that a validation error names this field or a part of it."""
    fields = _list_named_fields(response)
    if fields is not None and not any(each == field or each.startswith(f"{field}.") for each in fields):
        differ(f"fields named by {_format_call(response)}", field, fields, part if fields else ONE_EACH)


def _list_named_fields(response: httpx2.Response) -> list[str] | None:
    """Return the fields that the response names. None if it names no fields, which the documentation allows.

    See: ERR-01 (`validation_errors` may be missing), ERR-02 (the `field` of an entry may be missing too).
    """
    body = json_or_none(response)
    if not isinstance(body, dict) or "validation_errors" not in body:
        return None
    entries = body["validation_errors"]
    named = [entry["field"] for entry in entries if entry.get("field") is not None]
    return None if entries and not named else named
