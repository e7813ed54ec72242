"""Defects in a package's evaluation settings."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mock_server.domain.models import EvaluationModel
from mock_server.http.fields import BODY_INTEGER, Day
from mock_server.platform_api.schemas import backhaul as wire
from tests.defects.registry import Patch, defect

WINDOW, MODEL, SENT = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"
DETAILS_PATH_END = "/backhaul_evaluation_details"


def _replace_body_fields(patch: Patch, **fields: Any) -> None:
    """Replace fields of the body that saves settings."""
    body_model = type("SettingsBody", (wire.SettingsBody,), {"__annotations__": fields, "__module__": __name__})
    patch.replace(wire, "SettingsBody", body_model)


def _replace_window_field(patch: Patch, *kinds: Any) -> None:
    _replace_body_fields(patch, backhaul_evaluation_attribution_window=Annotated[int, *kinds])


def _change_shown_settings(patch: Patch, change: Any) -> None:
    patch.wrap(wire, "settings_answer", lambda original: lambda record: change(original(record)))


@defect("BEV-01")
def settings_lack_a_date_that_is_null(patch: Patch) -> None:
    """email_sent_date is omitted from the settings if it is null."""
    _change_shown_settings(patch, lambda body: {name: value for name, value in body.items() if value is not None})


@defect("BEV-01")
def a_window_is_shown_as_text(patch: Patch) -> None:
    """The window is returned as a string."""
    _change_shown_settings(patch, lambda body: {**body, WINDOW: str(body[WINDOW])})


@defect("BEV-01", part="BEV-01.read")
def a_window_is_shown_as_a_fraction(patch: Patch) -> None:
    """The window is returned as a float, 30.0."""
    _change_shown_settings(patch, lambda body: {**body, WINDOW: float(body[WINDOW])})


@defect("BASE-04", "BEV-01")
def a_date_is_shown_as_an_instant(patch: Patch) -> None:
    """`email_sent_date` is returned with a time of day."""
    _change_shown_settings(patch, lambda body: {**body, SENT: body[SENT] and f"{body[SENT]}T00:00:00Z"})


@defect("BEV-01")
def a_model_is_shown_in_lower_case(patch: Patch) -> None:
    """The model is returned in lower case."""
    _change_shown_settings(patch, lambda body: {**body, MODEL: body[MODEL].lower()})


@defect("BEV-01")
def settings_tell_their_status(patch: Patch) -> None:
    """The settings contain an undocumented field, `status`."""
    _change_shown_settings(patch, lambda body: {**body, "status": "RUNNING"})


@defect("BEV-02")
def a_window_of_0_is_taken(patch: Patch) -> None:
    """A window of 0 days is accepted."""
    _replace_window_field(patch, Field(ge=0, le=365), BODY_INTEGER)
    patch.replace(wire, "Window", int)


@defect("BEV-02")
def a_negative_window_is_taken(patch: Patch) -> None:
    """A negative window is accepted."""

    def forward(days: int) -> int:
        return abs(days) or 400

    _replace_window_field(patch, Field(le=365), BODY_INTEGER, AfterValidator(forward), Field(le=365))


@defect("BEV-02")
def a_window_of_366_is_taken(patch: Patch) -> None:
    """A window of 366 days is accepted."""
    _replace_window_field(patch, Field(ge=1, le=366), BODY_INTEGER)


@defect("BEV-02")
def a_window_is_cut_to_bounds(patch: Patch) -> None:
    """A window that is too small or too large is replaced by the nearest bound."""
    _replace_window_field(patch, BODY_INTEGER, AfterValidator(lambda days: max(1, min(365, days))))


@defect("BEV-02")
def a_window_of_half_days_is_taken(patch: Patch) -> None:
    """A window of 7.5 days is read as 7."""
    _replace_window_field(
        patch, Field(ge=1, le=365), BeforeValidator(lambda days: int(days) if isinstance(days, float) else days)
    )


@defect("BEV-02")
def a_window_as_text_is_taken(patch: Patch) -> None:
    """A window of `"7"`, a string, is read as 7 days."""
    text = BeforeValidator(lambda days: int(days) if isinstance(days, str) and days else days)
    _replace_window_field(patch, Field(ge=1, le=365), BODY_INTEGER, text)


@defect("BEV-02")
def a_window_of_true_is_taken(patch: Patch) -> None:
    """A window of `true` is read as 1 day, because `True` is an integer in Python."""
    one = BeforeValidator(lambda days: int(days) if isinstance(days, bool) else days)
    _replace_window_field(patch, Field(ge=1, le=365), BODY_INTEGER, one)


@defect("BEV-02")
def a_window_that_is_left_out_is_30(patch: Patch) -> None:
    """The window may be omitted in a PUT; it is then 30 days."""

    class Optional(wire.SettingsBody):
        backhaul_evaluation_attribution_window: wire.WindowInBody = 30

    patch.replace(wire, "SettingsBody", Optional)


@defect("BEV-02")
def a_model_that_is_left_out_is_the_first(patch: Patch) -> None:
    """The model may be omitted in a PUT; it is then ALL_PURCHASES."""

    class Optional(wire.SettingsBody):
        backhaul_evaluation_model: EvaluationModel = "ALL_PURCHASES"

    patch.replace(wire, "SettingsBody", Optional)


@defect("BEV-02")
def a_model_in_another_case_is_taken(patch: Patch) -> None:
    """A model is converted to upper case before it is validated."""

    class Raised(wire.SettingsBody):
        @model_validator(mode="before")
        @classmethod
        def _raised(cls, given: Any) -> Any:
            model = given.get(MODEL) if isinstance(given, dict) else None
            return {**given, MODEL: model.upper()} if isinstance(model, str) else given

    patch.replace(wire, "SettingsBody", Raised)


@defect("BEV-02")
def a_date_may_be_an_instant(patch: Patch) -> None:
    """`email_sent_date` may contain a time of day, which is ignored."""

    def cut(value: Any) -> Any:
        return value[:10] if isinstance(value, str) else value

    _replace_body_fields(patch, email_sent_date=Annotated[wire.Day | None, BeforeValidator(cut)])


@defect("BEV-02")
def a_date_that_is_none_is_dropped(patch: Patch) -> None:
    """An `email_sent_date` that is not a date is read as null."""

    def read(value: Any) -> Any:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            return None

    _replace_body_fields(patch, email_sent_date=Annotated[date | None, BeforeValidator(read)])


@defect("BEV-02")
def a_date_may_be_a_number(patch: Patch) -> None:
    """email_sent_date also accepts a number of seconds since 1970."""
    _replace_body_fields(patch, email_sent_date=date | None)


@defect("BEV-02")
def a_put_needs_a_date(patch: Patch) -> None:
    """`email_sent_date` may be null but not left out of a PUT."""
    _replace_body_fields(patch, email_sent_date=Day | None)
