"""Events with what their models credit to campaigns and the rows that attribution runs added."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.dsl import assertions
from contracts.dsl.automated_rows import select_automated
from contracts.dsl.cases import require_cases
from contracts.dsl.event_readings import find_revenue, find_rows
from contracts.dsl.measurements import read_once
from contracts.dsl.steps import Row, list_adjustments, read_revenue
from contracts.target.client import Client
from contracts.target.deployment import Deployment

EVENTS_READ = 25
RowTuple = tuple[str, int, float]


@dataclass(frozen=True, slots=True)
class CreditedEvent:
    """An event's automated rows, and the orders and the revenue that its model credits to campaigns on each day."""

    id: str
    rows: list[RowTuple]
    credited: dict[date, tuple[int, Decimal]]

    @property
    def orders(self) -> int:
        """The orders of its automated rows."""
        return sum(row[1] for row in self.rows)

    @property
    def revenue(self) -> Decimal:
        """The revenue of its automated rows."""
        return sum((Decimal(str(row[2])) for row in self.rows), Decimal(0))

    def credited_until(self, last: date) -> tuple[int, Decimal]:
        """Return what is credited up to and including a day."""
        days = [credit for day, credit in self.credited.items() if day <= last]
        return sum(orders for orders, _ in days), sum((revenue for _, revenue in days), Decimal(0))


def read_credited_events(deployment: Deployment, role: str) -> list[CreditedEvent]:
    """Return a partner's first events whose model credits sales to campaigns. The run reads them on first use.

    A run of the attribution job may have been between the readings of an event's sales and of its rows. So a property
    that finds a difference forgets the readings, and compares once more.
    """
    return read_once(deployment, f"credited events of {role}", lambda: list(_read_events(deployment, role)))


def _read_events(deployment: Deployment, role: str) -> Iterator[CreditedEvent]:
    is_second = role == "second"
    listed = _list_event_ids(deployment.second_partner if is_second else deployment.partner)
    for event_id in deployment.select_kept(listed):
        summary = read_revenue(deployment.second_partner, event_id) if is_second else find_revenue(deployment, event_id)
        if summary["attribution_model"] != "EXTERNAL":
            credited = {
                date.fromisoformat(day["date"]): (
                    day["campaign"]["purchases"],
                    Decimal(str(day["campaign"]["revenue"])),
                )
                for day in summary["daily"]
            }
            rows = _list_second_rows(deployment, event_id) if is_second else find_rows(deployment, event_id)
            yield CreditedEvent(event_id, select_automated(rows), credited)


def _list_second_rows(deployment: Deployment, event_id: str) -> list[Row]:
    return list_adjustments(deployment.second_results_user, event_id, deployment.second_partner_id)


def _list_event_ids(client: Client) -> list[str]:
    answer = client.call("listEvents", query={"limit": EVENTS_READ})
    assertions.step_status(answer, 200)
    return [event["id"] for event in answer.json()["items"]]


def find_pending_event(deployment: Deployment) -> str:
    """Return the event with the most orders that its model credits to campaigns and that no run has processed yet.

    Raises InconclusiveError if there is none, because a run would then add no row.
    """
    events = read_credited_events(deployment, "partner")
    pending = [(event.credited_until(date.max)[0] - event.orders, event.id) for event in events]
    what = "an event with sales since the last attribution run that its model credits to campaigns"
    return max(require_cases((each for each in pending if each[0] > 0), what))[1]
