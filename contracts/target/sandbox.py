"""A world of the suite's own on a target with a control API: fresh, frozen, filled by hand, and gone afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.target.client import TargetConnection
from contracts.target.clock import ControlledClock
from contracts.target.control_api import ControlApi
from contracts.target.deployment import Deployment, RunContext
from contracts.target.target import UserCredentials

ACME, BETA = "partner-id-acme", "partner-id-beta"
START_TIME = "2026-09-01T12:00:00Z"
"""Where a sandbox's clock stands at first: a Tuesday noon, four hours after the day's attribution run."""


def sample_users(password: str) -> dict[str, UserCredentials]:
    """The sample world's users by role. `agency` has three partners and names none, `external` has none."""
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
    """One fresh world. Its words arrange an exact case; ids are given, or made up by the world."""

    def __init__(self, connection: TargetConnection, control: ControlApi, password: str) -> None:
        super().__init__(connection, ControlledClock(control), sample_users(password), RunContext("sandbox"))
        self.control = control
        self._numbers: dict[str, int] = {}

    @property
    def is_sandbox(self) -> bool:
        """A sandbox is the suite's own."""
        return True

    def advance(self, **duration: int) -> None:
        """Move the world's clock by `days=`, `hours=`, `minutes=`, `seconds=`."""
        self.clock.advance(**duration)

    def run_until_idle(self) -> None:
        """Let builds and evaluations that are under way end."""
        self.control.post("/clock/run-until-idle")

    def set_time(self, instant: str) -> None:
        """Move the world's clock to an instant."""
        self.control.put("/clock", {"now": instant})

    def add_event(self, event_id: str | None = None, **fields: Any) -> str:
        """An event of the partner without sales, in December 2026; gives its id.

        `order` is as the control API takes it: `partner_id`, `title`, `start_date_time`, `series`, `city`, …
        """
        new_id = event_id or f"evt_{self.next_number('event')}"
        defaults = {"partner_id": ACME, "title": f"Concert {new_id}", "start_date_time": "2026-12-01T19:00:00Z"}
        self.control.post("/events", {**defaults, "id": new_id, **fields})
        return new_id

    def add_sales(self, *rows: Mapping[str, Any]) -> None:
        """Add sales, as `a_sale` makes them."""
        self.control.post("/purchases", {"purchases": list(rows)})

    def add_package(self, event_ids: Sequence[str], clusters: Mapping[str, Sequence[str]], **fields: Any) -> str:
        """A package that is DONE, with these clusters (`tc` to customer ids), never evaluated; gives its id.

        `order` may hold `title`, `created_at`, `settings`, `targeting_mode`, `partner_id`, `id`.
        """
        cluster_rows = [{"tc": tc, "customers": list(customers)} for tc, customers in clusters.items()]
        defaults = {"partner_id": ACME, "title": "A package", "event_ids": list(event_ids), "clusters": cluster_rows}
        return str(self.control.post("/packages", {**defaults, **fields})["id"])

    def next_number(self, kind: str) -> int:
        """A number that is new in this world, for ids of one's own."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def new_customer_ids(self, count: int) -> list[str]:
        """Ids of customers whom the world does not know yet."""
        return [f"cus_{self.next_number('customer')}" for _ in range(count)]
