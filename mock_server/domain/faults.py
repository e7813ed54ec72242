"""Fault rules decide which faults are injected into a request or a job.

A workspace has a list of rules. Each rule numbers the calls that match it, from 1. Whether it is applied to a call
depends only on the seed, the rule's id and the number of the call, so the same calls get the same faults in each run.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal, TypeAlias

MAX_DELAY_MILLISECONDS = 600_000
"""The longest latency, ten minutes."""

AttributionRunFault: TypeAlias = Literal["missed", "twice"]
JobEffect: TypeAlias = Literal["evaluation", "build", "attribution_run"]
JOB_EFFECTS: tuple[JobEffect, ...] = ("evaluation", "build", "attribution_run")
"""The effects on jobs. All others are effects on requests."""


@dataclass(frozen=True, slots=True)
class Match:
    """Selects the calls to which a rule applies. All given members must match; an empty `Match` matches every call.

    In `path`, `*` matches any text, including slashes. Among the matching calls, `nth` selects calls by number, from 1,
    and `fraction` selects a part, from 0 to 1.
    """

    operation: str | None = None
    method: str | None = None
    path: str | None = None
    partner: str | None = None
    nth: tuple[int, ...] = ()
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """The delay of a response, in milliseconds.

    A `fixed` delay is `milliseconds`. A `uniform` delay is from `milliseconds` to `max_milliseconds`. A `lognormal`
    delay has the median `milliseconds`, and `sigma` is the standard deviation of its logarithm.
    """

    distribution: Literal["fixed", "uniform", "lognormal"]
    milliseconds: int
    max_milliseconds: int = 0
    sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class Drip:
    """Sends a body in chunks of `bytes`. Before each chunk except the first, there is a pause of `milliseconds`."""

    bytes: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class JobFault:
    """A fault of a job: it fails, or it takes `extra_seconds` longer."""

    fails: bool = False
    extra_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a rule: exactly one member is set. `truncate_after` is in bytes of the body."""

    status: int | None = None
    latency: Latency | None = None
    reset: bool = False
    truncate_after: int | None = None
    drip: Drip | None = None
    malformed: bool = False
    evaluation: JobFault | None = None
    build: JobFault | None = None
    attribution_run: AttributionRunFault | None = None
    token: Literal["revoked"] | None = None

    @property
    def kind(self) -> str:
        """Return the name of the one member that is set."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return next(name for name, value in values if value is not None and value is not False)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault rule. It expires when it has been applied `times` times, or at `until`, whichever comes first.

    `last_token_number` is the number of the last token issued before the rule was added. `matched` and `applied` count
    calls; `milliseconds` is the sum of all delays.
    """

    id: str
    match: Match
    effect: Effect
    times: int | None = None
    until: datetime | None = None
    last_token_number: int = 0
    matched: int = 0
    applied: int = 0
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Faults:
    """A workspace's rules. `delayed_jobs` contains the numbers of delayed jobs: no rule is applied to them again."""

    seed: int = 0
    rules: tuple[FaultRule, ...] = ()
    delayed_jobs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """The facts about a request that a `Match` is compared with.

    `operation` is None for an unknown path. `partner` is None if it is unknown. `groups` are the groups of the user.
    `token_number` is the number of the access token, None if there is no valid token.
    """

    operation: str | None
    method: str
    path: str
    partner: str | None = None
    groups: tuple[str, ...] = ()
    token_number: int | None = None


@dataclass(frozen=True, slots=True)
class AppliedFault:
    """A rule that is applied to a call, and the delay in milliseconds that was drawn for it."""

    rule_id: str
    effect: Effect
    milliseconds: int = 0


def is_expired(rule: FaultRule, now: datetime) -> bool:
    """Return whether the rule has expired, so that it is no longer applied."""
    return (rule.times is not None and rule.applied >= rule.times) or (rule.until is not None and now >= rule.until)


def apply_to_request(faults: Faults, request: RequestFacts, now: datetime) -> tuple[Faults, tuple[AppliedFault, ...]]:
    """Return the rules with their counts updated, and the faults to apply to the request.

    At most one latency and one other effect are applied: the first of each, in the order of the rules.
    """

    def slot_of(rule: FaultRule) -> str | None:
        if rule.effect.kind in JOB_EFFECTS or not _matches(rule, request):
            return None
        return "latency" if rule.effect.latency else "response"

    return _apply_rules(faults, now, slot_of)


