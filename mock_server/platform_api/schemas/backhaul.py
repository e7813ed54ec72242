"""Evaluation settings, partner defaults and results on the wire."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, ValidationInfo, model_validator
from typing_extensions import TypedDict

from mock_server.domain.models import ClusterEvaluation, EvaluationModel, EvaluationSettings
from mock_server.http.fields import BODY_INTEGER, ClosedModel, Count, Day, DayText, Fraction, closed
from mock_server.state.quirks import Quirks

WindowInBody = Annotated[int, Field(ge=1, le=365), BODY_INTEGER]
Window = Annotated[int, Field(ge=1, le=365)]


class DefaultsBody(ClosedModel):
    """Rule: DEF-01."""

    backhaul_evaluation_attribution_window: WindowInBody
    backhaul_evaluation_model: EvaluationModel

    @model_validator(mode="before")
    @classmethod
    def _drop_ignored_email_date(cls, given: object, info: ValidationInfo) -> object:
        """Quirk `email_date_in_defaults_ignored`: the date is dropped in place of refused."""
        if isinstance(given, dict) and isinstance(info.context, Quirks) and info.context.email_date_in_defaults_ignored:
            return {name: value for name, value in given.items() if name != "email_sent_date"}
        return given

    def to_settings(self) -> EvaluationSettings:
        """The body as a record."""
        return EvaluationSettings(self.backhaul_evaluation_attribution_window, self.backhaul_evaluation_model)


class SettingsBody(ClosedModel):
    """Rule: BEV-02."""

    backhaul_evaluation_attribution_window: WindowInBody
    backhaul_evaluation_model: EvaluationModel
    email_sent_date: Day | None = None

    def to_settings(self) -> EvaluationSettings:
        """The body as a record. Rule: BEV-02 (left out means null)."""
        return EvaluationSettings(
            self.backhaul_evaluation_attribution_window, self.backhaul_evaluation_model, self.email_sent_date
        )


@closed
class DefaultsAnswer(TypedDict):
    """Rule: DEF-01."""

    backhaul_evaluation_attribution_window: Window
    backhaul_evaluation_model: EvaluationModel


@closed
class SettingsAnswer(TypedDict):
    """Rule: BEV-01."""

    backhaul_evaluation_attribution_window: Window
    backhaul_evaluation_model: EvaluationModel
    email_sent_date: DayText | None


@closed
class ClusterEvaluationBody(TypedDict):
    """Rule: BEV-05."""

    tc: str
    customers: Count
    items: Count
    purchase: Count
    conversion_rate: Fraction


def defaults_answer(record: EvaluationSettings) -> DefaultsAnswer:
    """A partner's defaults. Rule: DEF-01."""
    return {
        "backhaul_evaluation_attribution_window": record.attribution_window,
        "backhaul_evaluation_model": record.model,
    }


def settings_answer(record: EvaluationSettings) -> SettingsAnswer:
    """A package's settings. Rule: BEV-01."""
    return {
        "backhaul_evaluation_attribution_window": record.attribution_window,
        "backhaul_evaluation_model": record.model,
        "email_sent_date": None if record.email_sent_date is None else record.email_sent_date.isoformat(),
    }


def cluster_evaluation_bodies(records: Iterable[ClusterEvaluation]) -> list[ClusterEvaluationBody]:
    """A result, a row a cluster. Rule: BEV-05."""
    return [
        {
            "tc": record.tc,
            "customers": record.customers,
            "items": record.items,
            "purchase": record.purchase,
            "conversion_rate": record.conversion_rate,
        }
        for record in records
    ]
