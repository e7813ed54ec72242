"""What the bodies and answers about faults look like."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.control.faults.effects import EffectBody, exactly_one, set_in
from mock_server.control.schemas import Instant
from mock_server.domain.faults import JOB_EFFECTS, Match
from mock_server.http.endpoint import PLATFORM
from mock_server.http.fields import IN_BODY, Closed, InstantText, Text, closed, integer_in_body

ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
MOST_RULES = 100
MOST_NUMBERS = 1_000
OF_REQUESTS = ("operation", "method", "path")
SECOND_CALL: JsonDict = {
    "id": "second-read",
    "match": {"operation": "listPackages", "nth": 2},
    "effect": {"status": 503},
    "times": 1,
}
SLOW_PARTNER: JsonDict = {
    "match": {"partner": "partner-id-acme", "share": 0.25},
    "effect": {"latency": {"uniform": {"least": 100, "most": 400}}},
    "until": "2026-09-01T13:00:00Z",
}
MISSED_RUN: JsonDict = {"effect": {"attribution_run": "missed"}, "times": 1}


def _numbers(value: object) -> object:
    """One number is a list of one."""
    numbers = value if isinstance(value, list) else [value]
    return tuple(integer_in_body(number) for number in numbers)


def _distinct_numbers(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if not numbers or len(numbers) > MOST_NUMBERS or len(set(numbers)) < len(numbers) or min(numbers) < 1:
        raise PydanticCustomError("nth", f"must be 1 to {MOST_NUMBERS} different numbers from 1 on")
    return numbers


def _id(value: str) -> str:
    if not ID.fullmatch(value):
        raise PydanticCustomError("id", "must be 1 to 64 of A-Z a-z 0-9 . _ -")
    return value


def _path(value: str) -> str:
    if not value.startswith(("/", "*")) or value.startswith(f"{PLATFORM}/"):
        raise PydanticCustomError("path", f"must be as sent under {PLATFORM}, such as /events/* (a * is any text)")
    return value


class MatchBody(Closed):
    """What a rule strikes: all that is named must fit, and nothing named fits all.

    `path` is as sent under /api/v3, `*` stands for any text. `partner` is the one that the request names in its
    header, else the one that it is scoped to; for a job the package's; for a revoked token any of its user's. `nth`
    counts what else matches, from 1; `share` is the part of it that is struck, the same part for the same seed.
    """

    operation: Text | None = None
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] | None = None
    path: Annotated[Text, Field(max_length=2_000), AfterValidator(_path)] | None = None
    partner: Text | None = None
    nth: (
        Annotated[
            tuple[int, ...],
            BeforeValidator(_numbers),
            AfterValidator(_distinct_numbers),
            WithJsonSchema(
                {
                    "anyOf": [
                        {"type": "integer", "minimum": 1},
                        {
                            "type": "array",
                            "items": {"type": "integer", "minimum": 1},
                            "minItems": 1,
                            "maxItems": MOST_NUMBERS,
                            "uniqueItems": True,
                        },
                    ]
                }
            ),
        ]
        | None
    ) = None
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=True)] | None = None

    def match(self) -> Match:
        """The record."""
        return Match(self.operation, self.method, self.path, self.partner, self.nth or (), self.share)


class RuleBody(Closed):
    """One fault: what it strikes, what it does, and until when.

    `id` is its place where it is left out: `f1`, `f2`, ... It strikes at most `times` times and until the instant
    `until` of the workspace's clock; where neither is said, until it is removed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [SECOND_CALL, SLOW_PARTNER, MISSED_RUN]})

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_id)] | None = None
    match: Annotated[MatchBody, Field(default_factory=MatchBody)]
    effect: Annotated[EffectBody, AfterValidator(exactly_one)]
    times: Annotated[int, Field(ge=1, le=10**6), IN_BODY] | None = None
    until: Instant | None = None

    @property
    def ill_matched(self) -> list[str]:
        """What `match` names that the effect knows nothing of: a job is no request, and a run is the platform's."""
        kind = set_in(self.effect)[0]
        if kind not in JOB_EFFECTS:
            return []
        foreign = (*OF_REQUESTS, "partner") if kind == "attribution_run" else OF_REQUESTS
        return [name for name in foreign if getattr(self.match, name) is not None]


class FaultsOrder(Closed):
    """The rules that shall stand from now on, in their order; all that stood before are gone.

    `seed` decides which calls a `share` strikes and how long a latency is; left out it is the workspace's.
    """

    seed: Annotated[int, Field(ge=0, le=2**53), IN_BODY] | None = None
    rules: Annotated[list[RuleBody], Field(max_length=MOST_RULES)]


@closed
class RuleShown(TypedDict):
    """A rule as it was put, how many calls or jobs have matched it since, and how many of them it has struck.

    `milliseconds` is the sum of the latencies that it has drawn, whether anybody waited or not. `over` is whether it
    strikes no more.
    """

    id: str
    match: dict[str, Any]
    effect: dict[str, Any]
    times: int | None
    until: InstantText | None
    matched: int
    struck: int
    milliseconds: int
    over: bool


@closed
class FaultsBody(TypedDict):
    """The workspace's faults, in their order."""

    seed: int
    rules: list[RuleShown]
