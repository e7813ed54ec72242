"""Request and response formats of evaluation settings, partner defaults and evaluation results."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from mock_server.domain.models import ClusterEvaluation, EvaluationModel, EvaluationSettings
from mock_server.http.fields import BODY_INTEGER, ClosedModel, Count, Day, DayText, Fraction, closed
from mock_server.state.quirks import Quirks

WindowInBody = Annotated[int, Field(ge=1, le=365), BODY_INTEGER]
Window = Annotated[int, Field(ge=1, le=365)]


def refuse_email_date(value: object) -> object:
    """Raise an error for any value but null: only packages have a date. See: DEF-01."""
    if value is not None:
        raise PydanticCustomError("date", "the defaults cannot have a date; set it on each package instead")
    return value


class DefaultsBody(ClosedModel):
    """Request body that sets a partner's evaluation defaults. See: DEF-01."""

    backhaul_evaluation_attribution_window: WindowInBody
    backhaul_evaluation_model: EvaluationModel
    email_sent_date: Annotated[None, BeforeValidator(refuse_email_date)] = None

    @model_validator(mode="before")
    @classmethod
    def _drop_ignored_email_date(cls, given: object, info: ValidationInfo) -> object:
        """Drop `email_sent_date` if quirk `email_date_in_defaults_ignored` is on. Otherwise a date is refused."""
        if isinstance(given, dict) and isinstance(info.context, Quirks) and info.context.email_date_in_defaults_ignored:
            return {name: value for name, value in given.items() if name != "email_sent_date"}
        return given

    def to_settings(self) -> EvaluationSettings:
        """Convert the body to a record."""
        return EvaluationSettings(self.backhaul_evaluation_attribution_window, self.backhaul_evaluation_model)


class SettingsBody(ClosedModel):
    """Request body that replaces a package's evaluation settings. See: BEV-02."""

    backhaul_evaluation_attribution_window: WindowInBody
    backhaul_evaluation_model: EvaluationModel
    email_sent_date: Day | None = None

    def to_settings(self) -> EvaluationSettings:
        """Convert the body to a record. See: BEV-02 (an omitted date means null)."""
        return EvaluationSettings(
            self.backhaul_evaluation_attribution_window, self.backhaul_evaluation_model, self.email_sent_date
        )


@closed
class DefaultsAnswer(TypedDict):
    """Response body: a partner's evaluation defaults. See: DEF-01."""

    backhaul_evaluation_attribution_window: Window
    backhaul_evaluation_model: EvaluationModel


@closed
class SettingsAnswer(TypedDict):
    """Response body: a package's evaluation settings. See: BEV-01."""

    backhaul_evaluation_attribution_window: Window
    backhaul_evaluation_model: EvaluationModel
    email_sent_date: DayText | None


@closed
class ClusterEvaluationBody(TypedDict):
    """One cluster in an evaluation result. See: BEV-05."""

    tc: str
    customers: Count
    items: Count
    purchase: Count
    conversion_rate: Fraction


def defaults_answer(record: EvaluationSettings) -> DefaultsAnswer:
    """Build the response body for a partner's defaults. See: DEF-01."""
    return {
        "backhaul_evaluation_attribution_window": record.attribution_window,
        "backhaul_evaluation_model": record.model,
    }


def settings_answer(record: EvaluationSettings) -> SettingsAnswer:
    """Build the response body for a package's settings.

    Implements: BEV-01.
    """
    return {
        "backhaul_evaluation_attribution_window": record.attribution_window,
        "backhaul_evaluation_model": record.model,
        "email_sent_date": None if record.email_sent_date is None else record.email_sent_date.isoformat(),
    }


def cluster_evaluation_bodies(records: Iterable[ClusterEvaluation]) -> list[ClusterEvaluationBody]:
    """Build the rows of an evaluation result, one for each cluster. See: BEV-05."""
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
