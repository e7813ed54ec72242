"""A sandbox: a new workspace for one contract, with a frozen clock. It is deleted afterwards."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.spec.rules import Documentation
from contracts.target.client import Client, TargetConnection
from contracts.target.clock import ControlledClock
from contracts.target.control_api import ControlApi
from contracts.target.deployment import Deployment, Role, RunContext
from contracts.target.target import SAMPLE_CODE, UserCredentials

ACME, BETA = "partner-id-acme", "partner-id-beta"
START_TIME = "2026-09-01T12:00:00Z"
"""The start time of a sandbox: noon on a Tuesday, four hours after the day's attribution run."""


def sample_users(password: str) -> dict[str, UserCredentials]:
    """The sample world's users by role. `agency` has three partners and sends no header; `external` has no partner."""
    return {
        "partner": UserCredentials("partner@acme.example", password, ACME),
        "second": UserCredentials("agency@acme.example", password, BETA),
        "admin": UserCredentials("admin@platform.example", password, ACME),
        "agency": UserCredentials("agency@acme.example", password),
        "mfa": UserCredentials("mfa@acme.example", password),
        "new": UserCredentials("new@acme.example", password),
        "disabled": UserCredentials("disabled@acme.example", password),
        "external": UserCredentials("external@acme.example", password),
    }


class Sandbox(Deployment):
    """A new workspace. Its methods add test data. Ids that are not given are generated."""

    def __init__(
        self, connection: TargetConnection, control: ControlApi, password: str, documentation: Documentation
    ) -> None:
        run_context = RunContext("sandbox", documentation=documentation, second_factor_code=SAMPLE_CODE)
        super().__init__(connection, ControlledClock(control), sample_users(password), run_context)
        self.control = control
        self._numbers: dict[str, int] = {}

    @property
    def is_sandbox(self) -> bool:
        """Always true."""
        return True

    def _open_client(self, role: Role) -> tuple[Client, float]:
        """Return a client with a token of its own. Its time is the sandbox's, so this machine's time never ends it."""
        return self.sign_in(role), math.inf

    def renew_clients(self) -> None:
        """Sign in anew on the next use of each client, because its token may have expired on the sandbox's clock."""
        self._clients.clear()

    def advance(self, **duration: int) -> None:
        """Advance the clock by `days=`, `hours=`, `minutes=`, `seconds=`."""
        self.clock.advance(**duration)

    def run_until_idle(self) -> None:
        """Run all pending builds and evaluations."""
        self.control.post("/clock/run-until-idle")

    def set_time(self, timestamp: str) -> None:
        """Set the clock to an RFC 3339 timestamp."""
        self.control.put("/clock", {"now": timestamp})

    def set_quirks(self, **quirks: bool) -> None:
        """Enable or disable these quirks; the others stay as they are."""
        self.control.put("/quirks", {**self.control.get("/quirks"), **quirks})

    def add_event(self, event_id: str | None = None, **fields: Any) -> str:
        """Add an event of the partner, in December 2026 and without sales. Return the event's id.

        `fields` are fields of the control API: `partner_id`, `title`, `start_date_time`, `series`, `city`, …
        """
        new_id = event_id or f"evt_{self.next_number('event')}"
        defaults = {"partner_id": ACME, "title": f"Concert {new_id}", "start_date_time": "2026-12-01T19:00:00Z"}
        self.control.post("/events", {**defaults, "id": new_id, **fields})
        return new_id

    def add_sales(self, *rows: Mapping[str, Any]) -> None:
        """Add sales, which `dsl.steps.sale_row` builds."""
        self.control.post("/purchases", {"purchases": list(rows)})

    def add_package(self, event_ids: Sequence[str], clusters: Mapping[str, Sequence[str]], **fields: Any) -> str:
        """Add a package that is DONE and not evaluated. `clusters` maps `tc` to customer ids. Return the package's id.

        `fields` may be `title`, `created_at`, `settings`, `targeting_mode`, `partner_id`, `id`.
        """
        cluster_rows = [{"tc": tc, "customers": list(customers)} for tc, customers in clusters.items()]
        defaults = {"partner_id": ACME, "title": "A package", "event_ids": list(event_ids), "clusters": cluster_rows}
        return str(self.control.post("/packages", {**defaults, **fields})["id"])

    def next_number(self, kind: str) -> int:
        """Return the next number for ids of a kind in this sandbox."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def new_customer_ids(self, count: int) -> list[str]:
        """Generate ids of customers that do not exist yet."""
        return [f"cus_{self.next_number('customer')}" for _ in range(count)]
