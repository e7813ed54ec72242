"""Defects in a partner's backhaul defaults."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from mock_server.domain import packages as rules
from mock_server.domain.models import EvaluationModel, EvaluationSettings, PartnerDefaults
from mock_server.http.fields import BODY_INTEGER, ClosedModel
from mock_server.http.responses import EmptyResponse
from mock_server.http.router import OperationRouter
from mock_server.operations import due_jobs, partners
from mock_server.platform_api.schemas import backhaul as wire
from tests.defects.registry import Patch, defect

WINDOW, MODEL, SENT = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"


def _replace_body_fields(patch: Patch, **fields: Any) -> None:
    """Replace fields of the body that sets defaults."""
    body_model = type("DefaultsBody", (wire.DefaultsBody,), {"__annotations__": fields, "__module__": __name__})
    patch.replace(wire, "DefaultsBody", body_model)


@defect("DEF-01")
def the_first_default_is_all_purchases(patch: Patch) -> None:
    """A partner that has set no defaults gets the model ALL_PURCHASES."""
    patch.replace(rules, "DEFAULT_SETTINGS", EvaluationSettings(30, "ALL_PURCHASES"))


@defect("DEF-01")
def defaults_have_a_date_of_null(patch: Patch) -> None:
    """The defaults in a response have `email_sent_date`, as the settings of a package do; it is null."""
    patch.wrap(wire, "defaults_answer", lambda original: lambda record: {**original(record), SENT: None})


@defect("DEF-01")
def the_first_default_window_is_14_days(patch: Patch) -> None:
    """A partner that has set no defaults gets a window of 14 days."""
    patch.replace(rules, "DEFAULT_SETTINGS", EvaluationSettings(14, "EVENTS_FROM_PACKAGE"))


@defect("DEF-01")
def defaults_are_set_by_put(patch: Patch) -> None:
    """Defaults can be set by PUT as well, as the settings of a package are."""

    def wrap(original: Any) -> Any:
        def operation(self: Any, path: str, method: str) -> Any:
            put = method == "PUT" and path.endswith("/backhaul_attribution_details")
            return original(self, path, "POST" if put else method)

        return operation

    patch.wrap(OperationRouter, "match", wrap)


@defect("DEF-01")
def defaults_are_answered_and_not_stored(patch: Patch) -> None:
    """POST returns the new defaults but does not store them."""
    patch.replace(partners, "set_backhaul_defaults", lambda call, partner_id, settings: settings)


@defect("DEF-01")
def the_defaults_before_are_answered(patch: Patch) -> None:
    """POST returns the previous defaults instead of the new ones."""

    def set_defaults(original: Any) -> Any:
        def set_and_return_old(call: Any, partner_id: str, settings: Any) -> Any:
            before = partners.current_defaults(call)
            original(call, partner_id, settings)
            return before

        return set_and_return_old

    patch.wrap(partners, "set_backhaul_defaults", set_defaults)


@defect("DEF-01")
def setting_defaults_answers_nothing(patch: Patch) -> None:
    """POST returns 204 without a body."""
    patch.replace(wire, "defaults_answer", lambda record: EmptyResponse(204))


@defect("DEF-01")
def only_the_window_of_the_defaults_is_stored(patch: Patch) -> None:
    """POST stores the new window but keeps the old model."""

    def wrap(original: Any) -> Any:
        def set_defaults(call: Any, partner_id: str, settings: Any) -> Any:
            return original(call, partner_id, replace(settings, model=partners.current_defaults(call).model))

        return set_defaults

    patch.wrap(partners, "set_backhaul_defaults", wrap)


@defect("DEF-01")
def a_default_model_in_lower_case_is_taken(patch: Patch) -> None:
    """A model is converted to upper case before it is validated."""

    class Raised(wire.DefaultsBody):
        @model_validator(mode="before")
        @classmethod
        def _raised(cls, given: Any) -> Any:
            model = given.get(MODEL) if isinstance(given, dict) else None
            return {**given, MODEL: model.upper()} if isinstance(model, str) else given

    patch.replace(wire, "DefaultsBody", Raised)


@defect("DEF-01")
def defaults_without_a_model_are_taken(patch: Patch) -> None:
    """The model may be left out; it is then EVENTS_FROM_PACKAGE."""

    class Optional(wire.DefaultsBody):
        backhaul_evaluation_model: EvaluationModel = "EVENTS_FROM_PACKAGE"

    patch.replace(wire, "DefaultsBody", Optional)


@defect("DEF-01")
def a_default_window_of_0_is_taken(patch: Patch) -> None:
    """A default window of 0 days is accepted."""
    _replace_body_fields(
        patch, backhaul_evaluation_attribution_window=Annotated[int, Field(ge=0, le=365), BODY_INTEGER]
    )


@defect("DEF-01")
def a_default_window_of_366_is_taken(patch: Patch) -> None:
    """A default window of 366 days is accepted."""
    _replace_body_fields(
        patch, backhaul_evaluation_attribution_window=Annotated[int, Field(ge=1, le=366), BODY_INTEGER]
    )


@defect("DEF-01")
def a_default_window_is_cut_to_bounds(patch: Patch) -> None:
    """A default window that is too small or too large is replaced by the nearest bound."""

    def cut(days: int) -> int:
        return max(1, min(365, days))

    _replace_body_fields(
        patch, backhaul_evaluation_attribution_window=Annotated[int, BODY_INTEGER, AfterValidator(cut)]
    )


@defect("DEF-01")
def a_default_window_may_be_text(patch: Patch) -> None:
    """A default window may also be a string, `"7"`."""
    _replace_body_fields(patch, backhaul_evaluation_attribution_window=Annotated[int, Field(ge=1, le=365)])


class _DefaultsWithDate(ClosedModel):
    """The body that sets defaults, with a date that is ignored."""

    backhaul_evaluation_attribution_window: wire.WindowInBody
    backhaul_evaluation_model: EvaluationModel
    email_sent_date: date | None = None

    def to_settings(self) -> EvaluationSettings:
        return EvaluationSettings(self.backhaul_evaluation_attribution_window, self.backhaul_evaluation_model)


@defect("DEF-01")
def a_date_in_the_defaults_is_dropped(patch: Patch) -> None:
    """`email_sent_date` in the defaults is accepted and ignored, even if the quirk is off."""
    patch.replace(wire, "DefaultsBody", _DefaultsWithDate)


@defect("DEF-01")
def a_date_of_null_in_the_defaults_is_refused(patch: Patch) -> None:
    """email_sent_date in the defaults is an unknown field, even if it is null."""

    def refuse(value: object) -> object:
        raise PydanticCustomError("unknown", "is not known")

    class Dateless(wire.DefaultsBody):
        email_sent_date: Annotated[None, BeforeValidator(refuse)] = None

    patch.replace(wire, "DefaultsBody", Dateless)


@defect("DEF-01")
def the_older_side_of_defaults_is_not_played(patch: Patch) -> None:
    """The quirk `email_date_in_defaults_ignored` does nothing."""

    class Deaf(ClosedModel):
        backhaul_evaluation_attribution_window: wire.WindowInBody
        backhaul_evaluation_model: EvaluationModel
        email_sent_date: None = None

        def to_settings(self) -> EvaluationSettings:
            return EvaluationSettings(self.backhaul_evaluation_attribution_window, self.backhaul_evaluation_model)

    patch.replace(wire, "DefaultsBody", Deaf)


def _after_setting_defaults(patch: Patch, change: Any) -> None:
    """Run `change(call, package, settings)` for each of the partner's packages when its defaults have been set."""

    def wrap(original: Any) -> Any:
        def set_defaults(call: Any, partner_id: str, settings: Any) -> Any:
            for package in list(call.store.packages.group("partner", partner_id)):
                change(call, package, settings)
            return original(call, partner_id, settings)

        return set_defaults

    patch.wrap(partners, "set_backhaul_defaults", wrap)