def apply_to_job(
    faults: Faults, effect: JobEffect, partner: str | None, now: datetime
) -> tuple[Faults, tuple[AppliedFault, ...]]:
    """Return the rules with their counts updated, and the fault to apply to the job, if any.

    `partner` is the owner of the job's package. It is None for a job that covers all partners.
    """

    def slot_of(rule: FaultRule) -> str | None:
        return effect if rule.effect.kind == effect and rule.match.partner in (None, partner) else None

    return _apply_rules(faults, now, slot_of)


def mark_delayed(faults: Faults, number: int) -> Faults:
    """Mark a job as delayed, so that no rule is applied to it again."""
    return replace(faults, delayed_jobs=(*faults.delayed_jobs, number))


def unmark_delayed(faults: Faults, number: int) -> Faults:
    """Remove the mark of a delayed job."""
    if number not in faults.delayed_jobs:
        return faults
    place = faults.delayed_jobs.index(number)
    return replace(faults, delayed_jobs=faults.delayed_jobs[:place] + faults.delayed_jobs[place + 1 :])


def _apply_rules(
    faults: Faults, now: datetime, slot_of: Callable[[FaultRule], str | None]
) -> tuple[Faults, tuple[AppliedFault, ...]]:
    """Count and apply the rules. `slot_of` returns a matching rule's slot; at most one rule of each slot is applied."""
    rules, applied = [], dict[str, AppliedFault]()
    for rule in faults.rules:
        slot = None if is_expired(rule, now) else slot_of(rule)
        if slot is None:
            rules.append(rule)
            continue
        counted = replace(rule, matched=rule.matched + 1)
        if slot not in applied and _selects_latest_call(counted, faults.seed):
            milliseconds = 0 if rule.effect.latency is None else draw_latency(rule.effect.latency, faults.seed, counted)
            applied[slot] = AppliedFault(rule.id, rule.effect, milliseconds)
            counted = replace(counted, applied=rule.applied + 1, milliseconds=rule.milliseconds + milliseconds)
        rules.append(counted)
    return replace(faults, rules=tuple(rules)), tuple(applied.values())


def _matches(rule: FaultRule, request: RequestFacts) -> bool:
    match, revokes_token = rule.match, rule.effect.token is not None
    if revokes_token and (request.token_number is None or request.token_number > rule.last_token_number):
        return False
    partners = request.groups if revokes_token else (request.partner,)
    return (
        match.operation in (None, request.operation)
        and match.method in (None, request.method)
        and (match.partner is None or match.partner in partners)
        and (match.path is None or path_matches(match.path, request.path))
    )


def path_matches(pattern: str, path: str) -> bool:
    """Return whether the path matches the pattern, in which `*` matches any text."""
    first, *parts = pattern.split("*")
    if not parts:
        return path == pattern
    last = parts.pop()
    if len(path) < len(first) + len(last) or not path.startswith(first) or not path.endswith(last):
        return False
    position, end = len(first), len(path) - len(last)
    for part in parts:
        found = path.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _selects_latest_call(rule: FaultRule, seed: int) -> bool:
    """Return whether the rule is applied to the last call that it counted."""
    match = rule.match
    if match.nth and rule.matched not in match.nth:
        return False
    return match.fraction is None or _random_fraction(seed, rule, "share") < match.fraction


def draw_latency(latency: Latency, seed: int, rule: FaultRule) -> int:
    """Return the delay, in milliseconds, of the last call that the rule counted."""
    if latency.distribution == "fixed":
        return latency.milliseconds
    fraction = _random_fraction(seed, rule, "latency")
    if latency.distribution == "uniform":
        return latency.milliseconds + int(fraction * (latency.max_milliseconds - latency.milliseconds + 1))
    # The Box-Muller transform converts two uniform deviates to a normal one.
    normal = math.sqrt(-2 * math.log(1 - fraction)) * math.cos(2 * math.pi * _random_fraction(seed, rule, "angle"))
    return min(MAX_DELAY_MILLISECONDS, round(latency.milliseconds * math.exp(latency.sigma * normal)))


def _random_fraction(seed: int, rule: FaultRule, purpose: str) -> float:
    """Return a uniform deviate in [0, 1), a function of the seed, the rule's id and the number of the call."""
    digest = hashlib.blake2b(f"{seed}:{rule.id}:{rule.matched}:{purpose}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
