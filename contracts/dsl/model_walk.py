"""An event whose Lookout model is set to each model in turn: what the responses and the next reads show.

Several properties judge the same walk. A step contains the responses as they came, so that a property judges only those
that it is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from contracts.dsl import assertions
from contracts.dsl.lookout_model import LookoutModel, preserve_lookout_model
from contracts.dsl.measurements import read_once
from contracts.dsl.series import list_by_series, read_series
from contracts.dsl.steps import (
    Row,
    list_event_ids,
    list_packages,
    read_evaluation,
    read_lookout_model,
    read_settings,
)
from contracts.target.deployment import Deployment

PACKAGES_READ = 5
META = "META"


@dataclass(slots=True)
class ModelStep:
    """A model, the response to its PUT, and what was read next. `report` is Meta's report, read under META only."""

    model: str
    put: httpx2.Response
    revenue: httpx2.Response
    stored: httpx2.Response
    report: httpx2.Response | None

    def expect_set(self) -> httpx2.Response:
        """Return the response to the PUT, which must be accepted."""
        assertions.step_status(self.put, 200)
        return self.put

    def read_model(self) -> str:
        """Return the model that was read after the PUT."""
        self.expect_set()
        assertions.step_status(self.stored, 200)
        return str(self.stored.json()["model"])

    def read_summary(self) -> Row:
        """Return the daily revenue that was read after the PUT."""
        self.expect_set()
        assertions.step_status(self.revenue, 200)
        return dict(self.revenue.json())

    def read_report(self) -> list[Row]:
        """Return Meta's report that was read after the PUT of META."""
        self.expect_set()
        assert self.report is not None  # noqa: S101 - the callers pass the step of META
        assertions.step_status(self.report, 200)
        return list(self.report.json())


@dataclass(frozen=True, slots=True)
class ModelWalk:
    """The steps of an event.

    `original` is the model before them, and `first` the response with the daily revenue under it. The last step sets it
    again.
    """

    event: str
    original: str
    first: httpx2.Response
    steps: Sequence[ModelStep]

    def read_first(self) -> Row:
        """Return the daily revenue before the steps."""
        assertions.step_status(self.first, 200)
        return dict(self.first.json())

    def find(self, model: str) -> ModelStep:
        """Return the step of a model."""
        return next(step for step in self.steps if step.model == model)


def walk_models(deployment: Deployment, event: str) -> ModelWalk:
    """Return the walk over the models of an event. The first use sets them, and restores the event's model."""
    return read_once(deployment, f"models of {event}", lambda: _walk(deployment, event))


def _walk(deployment: Deployment, event: str) -> ModelWalk:
    with preserve_lookout_model(deployment.partner, event) as lookout:
        first = deployment.partner.call("getDailyRevenueSummary", query={"event_id": event})
        steps = [_take_step(deployment, lookout, model) for model in lookout.order]
    return ModelWalk(event, lookout.original, first, steps)


def _take_step(deployment: Deployment, lookout: LookoutModel, model: str) -> ModelStep:
    client, path = deployment.partner, {"eid": lookout.event_id}
    return ModelStep(
        model,
        lookout.put(model),
        client.call("getDailyRevenueSummary", query={"event_id": lookout.event_id}),
        client.call("getEventAttributionModel", path),
        client.call("getMetaInsights", path) if model == META else None,
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is read beside an event's model: other events' models, the partner's default, and what packages have."""

    models: dict[str, str]
    default: object
    packages: dict[str, tuple[Row, list[Row]]]


@dataclass(frozen=True, slots=True)
class SurroundingsWalk:
    """What surrounds an event before its model is set to each model, and after each, by model."""

    event: str
    before: Surroundings
    after: dict[str, Surroundings]


def walk_surroundings(deployment: Deployment) -> SurroundingsWalk:
    """Return what surrounds an event while its models are set. The first use sets them, and restores the model."""
    return read_once(deployment, "surroundings of a model", lambda: _walk_surroundings(deployment))


def _walk_surroundings(deployment: Deployment) -> SurroundingsWalk:
    event, sisters = _pick_event(deployment)
    others = deployment.sample([each for each in list_event_ids(deployment, 5) if each not in (event, *sisters)], 2)
    others += sisters[:1]
    packages = deployment.sample([str(row["id"]) for row in list_packages(deployment.partner)][:PACKAGES_READ], 2)
    after = {}
    with preserve_lookout_model(deployment.partner, event) as lookout:
        before = _read_surroundings(deployment, others, packages)
        for model in lookout.order:
            lookout.set(model)
            after[model] = _read_surroundings(deployment, others, packages)
    return SurroundingsWalk(event, before, after)


def _pick_event(deployment: Deployment) -> tuple[str, list[str]]:
    """Return an event and the others of its series: one that has a series, if the partner has such an event."""
    *_, event = list_by_series(deployment)
    return event, read_series(deployment.partner, event)


def _read_surroundings(deployment: Deployment, events: Sequence[str], packages: Sequence[str]) -> Surroundings:
    client = deployment.partner
    return Surroundings(
        {event: read_lookout_model(client, event) for event in events},
        assertions.read_body(client.call("getPartner")).get("attribution_model_default"),
        {package: (read_settings(client, package), read_evaluation(client, package)) for package in packages},
    )
