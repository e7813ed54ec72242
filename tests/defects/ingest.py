"""Defects in transaction summaries."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from mock_server.domain import ingest as rules
from mock_server.domain.errors import EventNotFoundError, InvalidRequestError
from mock_server.domain.sales import ZERO
from mock_server.operations import due_jobs, ingest, revenue
from mock_server.operations.ingest import AcceptedSummary
from mock_server.platform_api.schemas import ingest as schemas
from mock_server.state.workspace import Workspace
from tests.defects.ground_rules_bodies import change_body
from tests.defects.registry import Patch, defect


@defect("ING-01")
def only_the_first_entry_of_a_summary_counts(patch: Patch) -> None:
    """Only the first entry of a transaction summary counts."""
    patch.wrap(rules, "validate_entries", lambda judge: lambda entries: judge(entries[:1]))


@defect("ING-01")
def a_summary_may_end_before_it_begins(patch: Patch) -> None:
    """If the period's end is before its start, they are swapped."""

    def summary(original: Any) -> Any:
        def swap_days(body: Any) -> Any:
            sent = original(body)
            return replace(sent, first=min(sent.first, sent.last), last=max(sent.first, sent.last))

        return swap_days

    patch.wrap(schemas.TransactionSummaryBody, "to_summary", summary)


@defect("ING-01")
def a_summary_may_span_any_number_of_days(patch: Patch) -> None:
    """The period of a summary may have any number of days."""
    patch.replace(rules, "MAX_PERIOD_DAYS", 10**7)


@defect("ING-01")
def a_summary_may_span_ten_years_less_a_day(patch: Patch) -> None:
    """A period of the documented maximum length is rejected."""
    patch.replace(rules, "MAX_PERIOD_DAYS", rules.MAX_PERIOD_DAYS - 1)


@defect("ING-01")
def a_summary_of_an_unknown_event_is_taken(patch: Patch) -> None:
    """A summary of an unknown event returns 200 and is ignored, instead of 404."""

    def lenient(take: Any) -> Any:
        def accept(call: Any, summary: Any) -> Any:
            try:
                return take(call, summary)
            except EventNotFoundError:
                return AcceptedSummary(summary, ())

        return accept

    patch.wrap(ingest, "accept_summary", lenient)


@defect("ING-01")
def the_record_has_rejected_entries_too(patch: Patch) -> None:
    """The record in the response also has the entries that were left out."""

    def whole(accept: Any) -> Any:
        return lambda call, summary: replace(accept(call, summary), summary=summary)

    patch.wrap(ingest, "accept_summary", whole)


@defect("ING-01")
def orders_that_are_left_out_are_0(patch: Patch) -> None:
    """`sold` may be left out of an entry; it is then 0."""

    def add_sold(content: bytes) -> bytes:
        fields = json.loads(content)
        tickets = fields.get("tickets") if isinstance(fields, dict) else None
        for entry in tickets if isinstance(tickets, list) else ():
            if isinstance(entry, dict):
                entry.setdefault("sold", 0)
        return json.dumps(fields).encode()

    change_body(patch, add_sold)


@defect("ING-02")
def one_bad_entry_refuses_the_whole_summary(patch: Patch) -> None:
    """One invalid entry makes the whole summary return 400."""

    def refusing(judge: Any) -> Any:
        def check(entries: Any) -> Any:
            found = judge(entries)
            if found.rejected:
                raise InvalidRequestError(*found.rejected)
            return found

        return check

    patch.wrap(rules, "validate_entries", refusing)


@defect("ING-02")
def bad_entries_are_left_out_in_silence(patch: Patch) -> None:
    """Invalid entries are skipped, and `validation_errors` is empty."""
    patch.wrap(
        schemas,
        "ingested_body",
        lambda ingested: lambda accepted, quirks: ingested(replace(accepted, rejected=()), quirks),
    )


@defect("ING-02")
def bad_entries_are_told_and_taken_too(patch: Patch) -> None:
    """Invalid entries are reported, but counted anyway."""

    def taking(judge: Any) -> Any:
        def check(entries: Any) -> Any:
            sold, amount = sum(entry.sold for entry in entries), sum((entry.revenue for entry in entries), ZERO)
            return replace(judge(entries), sold=sold, revenue=amount)

        return check

    patch.wrap(rules, "validate_entries", taking)


