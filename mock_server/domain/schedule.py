"""When the platform's own attribution job falls due."""

from datetime import date, datetime, time, timedelta

RUN_AT = time(8)
"""Daily, UTC. Rule: JOB-02."""


def last_run(now: datetime) -> datetime:
    """The latest due time at or before `now`. Rule: JOB-02."""
    today = datetime.combine(now.date(), RUN_AT, now.tzinfo)
    return today if today <= now else today - timedelta(days=1)


def next_run(now: datetime) -> datetime | None:
    """The first due time after `now`; None at the calendar's end. Rules: JOB-02, JOB-04 (one run per due time)."""
    last = last_run(now)
    return last + timedelta(days=1) if last.date() < date.max else None
