"""Defects in the platform's attribution runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mock_server.control import test_data
from mock_server.domain import attribution, sales, schedule
from mock_server.domain.causes import Cause
from mock_server.domain.models import AttributionRun, Job
from mock_server.domain.sales import ZERO, SalesTotal
from mock_server.operations import bootstrap, campaign_results, due_jobs, events, partners, revenue
from mock_server.state.workspace import Workspace
from tests.defects.registry import Patch, WireResponse, defect

SalesSelector = Callable[[Workspace, Job, Any], Sequence[Any]]


@dataclass(frozen=True)
class CustomRun:
    """An attribution run with one part replaced: the sales it processes, the rows it writes, or when it is due next."""

    fresh: SalesSelector = field(
        default=lambda workspace, job, event: sales.select_unprocessed(
            workspace.store.sales.for_event(event.id), workspace.store.last_run, job.due
        )
    )
    created_at: Callable[[Workspace, Job], datetime] = field(default=lambda workspace, job: job.due)
    next_run: Callable[[Workspace, Job], datetime | None] = field(
        default=lambda workspace, job: schedule.next_run(job.due)
    )
    rows: Callable[[Sequence[Any], Any], list[SalesTotal | None]] = field(
        default=lambda fresh, event: [attribution.credited_total(fresh, event.attribution_model)]
    )

    def __call__(self, workspace: Workspace, job: Job, cause: Cause) -> None:
        store = workspace.store
        for event in store.events:
            for credited in self.rows(self.fresh(workspace, job, event), event):
                if credited is not None:
                    write_row(workspace, event, credited, self.created_at(workspace, job), cause)
        store.last_run = AttributionRun(job.due, workspace.ids.last_number("purchase"))
        following = self.next_run(workspace, job)
        if following is not None:
            workspace.schedule("attribution_run", job.subject, following)


def write_row(workspace: Workspace, event: Any, credited: SalesTotal, instant: datetime, cause: Cause | None) -> None:
    """Write an automated row."""
    row = due_jobs.automated_row(event, workspace.ids.new("cr"), workspace.ids.next_number("cr"), credited, instant)
    workspace.store.results.put(row, cause)


def replace_run(patch: Patch, run: Callable[[Workspace, Job, Cause], None]) -> None:
    """Replace the scheduled run."""
    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, "attribution_run": run})


def run_now(call: Any) -> None:
    """Perform a run at once."""
    store = call.store
    for event in store.events:
        fresh = sales.select_unprocessed(store.sales.for_event(event.id), store.last_run, call.now)
        credited = attribution.credited_total(fresh, event.attribution_model)
        if credited is not None:
            write_row(call.workspace, event, credited, call.now, call.cause)
    store.last_run = AttributionRun(call.now, call.ids.last_number("purchase"))


def _run_after(patch: Patch, module: Any, name: str) -> None:
    def starting(original: Any) -> Any:
        def operation(call: Any, *arguments: Any) -> Any:
            result = original(call, *arguments)
            run_now(call)
            return result

        return operation

    patch.wrap(module, name, starting)


@defect("JOB-01")
def reading_daily_revenue_starts_a_run(patch: Patch) -> None:
    """Reading daily revenue starts an attribution run."""
    _run_after(patch, revenue, "get_daily_revenue")


@defect("JOB-01")
def reading_rows_starts_a_run(patch: Patch) -> None:
    """Reading the campaign results starts an attribution run."""

    def starting(original: Any) -> Any:
        def rows(call: Any, *arguments: Any) -> Any:
            run_now(call)
            return original(call, *arguments)

        return rows

    patch.wrap(campaign_results, "list_campaign_results", starting)


@defect("JOB-01")
def posting_a_row_starts_a_run(patch: Patch) -> None:
    """Creating a manual row starts an attribution run."""
    _run_after(patch, campaign_results, "create_campaign_result")


@defect("JOB-01")
def setting_a_model_starts_a_run(patch: Patch) -> None:
    """Setting an event's model starts an attribution run."""
    _run_after(patch, events, "set_attribution_model")


@defect("JOB-01")
def setting_a_model_writes_a_row(patch: Patch) -> None:
    """Each PUT of a model writes a row with the sales that the model credits."""

    def writing(original: Any) -> Any:
        def put(call: Any, eid: str, model: Any) -> Any:
            answered = original(call, eid, model)
            known = sales.select_known(call.store.sales.for_event(eid), call.now)
            credited = attribution.credited_total(known, model)
            if credited is not None:
                write_row(call.workspace, call.store.events.get(eid), credited, call.now, call.cause)
            return answered

        return put

    patch.wrap(events, "set_attribution_model", writing)


