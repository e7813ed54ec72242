"""Broken: the platform's own attribution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mock_server.control import test_data
from mock_server.domain import attribution, sales, schedule
from mock_server.domain.models import AttributionRun, Job
from mock_server.domain.sales import ZERO, Takings
from mock_server.operations import bootstrap, campaign_results, events, partners, revenue, run_due_jobs
from mock_server.state.workspace import Workspace
from tests.defects.registry import Answer, Patch, defect

Choice = Callable[[Workspace, Job, Any], Sequence[Any]]


@dataclass(frozen=True)
class Run:
    """A run of which one part is another one: which sales it looks at, what it writes for them, and when it is due."""

    fresh: Choice = field(
        default=lambda workspace, job, event: sales.not_looked_at(
            workspace.store.sales.of(event.id), workspace.store.last_run, job.due
        )
    )
    instant: Callable[[Workspace, Job], datetime] = field(default=lambda workspace, job: job.due)
    following: Callable[[Workspace, Job], datetime | None] = field(
        default=lambda workspace, job: schedule.next_run(job.due)
    )
    rows: Callable[[Sequence[Any], Any], list[Takings | None]] = field(
        default=lambda fresh, event: [attribution.run(fresh, event.attribution_model)]
    )

    def __call__(self, workspace: Workspace, job: Job) -> None:
        store = workspace.store
        for event in store.events:
            for credited in self.rows(self.fresh(workspace, job, event), event):
                if credited is not None:
                    write(workspace, event, credited, self.instant(workspace, job))
        store.last_run = AttributionRun(job.due, workspace.ids.last_number("purchase"))
        following = self.following(workspace, job)
        if following is not None:
            workspace.schedule("attribution_run", job.subject, following)


def write(workspace: Workspace, event: Any, credited: Takings, instant: datetime) -> None:
    """One automated row."""
    row = run_due_jobs.automated_row(event, workspace.ids.new("cr"), workspace.ids.number("cr"), credited, instant)
    workspace.store.results.put(row)


def runs(patch: Patch, run: Callable[[Workspace, Job], None]) -> None:
    """The scheduled run is this one."""
    patch.replace(run_due_jobs, "PERFORM", {**run_due_jobs.PERFORM, "attribution_run": run})


def run_now(call: Any) -> None:
    """What a button for a run would do."""
    store = call.store
    for event in store.events:
        fresh = sales.not_looked_at(store.sales.of(event.id), store.last_run, call.now)
        credited = attribution.run(fresh, event.attribution_model)
        if credited is not None:
            write(call.workspace, event, credited, call.now)
    store.last_run = AttributionRun(call.now, call.ids.last_number("purchase"))


def _started_by(patch: Patch, module: Any, name: str) -> None:
    def starting(original: Any) -> Any:
        def operation(call: Any, *arguments: Any) -> Any:
            answered = original(call, *arguments)
            run_now(call)
            return answered

        return operation

    patch.wrap(module, name, starting)


@defect("JOB-01")
def reading_daily_revenue_starts_a_run(patch: Patch) -> None:
    """The figures shall be fresh, so the GET attributes what is new first."""
    _started_by(patch, revenue, "get_daily_revenue")


@defect("JOB-01")
def reading_rows_starts_a_run(patch: Patch) -> None:
    """Whoever reads the rows gets the newest sales in them."""

    def starting(original: Any) -> Any:
        def rows(call: Any, *arguments: Any) -> Any:
            run_now(call)
            return original(call, *arguments)

        return rows

    patch.wrap(campaign_results, "list_campaign_results", starting)


@defect("JOB-01")
def posting_a_row_starts_a_run(patch: Patch) -> None:
    """An entry by hand is taken as a wish for attribution."""
    _started_by(patch, campaign_results, "create_campaign_result")


@defect("JOB-01")
def setting_a_model_starts_a_run(patch: Patch) -> None:
    """A new model is applied at once: a run is started."""
    _started_by(patch, events, "set_attribution_model")


@defect("JOB-01")
def setting_a_model_writes_a_row(patch: Patch) -> None:
    """Each PUT of a model leaves a row for what the model credits, new sales or not."""

    def writing(original: Any) -> Any:
        def put(call: Any, eid: str, model: Any) -> Any:
            answered = original(call, eid, model)
            known = sales.known(call.store.sales.of(eid), call.now)
            credited = attribution.run(known, model)
            if credited is not None:
                write(call.workspace, call.store.events.get(eid), credited, call.now)
            return answered

        return put

    patch.wrap(events, "set_attribution_model", writing)


@defect("JOB-01")
def setting_the_default_model_starts_a_run(patch: Patch) -> None:
    """The partner's new default is applied to what was sold so far."""
    _started_by(patch, partners, "set_attribution_model_default")


