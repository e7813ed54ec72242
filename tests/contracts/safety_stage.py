"""A target with something to lose, a run that writes to all of it, and ways to kill that run."""

import hashlib
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from contracts.dsl import steps as vocabulary
from contracts.safety import ledger
from contracts.safety.guard import Guard
from contracts.safety.ledger import Ledger
from contracts.safety.rate_limiter import Pace
from contracts.spec.openapi import Promises
from contracts.target.deployment import Belongings, Deployment
from contracts.target.session import Inspection
from contracts.target.target import Person, Target
from mock_server.domain.models import CampaignResult
from mock_server.operations.partners import current_defaults
from mock_server.state.workspace import Workspace
from tests.builders import ACME, BETA, BIRTH, a_call, a_package, a_workspace, a_world, an_event

PASSWORD = "wavetank"
OTHERS = "pkg_others"
ROW = "cr_others"


class Killed(BaseException):
    """The end of a process, as far as the code under test can tell."""


class Afar(Target):
    """A target that is on another machine, though it answers from this one."""

    @property
    def on_loopback(self) -> bool:
        return False


class Steps:
    """Counts what a process does to the world outside, and ends it at one of these steps."""

    def __init__(self, last: int | None = None, end: Callable[[], None] | None = None) -> None:
        self.taken = 0
        self._last = last
        self._end = end

    def take(self) -> None:
        self.taken += 1
        if self.taken == self._last:
            if self._end is not None:
                self._end()
            raise Killed


class Line(httpx.HTTPTransport):
    """Connections whose requests and answers are steps."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(verify=False)
        self._steps = steps

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._steps.take()
        answer = super().handle_request(request)
        answer.read()
        self._steps.take()
        return answer


class Paper(Ledger):
    """A ledger whose lines are steps, and may be torn. Here a process dies and no machine does: nothing is settled."""

    steps = Steps()

    def note(self, **line: Any) -> None:
        self.steps.take()
        try:
            self.steps.take()
        except Killed:
            if self._stream is not None:
                self._stream.write(b'{"write": 99, "operat')
                self._stream.flush()
            raise
        super().note(**line)
        self.steps.take()

    def settle(self, descriptor: int) -> None:
        pass


def a_stage() -> Workspace:
    """A world with a series, and a package and a row by hand that are other people's."""
    events = [an_event(f"evt_{number}", series="s_1" if number < 3 else None) for number in range(1, 5)]
    workspace = a_workspace(a_world(events=[*events, an_event("evt_beta", partner_id=BETA)]))
    workspace.store.packages.put(a_package(id=OTHERS, title="Other people's"))
    workspace.store.results.put(CampaignResult(ROW, 0, "evt_1", ACME, 3, Decimal("49.90"), BIRTH, "manual"))
    return workspace


def seen(workspace: Workspace) -> dict[str, Any]:
    """All that a run can change of what was there before it."""
    store, call = workspace.store, a_call(workspace)
    stand_in = {event.id: event.series or event.id for event in store.events}
    return {
        "models": {event.id: event.attribution_model for event in store.events},
        "series": {frozenset(one for one in stand_in if stand_in[one] == name) for name in stand_in.values()},
        "partners": list(store.partners),
        "defaults": current_defaults(call),
        "rows": {row.id: row for row in store.results},
        "package": [replace(package, revision=0) for package in store.packages if package.id == OTHERS],
    }


def new_titles(workspace: Workspace) -> list[str]:
    """The titles of packages that a run made."""
    return [package.title for package in workspace.store.packages if package.id != OTHERS]


@cache
def promises() -> Promises:
    return Promises.load()


@cache
def an_inspection() -> Inspection:
    """Made once: to load the certificates of the world's authorities takes longer than a whole run here."""
    held = Inspection(Target("http://127.0.0.1"), promises())
    held.close()
    return held


def a_target(origin: str, kind: type[Target] = Target, **changes: Any) -> Target:
    plain: dict[str, Any] = {
        "user": Person("partner@acme.example", PASSWORD, ACME),
        "second_user": Person("agency@acme.example", PASSWORD, BETA),
        "control": "none",
        "allow_settings": (OTHERS,),
        "run_id": "ab12cd34",
    }
    return kind(f"{origin}/api/v3", **{**plain, **changes})


class Run:
    """A run behind its guard, as a session of the suite holds it."""

    def __init__(
        self,
        target: Target,
        folder: Path,
        steps: Steps | None = None,
        line: httpx.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self.held = copy(an_inspection())
        self.held.target = target
        self.held._belongings = Belongings(target.run_id)
        self.held.http = httpx.Client(transport=line or Line(steps or Steps()))
        self.file = ledger.place(folder, target.run_id)
        noted = ledger.of(target, folder)
        if steps is not None:
            paper = Paper(noted.file, noted._head)
            paper.steps = steps
            noted = paper
        self.held.gate = self.guard = Guard(self.held, noted, Pace(free=True))
        with self.held.deployment() as opened:
            self.deployment: Deployment = opened

    def close(self) -> None:
        """What the end of its process does for a run."""
        self.guard.close()
        self.held.close()

    def lines(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []


def write_to_everything(deployment: Deployment) -> None:
    """One write of each kind at least, among them some that the platform refuses."""
    partner = deployment.partner
    partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "META"})
    a_row(deployment, revenue=vocabulary.unique_revenue(deployment))
    partner.call("replaceEventSeries", {"eid": "evt_1"}, {"event_series": ["evt_3"]})
    partner.call("setAttributionModelDefault", query={"model": "EXTERNAL"})
    partner.call("setBackhaulDefaults", {"partner_id": ACME}, body=vocabulary.settings(7))
    order = vocabulary.an_order(["evt_1"], package_title=deployment.title("made"))
    partner.call("createPackage", body=order)
    vocabulary.save(partner, OTHERS, vocabulary.settings(9, email_sent_date="2026-01-01"))
    row = a_row(deployment, purchase=3, revenue=49.9)
    partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "EXTERNAL"})
    partner.call("replaceEventSeries", {"eid": "evt_3"}, {"event_series": ["evt_2", "evt_4"]})
    partner.call("setEventAttributionModel", {"eid": "evt_beta"}, body={"model": "META"})
    deployment.second.call("setEventAttributionModel", {"eid": "evt_beta"}, body={"model": "META"})
    partner.call("deleteCampaignResult", query={"id": row["id"]})
    a_row(deployment, revenue=vocabulary.unique_revenue(deployment))


def a_row(deployment: Deployment, purchase: int = 12, revenue: float = 1.5) -> dict[str, Any]:
    query = {"eid": "evt_1", "partner_id": ACME, "purchase": purchase, "revenue": revenue}
    return dict(deployment.partner.call("createCampaignResult", query=query).json())


def drawn(word: str, number: int, most: int) -> int:
    """A number from 1 to `most` that follows from the word and the number."""
    digest = hashlib.sha256(f"{word} {number}".encode()).digest()
    return int.from_bytes(digest[:8]) % most + 1


def with_run(target: Target, number: int) -> Target:
    return replace(target, run_id=f"run{number:05}")
