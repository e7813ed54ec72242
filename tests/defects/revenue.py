"""Defects in daily revenue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from mock_server.domain import revenue as rules
from mock_server.domain import sales
from mock_server.domain.errors import InvalidRequestError, Problem
from mock_server.domain.revenue import FIRST_DAY, LAST_DAY, RevenueDay
from mock_server.domain.sales import ZERO, SalesTotal
from mock_server.http.fields import ClosedModel, Day, Text
from mock_server.operations import access, revenue
from mock_server.platform_api.schemas import revenue as schemas
from tests.defects.registry import Patch, defect

ONE_DAY = timedelta(days=1)
NO_SALES = SalesTotal(ZERO, 0)


class EidInsteadOfEventId(ClosedModel):
    eid: Text
    currency: Text | None = None
    start_date: Day = FIRST_DAY
    end_date: Day = LAST_DAY

    @property
    def event_id(self) -> str:
        return self.eid

    @property
    def days(self) -> tuple[date, date]:
        return self.start_date, self.end_date


class AnyEvent(schemas.DailyRevenueQuery):
    event_id: Text = ""


class LooseDays(schemas.DailyRevenueQuery):
    start_date: date = FIRST_DAY
    end_date: date = LAST_DAY


class WiderDays(schemas.DailyRevenueQuery):
    start_date: Day = date.min
    end_date: Day = date.max


class FromToday(schemas.DailyRevenueQuery):
    start_date: Day = date(2026, 8, 2)


class BothDates(schemas.DailyRevenueQuery):
    start_date: Day
    end_date: Day


def change_summary(patch: Patch, change: Callable[[Any, Any], Any]) -> None:
    """Replace the result of a read of daily revenue with `change(call, summary)`."""

    def wrap(original: Any) -> Any:
        return lambda call, *asked: change(call, original(call, *asked))

    patch.wrap(revenue, "get_daily_revenue", wrap)


def change_days(patch: Patch, change: Callable[[Any, list[RevenueDay]], Any]) -> None:
    """Replace the days in the response with `change(summary, days)`."""

    def change_summary_days(call: Any, summary: Any) -> Any:
        return replace(
            summary, days=tuple(change(summary, list(summary.days[summary.requested]))), requested=slice(None)
        )

    change_summary(patch, change_summary_days)


@defect("DRS-01")
def event_named_eid_here_too(patch: Patch) -> None:
    """The parameter is named `eid` instead of `event_id`, as on other paths."""
    patch.replace(schemas, "DailyRevenueQuery", EidInsteadOfEventId)


@defect("DRS-01")
def event_id_may_be_left_out(patch: Patch) -> None:
    """A missing `event_id` is read as an empty one, so the response is 404 instead of 400."""
    patch.replace(schemas, "DailyRevenueQuery", AnyEvent)


@defect("DRS-01")
def first_day_left_out(patch: Patch) -> None:
    """The first day of the range is excluded."""
    _change_range(
        patch, lambda first, last: (min(first + ONE_DAY, last + ONE_DAY), last) if first > date.min else (first, last)
    )


@defect("DRS-01")
def last_day_left_out(patch: Patch) -> None:
    """The last day of the range is excluded."""
    _exclude_last_day(patch)


def _exclude_last_day(patch: Patch) -> None:
    def half_open(original: Any) -> Any:
        def get(call: Any, event_id: str, currency: str | None, first: date, last: date) -> Any:
            summary = original(call, event_id, currency, first, last)
            days = [day for day in summary.days[summary.requested] if day.date < last]
            return replace(summary, days=tuple(days), requested=slice(None))

        return get

    patch.wrap(revenue, "get_daily_revenue", half_open)


def _change_range(patch: Patch, change: Callable[[date, date], tuple[date, date]]) -> None:
    """Return a wrapper that replaces the requested range of days."""

    def wrap(original: Any) -> Any:
        def get(call: Any, event_id: str, currency: str | None, first: date, last: date) -> Any:
            summary = original(call, event_id, currency, first, last)
            begin, end = change(first, last)
            days = [day for day in summary.days if begin <= day.date <= end]
            return replace(summary, days=tuple(days), requested=slice(None))

        return get

    patch.wrap(revenue, "get_daily_revenue", wrap)


@defect("DRS-01")
def turned_range_put_right(patch: Patch) -> None:
    """If the first day is after the last, they are swapped instead of rejected."""

    def wrap(original: Any) -> Any:
        def get(call: Any, event_id: str, currency: str | None, first: date, last: date) -> Any:
            return original(call, event_id, currency, min(first, last), max(first, last))

        return get

    patch.wrap(revenue, "get_daily_revenue", wrap)


@defect("DRS-01")
def range_checked_only_where_both_ends_are_given(patch: Patch) -> None:
    """A range is not checked if one of its dates is omitted."""

    def lenient(original: Any) -> Any:
        def get(call: Any, event_id: str, currency: str | None, first: date, last: date) -> Any:
            whole = first > last and (first == FIRST_DAY or last == LAST_DAY)
            return original(call, event_id, currency, *((last, last) if whole else (first, last)))

        return get

    patch.wrap(revenue, "get_daily_revenue", lenient)


@defect("DRS-01")
def dates_left_open_reach_to_the_calendars_ends(patch: Patch) -> None:
    """If the dates are omitted, days before 1900 and after 2100 are returned too."""
    patch.replace(schemas, "DailyRevenueQuery", WiderDays)


@defect("DRS-01")
def without_a_start_only_the_last_month(patch: Patch) -> None:
    """If the first day is omitted, only the last few weeks are returned."""
    patch.replace(schemas, "DailyRevenueQuery", FromToday)


@defect("DRS-01")
def both_dates_required(patch: Patch) -> None:
    """Both dates are required instead of optional."""
    patch.replace(schemas, "DailyRevenueQuery", BothDates)


@defect("DRS-01", "ERR-02")
def dates_read_loosely(patch: Patch) -> None:
    """Dates may also be timestamps or numbers of seconds."""
    patch.replace(schemas, "DailyRevenueQuery", LooseDays)


@defect("DRS-01")
def any_currency_accepted(patch: Patch) -> None:
    """The currency is not validated."""
    patch.wrap(
        revenue,
        "get_daily_revenue",
        lambda get: lambda call, event_id, currency, *days: get(call, event_id, None, *days),
    )


@defect("DRS-01")
def currency_in_any_case(patch: Patch) -> None:
    """The currency is converted to upper case before it is validated."""

    def capitals(original: Any) -> Any:
        def get(call: Any, event_id: str, currency: str | None, *days: date) -> Any:
            return original(call, event_id, currency and currency.upper(), *days)

        return get

    patch.wrap(revenue, "get_daily_revenue", capitals)


@defect("DRS-01")
def currency_refused(patch: Patch) -> None:
    """Every currency code is rejected, even the partner's own."""

    def refusing(original: Any) -> Any:
        def get(call: Any, event_id: str, currency: str | None, *days: date) -> Any:
            if currency is not None:
                raise InvalidRequestError(Problem("enum", "currency", "currency must be a number of ISO 4217"))
            return original(call, event_id, currency, *days)

        return get

    patch.wrap(revenue, "get_daily_revenue", refusing)


