"""The steps of the stateful test. Each step changes the sandbox and the model, and then compares everything.

A reproducer file stores the name and the arguments of each step. An argument that stands for an event or a package is
an index, modulo the number of existing ones, so that any step can be performed in any state.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contracts.dsl import spreadsheets, steps
from contracts.dsl.steps import EVALUATION_MODELS, LOOKOUT_MODELS, SENT_DATE_FIELD
from contracts.stateful import comparison, summary_rows
from contracts.stateful.model import (
    BUILD_STAGE_DURATION,
    INGEST_DELAY,
    Adjustment,
    EvaluationSettings,
    Event,
    Package,
    Sale,
    TransactionSummary,
)
from contracts.stateful.modelled_world import ModelledWorld, format_timestamp, require_equal, start_day
from contracts.target.forms import FormFile
from contracts.target.sandbox import ACME, Sandbox

MAX_OBJECTS = 5
"""The maximum number of events, and of packages, that a test creates. All of them are read after every step."""
StepArguments = dict[str, Any]


class StatefulTest(ModelledWorld):
    """One run of the stateful test. `perform` performs the step with the given name."""

    def __init__(self, world: Sandbox) -> None:
        super().__init__(world)
        self.customers = [f"cus_model_{number}" for number in range(6)]
        for _ in range(3):
            self.add_event()
        self.add_built_package(age_days=0)

    def perform(self, name: str, arguments: StepArguments) -> None:
        """Perform one step, then compare everything. Raises BrokenRuleError."""
        step: Callable[..., None] = getattr(self, name)
        step(**arguments)
        comparison.check_all(self)

    def add_event(self, series_with: int | None = None) -> None:
        """Add an event to the sandbox. The event starts with the partner's default model. Rule: PART-05."""
        if len(self.model.events) >= MAX_OBJECTS:
            return
        series_members = [] if series_with is None else [self.event_id_at(series_with)]
        event_id = self.world.add_event(f"evt_model_{len(self.model.events)}", series=series_members)
        series = self.model.events[series_members[0]].series if series_members else self.model.create_series()
        self.model.events[event_id] = Event(self.model.default_attribution_model, series)

    def add_built_package(self, age_days: int) -> None:
        """Add a package that is already DONE, and that was created `age_days` days ago, to the sandbox."""
        if len(self.model.packages) >= MAX_OBJECTS:
            return
        created_at, events = self.model.now - timedelta(days=age_days), list(self.model.events)[:2]
        clusters = {"Jazz": self.customers[:3], "Pop & Rock/ü": self.customers[3:5], "Nobody": []}
        package_id = self.world.add_package(events, clusters, created_at=format_timestamp(created_at))
        settings = EvaluationSettings(self.model.defaults.window, self.model.defaults.model)
        self.model.packages[package_id] = Package(
            events, created_at, settings, clusters, self.model.now, self.model.now
        )

    def create_package(self, events: list[int], title: str) -> None:
        """Order a package, which the platform then builds. Rules: PKG-02, DEF-02."""
        if len(self.model.packages) >= MAX_OBJECTS:
            return
        event_ids = list(dict.fromkeys(self.event_id_at(index) for index in events))
        order = steps.package_order(event_ids, package_title=title)
        created = self.call("createPackage", 201, "PKG-02", body=order).json()
        require_equal("title of a package", created["title"], title, "PKG-02")
        self._add_ordered_package(created["id"], event_ids)

    def merge_packages(self, packages: list[int]) -> None:
        """Merge packages into a new one, or check that this is refused. Rules: PKG-05, PKG-08."""
        package_ids = list(dict.fromkeys(self.package_id_at(index) for index in packages))
        all_done = all(self.model.status(self.model.packages[key]) == "DONE" for key in package_ids)
        expected = 400 if len(package_ids) < 2 else 201 if all_done else 409
        if expected == 201 and len(self.model.packages) >= MAX_OBJECTS:
            return
        answer = self.call("mergePackages", expected, "PKG-05", query={"packages_ids": package_ids})
        if expected == 201:
            events = [event for key in package_ids for event in self.model.packages[key].events]
            for key in package_ids:
                self.model.packages[key].merge_id = answer.json()["id"]
            self._add_ordered_package(answer.json()["id"], list(dict.fromkeys(events)))

    def _add_ordered_package(self, package_id: str, events: list[str]) -> None:
        now, defaults = self.model.now, self.model.defaults
        settings = EvaluationSettings(defaults.window, defaults.model)
        self.model.packages[package_id] = Package(events, now, settings, None, now, now + 2 * BUILD_STAGE_DURATION)

    def regenerate_package(self, package: int, days: int) -> None:
        """Advance the clock by `days`, then regenerate a package, or check the refusal. Rules: PKG-11, PKG-12."""
        self.advance(days * 86_400)
        package_id = self.package_id_at(package)
        is_started = self.model.regenerate(self.model.packages[package_id])
        expected, rule = (200, "PKG-11") if is_started else (409, "PKG-12")
        answer = self.call("regeneratePackage", expected, rule, path={"package_id": package_id})
        if is_started:
            require_equal("id of a regenerated package", answer.json()["id"], package_id, "PKG-13")

    def save_settings(self, package: int, window: int, model: int, sent_day: int | None) -> None:
        """Save a package's settings. `sent_day` is counted from the sandbox's start. Rules: BEV-02, BEV-09."""
        package_id = self.package_id_at(package)
        day = None if sent_day is None else start_day() + timedelta(days=sent_day)
        sent_date = {} if day is None else {SENT_DATE_FIELD: day.isoformat()}
        body = steps.settings_body(window, EVALUATION_MODELS[model], **sent_date)
        is_saved = self.model.save_settings(
            self.model.packages[package_id], EvaluationSettings(window, EVALUATION_MODELS[model], day)
        )
        expected, rule = (200, "BEV-02") if is_saved else (409, "BEV-09")
        path = {"package_id": package_id}
        answer = self.call("replaceEvaluationSettings", expected, rule, path=path, body=body)
        if is_saved:
            stored = {**body, SENT_DATE_FIELD: day and day.isoformat()}
            require_equal("stored settings", answer.json(), stored, "BEV-02")

    def save_repeatedly(self, package: int, saves: list[StepArguments], pause: int) -> None:
        """Save settings while the evaluation of the previous settings is in progress. Rule: BEV-04."""
        for each in saves:
            self.save_settings(package, **each)
            comparison.check_results(self)
            self.advance(pause)

    def save_unchanged(self, package: int) -> None:
        """Save the same settings once more, after all jobs have ended. Rule: BEV-02."""
        self.advance(10)
        settings = self.model.packages[self.package_id_at(package)].settings
        sent = settings.email_sent_date
        sent_day = None if sent is None else (sent - start_day()).days
        self.save_settings(package, settings.window, EVALUATION_MODELS.index(settings.model), sent_day)
        self.advance(2)

    def sell_at_window_edge(
        self, package: int, settings: StepArguments, customer: int, windows_after_start: int, seconds_before: int
    ) -> None:
        """Add a sale at an edge of the window, then save the settings with this window.

        The edge is the window's start (`windows_after_start` is 0) or its end (1). The sale is `seconds_before` seconds
        before the edge. Rules: BEV-07, BEV-08.
        """
        tested = self.model.packages[self.package_id_at(package)]
        created_day = (tested.created_at.date() - start_day()).days
        first_day = created_day if settings["sent_day"] is None else settings["sent_day"]
        event_index = list(self.model.events).index(tested.events[0])
        sale = {"tickets": 2, "quarters": 100, "credits": ("campaign",) * 3, "from_partner": False}
        edge_day = first_day + windows_after_start * settings["window"]
        self.sell(event_index, customer, edge_day, -seconds_before, **sale)
        self.save_settings(package, **settings)
        self.advance(2)

    def set_defaults(self, window: int, model: int) -> None:
        """Set the partner's Backhaul defaults. Rules: DEF-01, DEF-02."""
        body = steps.settings_body(window, EVALUATION_MODELS[model])
        answer = self.call("setBackhaulDefaults", 200, "DEF-01", path={"partner_id": ACME}, body=body)
        require_equal("stored defaults", answer.json(), body, "DEF-01")
        self.model.defaults = EvaluationSettings(window, EVALUATION_MODELS[model])

    def set_default_model(self, model: int) -> None:
        """Set the Lookout model that new events start with. Rule: PART-05."""
        self.call("setAttributionModelDefault", 204, "PART-05", query={"model": LOOKOUT_MODELS[model]})
        self.model.default_attribution_model = LOOKOUT_MODELS[model]

    def set_event_model(self, event: int, model: int) -> None:
        """Set an event's Lookout model. Rules: LAM-01, LAM-02."""
        event_id, body = self.event_id_at(event), {"model": LOOKOUT_MODELS[model]}
        self.call("setEventAttributionModel", 200, "LAM-01", path={"eid": event_id}, body=body)
        self.model.events[event_id].attribution_model = LOOKOUT_MODELS[model]

    def replace_series(self, event: int, others: list[int]) -> None:
        """Replace an event's series. Rules: EVT-04, EVT-05."""
        event_id, member_ids = self.event_id_at(event), [self.event_id_at(other) for other in others]
        query = {"event_series": member_ids} if member_ids else None
        self.call("replaceEventSeries", 204, "EVT-04", path={"eid": event_id}, query=query)
        self.model.replace_series(event_id, member_ids)

    def sell(self, event: int, customer: int, day: int, second: int, **sale: Any) -> None:
        """Add a sale, which arrives now. `day` is counted from the sandbox's start, and may be in the future."""
        midnight = datetime.combine(start_day(), datetime.min.time(), self.model.now.tzinfo)
        sold_at = midnight + timedelta(days=day, seconds=second)
        credited = dict(zip(LOOKOUT_MODELS, sale["credits"], strict=True))
        buyer, event_id, revenue = self.customers[customer], self.event_id_at(event), sale["quarters"] / 4
        tickets, from_partner = sale["tickets"], sale["from_partner"]
        row = steps.sale_row(buyer, event_id, format_timestamp(sold_at), tickets=tickets, revenue=revenue)
        row |= {model.lower(): credit for model, credit in credited.items()}
        self.world.add_sales({**row, "origin": "partner" if from_partner else "feed"})
        arrived_at = self.model.now
        self.model.sales.append(
            Sale(buyer, event_id, sold_at, arrived_at, tickets, revenue, credited, from_partner=from_partner)
        )

    def add_adjustment(self, event: int, purchase: int, quarters: int) -> None:
        """Enter a sales adjustment. `quarters` is the revenue in units of 0.25. Rule: CR-03."""
        event_id, revenue = self.event_id_at(event), quarters / 4
        query = {"eid": event_id, "partner_id": ACME, "purchase": purchase, "revenue": revenue}
        expected = 400 if purchase == 0 and revenue == 0 else 201
        answer = self.call("createCampaignResult", expected, "CR-03", query=query)
        if expected == 201:
            adjustment = Adjustment(event_id, purchase, revenue, self.model.now, "manual", answer.json()["id"])
            self.model.rows.append(adjustment)

    def ingest_summary(self, event: int, start: int, days: int, sold: int, quarters: int) -> None:
        """Send a transaction summary of `days` days. It begins on day `start` of the sandbox. Rules: ING-01, ING-02."""
        event_id, first, cents = self.event_id_at(event), start_day() + timedelta(days=start), quarters * 25
        last = (first + timedelta(days=days - 1)).isoformat()
        entry = steps.ticket_entry(sold=sold, revenue=cents / 100)
        summary = steps.summary_body(event_id, first.isoformat(), last, entry)
        errors = self.call("ingestTransactionSummary", 200, "ING-01", body=summary).json()["validation_errors"]
        is_valid = sold >= 0 and cents >= 0 and (sold, cents) != (0, 0)
        require_equal("whether an entry is rejected", bool(errors), not is_valid, "ING-02")
        if is_valid:
            self.model.events_with_summaries.add(event_id)
            due = self.model.now + INGEST_DELAY
            self.model.summaries.append(TransactionSummary(event_id, first, days, sold, cents, due))

    def upload_sheet(self, event: int, day: int, orders: int, quarters: int) -> None:
        """Upload a sheet of one day twice. The second upload must change nothing. Rules: SED-03, SED-04."""
        event_id, edited_day = self.event_id_at(event), start_day() + timedelta(days=day)
        file, query = spreadsheets.build_csv((edited_day.isoformat(), orders, quarters / 4)), {"event_id": event_id}
        changed = self.model.edit_day(event_id, edited_day, orders, quarters * 25)
        for expected in (int(changed), 0):
            answer = self.call("uploadSalesEdit", 200, "SED-03", query=query, body=FormFile(file))
            require_equal("days changed", answer.json()["changed"], expected, "SED-03", "SED-04")

    def delete_adjustment(self, row: int) -> None:
        """Delete a row of any source twice. The second deletion must get 404. Rules: CR-04, JOB-04."""
        if self.model.rows:
            deleted = self.model.rows.pop(row % len(self.model.rows))
            query = {"id": deleted.id or ""}
            self.call("deleteCampaignResult", 204, "CR-04", query=query)
            self.call("deleteCampaignResult", 404, "CR-04", query=query)

    def clear_sales(self, event: int) -> None:
        """Clear an event's sales. Rule: DRS-05."""
        event_id = self.event_id_at(event)
        status = 200 if self.world.follows_newer else 204
        self.call("clearSales", status, "DRS-05", query={"event_id": event_id})
        self.model.clear_sales(event_id)

    def advance(self, seconds: int) -> None:
        """Advance the clock."""
        self.world.advance(seconds=seconds)
        self.model.advance_to(self.model.now + timedelta(seconds=seconds))
        self.renew_token()
        comparison.learn_clusters(self)
        summary_rows.learn(self)

    def advance_to_run(self, seconds_before: int) -> None:
        """Advance the clock to the next attribution run, or to some seconds before it. Rule: JOB-02."""
        attribution_time = self.model.now.replace(hour=8, minute=0, second=0)
        remaining = (attribution_time - self.model.now) % timedelta(days=1) or timedelta(days=1)
        self.advance(max(0, int(remaining.total_seconds()) - seconds_before))

    def event_id_at(self, index: int) -> str:
        """Return the id of the event at this index, modulo the number of events."""
        return list(self.model.events)[index % len(self.model.events)]

    def package_id_at(self, index: int) -> str:
        """Return the id of the package at this index, modulo the number of packages."""
        return list(self.model.packages)[index % len(self.model.packages)]