@defect("JOB-01")
def setting_the_default_model_starts_a_run(patch: Patch) -> None:
    """Setting the partner's default model starts an attribution run."""
    _run_after(patch, partners, "set_attribution_model_default")


@defect("JOB-01")
def there_is_a_path_for_a_run(patch: Patch) -> None:
    """POST /campaign_results/run starts an attribution run and returns 202, as if it had been left in after testing."""

    def answer_run(scope: Any, answer: WireResponse) -> None:
        if scope["method"] == "POST" and scope["path"].endswith("/campaign_results/run") and answer.status == 404:
            answer.status, answer.body = 202, b'{"status":"started"}'

    patch.change_responses(answer_run)


@defect("JOB-02")
def run_at_7(patch: Patch) -> None:
    """The attribution run is at 07:00 instead of 08:00."""
    patch.replace(schedule, "RUN_AT", time(7))


@defect("JOB-02")
def run_at_8_of_local_time(patch: Patch) -> None:
    """The attribution run is at 08:00 in Europe/Berlin, with summer time, instead of in UTC."""
    zone = ZoneInfo("Europe/Berlin")

    def at_8(day: Any) -> datetime:
        return datetime.combine(day, time(8), zone)

    def following(now: datetime) -> datetime:
        local = now.astimezone(zone).date()
        days = (at_8(local + timedelta(days=number)) for number in (0, 1))
        return next(instant.astimezone(now.tzinfo) for instant in days if instant > now)

    def last(now: datetime) -> datetime:
        local = now.astimezone(zone).date()
        days = (at_8(local - timedelta(days=number)) for number in (0, 1))
        return next(instant.astimezone(now.tzinfo) for instant in days if instant <= now)

    patch.replace(schedule, "next_run", following)
    patch.replace(schedule, "last_run", last)


@defect("JOB-02")
def next_run_24_hours_after_the_last_read(patch: Patch) -> None:
    """The next run is due a day after the last one was performed, not after it was due, so the hour drifts."""
    replace_run(patch, CustomRun(next_run=lambda workspace, job: workspace.clock.now() + timedelta(days=1)))


@defect("JOB-02")
def no_run_at_weekends(patch: Patch) -> None:
    """There is no attribution run on Saturdays and Sundays."""

    def working(original: Any) -> Any:
        def following(now: datetime) -> datetime | None:
            instant = original(now)
            while instant is not None and instant.weekday() > 4:
                instant += timedelta(days=1)
            return instant

        return following

    patch.wrap(schedule, "next_run", working)


@defect("JOB-03", "JOB-04")
def run_uses_now_for_its_due_time(patch: Patch) -> None:
    """The rows of a run are dated by the time at which it was performed instead of its due time."""
    replace_run(patch, CustomRun(created_at=lambda workspace, job: workspace.clock.now()))


