"""Defects in timestamps, dates, amounts, numbers and ids."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic_core import PydanticCustomError

from mock_server.domain import formats, windows
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.http import fields, gateway
from mock_server.http.fields import require_exact_amount
from mock_server.operations import access
from mock_server.operations import backhaul as operations_backhaul
from mock_server.platform_api.schemas import backhaul, campaign_results, events, packages, revenue
from mock_server.state import tokens
from mock_server.state.clock import WorkspaceClock
from tests.defects.registry import Patch, defect

JSON_FORM = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?")


def _replace_instant_writer(patch: Patch, writer: Any) -> None:
    for schema in (campaign_results, events, packages):
        patch.replace(schema, "format_timestamp", writer)


def _replace_money_writer(patch: Patch, writer: Any) -> None:
    for schema in (campaign_results, revenue):
        patch.replace(schema, "to_json_amount", writer)


def _replace_reader(patch: Patch, name: str, reader: Any) -> None:
    """Replace the code of a function that the schemas already refer to. The new code runs with the old globals."""
    patch.replace(getattr(fields, name), "__code__", reader.__code__)


@defect("BASE-04")
def instants_lack_the_z(patch: Patch) -> None:
    """Timestamps do not end in `Z`, because all of them are in UTC."""
    _replace_instant_writer(patch, lambda instant: instant.isoformat()[:19])


@defect("BASE-04")
def instants_have_an_offset(patch: Patch) -> None:
    """Timestamps end in `+00:00` instead of `Z`, as the standard library writes them."""
    _replace_instant_writer(patch, lambda instant: instant.isoformat())


@defect("BASE-04")
def instants_show_fractions(patch: Patch) -> None:
    """Timestamps have three decimal places."""
    _replace_instant_writer(patch, lambda instant: f"{instant.isoformat()[:19]}.000Z")


@defect("BASE-04")
def instants_are_local_times(patch: Patch) -> None:
    """Timestamps are in local time, although they end in `Z`."""
    _replace_instant_writer(patch, lambda instant: f"{(instant + timedelta(hours=1)).isoformat()[:19]}Z")


@defect("BASE-04")
def dates_are_instants(patch: Patch) -> None:
    """A date is returned as a timestamp at 00:00."""

    def midnight(settings: Any) -> Any:
        def write(record: Any) -> Any:
            told = settings(record)
            day = told["email_sent_date"]
            return {**told, "email_sent_date": day and f"{day}T00:00:00Z"}

        return write

    patch.wrap(backhaul, "settings_answer", midnight)


@defect("BASE-04")
def money_is_a_string(patch: Patch) -> None:
    """Amounts are returned as strings, so that clients do not round them."""
    _replace_money_writer(patch, str)


@defect("BASE-04")
def money_is_in_cents(patch: Patch) -> None:
    """Amounts are returned in the minor unit of the currency, such as cents."""
    _replace_money_writer(patch, lambda amount: float(amount * 100))


@defect("BASE-04")
def any_iso_date_is_read(patch: Patch) -> None:
    """Every date of ISO 8601 is accepted, such as `20260901` and `2026-W36-2`."""
    patch.replace(formats, "DAY_PATTERN", re.compile(".*"))


@defect("BASE-04")
def dates_are_read_in_any_script(patch: Patch) -> None:
    """Dates may be written in digits of any script."""
    patch.replace(formats, "DAY_PATTERN", re.compile(r"\d{4}-\d\d?-\d\d?.*"))

    def day(value: Any) -> Any:
        if value is None or isinstance(value, date):
            return value
        if isinstance(value, str) and formats.DAY_PATTERN.match(value):
            year, month, of_month = value[:10].replace("T", "-").split("-")[:3]
            return date(int(year), int(month), int(of_month))
        raise PydanticCustomError("date", "must be a calendar day")

    _replace_reader(patch, "parse_day", day)


@defect("BASE-12")
def dates_begin_in_1900(patch: Patch) -> None:
    """Only dates from 1900 to 2099 are accepted."""
    patch.replace(formats, "DAY_PATTERN", re.compile(r"(19|20)\d{2}-\d{2}-\d{2}"))


@defect("BASE-12")
def dates_begin_with_the_gregorian_calendar(patch: Patch) -> None:
    """Dates before 1753-01-01 are rejected, because the database cannot store them."""
    patch.replace(formats, "DAY_PATTERN", re.compile(r"(1[89]|[2-9]\d)\d{2}-\d{2}-\d{2}"))


@defect("BASE-12")
def a_day_that_is_none_is_the_months_last(patch: Patch) -> None:
    """A day that does not exist is read as the last one of its month: 30 February is 28 February."""

    def day(value: Any) -> Any:
        if value is None or isinstance(value, date):
            return value
        if isinstance(value, str) and formats.DAY_PATTERN.fullmatch(value):
            year, month, of_month = map(int, value.split("-"))
            return date(year, month, min(of_month, 28))
        raise PydanticCustomError("date", "must be a calendar day")

    _replace_reader(patch, "parse_day", day)


@defect("BASE-12")
def a_window_over_the_calendars_end_is_refused(patch: Patch) -> None:
    """A window that goes past the year 9999 is rejected when it is saved."""

    def refuse(save: Any) -> Any:
        def act(call: Any, package_id: str, settings: Any) -> Any:
            first = settings.email_sent_date or call.now.date()
            try:
                windows.Window(first, first + timedelta(days=settings.attribution_window))
            except OverflowError as over:
                raise InvalidRequestError(Problem("range", "email_sent_date", "out of range")) from over
            return save(call, package_id, settings)

        return act

    patch.wrap(operations_backhaul, "replace_settings", refuse)


@defect("BASE-12", "ERR-03")
def a_token_ends_past_the_calendar(patch: Patch) -> None:
    """A sign-in near the end of the year 9999 fails, because the token would expire after it."""
    patch.replace(tokens, "add_duration", lambda start, delay: start + delay)


@defect("BASE-12")
def money_is_rounded_to_cents(patch: Patch) -> None:
    """Amounts are returned with two decimal places."""
    _replace_money_writer(patch, lambda amount: round(float(amount), 2))


@defect("BASE-12")
def money_is_of_single_precision(patch: Patch) -> None:
    """Amounts are stored with the precision of a four-byte float."""
    from struct import pack, unpack

    _replace_money_writer(patch, lambda amount: unpack("f", pack("f", float(amount)))[0])


@defect("BASE-12")
def a_query_takes_7_0_for_an_integer(patch: Patch) -> None:
    """In a query, `7.0` is accepted for an integer."""
    patch.replace(formats, "INTEGER_PATTERN", JSON_FORM)

    def integer(value: Any) -> Any:
        if isinstance(value, str):
            if not formats.INTEGER_PATTERN.fullmatch(value):
                raise PydanticCustomError("integer", "must be an integer")
            return int(float(value))
        return value

    _replace_reader(patch, "parse_query_integer", integer)


@defect("BASE-12")
def a_query_takes_what_python_takes(patch: Patch) -> None:
    """Numbers in a query are parsed as in Python: `+7`, `1_0`, spaces and digits of other scripts are accepted."""

    def integer(value: Any) -> Any:
        return int(value) if isinstance(value, str) else value

    def number(value: Any) -> Any:
        return require_exact_amount(Decimal(value)) if isinstance(value, str) else value

    _replace_reader(patch, "parse_query_integer", integer)
    _replace_reader(patch, "parse_query_number", number)


@defect("BASE-12")
def a_body_refuses_7_0(patch: Patch) -> None:
    """In a body, `7.0` is rejected for an integer."""

    def integer(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise PydanticCustomError("integer", "must be an integer")
        return value

    _replace_reader(patch, "parse_body_integer", integer)


@defect("BASE-12", "ERR-02")
def a_body_takes_7_5_for_7(patch: Patch) -> None:
    """In a body, `7.5` is accepted for an integer and read as 7."""

    def integer(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PydanticCustomError("integer", "must be an integer")
        return int(value)

    _replace_reader(patch, "parse_body_integer", integer)


@defect("BASE-12")
def seven_is_kept_as_a_fraction(patch: Patch) -> None:
    """Integers in a package's settings are returned as floats: 7 becomes 7.0."""

    def fraction(settings: Any) -> Any:
        return lambda record: {
            name: float(value) if isinstance(value, int) else value for name, value in settings(record).items()
        }

    patch.wrap(backhaul, "settings_answer", fraction)


