"""Defects that were found as random mutants of the mock."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from starlette.types import Receive, Scope

from mock_server.domain import revenue, schedule
from mock_server.domain.errors import Problem
from mock_server.http import errors, request_body
from tests.defects.registry import Patch, WireResponse, defect


@defect("BASE-09")
def found_half_a_request_is_acted_upon(patch: Patch) -> None:
    """If the client disconnects early, the part of the body that has arrived is processed as if it were complete."""

    async def read_content(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        content, message = b"", await receive()
        while True:
            content += message.get("body", b"")
            if not message.get("more_body", False):
                break
            message = await receive()
        if len(content) > request_body.MAX_BODY_BYTES:
            raise request_body.RequestTooLargeError(Problem("length", "body", "the body is too large"))
        return content

    patch.replace(request_body, "_read_content", read_content)


@defect("PART-05", "EVT-04", "CR-04", part="EVT-04.status")
def found_nothing_has_a_type(patch: Patch) -> None:
    """A 204 contains a Content-Type header."""

    def change(scope: Scope, answer: WireResponse) -> None:
        if answer.status == 204:
            answer.set("content-type", "application/json")

    patch.change_responses(change)


@defect("DRS-01", "BASE-12")
def found_the_calendar_begins_in_1900(patch: Patch) -> None:
    """Days before 1900 and after 2100 are left out of daily revenue, even if the range includes them."""

    def daily(of: object) -> object:
        return lambda purchases, model, first, last: of(  # type: ignore[operator] # the function that is wrapped
            purchases, model, max(first, date(1900, 1, 1)), min(last, date(2100, 1, 1))
        )

    patch.wrap(revenue, "list_days", daily)


@defect("JOB-04")
def found_a_new_world_has_had_todays_run(patch: Patch) -> None:
    """A world that starts before 08:00 already contains the rows of the run at 08:00."""

    def last_run(now: datetime) -> datetime:
        return datetime.combine(now.date(), schedule.RUN_AT, now.tzinfo)

    patch.replace(schedule, "last_run", last_run)


@defect("JOB-04")
def found_a_new_world_misses_the_run_of_its_birth(patch: Patch) -> None:
    """A world that starts at exactly 08:00 lacks the rows of that run."""
    patch.wrap(schedule, "last_run", lambda last: lambda now: last(now - timedelta(seconds=1)))


@defect("ERR-02")
def found_every_mistake_is_told_alike(patch: Patch) -> None:
    """All validation errors contain the same code, and a message that says only that the field is invalid."""
    patch.wrap(
        errors, "_build_problem", lambda _: lambda kind, field, *rest: Problem("invalid", field, f"{field} is invalid")
    )
