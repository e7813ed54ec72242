"""The control API's routes for a workspace's fault rules."""

import itertools
from dataclasses import asdict, replace
from functools import cache
from typing import Annotated, Any

from fastapi import Body

from mock_server.control.declaration import control_router
from mock_server.control.faults.schemas import MAX_RULES, FaultRuleBody, FaultRuleRequest, FaultsBody, FaultsRequest
from mock_server.domain import faults
from mock_server.domain.errors import InvalidRequestError, Problem, UnknownPathError
from mock_server.domain.faults import Effect, FaultRule, Faults, Latency, Match
from mock_server.http import suggestions
from mock_server.http.endpoint import CurrentCall, operation_routes
from mock_server.http.error_body import ErrorBody
from mock_server.http.fields import format_timestamp
from mock_server.http.json_size import MaxValues
from mock_server.platform_api import router as platform
from mock_server.state.workspace import OperationCall

router = control_router("faults")

RULE_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "The workspace has no such rule."}
}
MAX_FAULT_VALUES = MaxValues(110_000, 10_000, 10_000)
"""The default limit is too small for 100 rules with 1,000 numbers each."""


@router.get("/faults", operation_id="getFaults")
async def get_faults(call: CurrentCall) -> FaultsBody:
    """Show the fault rules, and how often each rule has matched and has been applied."""
    return faults_body(call)


@router.put("/faults", operation_id="setFaults")
async def set_faults(call: CurrentCall, body: Annotated[FaultsRequest, Body(), MAX_FAULT_VALUES]) -> FaultsBody:
    """Replace all fault rules. The counters of the new rules start at 0."""
    replace_faults(call, body)
    return faults_body(call)


@router.post("/faults", operation_id="addFault", status_code=201)
async def add_fault(call: CurrentCall, body: Annotated[FaultRuleRequest, Body()]) -> FaultsBody:
    """Add a fault rule after the others, which keep their counters. Its `id` defaults to the next free one."""
    add_rule(call, body)
    return faults_body(call)


@router.delete("/faults", operation_id="removeFaults", status_code=204)
async def remove_faults(call: CurrentCall) -> None:
    """Remove all fault rules. Revoked tokens are valid again; a delayed job keeps its later due time."""
    replace_faults(call, FaultsRequest(rules=[]))


@router.delete("/faults/{rule_id}", operation_id="removeFault", status_code=204, responses=RULE_NOT_FOUND)
async def remove_fault(call: CurrentCall, rule_id: str) -> None:
    """Remove one fault rule. The others keep their counters."""
    remove_rule(call, rule_id)


def replace_faults(call: OperationCall, request: FaultsRequest) -> None:
    """Replace all rules. Raises InvalidRequestError without changing anything if a rule is invalid."""
    problems = [
        problem for index, rule in enumerate(request.rules) for problem in _rule_problems(call, f"rules.{index}.", rule)
    ]
    ids = [rule.id or f"f{place}" for place, rule in enumerate(request.rules, 1)]
    problems += [
        Problem("duplicate", f"rules.{place}.id", f"another rule already has the id {rule_id}")
        for place, rule_id in enumerate(ids)
        if rule_id in ids[:place]
    ]
    if problems:
        raise InvalidRequestError(*problems)
    rules = tuple(_to_rule(call, rule_id, rule) for rule_id, rule in zip(ids, request.rules, strict=True))
    pending = {job.number for job in call.workspace.jobs}
    delayed = tuple(number for number in call.workspace.faults.delayed_jobs if number in pending)
    call.workspace.faults = Faults(call.ids.seed if request.seed is None else request.seed, rules, delayed)


def add_rule(call: OperationCall, request: FaultRuleRequest) -> None:
    """Add a rule. Raises InvalidRequestError without changing anything if it is invalid, or if there are too many."""
    current = call.workspace.faults
    ids = {rule.id for rule in current.rules}
    problems = list(_rule_problems(call, "", request))
    if request.id in ids:
        problems.append(Problem("duplicate", "id", f"another rule already has the id {request.id}"))
    if len(current.rules) >= MAX_RULES:
        message = f"there are {MAX_RULES} rules already; DELETE /_mock/faults removes them"
        problems.append(Problem("too_many", "match", message))
    if problems:
        raise InvalidRequestError(*problems)
    free_ids = (f"f{number}" for number in itertools.count(len(ids) + 1) if f"f{number}" not in ids)
    rule = _to_rule(call, request.id or next(free_ids), request)
    call.workspace.faults = replace(current, rules=(*current.rules, rule))


