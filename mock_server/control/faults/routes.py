"""The control API's routes for a workspace's faults, and how its rules are put and shown."""

from dataclasses import asdict
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Body

from mock_server.control.faults.schemas import FaultsBody, FaultsOrder, RuleBody, RuleShown
from mock_server.domain import faults
from mock_server.domain.errors import InvalidRequest, Problem
from mock_server.domain.faults import Effect, Faults, Latency, Match, Rule
from mock_server.http.endpoint import CallNow, operations_of
from mock_server.http.fields import instant_text
from mock_server.platform_api import router as platform
from mock_server.state.workspace import Call


def declare(router: APIRouter) -> None:
    """Declare the routes."""

    @router.get("/faults", operation_id="getFaults")
    async def get_faults(call: CallNow) -> FaultsBody:
        """Tell the rules, and how often each has matched and struck."""
        return shown(call)

    @router.put("/faults", operation_id="setFaults")
    async def set_faults(call: CallNow, body: Annotated[FaultsOrder, Body()]) -> FaultsBody:
        """Put rules in the place of all that stand; they count from 1 again."""
        put(call, body)
        return shown(call)

    @router.delete("/faults", operation_id="removeFaults", status_code=204)
    async def remove_faults(call: CallNow) -> None:
        """Remove all rules; what they revoked is valid again, a job that they delayed stays where it is."""
        put(call, FaultsOrder(rules=[]))


def put(call: Call, order: FaultsOrder) -> None:
    """Have these rules stand, and no others. Raises InvalidRequest, and then changes nothing."""
    problems = [
        problem for place, rule in enumerate(order.rules) for problem in _problems(call, f"rules.{place}", rule)
    ]
    ids = [rule.id or f"f{place}" for place, rule in enumerate(order.rules, 1)]
    problems += [
        Problem("duplicate", f"rules.{place}.id", f"another rule is {rule_id} already")
        for place, rule_id in enumerate(ids)
        if rule_id in ids[:place]
    ]
    if problems:
        raise InvalidRequest(*problems)
    tokens = call.ids.last_number("token")
    rules = tuple(
        Rule(rule_id, rule.match.match(), rule.effect.effect(), rule.times, rule.until, tokens)
        for rule_id, rule in zip(ids, order.rules, strict=True)
    )
    pending = {job.number for job in call.workspace.jobs}
    delayed = tuple(number for number in call.workspace.faults.delayed if number in pending)
    call.workspace.faults = Faults(call.ids.seed if order.seed is None else order.seed, rules, delayed)


def shown(call: Call) -> FaultsBody:
    """The rules as they stand."""
    standing = call.workspace.faults
    return {"seed": standing.seed, "rules": [_rule(call, rule) for rule in standing.rules]}


def _problems(call: Call, field: str, rule: RuleBody) -> list[Problem]:
    """What a rule names that is not there, and what it says that cannot be."""
    match = rule.match
    problems = [
        Problem("foreign", f"{field}.match.{name}", f"a job has no {name}; this rule may name nth and share")
        for name in rule.ill_matched
    ]
    if match.operation is not None and match.operation not in _operation_ids():
        unknown = f"there is no operation {match.operation}; /openapi.yaml lists them"
        problems.append(Problem("unknown", f"{field}.match.operation", unknown))
    if match.partner is not None and call.store.partners.get(match.partner) is None:
        unknown = f"there is no partner {match.partner} in this world"
        problems.append(Problem("unknown", f"{field}.match.partner", unknown))
    if rule.until is not None and rule.until <= call.now:
        problems.append(Problem("range", f"{field}.until", f"until must be after the clock: {instant_text(call.now)}"))
    return problems


@cache
def _operation_ids() -> frozenset[str]:
    return frozenset(operation.operation for operation in operations_of(platform.router()))


def _rule(call: Call, rule: Rule) -> RuleShown:
    return {
        "id": rule.id,
        "match": _match(rule.match),
        "effect": {rule.effect.kind.partition("_after")[0]: _effect(rule.effect)},
        "times": rule.times,
        "until": None if rule.until is None else instant_text(rule.until),
        "matched": rule.matched,
        "struck": rule.struck,
        "milliseconds": rule.milliseconds,
        "over": faults.is_over(rule, call.now),
    }


def _match(match: Match) -> dict[str, Any]:
    named = {name: value for name, value in asdict(match).items() if value not in (None, ())}
    return named | ({"nth": list(match.nth)} if match.nth else {})


def _effect(effect: Effect) -> object:
    """The effect's value as it was put."""
    if effect.latency is not None:
        return _latency(effect.latency)
    if effect.truncate_after is not None:
        return {"after": effect.truncate_after}
    if effect.drip is not None:
        return asdict(effect.drip)
    mishap = effect.evaluation or effect.build
    if mishap is not None:
        return {"fails": True} if mishap.fails else {"takes": mishap.takes}
    value: object = getattr(effect, effect.kind)
    return value


def _latency(latency: Latency) -> dict[str, object]:
    if latency.distribution == "uniform":
        return {"uniform": {"least": latency.milliseconds, "most": latency.most}}
    if latency.distribution == "lognormal":
        return {"lognormal": {"median": latency.milliseconds, "sigma": latency.sigma}}
    return {"fixed": latency.milliseconds}
