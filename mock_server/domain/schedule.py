"""When the platform's attribution run falls due. Nothing else starts a run.

Implements: JOB-01.
"""

from datetime import date, datetime, time, timedelta

RUN_AT = time(8)
"""Daily, UTC.

Implements: JOB-02.
"""


def last_run(now: datetime) -> datetime:
    """Return the latest due time at or before `now`, or the start of the calendar. See: JOB-02, BASE-12."""
    today = datetime.combine(now.date(), RUN_AT, now.tzinfo)
    if today <= now:
        return today
    return today - timedelta(days=1) if now.date() > date.min else datetime.combine(date.min, time(), now.tzinfo)


def next_run(now: datetime) -> datetime | None:
    """Return the next due time after `now`, None at the calendar's end. See: JOB-02, JOB-04 (one run per due time)."""
    today = datetime.combine(now.date(), RUN_AT, now.tzinfo)
    if now < today:
        return today
    return today + timedelta(days=1) if now.date() < date.max else None
