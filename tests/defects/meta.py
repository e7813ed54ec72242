"""Defects in the operations of the Meta integration."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from mock_server.domain import adjustments, attribution, sales
from mock_server.domain import meta as rules
from mock_server.domain.meta import MetaDay
from mock_server.domain.revenue import FIRST_DAY, LAST_DAY
from mock_server.domain.sales import ZERO, SalesTotal
from mock_server.http.fields import Day
from mock_server.operations import access, meta
from mock_server.operations import campaign_results as rows
from mock_server.operations.meta import MetaResults, ReportedDay
from mock_server.platform_api.schemas import meta as wire
from tests.defects.registry import Patch, defect

ONE_DAY = timedelta(days=1)


class DefaultStartIn2000(wire.InsightsQuery):
    start_date: Day = date(2000, 1, 1)


class WiderDays(wire.InsightsQuery):
    start_date: Day = date.min
    end_date: Day = date.max


class BothDates(wire.InsightsQuery):
    start_date: Day
    end_date: Day


def _change_results(patch: Patch, change: Callable[[Any, Any, MetaResults], MetaResults]) -> None:
    """Replace the campaign results with `change(call, event, results)`."""

    def wrap(original: Any) -> Any:
        return lambda call, eid: change(call, access.require_event(call, eid), original(call, eid))

    patch.wrap(meta, "get_campaign_results", wrap)


def _change_report(patch: Patch, change: Callable[[list[MetaDay]], list[MetaDay]]) -> None:
    """Replace the days of a report with `change(days)`."""
    patch.wrap(rules, "list_days", lambda original: lambda *asked: change(original(*asked)))


def _change_conversions(patch: Patch, is_conversion: Callable[[Any], bool]) -> None:
    """Change which orders count as conversions."""

    def daily(purchases: Any, first: date, last: date) -> list[MetaDay]:
        days: dict[date, list[Any]] = {}
        for purchase in purchases:
            if first <= purchase.at.date() <= last and is_conversion(purchase):
                days.setdefault(purchase.at.date(), []).append(purchase)
        return [MetaDay(day, sales.total(days[day])) for day in sorted(days)]

    patch.replace(rules, "list_days", daily)


def _series_events(call: Any, event: Any) -> list[Any]:
    return [] if event.series is None else list(call.store.events.group("series", event.series))


def _newest_rows(call: Any, events: list[Any]) -> list[Any]:
    rows = [row for event in events for row in call.store.results.group("event", event.id)]
    return adjustments.newest_first(rows)


@defect("META-01")
def meta_results_are_one_list(patch: Patch) -> None:
    """The rows are returned as an array, as by /campaign_results/."""
    patch.wrap(wire, "meta_results_body", lambda original: lambda found: original(found)["event_results"]["rows"])


@defect("META-01")
def meta_results_are_two_lists(patch: Patch) -> None:
    """`event_results` and `series_results` are arrays instead of objects."""
    patch.wrap(
        wire,
        "meta_results_body",
        lambda original: lambda found: {name: told["rows"] for name, told in original(found).items()},
    )


@defect("META-01")
def meta_rows_are_called_items(patch: Patch) -> None:
    """The array in `event_results` and in `series_results` is called `items`."""
    patch.wrap(
        wire,
        "meta_results_body",
        lambda original: lambda found: {name: {"items": told["rows"]} for name, told in original(found).items()},
    )


@defect("META-01")
def meta_results_without_a_series_have_no_series_results(patch: Patch) -> None:
    """`series_results` is omitted if it is empty."""
    patch.wrap(
        wire,
        "meta_results_body",
        lambda original: (
            lambda found: {
                name: told for name, told in original(found).items() if told["rows"] or name == "event_results"
            }
        ),
    )


@defect("META-01", "META-04")
def meta_knows_nothing_of_an_unknown_event(patch: Patch) -> None:
    """For an unknown event, the status is 200 instead of 404, with no rows and an empty report."""

    def results(original: Any) -> Any:
        def read(call: Any, eid: str) -> Any:
            return MetaResults([], []) if call.store.events.get(eid) is None else original(call, eid)

        return read

    def insights(original: Any) -> Any:
        def read(call: Any, eid: str, *days: date) -> Any:
            return [] if call.store.events.get(eid) is None else original(call, eid, *days)

        return read

    patch.wrap(meta, "get_campaign_results", results)
    patch.wrap(meta, "get_insights", insights)


@defect("META-02")
def meta_results_are_the_automated_ones(patch: Patch) -> None:
    """Manual rows are missing from both lists."""
    _change_results(
        patch,
        lambda call, event, found: MetaResults(
            *([r for r in p if r.source == "automated"] for p in (found.event, found.series))
        ),
    )


@defect("META-02")
def meta_series_results_have_the_events_own(patch: Patch) -> None:
    """`series_results` also contains the rows of the event itself."""
    _change_results(
        patch, lambda call, event, found: MetaResults(found.event, _newest_rows(call, _series_events(call, event)))
    )


@defect("META-02")
def meta_series_results_come_event_by_event(patch: Patch) -> None:
    """`series_results` is grouped by event, and rows are sorted newest first only within each event."""

    def by_event(call: Any, event: Any, found: MetaResults) -> MetaResults:
        others = sorted(each.id for each in _series_events(call, event) if each.id != event.id)
        return MetaResults(found.event, [row for name in others for row in found.series if row.eid == name])

    _change_results(patch, by_event)


@defect("META-02")
def meta_event_results_come_oldest_first(patch: Patch) -> None:
    """The event's rows are listed in the order of their creation."""
    _change_results(patch, lambda call, event, found: MetaResults(found.event[::-1], found.series))


