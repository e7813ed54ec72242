"""Defects in the sequence of the platform's attribution runs."""

from dataclasses import replace
from typing import Any

from mock_server.domain import attribution, sales, schedule
from mock_server.domain.causes import Cause
from mock_server.domain.models import AttributionRun, Job
from mock_server.domain.sales import SalesTotal
from mock_server.operations import bootstrap, campaign_results, events
from mock_server.state.workspace import Workspace
from tests.defects.jobs import CustomRun, replace_run, write_row
from tests.defects.registry import Patch, defect


@defect("JOB-04")
def run_doubled(patch: Patch) -> None:
    """Each run is performed twice and writes its rows both times."""
    replace_run(
        patch, CustomRun(rows=lambda fresh, event: [attribution.credited_total(fresh, event.attribution_model)] * 2)
    )


@defect("JOB-04")
def repeated_run_counts_again(patch: Patch) -> None:
    """Sales are not marked as processed, so each run credits all earlier sales again."""
    first: dict[int, AttributionRun] = {}

    def since_birth(workspace: Workspace, job: Job, event: Any) -> Any:
        last = first.setdefault(id(workspace.store), workspace.store.last_run)
        return sales.select_unprocessed(workspace.store.sales.for_event(event.id), last, job.due)

    replace_run(patch, CustomRun(fresh=since_birth))


@defect("JOB-04")
def missed_runs_are_skipped(patch: Patch) -> None:
    """If the clock moves past several runs, only one of them is performed."""
    replace_run(patch, CustomRun(next_run=lambda workspace, job: schedule.next_run(workspace.clock.now())))


@defect("JOB-04")
def every_second_day_is_skipped(patch: Patch) -> None:
    """After each run, the next day's run is skipped."""

    def following(workspace: Workspace, job: Job) -> Any:
        tomorrow = schedule.next_run(job.due)
        return tomorrow and schedule.next_run(tomorrow)

    replace_run(patch, CustomRun(next_run=following))


@defect("JOB-04")
def sales_of_missed_days_are_lost(patch: Patch) -> None:
    """A run that is performed late ignores sales that arrived more than a day earlier."""

    def last_day(workspace: Workspace, job: Job, event: Any) -> Any:
        fresh = CustomRun().fresh(workspace, job, event)
        return [one for one in fresh if (workspace.clock.now() - one.revealed_at).days < 1]

    replace_run(patch, CustomRun(fresh=last_day))


@defect("JOB-04")
def deleted_row_comes_back(patch: Patch) -> None:
    """A run writes the difference between what is credited and the existing rows, so a deleted row returns."""

    def reconcile(workspace: Workspace, job: Job, cause: Cause) -> None:
        store = workspace.store
        for event in store.events:
            known = sales.select_known(store.sales.for_event(event.id), job.due)
            credited = attribution.credited_total(known, event.attribution_model)
            rows = [row for row in store.results.group("event", event.id) if row.source == "automated"]
            orders = sum(row.purchase for row in rows)
            if credited is not None and credited.purchases > orders:
                missing = credited.revenue - sum((row.revenue for row in rows), sales.ZERO)
                write_row(workspace, event, SalesTotal(missing, credited.purchases - orders), job.due, cause)
        store.last_run = AttributionRun(job.due, workspace.ids.last_number("purchase"))
        following = schedule.next_run(job.due)
        if following is not None:
            workspace.schedule("attribution_run", job.subject, following)

    replace_run(patch, reconcile)


@defect("JOB-04")
def deleted_row_comes_back_with_the_next_model(patch: Patch) -> None:
    """A change of an event's model makes the next run process all of its sales again."""
    changed: set[tuple[int, str]] = set()

    def marking(original: Any) -> Any:
        def put(call: Any, eid: str, model: Any) -> Any:
            changed.add((id(call.store), eid))
            return original(call, eid, model)

        return put

    def anew(workspace: Workspace, job: Job, event: Any) -> Any:
        key = (id(workspace.store), event.id)
        if key in changed:
            changed.discard(key)
            return sales.select_known(workspace.store.sales.for_event(event.id), job.due)
        return CustomRun().fresh(workspace, job, event)

    patch.wrap(events, "set_attribution_model", marking)
    replace_run(patch, CustomRun(fresh=anew))


