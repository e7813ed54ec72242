"""What the bodies and answers about faults look like."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.control.faults.effects import EffectBody, members_set, require_exactly_one
from mock_server.control.schemas import Timestamp
from mock_server.domain.faults import JOB_EFFECTS, Match
from mock_server.http.endpoint import PLATFORM_PREFIX
from mock_server.http.fields import BODY_INTEGER, ClosedModel, Text, TimestampText, closed, parse_body_integer

ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
MAX_RULES = 100
MAX_NUMBERS = 1_000
REQUEST_MEMBERS = ("operation", "method", "path")
SECOND_CALL_EXAMPLE: JsonDict = {
    "id": "second-read",
    "match": {"operation": "listPackages", "nth": 2},
    "effect": {"status": 503},
    "times": 1,
}
SLOW_PARTNER_EXAMPLE: JsonDict = {
    "match": {"partner": "partner-id-acme", "fraction": 0.25},
    "effect": {"latency": {"uniform": {"min": 100, "max": 400}}},
    "until": "2026-09-01T13:00:00Z",
}
MISSED_RUN_EXAMPLE: JsonDict = {"effect": {"attribution_run": "missed"}, "times": 1}


def _parse_numbers(value: object) -> object:
    """One number is a list of one."""
    numbers = value if isinstance(value, list) else [value]
    return tuple(parse_body_integer(number) for number in numbers)


def _require_distinct_numbers(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if not numbers or len(numbers) > MAX_NUMBERS or len(set(numbers)) < len(numbers) or min(numbers) < 1:
        raise PydanticCustomError("nth", f"must be 1 to {MAX_NUMBERS} different numbers from 1 on")
    return numbers


def _require_valid_id(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise PydanticCustomError("id", "must be 1 to 64 of A-Z a-z 0-9 . _ -")
    return value


def _require_platform_path(value: str) -> str:
    if not value.startswith(("/", "*")) or value.startswith(f"{PLATFORM_PREFIX}/"):
        raise PydanticCustomError(
            "path", f"must be as sent under {PLATFORM_PREFIX}, such as /events/* (a * is any text)"
        )
    return value


class MatchBody(ClosedModel):
    """What a rule strikes: all that is named must fit, and nothing named fits all.

    `path` is as sent under /api/v3, `*` stands for any text. `partner` is the one that the request names in its
    header, else the one that it is scoped to; for a job the package's; for a revoked token any of its user's. `nth`
    counts what else matches, from 1; `share` is the part of it that is struck, the same part for the same seed.
    """

    operation: Text | None = None
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] | None = None
    path: Annotated[Text, Field(max_length=2_000), AfterValidator(_require_platform_path)] | None = None
    partner: Text | None = None
    nth: (
        Annotated[
            tuple[int, ...],
            BeforeValidator(_parse_numbers),
            AfterValidator(_require_distinct_numbers),
            WithJsonSchema(
                {
                    "anyOf": [
                        {"type": "integer", "minimum": 1},
                        {
                            "type": "array",
                            "items": {"type": "integer", "minimum": 1},
                            "minItems": 1,
                            "maxItems": MAX_NUMBERS,
                            "uniqueItems": True,
                        },
                    ]
                }
            ),
        ]
        | None
    ) = None
    fraction: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=True)] | None = None

    def to_match(self) -> Match:
        """The record."""
        return Match(self.operation, self.method, self.path, self.partner, self.nth or (), self.fraction)


class FaultRuleRequest(ClosedModel):
    """One fault: what it strikes, what it does, and until when.

    `id` is its place where it is left out: `f1`, `f2`, ... It strikes at most `times` times and until the instant
    `until` of the workspace's clock; where neither is said, until it is removed.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [SECOND_CALL_EXAMPLE, SLOW_PARTNER_EXAMPLE, MISSED_RUN_EXAMPLE]}
    )

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_require_valid_id)] | None = None
    match: Annotated[MatchBody, Field(default_factory=MatchBody)]
    effect: Annotated[EffectBody, AfterValidator(require_exactly_one)]
    times: Annotated[int, Field(ge=1, le=10**6), BODY_INTEGER] | None = None
    until: Timestamp | None = None

    @property
    def inapplicable_members(self) -> list[str]:
        """What `match` names that the effect knows nothing of: a job is no request, and a run is the platform's."""
        kind = members_set(self.effect)[0]
        if kind not in JOB_EFFECTS:
            return []
        inapplicable = (*REQUEST_MEMBERS, "partner") if kind == "attribution_run" else REQUEST_MEMBERS
        return [name for name in inapplicable if getattr(self.match, name) is not None]


class FaultsRequest(ClosedModel):
    """The rules that shall stand from now on, in their order; all that stood before are gone.

    `seed` decides which calls a `share` strikes and how long a latency is; left out it is the workspace's.
    """

    seed: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    rules: Annotated[list[FaultRuleRequest], Field(max_length=MAX_RULES)]


@closed
class FaultRuleBody(TypedDict):
    """A rule as it was put, how many calls or jobs have matched it since, and how many of them it has struck.

    `milliseconds` is the sum of the latencies that it has drawn, whether anybody waited or not. `over` is whether it
    strikes no more.
    """

    id: str
    match: dict[str, Any]
    effect: dict[str, Any]
    times: int | None
    until: TimestampText | None
    matched: int
    applied: int
    milliseconds: int
    expired: bool


@closed
class FaultsBody(TypedDict):
    """The workspace's faults, in their order."""

    seed: int
    rules: list[FaultRuleBody]