@defect("META-02")
def meta_series_are_all_events_of_the_partner(patch: Patch) -> None:
    """`series_results` contains the rows of all of the partner's events."""

    def everything(call: Any, event: Any, found: MetaResults) -> MetaResults:
        partners = call.store.events.group("partner", event.partner_id)
        return MetaResults(found.event, _newest_rows(call, [each for each in partners if each.id != event.id]))

    _change_results(patch, everything)


@defect("META-02")
def meta_events_without_a_series_are_one_series(patch: Patch) -> None:
    """All events without a series are treated as one series."""

    def loners(call: Any, event: Any, found: MetaResults) -> MetaResults:
        alone = [each for each in call.store.events.group("series", None) if each.partner_id == event.partner_id]
        others = [each for each in alone if each.id != event.id]
        return MetaResults(found.event, _newest_rows(call, others)) if event.series is None else found

    _change_results(patch, loners)


@defect("META-03", documentation="newer")
def meta_results_are_the_admins_too(patch: Patch) -> None:
    """If `/campaign_results/` is restricted to admins, so are the rows of the Meta integration."""
    _change_results(patch, lambda call, event, found: rows.permissions.require(call, rows.READ) or found)


@defect("META-04")
def meta_report_is_not_found_without_campaigns(patch: Patch) -> None:
    """The report of an event without active campaigns returns 404."""

    def active(original: Any) -> Any:
        def read(call: Any, eid: str, *days: date) -> Any:
            found = original(call, eid, *days)
            if call.store.events.get(eid).campaign_status != "RUNNING":
                raise access.EventNotFoundError
            return found

        return read

    patch.wrap(meta, "get_insights", active)


@defect("META-05")
def meta_report_comes_newest_first(patch: Patch) -> None:
    """The days of a report are in descending order."""
    _change_report(patch, lambda days: days[::-1])


@defect("META-05")
def meta_report_has_days_of_nothing(patch: Patch) -> None:
    """A report contains every day with sales, even if none of them is a conversion."""

    def all_days(purchases: Any, first: date, last: date) -> list[MetaDay]:
        days = rules.revenue.list_days(purchases, "META", first, last)
        return [MetaDay(day.date, day.split["campaign"]) for day in days]

    patch.replace(rules, "list_days", all_days)


@defect("META-05")
def meta_purchases_are_tickets(patch: Patch) -> None:
    """`purchases` is the number of tickets."""
    patch.replace(
        attribution.sales,
        "total",
        _count_conversions_by(
            attribution.sales.total, lambda purchases: sum(purchase.tickets for purchase in purchases)
        ),
    )


