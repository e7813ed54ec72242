"""Which faults strike a request or a job, and how often each has struck?

Rules stand in a workspace in the order in which they were put. Each counts what matches it, from 1; whether that
call is struck is a function of the seed, the rule's id and that number, so that the same calls meet the same faults.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal, TypeAlias

MAX_DELAY_MILLISECONDS = 600_000
"""The longest latency that is drawn: ten minutes."""

JobEffect: TypeAlias = Literal["evaluation", "build", "attribution_run"]
JOB_EFFECTS: tuple[JobEffect, ...] = ("evaluation", "build", "attribution_run")
"""Effects on the platform's own jobs; all others are on requests."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule strikes: all that is named must fit; nothing named fits all.

    In `path`, `*` stands for any text, slashes too. `nth` are numbers among the matching calls, from 1, `fraction` the
    part of them that is struck.
    """

    operation: str | None = None
    method: str | None = None
    path: str | None = None
    partner: str | None = None
    nth: tuple[int, ...] = ()
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an answer waits, in milliseconds.

    `milliseconds` is the delay itself where fixed, the minimum where uniform (up to `max_milliseconds`), the median
    where lognormal (with `sigma`, the standard deviation of its logarithm).
    """

    distribution: Literal["fixed", "uniform", "lognormal"]
    milliseconds: int
    max_milliseconds: int = 0
    sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that comes so many bytes at a time, with a pause in milliseconds before each but the first."""

    bytes: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class JobFault:
    """What befalls a job: it fails, or it takes so many seconds longer."""

    fails: bool = False
    extra_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does: exactly one of these. `truncate_after` is in bytes of the body."""

    status: int | None = None
    latency: Latency | None = None
    reset: bool = False
    truncate_after: int | None = None
    drip: Drip | None = None
    malformed: bool = False
    evaluation: JobFault | None = None
    build: JobFault | None = None
    attribution_run: Literal["missed", "twice"] | None = None
    token: Literal["revoked"] | None = None

    @property
    def kind(self) -> str:
        """The name of the one that is set."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return next(name for name, value in values if value is not None and value is not False)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault, until it has struck `times` times or it is `until`, whichever is first.

    `tokens` is the number of the last token that was issued when the rule was put. `matched` and `struck` are
    counted; `milliseconds` is the sum of what was drawn to wait.
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
    """A workspace's rules. `delayed` are the numbers of jobs that take longer already: no rule is asked again."""

    seed: int = 0
    rules: tuple[FaultRule, ...] = ()
    delayed_jobs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request as rules see it.

    `operation` is None where none is meant, `partner` None where none is known. `groups` are the user's, and `token`
    the number of the valid access token, None where there is none.
    """

    operation: str | None
    method: str
    path: str
    partner: str | None = None
    groups: tuple[str, ...] = ()
    token_number: int | None = None


@dataclass(frozen=True, slots=True)
class AppliedFault:
    """A rule that strikes, and what it drew to wait, in milliseconds."""

    rule_id: str
    effect: Effect
    milliseconds: int = 0


def is_expired(rule: FaultRule, now: datetime) -> bool:
    """Whether the rule strikes no more."""
    return (rule.times is not None and rule.applied >= rule.times) or (rule.until is not None and now >= rule.until)


def apply_to_request(faults: Faults, request: RequestFacts, now: datetime) -> tuple[Faults, tuple[AppliedFault, ...]]:
    """What strikes the request, and the rules as they stand then.

    At most one latency and one other effect strike: the first of each, in the rules' order.
    """

    def slot_of(rule: FaultRule) -> str | None:
        if rule.effect.kind in JOB_EFFECTS or not _matches(rule, request):
            return None
        return "latency" if rule.effect.latency else "answer"

    return _apply_rules(faults, now, slot_of)


def apply_to_job(
    faults: Faults, effect: JobEffect, partner: str | None, now: datetime
) -> tuple[Faults, tuple[AppliedFault, ...]]:
    """What strikes a job of the kind that the effect is on, at most one, and the rules as they stand then.

    `partner` is whose package it is about, None where it is the whole platform's.
    """

    def slot_of(rule: FaultRule) -> str | None:
        return effect if rule.effect.kind == effect and rule.match.partner in (None, partner) else None

    return _apply_rules(faults, now, slot_of)


def mark_delayed(faults: Faults, number: int) -> Faults:
    """Remember that the job of that number takes longer already."""
    return replace(faults, delayed_jobs=(*faults.delayed_jobs, number))


def unmark_delayed(faults: Faults, number: int) -> Faults:
    """The job of that number is done with."""
    return replace(faults, delayed_jobs=tuple(other for other in faults.delayed_jobs if other != number))


def _apply_rules(
    faults: Faults, now: datetime, slot_of: Callable[[FaultRule], str | None]
) -> tuple[Faults, tuple[AppliedFault, ...]]:
    """Count what matches; `concerns` tells what of it a rule would strike, which one rule alone may."""
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
    """Whether the path is of the pattern, in which `*` stands for any text."""
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
    """Whether the rule strikes the call that it has counted last."""
    match = rule.match
    if match.nth and rule.matched not in match.nth:
        return False
    return match.fraction is None or _random_fraction(seed, rule, "share") < match.fraction


def draw_latency(latency: Latency, seed: int, rule: FaultRule) -> int:
    """How many milliseconds the call that the rule has counted last waits."""
    if latency.distribution == "fixed":
        return latency.milliseconds
    fraction = _random_fraction(seed, rule, "latency")
    if latency.distribution == "uniform":
        return latency.milliseconds + int(fraction * (latency.max_milliseconds - latency.milliseconds + 1))
    # Box and Muller's way to a normal deviate from two even ones.
    normal = math.sqrt(-2 * math.log(1 - fraction)) * math.cos(2 * math.pi * _random_fraction(seed, rule, "angle"))
    return min(MAX_DELAY_MILLISECONDS, round(latency.milliseconds * math.exp(latency.sigma * normal)))


def _random_fraction(seed: int, rule: FaultRule, purpose: str) -> float:
    """An even deviate from 0 up to, not including, 1: a function of seed, rule and number of the call."""
    digest = hashlib.blake2b(f"{seed}:{rule.id}:{rule.matched}:{purpose}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53
