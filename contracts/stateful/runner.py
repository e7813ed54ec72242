"""A walk: steps taken in a sandbox and in the model, and everything compared after each of them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import httpx2

from contracts.dsl import spreadsheets, steps
from contracts.dsl.steps import EVALUATION_MODELS, LOOKOUT_MODELS, SENT_DATE_FIELD
from contracts.spec.openapi import UndocumentedResponseError
from contracts.spec.verdicts import BrokenRuleError
from contracts.stateful import observation
from contracts.stateful.model import (
    BUILD_STAGE_DURATION,
    INGEST_DELAY,
    Adjustment,
    EvaluationSettings,
    Event,
    Package,
    ReferenceModel,
    Sale,
    TransactionSummary,
)
from contracts.stateful.observation import require_equal
from contracts.target.client import Client
from contracts.target.sandbox import ACME, START_TIME, Sandbox

MAX_OBJECTS = 5
"""How many events and packages a walk makes at most: what is there is looked at after every step."""
TOKEN_LIFETIME = timedelta(seconds=3600)
StepArguments = dict[str, Any]


class StatefulTest:
    """One walk. `take` performs a step by its name; places in its arguments count around what is there."""

    def __init__(self, world: Sandbox) -> None:
        self.world = world
        self.model = ReferenceModel(parse_timestamp(START_TIME))
        self.customers = [f"cus_walk_{number}" for number in range(6)]
        self.client, self._signed_in_at = world.sign_in("partner"), self.model.now
        for _ in range(3):
            self.add_event()
        self.arrange(born=0)

    def perform(self, name: str, arguments: StepArguments) -> None:
        """One step, and a look at everything. Raises Broken."""
        step: Callable[..., None] = getattr(self, name)
        step(**arguments)
        observation.check_all(self)

    def renew_token(self) -> None:
        """Keep a token that is good."""
        if self.model.now - self._signed_in_at >= TOKEN_LIFETIME:
            expired = self.client.call("getPartner")
            require_equal("status with a token of an hour or more", expired.status_code, 401, "AUTH-06")
            self.client, self._signed_in_at = self.world.sign_in("partner"), self.model.now

    def call(self, operation: str, expected: int, rule: str, **arguments: Any) -> httpx2.Response:
        """One call with the status that the rule gives it; an unpromised answer breaks the same rule."""
        try:
            answer = self.client.call(operation, arguments.get("path"), arguments.get("query"), arguments.get("body"))
        except UndocumentedResponseError as unpromised:
            raise BrokenRuleError(
                str(unpromised), "an answer that the document promises", "another", (rule,)
            ) from unpromised
        require_equal(f"status of {operation}", answer.status_code, expected, rule)
        return answer

    def add_event(self, together: int | None = None) -> None:
        """An event that the world is given; it starts with the partner's model. Rule: PART-05."""
        if len(self.model.events) >= MAX_OBJECTS:
            return
        series_members = [] if together is None else [self.event_id_at(together)]
        event_id = self.world.add_event(f"evt_walk_{len(self.model.events)}", series=series_members)
        series = self.model.events[series_members[0]].series if series_members else self.model.create_series()
        self.model.events[event_id] = Event(self.model.default_attribution_model, series)

    def arrange(self, born: int) -> None:
        """A package that is DONE from the start, made some days ago."""
        if len(self.model.packages) >= MAX_OBJECTS:
            return
        created_at, events = self.model.now - timedelta(days=born), list(self.model.events)[:2]
        clusters = {"Jazz": self.customers[:3], "Pop & Rock/ü": self.customers[3:5], "Nobody": []}
        package_id = self.world.add_package(events, clusters, created_at=format_timestamp(created_at))
        settings = EvaluationSettings(self.model.defaults.window, self.model.defaults.model)
        self.model.packages[package_id] = Package(
            events, created_at, settings, clusters, self.model.now, self.model.now
        )

    def build(self, events: list[int], title: str) -> None:
        """A package that the platform builds. Rules: PKG-02, DEF-02."""
        if len(self.model.packages) >= MAX_OBJECTS:
            return
        event_ids = list(dict.fromkeys(self.event_id_at(index) for index in events))
        order = steps.package_order(event_ids, package_title=title)
        made = self.call("createPackage", 201, "PKG-02", body=order).json()
        require_equal("title of a package", made["title"], title, "PKG-02")
        self._add_ordered_package(made["id"], event_ids)

    def merge(self, packages: list[int]) -> None:
        """A package over others. Rules: PKG-05, PKG-08."""
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

    def regenerate(self, package: int, days: int) -> None:
        """A package is built again, now or some days later. Rules: PKG-11, PKG-12."""
        self.advance(days * 86_400)
        package_id = self.package_id_at(package)
        is_started = self.model.regenerate(self.model.packages[package_id])
        expected, rule = (200, "PKG-11") if is_started else (409, "PKG-12")
        answer = self.call("regeneratePackage", expected, rule, path={"package_id": package_id})
        if is_started:
            require_equal("id of a package that is built again", answer.json()["id"], package_id, "PKG-13")

    def save(self, package: int, window: int, model: int, sent: int | None) -> None:
        """Settings are saved, for a window that starts some days from the birth. Rules: BEV-02, BEV-09."""
        package_id = self.package_id_at(package)
        day = None if sent is None else start_day() + timedelta(days=sent)
        body = steps.settings_body(
            window, EVALUATION_MODELS[model], **({} if day is None else {SENT_DATE_FIELD: day.isoformat()})
        )
        is_saved = self.model.save_settings(
            self.model.packages[package_id], EvaluationSettings(window, EVALUATION_MODELS[model], day)
        )
        rule = "BEV-02" if is_saved else "BEV-09"
        path = {"package_id": package_id}
        answer = self.call("replaceEvaluationSettings", 200 if is_saved else 409, rule, path=path, body=body)
        if is_saved:
            require_equal(
                "settings as stored", answer.json(), {**body, SENT_DATE_FIELD: day and day.isoformat()}, "BEV-02"
            )

    def burst(self, package: int, saves: list[StepArguments], pause: int) -> None:
        """Settings are saved again while a job for those before is under way. Rule: BEV-04."""
        for each in saves:
            self.save(package, **each)
            observation.check_results(self)
            self.advance(pause)

    def again(self, package: int) -> None:
        """The same settings are saved once more, after everything has ended. Rule: BEV-02."""
        self.advance(10)
        settings = self.model.packages[self.package_id_at(package)].settings
        sent = None if settings.email_sent_date is None else (settings.email_sent_date - start_day()).days
        self.save(package, settings.window, EVALUATION_MODELS.index(settings.model), sent)
        self.advance(2)

    def edge(self, package: int, save: StepArguments, customer: int, end: int, off: int) -> None:
        """An order just at an edge of the window that is saved then: its first second, or the first one after it.

        `end` says which of the two, `off` how many seconds before it. Rules: BEV-07, BEV-08.
        """
        package_id = self.package_id_at(package)
        start = self.model.packages[package_id].created_at.date() if save["sent"] is None else None
        day = save["sent"] if start is None else (start - start_day()).days
        event_index = list(self.model.events).index(self.model.packages[package_id].events[0])
        sale = {"tickets": 2, "quarters": 100, "credits": ("campaign",) * 3, "brought_in": False}
        self.sell(event_index, customer, day + end * save["window"], -off, **sale)
        self.save(package, **save)
        self.advance(2)

    def set_defaults(self, window: int, model: int) -> None:
        """Rules: DEF-01, DEF-02."""
        body = steps.settings_body(window, EVALUATION_MODELS[model])
        answer = self.call("setBackhaulDefaults", 200, "DEF-01", path={"partner_id": ACME}, body=body)
        require_equal("defaults as stored", answer.json(), body, "DEF-01")
        self.model.defaults = EvaluationSettings(window, EVALUATION_MODELS[model])

    def set_event_default(self, model: int) -> None:
        """Rule: PART-05."""
        self.call("setAttributionModelDefault", 204, "PART-05", query={"model": LOOKOUT_MODELS[model]})
        self.model.default_attribution_model = LOOKOUT_MODELS[model]

    def set_model(self, event: int, model: int) -> None:
        """Rules: LAM-01, LAM-02."""
        event_id, body = self.event_id_at(event), {"model": LOOKOUT_MODELS[model]}
        self.call("setEventAttributionModel", 200, "LAM-01", path={"eid": event_id}, body=body)
        self.model.events[event_id].attribution_model = LOOKOUT_MODELS[model]

    def set_series(self, event: int, others: list[int]) -> None:
        """Rules: EVT-04, EVT-05."""
        event_id, member_ids = self.event_id_at(event), [self.event_id_at(other) for other in others]
        query = {"event_series": member_ids} if member_ids else None
        self.call("replaceEventSeries", 204, "EVT-04", path={"eid": event_id}, query=query)
        self.model.replace_series(event_id, member_ids)

    def sell(self, event: int, customer: int, day: int, second: int, **sale: Any) -> None:
        """A sale some days from the birth, past or future, that the world hears of now."""
        sold_at = datetime.combine(start_day(), datetime.min.time(), self.model.now.tzinfo) + timedelta(
            days=day, seconds=second
        )
        credited = dict(zip(LOOKOUT_MODELS, sale["credits"], strict=True))
        buyer, event_id, revenue = self.customers[customer], self.event_id_at(event), sale["quarters"] / 4
        tickets, from_partner = sale["tickets"], sale["brought_in"]
        row = steps.sale_row(buyer, event_id, format_timestamp(sold_at), tickets=tickets, revenue=revenue)
        row |= {model.lower(): credit for model, credit in credited.items()}
        self.world.add_sales({**row, "origin": "partner" if from_partner else "feed"})
        arrived_at = self.model.now
        self.model.sales.append(
            Sale(buyer, event_id, sold_at, arrived_at, tickets, revenue, credited, from_partner=from_partner)
        )

    def post(self, event: int, purchase: int, quarters: int) -> None:
        """Rule: CR-03."""
        event_id, revenue = self.event_id_at(event), quarters / 4
        query = {"eid": event_id, "partner_id": ACME, "purchase": purchase, "revenue": revenue}
        expected = 400 if purchase == 0 and revenue == 0 else 201
        answer = self.call("createCampaignResult", expected, "CR-03", query=query)
        if expected == 201:
            adjustment = Adjustment(event_id, purchase, revenue, self.model.now, "manual", answer.json()["id"])
            self.model.rows.append(adjustment)

    def ingest(self, event: int, start: int, days: int, sold: int, quarters: int) -> None:
        """A summary of transactions over some days, before the birth or after it. Rules: ING-01, ING-02."""
        event_id, first, cents = self.event_id_at(event), start_day() + timedelta(days=start), quarters * 25
        last = (first + timedelta(days=days - 1)).isoformat()
        entry = steps.ticket_entry(sold=sold, revenue=cents / 100)
        summary = steps.summary_body(event_id, first.isoformat(), last, entry)
        errors = self.call("ingestTransactionSummary", 200, "ING-01", body=summary).json()["validation_errors"]
        is_valid = sold >= 0 and cents >= 0 and (sold, cents) != (0, 0)
        require_equal("whether an entry is left out", bool(errors), not is_valid, "ING-02")
        if is_valid:
            self.model.events_with_summaries.add(event_id)
            due = self.model.now + INGEST_DELAY
            self.model.summaries.append(TransactionSummary(event_id, first, days, sold, cents, due))

    def edit(self, event: int, day: int, orders: int, quarters: int) -> None:
        """A sheet of one day is uploaded, twice. Rules: SED-03, SED-04."""
        event_id, edited_day = self.event_id_at(event), start_day() + timedelta(days=day)
        file, query = spreadsheets.build_csv((edited_day.isoformat(), orders, quarters / 4)), {"event_id": event_id}
        changed = self.model.edit_day(event_id, edited_day, orders, quarters * 25)
        for expected in (int(changed), 0):
            answer = self.call("uploadSalesEdit", 200, "SED-03", query=query, body=file)
            require_equal("days changed", answer.json(), {"changed": expected}, "SED-03", "SED-04")

    def delete(self, row: int) -> None:
        """A row goes, whoever wrote it, and a second time it is not there. Rules: CR-04, JOB-04."""
        if self.model.rows:
            deleted = self.model.rows.pop(row % len(self.model.rows))
            query = {"id": deleted.id or ""}
            self.call("deleteCampaignResult", 204, "CR-04", query=query)
            self.call("deleteCampaignResult", 404, "CR-04", query=query)

    def clear(self, event: int) -> None:
        """Rule: DRS-05."""
        event_id = self.event_id_at(event)
        self.call("clearSales", 200, "DRS-05", query={"event_id": event_id})
        self.model.clear_sales(event_id)

    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.world.advance(seconds=seconds)
        self.model.advance_to(self.model.now + timedelta(seconds=seconds))
        self.renew_token()
        observation.learn_clusters(self)

    def to_the_run(self, short: int) -> None:
        """Time passes to the next scheduled run, or to some seconds before it. Rule: JOB-02."""
        attribution_time = self.model.now.replace(hour=8, minute=0, second=0)
        remaining = (attribution_time - self.model.now) % timedelta(days=1) or timedelta(days=1)
        self.advance(max(0, int(remaining.total_seconds()) - short))

    def event_id_at(self, index: int) -> str:
        """The id of the event at this place."""
        return list(self.model.events)[index % len(self.model.events)]

    def package_id_at(self, index: int) -> str:
        """The id of the package at this place."""
        return list(self.model.packages)[index % len(self.model.packages)]

    @property
    def other_partner_client(self) -> Client:
        """A user of another partner."""
        return self.world.sign_in("second")


def start_day() -> date:
    """The day on which a sandbox is born."""
    return parse_timestamp(START_TIME).date()


def parse_timestamp(text: str) -> datetime:
    """An instant as the platform writes it."""
    return datetime.fromisoformat(text)


def format_timestamp(timestamp: datetime) -> str:
    """An instant as the platform writes it."""
    return timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