@defect("ING-02")
def one_bad_entry_leaves_out_all_that_follow(patch: Patch) -> None:
    """All entries after the first invalid one are ignored."""

    def stopping(judge: Any) -> Any:
        def check(entries: Any) -> Any:
            whole = judge(entries)
            good = next((n for n in range(len(entries)) if judge(entries[: n + 1]).rejected), len(entries))
            return replace(judge(entries[:good]), rejected=whole.rejected)

        return check

    patch.wrap(rules, "validate_entries", stopping)


@defect("ING-02")
def entries_of_one_type_are_added_up(patch: Patch) -> None:
    """Two entries of the same type are added up."""

    def lenient(problems: Any) -> Any:
        return lambda entry, field, is_duplicate: problems(entry, field, is_duplicate=False)

    patch.wrap(rules, "_entry_problems", lenient)


@defect("ING-03")
def a_summary_shows_at_once(patch: Patch) -> None:
    """The rows of a summary appear at once, without a delay."""

    def at_once(take: Any) -> Any:
        def accept(call: Any, summary: Any) -> Any:
            told = take(call, summary)
            for job in [job for job in call.workspace.jobs if job.kind == "ingest"]:
                ingest.publish_summary(call.workspace, job, call.cause)
            return told

        return accept

    patch.wrap(ingest, "accept_summary", at_once)


@defect("ING-03")
def a_summary_takes_two_days(patch: Patch) -> None:
    """The rows of a summary appear after 48 hours."""
    _set_delay(patch, timedelta(days=2))


@defect("ING-03")
def a_summary_shows_a_second_late(patch: Patch) -> None:
    """The rows of a summary appear a second late."""

    def later(schedule_in: Any) -> Any:
        def schedule(workspace: Workspace, kind: Any, subject: str, start: datetime, delay: timedelta) -> None:
            schedule_in(workspace, kind, subject, start, delay + timedelta(seconds=kind == "ingest"))

        return schedule

    patch.wrap(Workspace, "schedule_in", later)


@defect("ING-03")
def a_second_summary_supersedes_the_first(patch: Patch) -> None:
    """A new summary of an event replaces an earlier one that is still pending."""

    def superseding(take: Any) -> Any:
        def accept(call: Any, summary: Any) -> Any:
            for waiting in list(call.store.ingests.group("event", summary.eid)):
                call.store.ingests.delete(waiting.id)
            return take(call, summary)

        return accept

    patch.wrap(ingest, "accept_summary", superseding)


@defect("ING-04")
def a_summary_is_not_spread(patch: Patch) -> None:
    """The whole summary is assigned to the first day of its period."""
    patch.replace(
        rules,
        "spread_over_days",
        lambda summary, seed: iter([rules.DayShare(summary.first, summary.sold, summary.revenue)]),
    )


@defect("ING-04")
def the_last_day_of_a_summary_has_no_share(patch: Patch) -> None:
    """The last day of the period, `to`, gets no share."""

    def shorter(spread: Any) -> Any:
        def shares(summary: Any, seed: int) -> Any:
            last = max(summary.first, summary.last - timedelta(days=1))
            return spread(replace(summary, last=last), seed)

        return shares

    patch.wrap(rules, "spread_over_days", shorter)


@defect("ING-04")
def days_without_a_share_have_rows_of_nothing(patch: Patch) -> None:
    """Every day of the period gets a row, even if its share is 0."""

    def every_day(spread: Any) -> Any:
        def shares(summary: Any, seed: int) -> Any:
            found = {share.day: share for share in spread(summary, seed)}
            for number in range((summary.last - summary.first).days + 1):
                day = summary.first + timedelta(days=number)
                yield found.get(day, rules.DayShare(day, 0, ZERO))

        return shares

    patch.wrap(rules, "spread_over_days", every_day)


@defect("ING-04")
def brought_in_rows_are_dated_by_their_arrival(patch: Patch) -> None:
    """A row's `created_at` is the time at which the row appears, instead of the row's day."""
    _change_rows(patch, lambda row, job: replace(row, created_at=job.due))


@defect("ING-04")
def brought_in_rows_stand_at_noon(patch: Patch) -> None:
    """A row's `created_at` is 12:00 on the row's day."""
    noon = time(12)
    _change_rows(patch, lambda row, job: replace(row, created_at=datetime.combine(row.created_at.date(), noon, UTC)))


