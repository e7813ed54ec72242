"""A target with data of its own, a run that writes to all kinds of data, and ways to kill that run."""

import hashlib
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx2

from contracts.dsl import steps as vocabulary
from contracts.safety import ledger
from contracts.safety.guard import Guard
from contracts.safety.ledger import Ledger
from contracts.safety.rate_limiter import RateLimiter
from contracts.spec.openapi import OpenApiSpec
from contracts.target.deployment import Deployment, RunContext
from contracts.target.session import TargetSession
from contracts.target.target import TargetOptions, UserCredentials
from mock_server.domain.models import CampaignResult
from mock_server.operations.partners import current_defaults
from mock_server.state.workspace import Workspace
from tests.builders import ACME, BETA, START_TIME, a_call, a_package, a_workspace, a_world, an_event

PASSWORD = "wavetank"
OTHERS_PACKAGE = "pkg_others"
OTHERS_ROW = "cr_others"


class SimulatedKillError(BaseException):
    """Raised in the code under test instead of ending the process."""


class StepCounter:
    """Counts the requests, responses and ledger lines of a process, and ends the process at one of them."""

    def __init__(self, kill_at: int | None = None, kill: Callable[[], None] | None = None) -> None:
        self.count = 0
        self._kill_at = kill_at
        self._kill = kill

    def count_step(self) -> None:
        self.count += 1
        if self.count == self._kill_at:
            if self._kill is not None:
                self._kill()
            raise SimulatedKillError


class CountingTransport(httpx2.HTTPTransport):
    """A transport that counts each request and each response as a step."""

    def __init__(self, steps: StepCounter) -> None:
        super().__init__(verify=False)
        self._steps = steps

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._steps.count_step()
        answer = super().handle_request(request)
        answer.read()
        self._steps.count_step()
        return answer


class CountingLedger(Ledger):
    """A ledger that counts its lines as steps and may write half a line. It needs no fsync: only the process ends."""

    counter = StepCounter()

    def record(self, **line: Any) -> None:
        self.counter.count_step()
        try:
            self.counter.count_step()
        except SimulatedKillError:
            if self._stream is not None:
                self._stream.write(b'{"write": 99, "operat')
                self._stream.flush()
            raise
        super().record(**line)
        self.counter.count_step()

    def flush_to_disk(self, descriptor: int) -> None:
        pass


def a_target_workspace() -> Workspace:
    """Return a workspace with a series, and with a package and a manual row that the run did not make."""
    events = [an_event(f"evt_{number}", series="s_1" if number < 3 else None) for number in range(1, 5)]
    workspace = a_workspace(a_world(events=[*events, an_event("evt_beta", partner_id=BETA)]))
    workspace.store.packages.put(a_package(id=OTHERS_PACKAGE, title="Other people's"))
    workspace.store.results.put(CampaignResult(OTHERS_ROW, 0, "evt_1", ACME, 3, Decimal("49.90"), START_TIME, "manual"))
    return workspace


def read_state(workspace: Workspace) -> dict[str, Any]:
    """Return all state that a run can change, except packages that it made."""
    store, call = workspace.store, a_call(workspace)
    series_by_event = {event.id: event.series or event.id for event in store.events}
    return {
        "models": {event.id: event.attribution_model for event in store.events},
        "series": {
            frozenset(one for one in series_by_event if series_by_event[one] == name)
            for name in series_by_event.values()
        },
        "partners": list(store.partners),
        "defaults": current_defaults(call),
        "rows": {row.id: row for row in store.results},
        "package": [replace(package, revision=0) for package in store.packages if package.id == OTHERS_PACKAGE],
    }


def new_titles(workspace: Workspace) -> list[str]:
    """Return the titles of the packages that a run made."""
    return [package.title for package in workspace.store.packages if package.id != OTHERS_PACKAGE]


@cache
def load_promises() -> OpenApiSpec:
    return OpenApiSpec.load()