@defect("DEF-02")
def defaults_leak_into_packages_that_exist(patch: Patch) -> None:
    """New defaults are also applied to the partner's existing packages."""
    _after_setting_defaults(
        patch, lambda call, package, settings: call.store.packages.put(replace(package, settings=settings), call.cause)
    )


@defect("DEF-02")
def defaults_leak_into_packages_that_build(patch: Patch) -> None:
    """New defaults are also applied to packages that are still being built."""
    _after_setting_defaults(
        patch,
        lambda call, package, settings: (
            package.status in ("INITIALIZING", "INPROGRESS")
            and call.store.packages.put(replace(package, settings=settings), call.cause)
        ),
    )


@defect("DEF-02")
def defaults_leak_into_expired_packages(patch: Patch) -> None:
    """New defaults are also applied to expired packages."""
    _after_setting_defaults(
        patch,
        lambda call, package, settings: (
            package.status == "EXPIRED" and call.store.packages.put(replace(package, settings=settings), call.cause)
        ),
    )


@defect("DEF-02")
def defaults_are_read_when_a_package_is_built(patch: Patch) -> None:
    """A package copies the defaults when its build ends, instead of when it is created."""

    def stage(original: Any) -> Any:
        def advance(workspace: Any, job: Any, cause: Any) -> None:
            original(workspace, job, cause)
            package = workspace.store.packages.get(job.subject)
            posted = workspace.store.defaults.get(package.partner_id)
            if package.status == "DONE" and posted is not None:
                workspace.store.packages.put(replace(package, settings=posted.settings), cause)

        return advance

    patch.replace(
        due_jobs,
        "JOB_HANDLERS",
        {**due_jobs.JOB_HANDLERS, "package_stage": stage(due_jobs.JOB_HANDLERS["package_stage"])},
    )


