"""Schemas of fault rules."""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.control.faults.effects import EffectBody, members_set, require_exactly_one
from mock_server.control.schemas import Timestamp, schema_of
from mock_server.domain.faults import JOB_EFFECTS, Match
from mock_server.http.endpoint import PLATFORM_PREFIX
from mock_server.http.fields import BODY_INTEGER, ClosedModel, Text, TimestampText, closed, parse_body_integer

ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
MatchedMethod: TypeAlias = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
MAX_RULES = 100
MAX_NUMBERS = 1_000
MAX_NUMBER = 10**9
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
    """Parse a number or a list of numbers."""
    numbers = value if isinstance(value, list) else [value]
    return tuple(parse_body_integer(number) for number in numbers)


def _require_distinct_numbers(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if not numbers or len(numbers) > MAX_NUMBERS or len(set(numbers)) < len(numbers):
        raise PydanticCustomError("nth", f"must be 1 to {MAX_NUMBERS} distinct numbers, each 1 or more")
    if min(numbers) < 1 or max(numbers) > MAX_NUMBER:
        raise PydanticCustomError("nth", f"must be numbers from 1 to {MAX_NUMBER}")
    return numbers


def _require_valid_id(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise PydanticCustomError("id", "must be 1 to 64 characters of A-Z a-z 0-9 . _ -")
    return value


def _require_platform_path(value: str) -> str:
    if not value.startswith(("/", "*")) or value.startswith(f"{PLATFORM_PREFIX}/"):
        raise PydanticCustomError(
            "path", f"must be a path without {PLATFORM_PREFIX}, such as /events/* (* matches any text)"
        )
    return value


class MatchBody(ClosedModel):
    """Selects the requests or jobs that a rule applies to. All given members must match.

    `path` is the path after /api/v3; `*` matches any text. `partner` is the partner in the request's header, else the
    partner that the request is scoped to. For a job, `partner` is compared with the package's partner; for a revoked
    token, with all partners of the token's user. `nth` selects requests or jobs by position, from 1, among the requests
    or jobs that match the other members. `fraction` selects this fraction of them, 0 to 1; the seed decides which.
    """

    operation: Text | None = None
    method: MatchedMethod | None = None
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
        """Convert to the domain's record."""
        return Match(self.operation, self.method, self.path, self.partner, self.nth or (), self.fraction)


class FaultRuleRequest(ClosedModel):
    """A fault rule: what it applies to (`match`), what it does (`effect`), and when it expires.

    It is applied at most `times` times, and only before `until` on the workspace's clock. If neither is given, it
    applies until it is removed. `id` defaults to the rule's position: `f1`, `f2` and so on.
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
        """The members of `match` that do not apply: a job has no request, and an attribution run has no partner."""
        kind = members_set(self.effect)[0]
        if kind not in JOB_EFFECTS:
            return []
        inapplicable = (*REQUEST_MEMBERS, "partner") if kind == "attribution_run" else REQUEST_MEMBERS
        return [name for name in inapplicable if getattr(self.match, name) is not None]


class FaultsRequest(ClosedModel):
    """All the fault rules of the workspace, in order. They replace the current rules.

    `seed` decides which requests a `fraction` selects and how long each latency is. The default is the workspace's
    seed.
    """

    seed: Annotated[int, Field(ge=0, le=2**53), BODY_INTEGER] | None = None
    rules: Annotated[list[FaultRuleRequest], Field(max_length=MAX_RULES)]


@closed
class FaultRuleBody(TypedDict):
    """A fault rule and its counters: how many requests or jobs `matched`, and to how many it was `applied`.

    `milliseconds` is the sum of the drawn latencies, including latencies that were skipped because the clock is frozen.
    `expired` is true if the rule is not applied any more.
    """

    id: str
    match: Annotated[dict[str, Any], schema_of(MatchBody)]
    effect: Annotated[dict[str, Any], schema_of(EffectBody)]
    times: int | None
    until: TimestampText | None
    matched: int
    applied: int
    milliseconds: int
    expired: bool


@closed
class FaultsBody(TypedDict):
    """The fault rules of the workspace, in order."""

    seed: int
    rules: list[FaultRuleBody]
