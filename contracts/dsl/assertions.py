"""The assertions of contracts. If one fails, it raises BrokenRuleError with the expected and the actual value.

Each takes the `part` of a rule that it checks, if that is not clear from the contract's mark: the difference is then
charged to this part alone. On a target that is not our mock, a difference in an assumed part is recorded, and the
contract goes on.
"""

from collections.abc import Collection, Iterable
from typing import Any

import httpx2

from contracts.spec import owners
from contracts.spec.breaches import Breach, charge, charge_preparation, charge_step, checks_rule, current_log, differ
from contracts.spec.verdicts import BlockedError, BrokenRuleError
from contracts.target.client import BREACHES_EXTENSION, OPERATION_EXTENSION, UNSIGNED_EXTENSION, json_or_none

ERROR_ENTRIES = "ERR-02.entries"
"""The part that a refusal with other fields differs in."""
OPEN_OPERATION = "AUTH-04.bearer"
"""The part that an operation differs in that needs no token."""
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
    if response.status_code == expected or _is_charged(response, expected):
        return
    require_access(response, [expected])
    if expected in (401, 403) or (expected >= 400 and checks_rule("PART-")):
        require_closed(response)
    differ(f"status of {_format_call(response)}", expected, _format_answer(response), part)


def step_status(response: httpx2.Response, expected: int) -> None:
    """Assert the status of a step: a response that only prepares what the contract checks.

    Another status is a breach of the rule that owns the operation's status, and ends the contract as blocked, not as
    broken. See: `breaches.charge_step`. A contract whose own part states the status is broken itself.
    """
    if response.status_code == expected or _is_charged(response, expected):
        return
    require_access(response, [expected])
    operation, log = str(response.extensions.get(OPERATION_EXTENSION, "")), current_log()
    if not operation or (log is not None and log.states(str(expected))):
        differ(f"status of {_format_call(response)}", expected, _format_answer(response))
    raise charge_step(operation, response.status_code, expected, _format_answer(response))


def status_one_of(what: str, response: httpx2.Response, *allowed: int, part: str | None = None) -> None:
    """Assert that the status is one of these. A valid token or user that is refused is charged as by `status`."""
    require_access(response, allowed)
    if len(allowed) == 1:
        equal(what, response.status_code, allowed[0], part=part)
    else:
        one_of(what, response.status_code, allowed, part=part)


def require_access(response: httpx2.Response, expected: Collection[int]) -> None:
    """Raise BlockedError if the request is refused for its token or its user, and the contract is not about these.

    Contracts about errors and about what a request contains meet such a refusal too, and expect another one.
    """
    log, seen = current_log(), response.status_code
    operation = str(response.extensions.get(OPERATION_EXTENSION, ""))
    if log is None or seen in expected or (seen == 401 and 403 in expected):
        return
    has_token = response.request.headers.get("authorization", "").startswith("Bearer ")
    if owners.denies_access(operation, seen, has_token=has_token) and not log.checks(*owners.ACCESS_RULES[seen]):
        raise charge_step(_format_operation(response), seen, " or ".join(map(str, expected)), _format_answer(response))


def require_closed(response: httpx2.Response) -> None:
    """Raise BlockedError if an operation that accepts a request that it must refuse accepts it without a token, too.

    The request is sent again, without a token. A write is not sent again to a target's own data.
    """
    send, log = response.extensions.get(UNSIGNED_EXTENSION), current_log()
    may_send = log is not None and (not log.is_open or response.request.method == "GET")
    if not response.is_success or send is None or not may_send or checks_rule(*owners.TOKEN_RULES):
        return
    again = send()
    if again.is_success:
        raise charge_preparation(
            OPEN_OPERATION, f"{_format_operation(response)} without a token", 401, again.status_code
        )


def read_body(response: httpx2.Response, expected: int = 200) -> Any:
    """Return the body of a step, which must have this status. See: step_status."""
    step_status(response, expected)
    return response.json()