@defect("BASE-12")
def a_slash_in_an_id_ends_it(patch: Patch) -> None:
    """An encoded slash in an id is read as the end of the id, because paths are decoded before they are matched."""
    patch.replace(gateway, "_undecoded_path", lambda scope: scope["path"])


@defect("BASE-12")
def an_id_is_ascii(patch: Patch) -> None:
    """An id with a letter such as `ü` raises an error, because ids are stored as ASCII."""

    def ascii_only(owned: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            key.encode("ascii")
            return owned(call, table, key)

        return find

    patch.wrap(access, "_find_owned", ascii_only)


@defect("BASE-12", "BASE-14")
def money_has_two_places(patch: Patch) -> None:
    """An amount with more than two decimal places is rejected."""
    patch.replace(formats, "is_exact_as_double", lambda amount: amount == round(amount, 2))


@defect("BASE-13")
def the_clock_shows_fractions(patch: Patch) -> None:
    """The clock's time includes microseconds."""
    patch.replace(WorkspaceClock, "now", lambda self: self.exact_now())


@defect("BASE-13")
def the_clock_is_rounded(patch: Patch) -> None:
    """The clock's time is rounded to the nearest second instead of down."""

    def nearest(self: Any) -> datetime:
        exact: datetime = self.exact_now()
        return (exact + timedelta(seconds=0.5)).replace(microsecond=0)

    patch.replace(WorkspaceClock, "now", nearest)


@defect("BASE-14")
def digits_that_do_not_fit_are_dropped(patch: Patch) -> None:
    """An amount with too many digits is rounded to the nearest double instead of rejected."""
    patch.replace(formats, "is_exact_as_double", lambda amount: True)


@defect("BASE-14")
def only_long_amounts_are_refused(patch: Patch) -> None:
    """An amount with too many digits is rejected only if it is 1,000,000,000 or more."""
    patch.replace(
        formats, "is_exact_as_double", lambda amount: abs(amount) < Decimal(10) ** 9 or round(amount, 3) == amount
    )
