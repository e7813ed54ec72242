"""A walk: steps taken in a sandbox and in the model, and everything compared after each of them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from contracts.dsl import spreadsheets, steps
from contracts.dsl.steps import LOOKOUT_MODELS, MODELS, SENT
from contracts.spec.openapi import UnpromisedAnswer
from contracts.spec.verdicts import Broken
from contracts.stateful import observation
from contracts.stateful.model import INGEST, STAGE, Adjustment, Event, Model, Package, Sale, Settings, Summary
from contracts.stateful.observation import same
from contracts.target.client import Client
from contracts.target.sandbox import ACME, BORN, Sandbox

MANY = 5
"""How many events and packages a walk makes at most: what is there is looked at after every step."""
TOKEN_LIFE = timedelta(seconds=3600)
Args = dict[str, Any]


class Walk:
    """One walk. `take` performs a step by its name; places in its arguments count around what is there."""

    def __init__(self, world: Sandbox) -> None:
        self.world = world
        self.model = Model(instant(BORN))
        self.customers = [f"cus_walk_{number}" for number in range(6)]
        self.client, self._signed_in = world.sign_in("partner"), self.model.now
        for _ in range(3):
            self.add_event()
        self.arrange(born=0)

    def take(self, name: str, args: Args) -> None:
        """One step, and a look at everything. Raises Broken."""
        step: Callable[..., None] = getattr(self, name)
        step(**args)
        observation.look(self)

    def sync(self) -> None:
        """Keep a token that is good."""
        if self.model.now - self._signed_in >= TOKEN_LIFE:
            spent = self.client.call("getPartner")
            same("status with a token of an hour or more", spent.status_code, 401, "AUTH-06")
            self.client, self._signed_in = self.world.sign_in("partner"), self.model.now

    def call(self, operation: str, expected: int, rule: str, **how: Any) -> httpx.Response:
        """One call with the status that the rule gives it; an unpromised answer breaks the same rule."""
        try:
            answer = self.client.call(operation, how.get("path"), how.get("query"), how.get("body"))
        except UnpromisedAnswer as unpromised:
            raise Broken(str(unpromised), "an answer that the document promises", "another", (rule,)) from unpromised
        same(f"status of {operation}", answer.status_code, expected, rule)
        return answer

    def add_event(self, together: int | None = None) -> None:
        """An event that the world is given; it starts with the partner's model. Rule: PART-05."""
        if len(self.model.events) >= MANY:
            return
        names = [] if together is None else [self.event(together)]
        event_id = self.world.event(f"evt_walk_{len(self.model.events)}", series=names)
        series = self.model.events[names[0]].series if names else self.model.new_series()
        self.model.events[event_id] = Event(self.model.event_default, series)

    def arrange(self, born: int) -> None:
        """A package that is DONE from the start, made some days ago."""
        if len(self.model.packages) >= MANY:
            return
        made, events = self.model.now - timedelta(days=born), list(self.model.events)[:2]
        clusters = {"Jazz": self.customers[:3], "Pop & Rock/ü": self.customers[3:5], "Nobody": []}
        package_id = self.world.package(events, clusters, created_at=written(made))
        settings = Settings(self.model.defaults.window, self.model.defaults.model)
        self.model.packages[package_id] = Package(events, made, settings, clusters, self.model.now, self.model.now)

    def build(self, events: list[int], title: str) -> None:
        """A package that the platform builds. Rules: PKG-02, DEF-02."""
        if len(self.model.packages) >= MANY:
            return
        chosen = list(dict.fromkeys(self.event(place) for place in events))
        order = steps.an_order(chosen, package_title=title)
        made = self.call("createPackage", 201, "PKG-02", body=order).json()
        same("title of a package", made["title"], title, "PKG-02")
        self._begun(made["id"], chosen)

    def merge(self, packages: list[int]) -> None:
        """A package over others. Rules: PKG-05, PKG-08."""
        chosen = list(dict.fromkeys(self.package(place) for place in packages))
        done = all(self.model.status(self.model.packages[key]) == "DONE" for key in chosen)
        expected = 400 if len(chosen) < 2 else 201 if done else 409
        if expected == 201 and len(self.model.packages) >= MANY:
            return
        answer = self.call("mergePackages", expected, "PKG-05", query={"packages_ids": chosen})
        if expected == 201:
            events = [event for key in chosen for event in self.model.packages[key].events]
            for key in chosen:
                self.model.packages[key].merge_id = answer.json()["id"]
            self._begun(answer.json()["id"], list(dict.fromkeys(events)))

    def _begun(self, package_id: str, events: list[str]) -> None:
        now, defaults = self.model.now, self.model.defaults
        settings = Settings(defaults.window, defaults.model)
        self.model.packages[package_id] = Package(events, now, settings, None, now, now + 2 * STAGE)

    def regenerate(self, package: int, days: int) -> None:
        """A package is built again, now or some days later. Rules: PKG-11, PKG-12."""
        self.advance(days * 86_400)
        package_id = self.package(package)
        begun = self.model.regenerate(self.model.packages[package_id])
        expected, rule = (200, "PKG-11") if begun else (409, "PKG-12")
        answer = self.call("regeneratePackage", expected, rule, path={"package_id": package_id})
        if begun:
            same("id of a package that is built again", answer.json()["id"], package_id, "PKG-13")

    def save(self, package: int, window: int, model: int, sent: int | None) -> None:
        """Settings are saved, for a window that starts some days from the birth. Rules: BEV-02, BEV-09."""
        package_id = self.package(package)
        day = None if sent is None else birth() + timedelta(days=sent)
        body = steps.settings(window, MODELS[model], **({} if day is None else {SENT: day.isoformat()}))
        taken = self.model.save(self.model.packages[package_id], Settings(window, MODELS[model], day))
        rule = "BEV-02" if taken else "BEV-09"
        path = {"package_id": package_id}
        answer = self.call("replaceEvaluationSettings", 200 if taken else 409, rule, path=path, body=body)
        if taken:
            same("settings as stored", answer.json(), {**body, SENT: day and day.isoformat()}, "BEV-02")

    def burst(self, package: int, saves: list[Args], pause: int) -> None:
        """Settings are saved again while a job for those before is under way. Rule: BEV-04."""
        for each in saves:
            self.save(package, **each)
            observation.results(self)
            self.advance(pause)

    def again(self, package: int) -> None:
        """The same settings are saved once more, after everything has ended. Rule: BEV-02."""
        self.advance(10)
        held = self.model.packages[self.package(package)].settings
        sent = None if held.sent is None else (held.sent - birth()).days
        self.save(package, held.window, MODELS.index(held.model), sent)
        self.advance(2)

    def edge(self, package: int, save: Args, customer: int, end: int, off: int) -> None:
        """An order just at an edge of the window that is saved then: its first second, or the first one after it.

        `end` says which of the two, `off` how many seconds before it. Rules: BEV-07, BEV-08.
        """
        key = self.package(package)
        start = self.model.packages[key].created_at.date() if save["sent"] is None else None
        day = save["sent"] if start is None else (start - birth()).days
        place = list(self.model.events).index(self.model.packages[key].events[0])
        sale = {"tickets": 2, "quarters": 100, "credits": ("campaign",) * 3, "brought_in": False}
        self.sell(place, customer, day + end * save["window"], -off, **sale)
        self.save(package, **save)
        self.advance(2)

    def set_defaults(self, window: int, model: int) -> None:
        """Rules: DEF-01, DEF-02."""
        body = steps.settings(window, MODELS[model])
        answer = self.call("setBackhaulDefaults", 200, "DEF-01", path={"partner_id": ACME}, body=body)
        same("defaults as stored", answer.json(), body, "DEF-01")
        self.model.defaults = Settings(window, MODELS[model])

    def set_event_default(self, model: int) -> None:
        """Rule: PART-05."""
        self.call("setAttributionModelDefault", 204, "PART-05", query={"model": LOOKOUT_MODELS[model]})
        self.model.event_default = LOOKOUT_MODELS[model]

    def set_model(self, event: int, model: int) -> None:
        """Rules: LAM-01, LAM-02."""
        event_id, body = self.event(event), {"model": LOOKOUT_MODELS[model]}
        self.call("setEventAttributionModel", 200, "LAM-01", path={"eid": event_id}, body=body)
        self.model.events[event_id].model = LOOKOUT_MODELS[model]

    def set_series(self, event: int, others: list[int]) -> None:
        """Rules: EVT-04, EVT-05."""
        event_id, named = self.event(event), [self.event(other) for other in others]
        query = {"event_series": named} if named else None
        self.call("replaceEventSeries", 204, "EVT-04", path={"eid": event_id}, query=query)
        self.model.replace_series(event_id, named)

    def sell(self, event: int, customer: int, day: int, second: int, **sale: Any) -> None:
        """A sale some days from the birth, past or future, that the world hears of now."""
        at = datetime.combine(birth(), datetime.min.time(), self.model.now.tzinfo) + timedelta(days=day, seconds=second)
        credited = dict(zip(LOOKOUT_MODELS, sale["credits"], strict=True))
        buyer, event_id, revenue = self.customers[customer], self.event(event), sale["quarters"] / 4
        tickets, brought_in = sale["tickets"], sale["brought_in"]
        row = steps.a_sale(buyer, event_id, written(at), tickets=tickets, revenue=revenue)
        row |= {model.lower(): credit for model, credit in credited.items()}
        self.world.sell({**row, "origin": "partner" if brought_in else "feed"})
        heard = self.model.now
        self.model.sales.append(Sale(buyer, event_id, at, heard, tickets, revenue, credited, brought_in=brought_in))

    def post(self, event: int, purchase: int, quarters: int) -> None:
        """Rule: CR-03."""
        event_id, revenue = self.event(event), quarters / 4
        query = {"eid": event_id, "partner_id": ACME, "purchase": purchase, "revenue": revenue}
        expected = 400 if purchase == 0 and revenue == 0 else 201
        answer = self.call("createCampaignResult", expected, "CR-03", query=query)
        if expected == 201:
            made = Adjustment(event_id, purchase, revenue, self.model.now, "manual", answer.json()["id"])
            self.model.rows.append(made)

    def ingest(self, event: int, start: int, days: int, sold: int, quarters: int) -> None:
        """A summary of transactions over some days, before the birth or after it. Rules: ING-01, ING-02."""
        event_id, first, cents = self.event(event), birth() + timedelta(days=start), quarters * 25
        last = (first + timedelta(days=days - 1)).isoformat()
        entry = steps.tickets(sold=sold, revenue=cents / 100)
        summary = steps.a_summary(event_id, first.isoformat(), last, entry)
        told = self.call("ingestTransactionSummary", 200, "ING-01", body=summary).json()["validation_errors"]
        good = sold >= 0 and cents >= 0 and (sold, cents) != (0, 0)
        same("whether an entry is left out", bool(told), not good, "ING-02")
        if good:
            self.model.brought_in.add(event_id)
            due = self.model.now + INGEST
            self.model.summaries.append(Summary(event_id, first, days, sold, cents, due))

    def edit(self, event: int, day: int, orders: int, quarters: int) -> None:
        """A sheet of one day is uploaded, twice. Rules: SED-03, SED-04."""
        event_id, at = self.event(event), birth() + timedelta(days=day)
        file, query = spreadsheets.a_csv((at.isoformat(), orders, quarters / 4)), {"event_id": event_id}
        changed = self.model.edit(event_id, at, orders, quarters * 25)
        for expected in (int(changed), 0):
            answer = self.call("uploadSalesEdit", 200, "SED-03", query=query, body=file)
            same("days changed", answer.json(), {"changed": expected}, "SED-03", "SED-04")

    def delete(self, row: int) -> None:
        """A row goes, whoever wrote it, and a second time it is not there. Rules: CR-04, JOB-04."""
        if self.model.rows:
            gone = self.model.rows.pop(row % len(self.model.rows))
            query = {"id": gone.id or ""}
            self.call("deleteCampaignResult", 204, "CR-04", query=query)
            self.call("deleteCampaignResult", 404, "CR-04", query=query)

    def clear(self, event: int) -> None:
        """Rule: DRS-05."""
        event_id = self.event(event)
        self.call("clearSales", 200, "DRS-05", query={"event_id": event_id})
        self.model.clear(event_id)

    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.world.advance(seconds=seconds)
        self.model.pass_to(self.model.now + timedelta(seconds=seconds))
        self.sync()
        observation.learn(self)

    def to_the_run(self, short: int) -> None:
        """Time passes to the next scheduled run, or to some seconds before it. Rule: JOB-02."""
        eight = self.model.now.replace(hour=8, minute=0, second=0)
        left = (eight - self.model.now) % timedelta(days=1) or timedelta(days=1)
        self.advance(max(0, int(left.total_seconds()) - short))

    def event(self, place: int) -> str:
        """The id of the event at this place."""
        return list(self.model.events)[place % len(self.model.events)]

    def package(self, place: int) -> str:
        """The id of the package at this place."""
        return list(self.model.packages)[place % len(self.model.packages)]

    @property
    def stranger(self) -> Client:
        """A user of another partner."""
        return self.world.sign_in("second")


def birth() -> date:
    """The day on which a sandbox is born."""
    return instant(BORN).date()


def instant(text: str) -> datetime:
    """An instant as the platform writes it."""
    return datetime.fromisoformat(text)


def written(moment: datetime) -> str:
    """An instant as the platform writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