def prepared(what: str, seen: object, expected: object, *, owner: str) -> None:
    """Assert what a step has prepared. A difference is a breach of its owner, and ends the contract as blocked.

    If the target may differ there, the contract is inconclusive.
    """
    if seen == expected and isinstance(seen, bool) == isinstance(expected, bool):
        return
    raise charge_preparation(owner, what, expected, seen)


def _is_charged(response: httpx2.Response, expected: int) -> bool:
    """Whether another status stands for the expected one, as `status` says. Raises BlockedError if it is charged."""
    charged = next((each for each in find_breaches(response) if each.is_status), None)
    log = current_log()
    if charged is None or log is None:
        return False
    is_alike = response.status_code // 100 == expected // 100
    if is_alike and charged.assumed and log.is_open:
        return True
    if is_alike or response.status_code >= 500:
        raise BlockedError(f"cannot be judged before {charged.rule} is kept: {charged.what}")
    return False


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
    must still be a refusal, with any status from 400 to 499. Without a part, another refusal than the expected one, and
    another key or field, are breaches of the rules about errors, and the contract goes on.
    """
    if part is not None and not 400 <= response.status_code < 500:
        raise BrokenRuleError(f"status of {_format_call(response)}", f"a refusal, {expected}", response.status_code)
    if part is None and _is_other_refusal(response, expected):
        return
    status(response, expected, part=part)
    if message is not None:
        body = json_or_none(response)
        seen = body.get("message") if isinstance(body, dict) else None
        if (
            part is not None
            or seen == message
            or not _charge(owners.owner_of_key(message), "message", message, seen, response)
        ):
            equal(f"message of {_format_call(response)}", seen, message, part=part)
    if field is not None:
        fields = _list_named_fields(response)
        if fields is not None and field not in fields:
            _differ_in_fields(response, field, fields, part)


def _is_other_refusal(response: httpx2.Response, expected: int) -> bool:
    """Whether the response is a refusal with another status, which is charged to the rule about the expected status."""
    seen = response.status_code
    if seen == expected or not 400 <= seen < 500 or any(each.is_status for each in find_breaches(response)):
        return False
    require_access(response, [expected])
    owner = owners.OWNER_BY_EXPECTED_REFUSAL.get(expected)
    return owner is not None and _charge(owner, "status", expected, seen, response)


def _differ_in_fields(response: httpx2.Response, field: str, fields: list[str], part: str | None) -> None:
    """End the contract because a refusal names other fields, or charge it to the rule about entries.

    Where the contract's own part says that an error names something, this part is what differs.
    """
    log = current_log()
    states_names = log is not None and log.states(" names ")
    if fields and part is None and not states_names and _charge(ERROR_ENTRIES, "fields named", field, fields, response):
        return
    differ(f"fields named by {_format_call(response)}", field, fields, part if fields else ONE_EACH)


def _charge(owner: str, what: str, expected: object, seen: object, response: httpx2.Response) -> bool:
    """Charge a difference of a refusal to its owner, if another rule than the contract's may be charged.

    Where the contract's own parts state the expected status or message key, they are what differs.
    """
    log = current_log()
    if isinstance(expected, int | str) and what in ("status", "message") and log and log.states(str(expected)):
        return False
    operation = str(response.extensions.get(OPERATION_EXTENSION, ""))
    return charge(owner, f"{what} of a refusal by {_format_operation(response)}", expected, seen, operation)


def find_breaches(response: httpx2.Response) -> tuple[Breach, ...]:
    """Return the response's differences from the OpenAPI document."""
    found: tuple[Breach, ...] = response.extensions.get(BREACHES_EXTENSION, ())
    return found


def _format_answer(response: httpx2.Response) -> str:
    return f"{response.status_code} {response.text[:500]}"


def _format_operation(response: httpx2.Response) -> str:
    return str(response.extensions.get(OPERATION_EXTENSION, "")) or _format_call(response)


def _format_call(response: httpx2.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"


def names_field(response: httpx2.Response, field: str, *, part: str | None = None) -> None:
    """Assert that a validation error names this field or a part of it."""
    fields = _list_named_fields(response)
    if fields is not None and not any(each == field or each.startswith(f"{field}.") for each in fields):
        _differ_in_fields(response, field, fields, part)


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