@defect("JOB-03")
def run_takes_sales_after_its_due_time(patch: Patch) -> None:
    """A run includes all sales that are known when it is performed, even those after its due time."""

    def all_known(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        store = workspace.store
        return sales.select_unprocessed(store.sales.for_event(event.id), store.last_run, workspace.clock.now())

    replace_run(patch, CustomRun(fresh=all_known))


@defect("JOB-03")
def run_leaves_sales_of_its_very_instant(patch: Patch) -> None:
    """A sale at exactly 08:00:00 is in neither this run nor the next one."""

    def before(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        fresh = CustomRun().fresh(workspace, job, event)
        return [one for one in fresh if one.revealed_at < job.due]

    replace_run(patch, CustomRun(fresh=before))


@defect("JOB-03")
def late_arrivals_lost(patch: Patch) -> None:
    """A run selects sales by the time of the sale instead of the time of arrival, so late arrivals are lost."""

    def between(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        store = workspace.store
        return [one for one in store.sales.for_event(event.id) if store.last_run.due < one.at <= job.due]

    replace_run(patch, CustomRun(fresh=between))


@defect("JOB-03")
def arrivals_right_after_a_run_lost(patch: Patch) -> None:
    """A sale that arrives in the same second as a run, but after it, is never processed."""

    def later(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        store = workspace.store
        return [one for one in store.sales.for_event(event.id) if store.last_run.due < one.revealed_at <= job.due]

    replace_run(patch, CustomRun(fresh=later))


@defect("JOB-03")
def model_of_the_sale_rather_than_of_the_due_time(patch: Patch) -> None:
    """A sale is credited by the event's model at the time of the sale instead of at the time of the run."""
    models: dict[tuple[int, str], Any] = {}

    def noting(original: Any) -> Any:
        def add(call: Any, rows: Any) -> Any:
            for row in rows:
                event = call.store.events.get(row.event_id)
                models.setdefault((id(call.store), row.event_id), event and event.attribution_model)
            return original(call, rows)

        return add

    def run(workspace: Workspace, job: Job, cause: Cause) -> None:
        def by_the_sale(fresh: Sequence[Any], event: Any) -> list[SalesTotal | None]:
            model = models.get((id(workspace.store), event.id)) or event.attribution_model
            return [attribution.credited_total(fresh, model)]

        CustomRun(rows=by_the_sale)(workspace, job, cause)

    patch.wrap(test_data, "add_purchases", noting)
    replace_run(patch, run)


@defect("JOB-03")
def run_always_by_fd(patch: Patch) -> None:
    """A run always credits by the platform's own attribution, whatever the event's model."""
    replace_run(patch, CustomRun(rows=lambda fresh, event: [attribution.credited_total(fresh, "FD")]))


@defect("JOB-03")
def external_writes_rows(patch: Patch) -> None:
    """A run writes a row for an event under EXTERNAL, although it should not."""
    patch.replace(attribution, "credited_total", lambda fresh, model: _campaign_takings(fresh, model) or None)


def _campaign_takings(fresh: Sequence[Any], model: Any) -> SalesTotal | None:
    campaign_sales = sales.total([one for one in fresh if attribution.credit(one, model) == "campaign"])
    return campaign_sales if campaign_sales.purchases else None


@defect("JOB-03")
def empty_row_where_nothing_is_credited(patch: Patch) -> None:
    """A run writes a row of zeros if there are sales but none of them is credited."""

    def zeros(fresh: Sequence[Any], event: Any) -> list[SalesTotal | None]:
        return [attribution.credited_total(fresh, event.attribution_model) or (SalesTotal(ZERO, 0) if fresh else None)]

    replace_run(patch, CustomRun(rows=zeros))


@defect("JOB-03")
def empty_rows_of_a_new_world(patch: Patch) -> None:
    """In a new world there is a row for each event, which contains zeros if nothing was credited."""

    def wrap(credited: Any) -> Any:
        def credit(*asked: Any) -> Any:
            total = yield from credited(*asked)
            return total or SalesTotal(ZERO, 0)

        return credit

    patch.wrap(bootstrap, "_credited_until", wrap)


@defect("JOB-03")
def free_orders_make_no_row(patch: Patch) -> None:
    """A run writes a row only if the credited revenue is not 0."""

    def earning(original: Any) -> Any:
        def run(fresh: Any, model: Any) -> SalesTotal | None:
            credited = original(fresh, model)
            return credited if credited and credited.revenue else None

        return run

    patch.wrap(attribution, "credited_total", earning)


@defect("JOB-03")
def one_row_for_each_sale(patch: Patch) -> None:
    """A run writes a row for each order instead of one row with the sum."""
    replace_run(
        patch,
        CustomRun(
            rows=lambda fresh, event: [attribution.credited_total([one], event.attribution_model) for one in fresh]
        ),
    )


@defect("JOB-03")
def run_credits_organic_sales_too(patch: Patch) -> None:
    """A run credits all sales that it processes, even organic ones."""
    replace_run(patch, CustomRun(rows=lambda fresh, event: [sales.total(fresh) if fresh else None]))


@defect("JOB-03")
def run_mixes_two_events(patch: Patch) -> None:
    """The row of an event contains the sales of all of the partner's events."""

    def partners_sales(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        own = CustomRun().fresh(workspace, job, event)
        others = workspace.store.events.group("partner", event.partner_id)
        return [one for other in others for one in CustomRun().fresh(workspace, job, other)] if own else []

    replace_run(patch, CustomRun(fresh=partners_sales))


@defect("JOB-03")
def run_for_the_first_partner_alone(patch: Patch) -> None:
    """A run ends after the first partner, because of `return` instead of `continue`."""

    def of_first(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        first = next(iter(workspace.store.partners)).id
        return CustomRun().fresh(workspace, job, event) if event.partner_id == first else []

    replace_run(patch, CustomRun(fresh=of_first))


@defect("JOB-03")
def jobs_of_one_instant_newest_first(patch: Patch) -> None:
    """Jobs that are due at the same time run in reverse order."""

    def schedule_first(workspace: Workspace, kind: Any, subject: str, instant: datetime, generation: int = 0) -> None:
        number = 10**9 - workspace.ids.next_number("job")
        workspace.jobs.add(Job(number, kind, subject, instant, generation))

    patch.replace(Workspace, "schedule", schedule_first)
