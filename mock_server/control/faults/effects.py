"""Schemas of a fault's effect."""

from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from mock_server.domain.faults import MAX_DELAY_MILLISECONDS, AttributionRunFault, Drip, Effect, JobFault, Latency
from mock_server.http.fault_injection import ERRORS_BY_STATUS
from mock_server.http.fields import BODY_INTEGER, ClosedModel

MAX_EFFECT_BYTES = 2**20
MAX_DELAY_SECONDS = 3660 * 86_400
Model = TypeVar("Model", bound=BaseModel)
Milliseconds: TypeAlias = Annotated[int, Field(ge=0, le=MAX_DELAY_MILLISECONDS), BODY_INTEGER]


def members_set(model: BaseModel) -> list[str]:
    """Return the names of the members that are neither null nor false."""
    values = ((name, getattr(model, name)) for name in type(model).model_fields)
    return [name for name, value in values if value is not None and value is not False]


def require_exactly_one(model: Model) -> Model:
    """Return the model if exactly one of its members is set; raise PydanticCustomError otherwise."""
    names = ", ".join(type(model).model_fields)
    if len(members_set(model)) != 1:
        raise PydanticCustomError("one", f"must contain exactly one of: {names}")
    return model


def _require_known_status(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value not in ERRORS_BY_STATUS:
        raise PydanticCustomError("status", f"must be one of: {', '.join(map(str, ERRORS_BY_STATUS))}")
    return value


class UniformBody(ClosedModel):
    """A uniform distribution of milliseconds from `min` to `max`."""

    min: Milliseconds
    max: Milliseconds


class LognormalBody(ClosedModel):
    """A lognormal distribution of milliseconds, cut off at ten minutes.

    `sigma` is the standard deviation of the logarithm.
    """

    median: Annotated[int, Field(ge=1, le=MAX_DELAY_MILLISECONDS), BODY_INTEGER]
    sigma: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False, strict=True)]


def _require_ascending(uniform: UniformBody) -> UniformBody:
    if uniform.max < uniform.min:
        raise PydanticCustomError("range", "max must be at least min")
    return uniform


class LatencyBody(ClosedModel):
    """How long the response is delayed, in milliseconds of real time. Set exactly one member."""

    fixed: Annotated[int, Field(ge=1, le=MAX_DELAY_MILLISECONDS), BODY_INTEGER] | None = None
    uniform: Annotated[UniformBody, AfterValidator(_require_ascending)] | None = None
    lognormal: LognormalBody | None = None

    def to_latency(self) -> Latency:
        """Convert to the domain's record."""
        if self.uniform is not None:
            return Latency("uniform", self.uniform.min, max_milliseconds=self.uniform.max)
        if self.lognormal is not None:
            return Latency("lognormal", self.lognormal.median, sigma=self.lognormal.sigma)
        return Latency("fixed", self.fixed or 0)


class TruncateBody(ClosedModel):
    """Closes the connection after `after` bytes of the response body. The last byte of the body is never sent."""

    after: Annotated[int, Field(ge=0, le=MAX_EFFECT_BYTES), BODY_INTEGER]


class DripBody(ClosedModel):
    """Sends the response body in chunks of `bytes`, with pauses of `milliseconds` of real time between them."""

    bytes: Annotated[int, Field(ge=1, le=MAX_EFFECT_BYTES), BODY_INTEGER]
    milliseconds: Annotated[int, Field(ge=1, le=MAX_DELAY_MILLISECONDS), BODY_INTEGER]


class JobFaultBody(ClosedModel):
    """Makes a job fail, or delays it by `extra_seconds` of the workspace's clock. Set exactly one member."""

    fails: StrictBool = False
    extra_seconds: Annotated[int, Field(ge=1, le=MAX_DELAY_SECONDS), BODY_INTEGER] | None = None

    def to_job_fault(self) -> JobFault:
        """Convert to the domain's record."""
        return JobFault(self.fails, self.extra_seconds or 0)


class EffectBody(ClosedModel):
    """What a rule does to a request or a job. Set exactly one member."""

    status: (
        Annotated[
            int,
            BeforeValidator(_require_known_status),
            WithJsonSchema({"type": "integer", "enum": list(ERRORS_BY_STATUS)}),
        ]
        | None
    ) = None
    latency: Annotated[LatencyBody, AfterValidator(require_exactly_one)] | None = None
    reset: StrictBool = False
    truncate: TruncateBody | None = None
    drip: DripBody | None = None
    malformed: StrictBool = False
    evaluation: Annotated[JobFaultBody, AfterValidator(require_exactly_one)] | None = None
    build: Annotated[JobFaultBody, AfterValidator(require_exactly_one)] | None = None
    attribution_run: AttributionRunFault | None = None
    token: Literal["revoked"] | None = None

    def to_effect(self) -> Effect:
        """Convert to the domain's record."""
        return Effect(
            status=self.status,
            latency=None if self.latency is None else self.latency.to_latency(),
            reset=self.reset,
            truncate_after=None if self.truncate is None else self.truncate.after,
            drip=None if self.drip is None else Drip(self.drip.bytes, self.drip.milliseconds),
            malformed=self.malformed,
            evaluation=None if self.evaluation is None else self.evaluation.to_job_fault(),
            build=None if self.build is None else self.build.to_job_fault(),
            attribution_run=self.attribution_run,
            token=self.token,
        )