def _count_conversions_by(original: Any, count: Callable[[list[Any]], int]) -> Any:
    def takings(purchases: Any) -> SalesTotal:
        listed = list(purchases)
        return SalesTotal(original(listed).revenue, count(listed))

    return takings


@defect("META-05")
def meta_value_is_the_average(patch: Patch) -> None:
    """`purchase_value` is the average per purchase."""
    _change_report(
        patch,
        lambda days: [
            MetaDay(
                day.date, SalesTotal(day.conversions.revenue / day.conversions.purchases, day.conversions.purchases)
            )
            for day in days
        ],
    )


@defect("META-05")
def meta_value_is_rounded(patch: Patch) -> None:
    """`purchase_value` is rounded to whole units."""
    _change_report(
        patch,
        lambda days: [
            MetaDay(day.date, SalesTotal(round(day.conversions.revenue) + ZERO, day.conversions.purchases))
            for day in days
        ],
    )


@defect("META-05")
def meta_report_leaves_its_last_day_out(patch: Patch) -> None:
    """The last day of the range is excluded."""
    patch.wrap(
        rules,
        "list_days",
        lambda original: (
            lambda purchases, first, last: original(purchases, first, last if last == LAST_DAY else last - ONE_DAY)
        ),
    )


@defect("META-05")
def meta_report_leaves_its_first_day_out(patch: Patch) -> None:
    """The first day of the range is excluded."""
    patch.wrap(
        rules,
        "list_days",
        lambda original: (
            lambda purchases, first, last: original(purchases, first if first == FIRST_DAY else first + ONE_DAY, last)
        ),
    )


@defect("META-05")
def meta_report_begins_in_2000(patch: Patch) -> None:
    """Without a first day, a report begins in 2000."""
    patch.replace(wire, "InsightsQuery", DefaultStartIn2000)


@defect("META-05")
def meta_report_has_no_default_range(patch: Patch) -> None:
    """Without dates, a report contains all days."""
    patch.replace(wire, "InsightsQuery", WiderDays)


@defect("META-05")
def meta_report_needs_both_dates(patch: Patch) -> None:
    """Both dates are required to read a report."""
    patch.replace(wire, "InsightsQuery", BothDates)


@defect("META-05")
def meta_turned_range_is_empty(patch: Patch) -> None:
    """If the first day is after the last, the report is empty, with 200 instead of 400."""
    patch.wrap(
        meta,
        "get_insights",
        lambda original: lambda call, eid, first, last: [] if first > last else original(call, eid, first, last),
    )


@defect("META-05")
def meta_reports_the_future(patch: Patch) -> None:
    """A report contains sales that have not happened yet."""
    patch.replace(meta.sales, "select_known", lambda purchases, now: purchases)


@defect("META-06")
def meta_reports_every_sale(patch: Patch) -> None:
    """A report counts every sale as a conversion."""
    _change_conversions(patch, lambda purchase: True)


@defect("META-06")
def meta_reports_what_the_platform_credits(patch: Patch) -> None:
    """A report uses the platform's own attribution instead of Meta's."""
    _change_conversions(patch, lambda purchase: purchase.fd == "campaign")


@defect("META-06")
def meta_reports_external_sales_too(patch: Patch) -> None:
    """A report counts every sale that is not organic."""
    _change_conversions(patch, lambda purchase: purchase.meta != "organic")


@defect("META-06")
def meta_report_counts_adjustments(patch: Patch) -> None:
    """A report counts manual rows as conversions of their day."""

    def read(original: Any) -> Any:
        def report(call: Any, eid: str, first: date, last: date) -> list[ReportedDay]:
            days = {day.date: day.conversions for day, _ in original(call, eid, first, last)}
            for row in call.store.results.group("event", eid):
                before = days.get(row.created_at.date(), SalesTotal(ZERO, 0))
                if row.source == "manual":
                    sum_ = SalesTotal(before.revenue + row.revenue, before.purchases + row.purchase)
                    days[row.created_at.date()] = sum_
            reported = [MetaDay(day, days[day]) for day in sorted(days)]
            return [ReportedDay(day, rules.draw_activity(call.ids.seed, eid, day)) for day in reported]

        return report

    patch.wrap(meta, "get_insights", read)
