"""What the bodies of a fault's effect look like."""

from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from mock_server.domain.faults import MOST_MILLISECONDS, Drip, Effect, Latency, Mishap
from mock_server.http.fault_injection import REFUSALS
from mock_server.http.fields import IN_BODY, Closed

MOST_BYTES = 2**20
LONGEST_DELAY = 3660 * 86_400
Model = TypeVar("Model", bound=BaseModel)
Milliseconds: TypeAlias = Annotated[int, Field(ge=0, le=MOST_MILLISECONDS), IN_BODY]


def set_in(model: BaseModel) -> list[str]:
    """The names of the members that say anything."""
    values = ((name, getattr(model, name)) for name in type(model).model_fields)
    return [name for name, value in values if value is not None and value is not False]


def exactly_one(model: Model) -> Model:
    """Refuse a model of which not exactly one member says anything."""
    names = ", ".join(type(model).model_fields)
    if len(set_in(model)) != 1:
        raise PydanticCustomError("one", f"must be exactly one of: {names}")
    return model


def _status(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value not in REFUSALS:
        raise PydanticCustomError("status", f"must be one of: {', '.join(map(str, REFUSALS))}")
    return value


class UniformBody(Closed):
    """Milliseconds, evenly from the least to the most."""

    least: Milliseconds
    most: Milliseconds


class LognormalBody(Closed):
    """Milliseconds with a long tail; `sigma` is the standard deviation of their logarithm. Ten minutes at most."""

    median: Annotated[int, Field(ge=1, le=MOST_MILLISECONDS), IN_BODY]
    sigma: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False, strict=True)]


def _ascending(uniform: UniformBody) -> UniformBody:
    if uniform.most < uniform.least:
        raise PydanticCustomError("range", "most must not be below least")
    return uniform


class LatencyBody(Closed):
    """How long the answer waits, in the machine's milliseconds; exactly one of the three."""

    fixed: Annotated[int, Field(ge=1, le=MOST_MILLISECONDS), IN_BODY] | None = None
    uniform: Annotated[UniformBody, AfterValidator(_ascending)] | None = None
    lognormal: LognormalBody | None = None

    def latency(self) -> Latency:
        """The record."""
        if self.uniform is not None:
            return Latency("uniform", self.uniform.least, most=self.uniform.most)
        if self.lognormal is not None:
            return Latency("lognormal", self.lognormal.median, sigma=self.lognormal.sigma)
        return Latency("fixed", self.fixed or 0)


class TruncateBody(Closed):
    """After how many bytes of the body the connection is closed; the last byte never leaves."""

    after: Annotated[int, Field(ge=0, le=MOST_BYTES), IN_BODY]


class DripBody(Closed):
    """How many bytes of the body leave at a time, with how long a pause between, in the machine's milliseconds."""

    bytes: Annotated[int, Field(ge=1, le=MOST_BYTES), IN_BODY]
    milliseconds: Annotated[int, Field(ge=1, le=MOST_MILLISECONDS), IN_BODY]


class MishapBody(Closed):
    """What befalls a job: it fails, or it takes so many seconds of the workspace's clock longer."""

    fails: StrictBool = False
    takes: Annotated[int, Field(ge=1, le=LONGEST_DELAY), IN_BODY] | None = None

    def mishap(self) -> Mishap:
        """The record."""
        return Mishap(self.fails, self.takes or 0)


class EffectBody(Closed):
    """What a rule does: exactly one of these."""

    status: (
        Annotated[int, BeforeValidator(_status), WithJsonSchema({"type": "integer", "enum": list(REFUSALS)})] | None
    ) = None
    latency: Annotated[LatencyBody, AfterValidator(exactly_one)] | None = None
    reset: StrictBool = False
    truncate: TruncateBody | None = None
    drip: DripBody | None = None
    malformed: StrictBool = False
    evaluation: Annotated[MishapBody, AfterValidator(exactly_one)] | None = None
    build: Annotated[MishapBody, AfterValidator(exactly_one)] | None = None
    attribution_run: Literal["missed", "twice"] | None = None
    token: Literal["revoked"] | None = None

    def effect(self) -> Effect:
        """The record."""
        return Effect(
            status=self.status,
            latency=None if self.latency is None else self.latency.latency(),
            reset=self.reset,
            truncate_after=None if self.truncate is None else self.truncate.after,
            drip=None if self.drip is None else Drip(self.drip.bytes, self.drip.milliseconds),
            malformed=self.malformed,
            evaluation=None if self.evaluation is None else self.evaluation.mishap(),
            build=None if self.build is None else self.build.mishap(),
            attribution_run=self.attribution_run,
            token=self.token,
        )
