"""Broken: instants, dates, money, numbers and ids."""

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
    """Put another reader of values into the place of one that the schemas hold already; it sees that one's names."""
    patch.replace(getattr(fields, name), "__code__", reader.__code__)


@defect("BASE-04")
def instants_lack_the_z(patch: Patch) -> None:
    """The zone is left out, for all is UTC anyway."""
    _replace_instant_writer(patch, lambda instant: instant.isoformat()[:19])


@defect("BASE-04")
def instants_have_an_offset(patch: Patch) -> None:
    """The zone is written as the standard library writes it."""
    _replace_instant_writer(patch, lambda instant: instant.isoformat())


@defect("BASE-04")
def instants_show_fractions(patch: Patch) -> None:
    """Three digits behind the second."""
    _replace_instant_writer(patch, lambda instant: f"{instant.isoformat()[:19]}.000Z")


@defect("BASE-04")
def instants_are_local_times(patch: Patch) -> None:
    """The local time is written, with the Z behind it."""
    _replace_instant_writer(patch, lambda instant: f"{(instant + timedelta(hours=1)).isoformat()[:19]}Z")


@defect("BASE-04")
def dates_are_instants(patch: Patch) -> None:
    """A date is stored as its midnight, and shown so."""

    def midnight(settings: Any) -> Any:
        def written(record: Any) -> Any:
            told = settings(record)
            day = told["email_sent_date"]
            return {**told, "email_sent_date": day and f"{day}T00:00:00Z"}

        return written

    patch.wrap(backhaul, "settings_answer", midnight)


@defect("BASE-04")
def money_is_a_string(patch: Patch) -> None:
    """Amounts are strings, so that no client rounds them."""
    _replace_money_writer(patch, str)


@defect("BASE-04")
def money_is_in_cents(patch: Patch) -> None:
    """Amounts are in the minor unit."""
    _replace_money_writer(patch, lambda amount: float(amount * 100))


@defect("BASE-04")
def any_iso_date_is_read(patch: Patch) -> None:
    """The standard library's reader takes `20260901` and `2026-W36-2` too."""
    patch.replace(formats, "DAY_PATTERN", re.compile(".*"))


@defect("BASE-04")
def dates_are_read_in_any_script(patch: Patch) -> None:
    """The pattern's digits are those of every script."""
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
    """Only dates of our times are believed."""
    patch.replace(formats, "DAY_PATTERN", re.compile(r"(19|20)\d{2}-\d{2}-\d{2}"))


@defect("BASE-12")
def dates_begin_with_the_gregorian_calendar(patch: Patch) -> None:
    """A database's first date is 1753-01-01."""
    patch.replace(formats, "DAY_PATTERN", re.compile(r"(1[89]|[2-9]\d)\d{2}-\d{2}-\d{2}"))


@defect("BASE-12")
def a_day_that_is_none_is_the_months_last(patch: Patch) -> None:
    """The 30th of February is the 28th."""

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
    """The window's last day is worked out without a look at the calendar, and the failure passed on."""

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


@defect("BASE-12")
def a_token_ends_past_the_calendar(patch: Patch) -> None:
    """A token's end is worked out without a look at the calendar."""
    patch.replace(tokens, "add_duration", lambda start, delay: start + delay)


@defect("BASE-12")
def money_is_rounded_to_cents(patch: Patch) -> None:
    """Amounts are shown with two places."""
    _replace_money_writer(patch, lambda amount: round(float(amount), 2))


@defect("BASE-12")
def money_is_of_single_precision(patch: Patch) -> None:
    """The column is a REAL of four bytes."""
    from struct import pack, unpack

    _replace_money_writer(patch, lambda amount: unpack("f", pack("f", float(amount)))[0])


@defect("BASE-12")
def a_query_takes_7_0_for_an_integer(patch: Patch) -> None:
    """An integer may be written with a fraction of nothing in a query too."""
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
    """Integers and numbers of a query are read as the language reads them: `+7`, `1_0`, blanks, other scripts."""

    def integer(value: Any) -> Any:
        return int(value) if isinstance(value, str) else value

    def number(value: Any) -> Any:
        return require_exact_amount(Decimal(value)) if isinstance(value, str) else value

    _replace_reader(patch, "parse_query_integer", integer)
    _replace_reader(patch, "parse_query_number", number)


@defect("BASE-12")
def a_body_refuses_7_0(patch: Patch) -> None:
    """A number with a point is no integer in a body."""

    def integer(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise PydanticCustomError("integer", "must be an integer")
        return value

    _replace_reader(patch, "parse_body_integer", integer)


@defect("BASE-12", "ERR-02")
def a_body_takes_7_5_for_7(patch: Patch) -> None:
    """A fraction is cut off an integer."""

    def integer(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PydanticCustomError("integer", "must be an integer")
        return int(value)

    _replace_reader(patch, "parse_body_integer", integer)


@defect("BASE-12")
def seven_is_kept_as_a_fraction(patch: Patch) -> None:
    """A number is shown as a float once it was sent as one."""

    def fraction(settings: Any) -> Any:
        return lambda record: {
            name: float(value) if isinstance(value, int) else value for name, value in settings(record).items()
        }

    patch.wrap(backhaul, "settings_answer", fraction)


@defect("BASE-12")
def a_slash_in_an_id_ends_it(patch: Patch) -> None:
    """Paths are decoded before they are matched."""
    patch.replace(gateway, "_undecoded_path", lambda scope: scope["path"])


@defect("BASE-12")
def an_id_is_ascii(patch: Patch) -> None:
    """An id is put into a column of ASCII, which breaks at an umlaut."""

    def ascii_only(owned: Any) -> Any:
        def find(call: Any, table: Any, key: str) -> Any:
            key.encode("ascii")
            return owned(call, table, key)

        return find

    patch.wrap(access, "_find_owned", ascii_only)


@defect("BASE-12", "BASE-14")
def money_has_two_places(patch: Patch) -> None:
    """An amount with more than two places is refused."""
    patch.replace(formats, "is_exact_as_double", lambda amount: amount == round(amount, 2))


@defect("BASE-13")
def the_clock_shows_fractions(patch: Patch) -> None:
    """The clock's reading keeps its microseconds."""
    patch.replace(WorkspaceClock, "now", lambda self: self._exact_now())


@defect("BASE-13")
def the_clock_is_rounded(patch: Patch) -> None:
    """The clock's reading is the nearest second."""

    def nearest(self: Any) -> datetime:
        exact: datetime = self._exact_now()
        return (exact + timedelta(seconds=0.5)).replace(microsecond=0)

    patch.replace(WorkspaceClock, "now", nearest)


@defect("BASE-14")
def digits_that_do_not_fit_are_dropped(patch: Patch) -> None:
    """An amount of too many digits is taken for the nearest one."""
    patch.replace(formats, "is_exact_as_double", lambda amount: True)


@defect("BASE-14")
def only_long_amounts_are_refused(patch: Patch) -> None:
    """What matters is how many digits an amount has before its point."""
    patch.replace(
        formats, "is_exact_as_double", lambda amount: abs(amount) < Decimal(10) ** 9 or round(amount, 3) == amount
    )