def remove_rule(call: OperationCall, rule_id: str) -> None:
    """Remove a rule. Raises UnknownPathError if there is none with this id."""
    current = call.workspace.faults
    others = tuple(rule for rule in current.rules if rule.id != rule_id)
    if len(others) == len(current.rules):
        message = f"there is no fault rule {rule_id}; GET {call.base_path}/_mock/faults lists them"
        raise UnknownPathError(Problem("unknown", "rule_id", message))
    call.workspace.faults = replace(current, rules=others)


def _to_rule(call: OperationCall, rule_id: str, request: FaultRuleRequest) -> FaultRule:
    last_token = call.ids.last_number("token")
    return FaultRule(
        rule_id, request.match.to_match(), request.effect.to_effect(), request.times, request.until, last_token
    )


def faults_body(call: OperationCall) -> FaultsBody:
    """Build the body with the rules and their counters."""
    current = call.workspace.faults
    return {"seed": current.seed, "rules": [_rule_body(call, rule) for rule in current.rules]}


def _rule_problems(call: OperationCall, path: str, rule: FaultRuleRequest) -> list[Problem]:
    """Return the problems of the rule at a path: unknown names, members that do not apply, a time that has passed."""
    match = rule.match
    problems = [
        Problem("foreign", f"{path}match.{name}", f"{name} does not apply to this effect; remove it")
        for name in rule.inapplicable_members
    ]
    if match.operation is not None and match.operation not in _operation_ids():
        nearest = suggestions.suggest_name(match.operation, sorted(_operation_ids()))
        hint = f"did you mean {nearest}?" if nearest else "/openapi.yaml lists them"
        unknown = f"there is no operation {match.operation}; {hint}"
        problems.append(Problem("unknown", f"{path}match.operation", unknown))
    if match.partner is not None and call.store.partners.get(match.partner) is None:
        unknown = f"there is no partner {match.partner} in this workspace"
        problems.append(Problem("unknown", f"{path}match.partner", unknown))
    if rule.until is not None and rule.until <= call.now:
        problems.append(
            Problem("range", f"{path}until", f"until must be later than the clock's time, {format_timestamp(call.now)}")
        )
    return problems


@cache
def _operation_ids() -> frozenset[str]:
    return frozenset(operation.operation_name for operation in operation_routes(*platform.ROUTERS))


def _rule_body(call: OperationCall, rule: FaultRule) -> FaultRuleBody:
    return {
        "id": rule.id,
        "match": _match_body(rule.match),
        "effect": {rule.effect.kind.partition("_after")[0]: _effect_value(rule.effect)},
        "times": rule.times,
        "until": None if rule.until is None else format_timestamp(rule.until),
        "matched": rule.matched,
        "applied": rule.applied,
        "milliseconds": rule.milliseconds,
        "expired": faults.is_expired(rule, call.now),
    }


def _match_body(match: Match) -> dict[str, Any]:
    members = {name: value for name, value in asdict(match).items() if value not in (None, ())}
    return members | ({"nth": list(match.nth)} if match.nth else {})


def _effect_value(effect: Effect) -> object:
    """Return the effect's value in the form in which a request sets it."""
    if effect.latency is not None:
        return _latency_body(effect.latency)
    if effect.truncate_after is not None:
        return {"after": effect.truncate_after}
    if effect.drip is not None:
        return asdict(effect.drip)
    job_fault = effect.evaluation or effect.build
    if job_fault is not None:
        return {"fails": True} if job_fault.fails else {"extra_seconds": job_fault.extra_seconds}
    value: object = getattr(effect, effect.kind)
    return value


def _latency_body(latency: Latency) -> dict[str, object]:
    if latency.distribution == "uniform":
        return {"uniform": {"min": latency.milliseconds, "max": latency.max_milliseconds}}
    if latency.distribution == "lognormal":
        return {"lognormal": {"median": latency.milliseconds, "sigma": latency.sigma}}
    return {"fixed": latency.milliseconds}
