"""A world of the suite's own on a target with a control API: fresh, frozen, filled by hand, and gone afterwards."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.target.client import Line
from contracts.target.clock import Held
from contracts.target.control_api import Control
from contracts.target.deployment import Belongings, Deployment
from contracts.target.target import Person

ACME, BETA = "partner-id-acme", "partner-id-beta"
BORN = "2026-09-01T12:00:00Z"
"""Where a sandbox's clock stands at first: a Tuesday noon, four hours after the day's attribution run."""


def people(password: str) -> dict[str, Person]:
    """The sample world's users by role. `agency` has three partners and names none, `external` has none."""
    return {
        "partner": Person("partner@acme.example", password, ACME),
        "second": Person("agency@acme.example", password, BETA),
        "admin": Person("admin@platform.example", password, ACME),
        "agency": Person("agency@acme.example", password),
        "mfa": Person("mfa@acme.example", password),
        "new": Person("new@acme.example", password),
        "disabled": Person("disabled@acme.example", password),
        "external": Person("external@acme.example", password),
    }


class Sandbox(Deployment):
    """One fresh world. Its words arrange an exact case; ids are given, or made up by the world."""

    def __init__(self, line: Line, control: Control, password: str) -> None:
        super().__init__(line, Held(control), people(password), Belongings("sandbox"))
        self.control = control
        self._numbers: dict[str, int] = {}

    @property
    def held(self) -> bool:
        """A sandbox is the suite's own."""
        return True

    def advance(self, **length: int) -> None:
        """Move the world's clock by `days=`, `hours=`, `minutes=`, `seconds=`."""
        self.clock.advance(**length)

    def idle(self) -> None:
        """Let builds and evaluations that are under way end."""
        self.control.post("/clock/run-until-idle")

    def go_to(self, instant: str) -> None:
        """Move the world's clock to an instant."""
        self.control.put("/clock", {"now": instant})

    def event(self, event_id: str | None = None, **order: Any) -> str:
        """An event of the partner without sales, in December 2026; gives its id.

        `order` is as the control API takes it: `partner_id`, `title`, `start_date_time`, `series`, `city`, …
        """
        chosen = event_id or f"evt_{self.number('event')}"
        plain = {"partner_id": ACME, "title": f"Concert {chosen}", "start_date_time": "2026-12-01T19:00:00Z"}
        self.control.post("/events", {**plain, "id": chosen, **order})
        return chosen

    def sell(self, *rows: Mapping[str, Any]) -> None:
        """Add sales, as `a_sale` makes them."""
        self.control.post("/purchases", {"purchases": list(rows)})

    def package(self, event_ids: Sequence[str], clusters: Mapping[str, Sequence[str]], **order: Any) -> str:
        """A package that is DONE, with these clusters (`tc` to customer ids), never evaluated; gives its id.

        `order` may hold `title`, `created_at`, `settings`, `targeting_mode`, `partner_id`, `id`.
        """
        listed = [{"tc": tc, "customers": list(customers)} for tc, customers in clusters.items()]
        plain = {"partner_id": ACME, "title": "A package", "event_ids": list(event_ids), "clusters": listed}
        return str(self.control.post("/packages", {**plain, **order})["id"])

    def number(self, kind: str) -> int:
        """A number that is new in this world, for ids of one's own."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def customers(self, count: int) -> list[str]:
        """Ids of customers whom the world does not know yet."""
        return [f"cus_{self.number('customer')}" for _ in range(count)]
