"""The attribution window of a package: the days whose purchases may count."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mock_server.domain.models import EvaluationSettings


@dataclass(frozen=True, slots=True)
class Window:
    """Whole UTC days from `first` to `last`, both included."""

    first: date
    last: date


def compute_window(settings: EvaluationSettings, created_at: datetime) -> Window:
    """Return the window of a package's settings.

    The window starts on `email_sent_date`, or else on the day on which the package was created. It lasts
    `attribution_window` days, but ends at the end of the calendar at the latest.

    Implements: BEV-07.
    """
    first = settings.email_sent_date or created_at.date()
    days = min(settings.attribution_window - 1, (date.max - first).days)
    return Window(first, first + timedelta(days=days))


def contains(window: Window, at: datetime) -> bool:
    """Return whether a time is in the window. See: BEV-07 (the end is not included).

    The window contains 00:00:00 of its first day, but not 00:00:00 of the day after its last day.
    """
    return window.first <= at.date() <= window.last