@defect("JOB-01")
def there_is_a_path_for_a_run(patch: Patch) -> None:
    """A path for the testers that starts a run was left in: POST /campaign_results/run answers 202."""

    def answered(scope: Any, answer: Answer) -> None:
        if scope["method"] == "POST" and scope["path"].endswith("/campaign_results/run") and answer.status == 404:
            answer.status, answer.body = 202, b'{"status":"started"}'

    patch.wire(answered)


@defect("JOB-02")
def run_at_7(patch: Patch) -> None:
    """The run is an hour early."""
    patch.replace(schedule, "RUN_AT", time(7))


@defect("JOB-02")
def run_at_8_of_local_time(patch: Patch) -> None:
    """The schedule is in the server's time zone, Europe/Berlin, with its summer time."""
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
    """The next run is due a day after the instant at which this one was performed, so the hour wanders."""
    runs(patch, Run(following=lambda workspace, job: workspace.clock.now() + timedelta(days=1)))


@defect("JOB-02")
def no_run_at_weekends(patch: Patch) -> None:
    """The schedule is one of working days."""

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
    """A row bears the instant at which the run was really performed."""
    runs(patch, Run(instant=lambda workspace, job: workspace.clock.now()))


@defect("JOB-03")
def run_takes_sales_after_its_due_time(patch: Patch) -> None:
    """The run takes all that is known when it is performed."""

    def all_known(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        store = workspace.store
        return sales.not_looked_at(store.sales.of(event.id), store.last_run, workspace.clock.now())

    runs(patch, Run(fresh=all_known))


@defect("JOB-03")
def run_leaves_sales_of_its_very_instant(patch: Patch) -> None:
    """A sale at 08:00:00 is not before 08:00:00, and the next run begins after it: it is lost."""

    def before(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        fresh = Run().fresh(workspace, job, event)
        return [one for one in fresh if one.revealed_at < job.due]

    runs(patch, Run(fresh=before))


@defect("JOB-03")
def late_arrivals_lost(patch: Patch) -> None:
    """A run takes the sales between the last due time and its own, by their own instants."""

    def between(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        store = workspace.store
        return [one for one in store.sales.of(event.id) if store.last_run.due < one.at <= job.due]

    runs(patch, Run(fresh=between))


@defect("JOB-03")
def arrivals_right_after_a_run_lost(patch: Patch) -> None:
    """What arrives at the very second of a run, after it, counts as looked at: only the instant is compared."""

    def later(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        store = workspace.store
        return [one for one in store.sales.of(event.id) if store.last_run.due < one.revealed_at <= job.due]

    runs(patch, Run(fresh=later))


@defect("JOB-03")
def model_of_the_sale_rather_than_of_the_due_time(patch: Patch) -> None:
    """A sale is credited by the model that the event had when the sale came."""
    models: dict[tuple[int, str], Any] = {}

    def noting(original: Any) -> Any:
        def add(call: Any, rows: Any) -> Any:
            for row in rows:
                event = call.store.events.get(row.event_id)
                models.setdefault((id(call.store), row.event_id), event and event.attribution_model)
            return original(call, rows)

        return add

    def run(workspace: Workspace, job: Job) -> None:
        def by_the_sale(fresh: Sequence[Any], event: Any) -> list[Takings | None]:
            model = models.get((id(workspace.store), event.id)) or event.attribution_model
            return [attribution.run(fresh, model)]

        Run(rows=by_the_sale)(workspace, job)

    patch.wrap(test_data, "add_purchases", noting)
    runs(patch, run)


@defect("JOB-03")
def run_always_by_fd(patch: Patch) -> None:
    """The run credits by the platform's own attribution, whatever the event's model is."""
    runs(patch, Run(rows=lambda fresh, event: [attribution.run(fresh, "FD")]))


@defect("JOB-03")
def external_writes_rows(patch: Patch) -> None:
    """The exception for EXTERNAL is forgotten: what the partner tracks for campaigns becomes a row."""
    patch.replace(attribution, "run", lambda fresh, model: _credited(fresh, model) or None)


def _credited(fresh: Sequence[Any], model: Any) -> Takings | None:
    credited = sales.takings([one for one in fresh if attribution.credit(one, model) == "campaign"])
    return credited if credited.purchases else None


@defect("JOB-03")
def empty_row_where_nothing_is_credited(patch: Patch) -> None:
    """Where sales came in and none is credited, a row of zeros says so."""

    def zeros(fresh: Sequence[Any], event: Any) -> list[Takings | None]:
        return [attribution.run(fresh, event.attribution_model) or (Takings(ZERO, 0) if fresh else None)]

    runs(patch, Run(rows=zeros))


@defect("JOB-03")
def empty_rows_of_a_new_world(patch: Patch) -> None:
    """Each event of a new world has a row, of zeros where nothing was credited."""
    patch.wrap(bootstrap, "_credited", lambda credited: lambda *asked: credited(*asked) or Takings(ZERO, 0))


@defect("JOB-03")
def free_orders_make_no_row(patch: Patch) -> None:
    """A row is written where there is revenue."""

    def earning(original: Any) -> Any:
        def run(fresh: Any, model: Any) -> Takings | None:
            credited = original(fresh, model)
            return credited if credited and credited.revenue else None

        return run

    patch.wrap(attribution, "run", earning)


@defect("JOB-03")
def one_row_for_each_sale(patch: Patch) -> None:
    """The run writes a row for each order."""
    runs(patch, Run(rows=lambda fresh, event: [attribution.run([one], event.attribution_model) for one in fresh]))


@defect("JOB-03")
def run_credits_organic_sales_too(patch: Patch) -> None:
    """Every sale that the run looks at is in the row."""
    runs(patch, Run(rows=lambda fresh, event: [sales.takings(fresh) if fresh else None]))


@defect("JOB-03")
def run_mixes_two_events(patch: Patch) -> None:
    """The row of an event has what the whole partner sold since the last run."""

    def partners_sales(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        own = Run().fresh(workspace, job, event)
        others = workspace.store.events.group("partner", event.partner_id)
        return [one for other in others for one in Run().fresh(workspace, job, other)] if own else []

    runs(patch, Run(fresh=partners_sales))


@defect("JOB-03")
def run_for_the_first_partner_alone(patch: Patch) -> None:
    """The run ends with the first partner: a return in place of a continue."""

    def of_first(workspace: Workspace, job: Job, event: Any) -> Sequence[Any]:
        first = next(iter(workspace.store.partners)).id
        return Run().fresh(workspace, job, event) if event.partner_id == first else []

    runs(patch, Run(fresh=of_first))


@defect("JOB-03")
def jobs_of_one_instant_newest_first(patch: Patch) -> None:
    """Jobs that are due at one instant come out in the order of a stack."""

    def stacked(workspace: Workspace, kind: Any, subject: str, instant: datetime, generation: int = 0) -> None:
        number = 10**9 - workspace.ids.number("job")
        workspace.jobs.add(Job(number, kind, subject, instant, generation))

    patch.replace(Workspace, "schedule", stacked)