@defect("DEF-02")
def new_packages_start_with_the_platforms_defaults(patch: Patch) -> None:
    """A new package always starts with 30 days and EVENTS_FROM_PACKAGE, whatever the partner's defaults are."""
    patch.wrap(
        rules,
        "new",
        lambda original: (
            lambda order, identity, partner_id, _, now: original(
                order, identity, partner_id, rules.DEFAULT_SETTINGS, now
            )
        ),
    )


@defect("DEF-02")
def the_first_defaults_hold_for_ever(patch: Patch) -> None:
    """Only the first POST of defaults affects new packages; later ones do not."""
    first: dict[tuple[object, str], Any] = {}

    def wrap(original: Any) -> Any:
        def set_defaults(call: Any, partner_id: str, settings: Any) -> Any:
            first.setdefault((call.workspace, partner_id), settings)
            return original(call, partner_id, settings)

        return set_defaults

    def wrap_create(original: Any) -> Any:
        def start(call: Any, order: Any) -> Any:
            package = original(call, order)
            settings = first.get((call.workspace, call.partner_id), package.settings)
            call.store.packages.put(replace(package, settings=settings), call.cause)
            return call.store.packages.get(package.id)

        return start

    from mock_server.operations import packages

    patch.wrap(partners, "set_backhaul_defaults", wrap)
    patch.wrap(packages, "_create", wrap_create)


@defect("DEF-02")
def defaults_evaluate_every_package(patch: Patch) -> None:
    """A change of defaults starts an evaluation of every package of the partner."""

    def evaluate(call: Any, package: Any, _: Any) -> None:
        if package.status == "DONE":
            delay = timedelta(seconds=2)
            call.workspace.schedule("evaluation", package.id, call.now + delay, generation=package.revision)

    _after_setting_defaults(patch, evaluate)


@defect("PART-04")
def another_partners_defaults_are_read(patch: Patch) -> None:
    """A user can read the defaults of any partner whose id is put in the path."""

    def read(call: Any, partner_id: str) -> Any:
        posted = call.store.defaults.get(partner_id)
        return posted.settings if posted else rules.DEFAULT_SETTINGS

    patch.replace(partners, "get_backhaul_defaults", read)


@defect("PART-04")
def another_partners_defaults_are_set(patch: Patch) -> None:
    """A user can set the defaults of any partner whose id is put in the path."""

    def write(call: Any, partner_id: str, settings: Any) -> Any:
        call.store.defaults.put(PartnerDefaults(partner_id, settings), call.cause)
        return settings

    patch.replace(partners, "set_backhaul_defaults", write)


@defect("PART-04")
def the_partner_in_the_path_of_defaults_is_passed_over(patch: Patch) -> None:
    """The partner id in the path is ignored: the defaults of the user's own partner are read and set."""
    patch.wrap(
        partners,
        "set_backhaul_defaults",
        lambda original: lambda call, _, settings: original(call, call.partner_id, settings),
    )