@cache
def shared_target_session() -> TargetSession:
    """Return a session that is created once, because loading the CA certificates takes longer than a whole run."""
    target_session = TargetSession(TargetOptions("http://127.0.0.1"), load_promises())
    target_session.close()
    return target_session


def a_target(origin: str, **changes: Any) -> TargetOptions:
    defaults: dict[str, Any] = {
        "user": UserCredentials("partner@acme.example", PASSWORD, ACME),
        "second_user": UserCredentials("agency@acme.example", PASSWORD, BETA),
        "control": "none",
        "allow_writes": (ACME, BETA),
        "allow_settings": (OTHERS_PACKAGE,),
        "unpaced": True,
        "run_id": "ab12cd34",
    }
    return TargetOptions(f"{origin}/api/v3", **{**defaults, **changes})


class GuardedRun:
    """A run with its guard, set up as in a session of the suite."""

    def __init__(
        self,
        target: TargetOptions,
        folder: Path,
        counter: StepCounter | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.target = target
        self.target_session = copy(shared_target_session())
        self.target_session.target = target
        self.target_session._run_context = RunContext(target.run_id)
        self.target_session.http = httpx2.Client(transport=transport or CountingTransport(counter or StepCounter()))
        self.file = ledger.file_of(folder, target.run_id)
        run_ledger = ledger.create_for(target, folder)
        if counter is not None:
            counting_ledger = CountingLedger(run_ledger.file, run_ledger._header)
            counting_ledger.counter = counter
            run_ledger = counting_ledger
        self.target_session.gate = self.guard = Guard(self.target_session, run_ledger, RateLimiter(unlimited=True))
        with self.target_session.deployment() as opened:
            self.deployment: Deployment = opened

    def close(self) -> None:
        """Close the files and connections of the run, as the end of its process would."""
        self.guard.close()
        self.target_session.close()

    def ledger_lines(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []


def write_to_everything(deployment: Deployment) -> None:
    """Make at least one write of each kind, including some that the platform refuses."""
    partner = deployment.partner
    partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "META"})
    a_row(deployment, revenue=vocabulary.unique_revenue(deployment))
    partner.call("replaceEventSeries", {"eid": "evt_1"}, {"event_series": ["evt_3"]})
    partner.call("setAttributionModelDefault", query={"model": "EXTERNAL"})
    partner.call("setBackhaulDefaults", {"partner_id": ACME}, body=vocabulary.settings_body(7))
    order = vocabulary.package_order(["evt_1"], package_title=deployment.title("made"))
    partner.call("createPackage", body=order)
    vocabulary.save_settings(partner, OTHERS_PACKAGE, vocabulary.settings_body(9, email_sent_date="2026-01-01"))
    row = a_row(deployment, purchase=3, revenue=49.9)
    partner.call("setEventAttributionModel", {"eid": "evt_1"}, body={"model": "EXTERNAL"})
    partner.call("replaceEventSeries", {"eid": "evt_3"}, {"event_series": ["evt_2", "evt_4"]})
    partner.call("setEventAttributionModel", {"eid": "evt_beta"}, body={"model": "META"})
    deployment.second_partner.call("setEventAttributionModel", {"eid": "evt_beta"}, body={"model": "META"})
    partner.call("deleteCampaignResult", query={"id": row["id"]})
    a_row(deployment, revenue=vocabulary.unique_revenue(deployment))


def a_row(deployment: Deployment, purchase: int = 12, revenue: float = 1.5) -> dict[str, Any]:
    query = {"eid": "evt_1", "partner_id": ACME, "purchase": purchase, "revenue": revenue}
    return dict(deployment.partner.call("createCampaignResult", query=query).json())


def draw_number(seed: str, number: int, upper_bound: int) -> int:
    """Return a number from 1 to `upper_bound` that depends only on `seed` and `number`."""
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    return int.from_bytes(digest[:8]) % upper_bound + 1


def with_run_id(target: TargetOptions, number: int) -> TargetOptions:
    return replace(target, run_id=f"run{number:05}")