@defect("DRS-02")
def days_newest_first(patch: Patch) -> None:
    """The newest day is first, as in the list of adjustments."""
    change_days(patch, lambda found, days: reversed(days))


@defect("DRS-02")
def days_without_sales_listed(patch: Patch) -> None:
    """Every day from the first to the last is returned, even if it has no sales."""

    def fill_gaps(found: Any, days: list[RevenueDay]) -> list[RevenueDay]:
        if not days:
            return []
        empty = dict.fromkeys(("campaign", "organic", "external"), NO_SALES)
        known = {day.date: day for day in days}
        span = range((days[-1].date - days[0].date).days + 1)
        every = [days[0].date + number * ONE_DAY for number in span]
        return [known.get(day, RevenueDay(day, NO_SALES, empty)) for day in every]

    change_days(patch, fill_gaps)


@defect("DRS-02")
def days_of_local_time(patch: Patch) -> None:
    """A sale belongs to its date in Munich instead of in UTC."""

    def local(original: Any) -> Any:
        def daily(sold: Any, *more: Any) -> Any:
            return original([replace(one, at=one.at + timedelta(hours=2)) for one in sold], *more)

        return daily

    patch.wrap(rules, "list_days", local)


@defect("DRS-02")
def sales_of_the_future_told(patch: Patch) -> None:
    """Sales that have not happened yet are returned."""
    patch.replace(revenue, "sales", SimpleNamespace(count_known=lambda book, now: len(book)))


@defect("DRS-02")
def sales_of_all_events_in_each(patch: Patch) -> None:
    """A wrong join returns the sales of all of the partner's events."""

    def wrap(original: Any) -> Any:
        def days(call: Any, event: Any) -> Any:
            partners = call.store.events.group("partner", event.partner_id)
            sold = [
                one for other in partners for one in sales.select_known(call.store.sales.for_event(other.id), call.now)
            ]
            return rules.list_days(sold, event.attribution_model, date.min, date.max)

        return days

    patch.wrap(revenue, "known_days", wrap)


@defect("DRS-02")
def summary_names_the_partners_default_model(patch: Patch) -> None:
    """The model in the response is the partner's default instead of the event's."""

    def default(call: Any, found: Any) -> Any:
        partner = access.require_partner(call)
        return replace(found, event=replace(found.event, attribution_model=partner.attribution_model_default))

    change_summary(patch, default)


@defect("DRS-02")
def currency_always_eur(patch: Patch) -> None:
    """The currency in the response is always EUR."""
    change_summary(patch, lambda call, found: replace(found, currency="EUR"))


@defect("DRS-02")
def revenue_added_in_floats(patch: Patch) -> None:
    """Amounts are added as floats, so 0.1 and 0.2 make 0.30000000000000004."""

    def floats(purchases: Any) -> SalesTotal:
        amounts = [float(purchase.revenue) for purchase in purchases]
        return SalesTotal(Decimal(sum(amounts)), len(amounts))

    patch.replace(sales, "total", floats)


@defect("DRS-02")
def revenue_of_days_rounded(patch: Patch) -> None:
    """The amounts of each day are rounded to whole units of the currency."""

    def round_total(purchases: Any) -> SalesTotal:
        listed = list(purchases)
        return SalesTotal(sum((one.revenue.quantize(Decimal(1)) for one in listed), ZERO), len(listed))

    patch.replace(sales, "total", round_total)


@defect("DRS-02")
def last_sale_of_a_day_wins(patch: Patch) -> None:
    """If a buyer makes several orders on a day, only the last one counts."""

    def by_customer(original: Any) -> Any:
        def daily(sold: Any, *more: Any) -> Any:
            return original(list({(one.customer_id, one.at.date()): one for one in sold}.values()), *more)

        return daily

    patch.wrap(rules, "list_days", by_customer)
