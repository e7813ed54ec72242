"""Variants of Backhaul: defaults, settings, results and windows."""

from dataclasses import replace
from datetime import date
from typing import Any

from mock_server.domain.errors import InvalidRequestError, PackageNotFoundError, Problem
from mock_server.operations import backhaul
from mock_server.platform_api.schemas import backhaul as backhaul_schemas
from tests.variants.registry import borrow, variant
from tests.variants.wire import VariantPatch, add_members, change_status

borrow(__name__, "DEF-01.answer", of=["the_defaults_before_are_answered"])
borrow(__name__, "DEF-01.bounds", of=["a_default_window_of_366_is_taken", "defaults_without_a_model_are_taken"])
borrow(__name__, "DEF-01.initial_window", of=["the_first_default_window_is_14_days"])
borrow(
    __name__,
    "DEF-01.date_refused",
    of=["a_date_in_the_defaults_is_dropped", "a_date_of_null_in_the_defaults_is_refused"],
)
borrow(__name__, "BEV-01.details", of=["settings_tell_their_status"])
borrow(__name__, "BEV-02.unchanged", of=["an_unchanged_put_starts_nothing"])
borrow(__name__, "BEV-02.required", of=["a_model_that_is_left_out_is_the_first", "a_window_that_is_left_out_is_30"])
borrow(
    __name__, "BEV-02.bounds", of=["a_window_of_0_is_taken", "a_window_of_366_is_taken", "a_window_as_text_is_taken"]
)
borrow(__name__, "BEV-02.answer", of=["a_put_answers_the_settings_before"])
borrow(
    __name__,
    "BEV-03.before",
    of=[
        "a_first_result_is_zero_until_it_is_there",
        "a_result_is_empty_during_a_run",
        "an_unevaluated_package_has_a_row",
    ],
)
borrow(__name__, "BEV-04.newest", of=["a_result_appears_row_by_row", "a_stale_result_is_published_after_a_newer_put"])
borrow(__name__, "BEV-05.form", of=["a_clusters_key_is_cluster", "a_result_is_an_object"])
borrow(__name__, "BEV-05.rate", of=["the_rate_is_in_per_cent", "the_rate_is_of_orders", "the_rate_is_rounded"])
borrow(__name__, "BEV-06.own_series", of=["an_event_without_a_series_is_left_out"])
borrow(__name__, "BEV-07.no_date", of=["without_a_date_the_window_begins_a_day_later"])
borrow(
    __name__,
    "BEV-07.ends",
    of=[
        "window_begins_after_midnight",
        "window_end_included",
        "window_is_of_days_in_berlin",
        "window_is_of_days_in_new_york",
    ],
)
borrow(__name__, "BEV-08.counts", of=["customers_counts_tickets", "items_counts_events"])
borrow(__name__, "BEV-08.counts", "BEV-05.rate", of=["customers_counts_orders"])
borrow(__name__, "BEV-08.monotone", "BEV-06.own_series", of=["a_series_leaves_the_own_events_out"])
borrow(__name__, "BEV-08.completion", of=["purchases_after_the_put_do_not_count", "purchases_of_the_future_count"])
borrow(__name__, "BEV-08.empty_cluster", of=["the_rate_of_nobody_is_1", "the_rate_of_nobody_is_null"])
borrow(
    __name__,
    "BEV-09.not_done",
    of=[
        "a_waiting_package_is_not_found",
        "settings_are_saved_after_a_package_has_expired",
        "settings_are_saved_before_a_package_is_done",
    ],
)
borrow(
    __name__,
    "BEV-09.readable",
    of=[
        "a_waiting_package_has_no_result_to_read",
        "a_waiting_package_has_no_settings_to_read",
        "an_expired_package_has_no_settings_to_read",
        "an_expired_package_loses_its_result",
    ],
)


@variant("DEF-01.answer")
def setting_defaults_returns_204(patch: VariantPatch) -> None:
    """The POST of defaults returns 204 without a body."""
    change_status(patch, 200, 204, "setBackhaulDefaults", empty=True)


@variant("BEV-01.details")
def settings_name_their_author(patch: VariantPatch) -> None:
    """The settings have further members."""
    operations = ("getEvaluationSettings", "replaceEvaluationSettings")
    add_members(patch, *operations, updated_by="a user", backhaul_evaluation_currency=None)


@variant("BEV-02.answer")
def a_put_is_answered_with_202(patch: VariantPatch) -> None:
    """The PUT of settings returns 202."""
    change_status(patch, 200, 202, "replaceEvaluationSettings")


@variant("BEV-02.answer")
def a_put_answers_nothing(patch: VariantPatch) -> None:
    """The PUT of settings returns 204 without a body."""
    change_status(patch, 200, 204, "replaceEvaluationSettings", empty=True)


def _change_saving(patch: VariantPatch, change: Any) -> None:
    def wrap(original: Any) -> Any:
        return lambda call, package_id, settings: original(call, package_id, change(call, settings))

    patch.wrap(backhaul, "replace_settings", wrap)


@variant("BEV-02.default_date")
def a_date_that_is_left_out_is_a_certain_day(patch: VariantPatch) -> None:
    """`email_sent_date` defaults to 1 August 2026."""

    def fill(original: Any) -> Any:
        def to_settings(body: Any) -> Any:
            settings = original(body)
            is_sent = "email_sent_date" in body.model_fields_set
            return settings if is_sent else replace(settings, email_sent_date=date(2026, 8, 1))

        return to_settings

    patch.wrap(backhaul_schemas.SettingsBody, "to_settings", fill)


@variant("BEV-02.bounds")
def a_window_has_at_most_90_days(patch: VariantPatch) -> None:
    """A window of more than 90 days is refused."""

    def limit(call: Any, given: Any) -> Any:
        if given.attribution_window > 90:
            raise InvalidRequestError(Problem("range", "backhaul_evaluation_attribution_window", "at most 90 days"))
        return given

    _change_saving(patch, limit)


@variant("BEV-07.any_date")
def a_date_in_the_future_is_refused(patch: VariantPatch) -> None:
    """An `email_sent_date` after today is refused."""

    def limit(call: Any, given: Any) -> Any:
        if given.email_sent_date is not None and given.email_sent_date > call.now.date():
            raise InvalidRequestError(Problem("range", "email_sent_date", "must not be in the future"))
        return given

    _change_saving(patch, limit)


@variant("BEV-03.before")
def an_unevaluated_package_is_not_found(patch: VariantPatch) -> None:
    """The result of a package without an evaluation is a 404."""

    def strict(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            rows = original(call, package_id)
            if call.store.evaluations.get(package_id) is None:
                raise PackageNotFoundError
            return rows

        return read

    patch.wrap(backhaul, "get_evaluation", strict)
