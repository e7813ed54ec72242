"""Which purchases a package's window may count."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mock_server.domain.models import EvaluationSettings


@dataclass(frozen=True, slots=True)
class Window:
    """Whole UTC days from `first` to `last`, both included."""

    first: date
    last: date


def compute_window(settings: EvaluationSettings, created_at: datetime) -> Window:
    """The window that a package's settings open.

    It starts on `email_sent_date`, or on the day that the package was created, and is
    `attribution_window` days long; past the calendar's end it is cut. Rule: BEV-07.
    """
    first = settings.email_sent_date or created_at.date()
    days = min(settings.attribution_window - 1, (date.max - first).days)
    return Window(first, first + timedelta(days=days))


def contains(window: Window, instant: datetime) -> bool:
    """Whether the instant lies in the window: 00:00:00 of its first day does, of the day after its last does not.

    Rule: BEV-07 (the end is not included).
    """
    return window.first <= instant.date() <= window.last
