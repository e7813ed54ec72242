"""Defects in the first and last day of an evaluation's window."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mock_server.domain import windows
from mock_server.domain.windows import Window
from mock_server.operations import backhaul, due_jobs
from mock_server.platform_api.schemas import backhaul as wire
from tests.defects.registry import Patch, defect

LATEST = datetime(9999, 12, 31, tzinfo=UTC)
Settings = Any


def _start_window_on(patch: Patch, first_day: Any) -> None:
    """Start the window on the day `first_day(settings, created_at)`."""

    def window(settings: Settings, created_at: datetime) -> Window:
        first = first_day(settings, created_at)
        days = min(settings.attribution_window - 1, (date.max - first).days)
        return Window(first, first + timedelta(days=days))

    patch.replace(windows, "compute_window", window)


@defect("BEV-07")
def window_end_included(patch: Patch) -> None:
    """A window includes the first second of the day after it ends."""

    def contains(span: Window, instant: datetime) -> bool:
        return span.first <= instant.date() and (instant - timedelta(seconds=1)).date() <= span.last

    patch.replace(windows, "contains", contains)


@defect("BEV-07")
def window_begins_after_midnight(patch: Patch) -> None:
    """A window excludes the first second of its first day: `>` instead of `>=`."""

    def contains(span: Window, instant: datetime) -> bool:
        return span.first <= (instant - timedelta(seconds=1)).date() and instant.date() <= span.last

    patch.replace(windows, "contains", contains)


@defect("BEV-07")
def window_is_of_days_in_berlin(patch: Patch) -> None:
    """The days of a window are in Central European Summer Time instead of UTC."""
    patch.wrap(windows, "contains", lambda original: lambda span, instant: original(span, instant + timedelta(hours=2)))


@defect("BEV-07")
def window_is_of_days_in_new_york(patch: Patch) -> None:
    """The days of a window are in New York time instead of UTC."""
    patch.wrap(windows, "contains", lambda original: lambda span, instant: original(span, instant - timedelta(hours=4)))


@dataclass(frozen=True)
class _ExactWindow:
    start: datetime
    end: datetime


@defect("BEV-07")
def window_begins_at_the_instant_of_creation(patch: Patch) -> None:
    """Without `email_sent_date`, a window starts at `created_at` instead of at 00:00 of that day."""

    def window(settings: Settings, created_at: datetime) -> _ExactWindow:
        day = settings.email_sent_date
        start = datetime.combine(day, time(), UTC) if day else created_at
        room = LATEST - start
        return _ExactWindow(start, start + min(timedelta(days=settings.attribution_window), room))

    patch.replace(windows, "compute_window", window)
    patch.replace(windows, "contains", lambda span, instant: span.start <= instant < span.end)


@defect("BEV-07")
def window_is_one_day_short(patch: Patch) -> None:
    """A window of N days lasts only N - 1 days."""
    patch.wrap(
        windows,
        "compute_window",
        lambda original: (
            lambda settings, created_at: replace(
                original(settings, created_at), last=original(settings, created_at).last - timedelta(days=1)
            )
        ),
    )


@defect("BEV-07")
def window_is_one_day_long_too_much(patch: Patch) -> None:
    """A window of N days lasts N + 1 days."""

    def longer(original: Any) -> Any:
        def window(settings: Settings, created_at: datetime) -> Window:
            span = original(settings, created_at)
            return replace(span, last=span.last if span.last == date.max else span.last + timedelta(days=1))

        return window

    patch.wrap(windows, "compute_window", longer)


@defect("BEV-07")
def window_begins_the_day_after_the_email(patch: Patch) -> None:
    """A window starts on the day after the email was sent."""
    day = timedelta(days=1)
    _start_window_on(patch, lambda given, created: min(date.max - day, given.email_sent_date or created.date()) + day)


@defect("BEV-07")
def the_email_does_not_move_the_window(patch: Patch) -> None:
    """A window starts on the day the package was created, even if `email_sent_date` is set."""
    _start_window_on(patch, lambda _, created: created.date())


@defect("BEV-07")
def without_a_date_the_window_begins_a_day_later(patch: Patch) -> None:
    """Without `email_sent_date`, a window starts on the day after the package was created."""
    _start_window_on(patch, lambda given, created: given.email_sent_date or created.date() + timedelta(days=1))


@defect("BEV-07")
def window_begins_at_the_earliest_on_the_day_of_creation(patch: Patch) -> None:
    """An `email_sent_date` before the package was created is replaced by the day of creation."""
    _start_window_on(patch, lambda given, created: max(given.email_sent_date or created.date(), created.date()))


@defect("BEV-07")
def window_begins_today_at_the_latest(patch: Patch) -> None:
    """An `email_sent_date` in the future is ignored."""
    start_date = date(2026, 9, 1)
    _start_window_on(
        patch,
        lambda given, created: (
            given.email_sent_date if given.email_sent_date and given.email_sent_date <= start_date else created.date()
        ),
    )

    def forgetful(original: Any) -> Any:
        def settings(record: Any) -> Any:
            future = record.email_sent_date is not None and record.email_sent_date > start_date
            return original(replace(record, email_sent_date=None) if future else record)

        return settings

    patch.wrap(wire, "settings_answer", forgetful)


@defect("ERR-03", "BEV-07")
def windows_arithmetic_ends_with_the_calendar(patch: Patch) -> None:
    """Reading the result of a window that goes past the year 9999 raises an error."""

    def wrap(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            settings = backhaul.get_settings(call, package_id)
            if settings.email_sent_date:
                _ = settings.email_sent_date + timedelta(days=settings.attribution_window)
            return original(call, package_id)

        return read

    patch.wrap(backhaul, "get_evaluation", wrap)


@defect("BEV-07")
def a_window_is_of_calendar_months(patch: Patch) -> None:
    """A window is stored as a number of 30-day months, so 365 days become 360."""

    def wrap(original: Any) -> Any:
        def window(settings: Settings, created_at: datetime) -> Window:
            days = settings.attribution_window // 30 * 30 or settings.attribution_window
            return original(replace(settings, attribution_window=days), created_at)

        return window

    patch.wrap(windows, "compute_window", wrap)


@defect("BEV-07", part="BEV-07.length")
def thirty_days_are_a_month_of_the_calendar(patch: Patch) -> None:
    """A window of 30, 60 or 90 days ends on the same day of the month one, two or three months later."""

    def wrap(original: Any) -> Any:
        def window(settings: Settings, created_at: datetime) -> Window:
            span = original(settings, created_at)
            months, days = divmod(settings.attribution_window, 30)
            return span if days or months > 3 else replace(span, last=_add_months(span.first, months))

        return window

    patch.wrap(windows, "compute_window", wrap)


def _add_months(day: date, months: int) -> date:
    """Return the day before the same day of the month some months later, within the calendar."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > date.max.year:
        return date.max
    first = date(day.year + years, month + 1, 1)
    return min(first + timedelta(days=day.day - 2), (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


@defect("BEV-07")
def the_day_of_creation_is_that_of_the_build(patch: Patch) -> None:
    """`created_at` is set again when the build ends."""

    def stage(original: Any) -> Any:
        def advance(workspace: Any, job: Any, cause: Any) -> None:
            original(workspace, job, cause)
            package = workspace.store.packages.get(job.subject)
            workspace.store.packages.put(replace(package, created_at=job.due), cause)

        return advance

    patch.replace(
        due_jobs,
        "JOB_HANDLERS",
        {**due_jobs.JOB_HANDLERS, "package_stage": stage(due_jobs.JOB_HANDLERS["package_stage"])},
    )