@defect("JOB-04")
def deleted_row_of_the_history_comes_back(patch: Patch) -> None:
    """A run restores an event's initial row after it was deleted."""
    gone: list[tuple[Any, Any]] = []

    def remembering(original: Any) -> Any:
        def delete(call: Any, result_id: str) -> None:
            row = call.store.results.get(result_id)
            original(call, result_id)
            if row.source == "automated" and row.created_at <= call.workspace.created_at:
                gone.append((call.store, row))

        return delete

    def run(workspace: Workspace, job: Job, cause: Cause) -> None:
        for store, row in gone:
            if store is workspace.store:
                store.results.put(row, cause)
        CustomRun()(workspace, job, cause)

    patch.wrap(campaign_results, "delete_campaign_result", remembering)
    replace_run(patch, run)


@defect("JOB-04")
def change_of_the_model_rewrites_rows(patch: Patch) -> None:
    """A change of an event's model changes the rows of past runs."""

    def rewriting(original: Any) -> Any:
        def put(call: Any, eid: str, model: Any) -> Any:
            answered = original(call, eid, model)
            store = call.store
            for row in [row for row in store.results.group("event", eid) if row.source == "automated"]:
                credited = attribution.credited_total(
                    sales.select_known(store.sales.for_event(eid), row.created_at), model
                )
                kept = credited or SalesTotal(sales.ZERO, 0)
                store.results.put(replace(row, purchase=kept.purchases, revenue=kept.revenue), call.cause)
            return answered

        return put

    patch.wrap(events, "set_attribution_model", rewriting)


@defect("JOB-04")
def history_in_two_rows(patch: Patch) -> None:
    """A new world contains each event's initial row twice."""

    def twice(original: Any) -> Any:
        def history(workspace: Any, world: Any, event: Any, last: Any) -> None:
            original(workspace, world, event, last)
            identity = workspace.ids.new("cr"), workspace.ids.next_number("cr")
            row = bootstrap._build_automated_row(world, event, last, identity)
            if row is not None:
                workspace.store.results.put(row)

        return history

    patch.wrap(bootstrap, "_put_automated_row", twice)


@defect("JOB-04")
def history_of_the_last_month_only(patch: Patch) -> None:
    """The initial row of an event covers only the last thirty days."""

    def last_month(original: Any) -> Any:
        def credit(world: Any, event: Any, last: Any) -> Any:
            recent = [one for one in world.sales.get(event.id, ()) if one.at <= last and (last - one.at).days < 30]
            yield len(recent)
            return attribution.credited_total(recent, event.attribution_model)

        return credit

    patch.wrap(bootstrap, "_credited_until", last_month)


@defect("JOB-04")
def row_shows_one_order_too_few(patch: Patch) -> None:
    """The row of a run does not include the last sale that the run processes."""
    replace_run(
        patch, CustomRun(rows=lambda fresh, event: [attribution.credited_total(fresh[:-1], event.attribution_model)])
    )


def _run_notes(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return a dict that a run keeps in its workspace's store for later runs."""
    notes: dict[str, Any] = _NOTES.setdefault((id(workspace.store), name), {})
    return notes


_NOTES: dict[tuple[int, str], dict[str, Any]] = {}


@defect("JOB-03")
def only_credited_sales_are_looked_at(patch: Patch) -> None:
    """Sales that are not credited are not marked as processed, so the next run processes them again."""

    def select_sales(workspace: Workspace, job: Job, event: Any) -> Any:
        marks = _run_notes(workspace, "credited")
        born = marks.setdefault("created_at", workspace.store.last_run)
        known = sales.select_unprocessed(workspace.store.sales.for_event(event.id), born, job.due)
        fresh = [one for one in known if one.number not in marks]
        model = event.attribution_model
        marks.update({one.number: 1 for one in fresh if attribution.credit(one, model) == "campaign"})
        return fresh

    replace_run(patch, CustomRun(fresh=select_sales))


@defect("JOB-03")
def external_events_are_left_for_later(patch: Patch) -> None:
    """A run skips events under EXTERNAL; their sales are processed later, under another model."""

    def since_its_own(workspace: Workspace, job: Job, event: Any) -> Any:
        lasts = _run_notes(workspace, "lasts")
        last = lasts.setdefault(event.id, workspace.store.last_run)
        fresh = sales.select_unprocessed(workspace.store.sales.for_event(event.id), last, job.due)
        if event.attribution_model != "EXTERNAL":
            lasts[event.id] = AttributionRun(job.due, workspace.ids.last_number("purchase"))
        return fresh

    replace_run(patch, CustomRun(fresh=since_its_own))