@defect("ING-04")
def brought_in_rows_are_automated_ones(patch: Patch) -> None:
    """The rows of a summary have the source `automated`."""
    _change_rows(patch, lambda row, job: replace(row, source="automated"))


@defect("ING-05")
def shares_are_rounded(patch: Patch) -> None:
    """Each day's share is rounded to cents, so the shares may not add up to the total."""

    def alike(summary: Any, seed: int) -> Any:
        days = (summary.last - summary.first).days + 1
        share = (summary.revenue / days).quantize(Decimal("0.01"))
        for number in range(days):
            yield rules.DayShare(summary.first + timedelta(days=number), summary.sold // days, share)

    patch.replace(rules, "spread_over_days", alike)


@defect("ING-05")
def amounts_are_divided_in_cents_alone(patch: Patch) -> None:
    """Amounts are truncated to cents before they are divided."""
    patch.replace(rules, "_decimal_places", lambda amount: rules.MIN_PLACES)


@defect("ING-06")
def a_summary_sent_twice_counts_once(patch: Patch) -> None:
    """A summary that equals an earlier one is ignored."""
    known: list[tuple[Any, Any]] = []

    def remembering(take: Any) -> Any:
        def accept(call: Any, summary: Any) -> Any:
            if any(store is call.store and sent == summary for store, sent in known):
                return AcceptedSummary(summary, ())
            told = take(call, summary)
            known.append((call.store, summary))
            return told

        return accept

    patch.wrap(ingest, "accept_summary", remembering)


@defect("ING-05")
def shares_are_those_of_one_seed(patch: Patch) -> None:
    """Shares are drawn from a fixed seed instead of the workspace's."""
    patch.wrap(rules, "spread_over_days", lambda spread: lambda summary, seed: spread(summary, 0))


@defect("ING-05")
def shares_are_drawn_anew(patch: Patch) -> None:
    """Shares also depend on how many summaries were imported before, since the server was started."""
    numbers = count()
    patch.wrap(rules, "spread_over_days", lambda spread: lambda summary, seed: spread(summary, seed + next(numbers)))


@defect("ING-06")
def what_is_on_its_way_survives_a_clearing(patch: Patch) -> None:
    """Clearing an event does not remove its pending summaries."""
    patch.replace(ingest, "discard_pending", lambda call, event: None)


@defect("ING-06")
def clearing_forgets_what_is_on_its_way_to_all_events(patch: Patch) -> None:
    """Clearing one event removes the pending summaries of all events."""

    def all_of_them(call: Any, event: Any) -> None:
        for summary in list(call.store.ingests):
            call.store.ingests.delete(summary.id)

    patch.replace(ingest, "discard_pending", all_of_them)


@defect("ING-06")
def brought_in_rows_survive_a_clearing(patch: Patch) -> None:
    """Clearing an event does not remove its manual rows dated 00:00, such as the rows of a summary."""

    def keeping(clear: Any) -> Any:
        def clear_sales(call: Any, event_id: str) -> None:
            rows = [row for row in call.store.results.group("event", event_id) if row.source == "manual"]
            clear(call, event_id)
            for row in rows:
                if row.created_at.time() == time():
                    call.store.results.put(row, call.cause)

        return clear_sales

    patch.wrap(revenue, "clear_sales", keeping)


def _set_delay(patch: Patch, delay: timedelta) -> None:
    """Set the delay after which a summary's rows appear, for every timing."""

    def slow(schedule_in: Any) -> Any:
        def schedule(workspace: Workspace, kind: Any, subject: str, start: datetime, usual: timedelta) -> None:
            schedule_in(workspace, kind, subject, start, delay if kind == "ingest" else usual)

        return schedule

    patch.wrap(Workspace, "schedule_in", slow)


def _change_rows(patch: Patch, change: Any) -> None:
    """Change each row that a summary writes with `change(row, job)`."""

    def wrapper(workspace: Workspace, job: Any, cause: Any) -> None:
        known = {row.id for row in workspace.store.results}
        ingest.publish_summary(workspace, job, cause)
        for row in [row for row in workspace.store.results if row.id not in known]:
            workspace.store.results.put(change(row, job), cause)

    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, "ingest": wrapper})
