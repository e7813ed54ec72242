"""Events with what their models credit to campaigns and the rows that attribution runs added."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.measurements import remember
from contracts.dsl.steps import list_automated_rows, read_revenue
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
    """Return a partner's first events whose model credits sales to campaigns. The run reads them on first use."""
    return remember(deployment, f"credited events of {role}", lambda: list(_read_events(deployment, role)))


def _read_events(deployment: Deployment, role: str) -> Iterator[CreditedEvent]:
    users = {"partner": (deployment.partner, deployment.results_user, deployment.partner_id)}
    if role == "second":
        users[role] = deployment.second_partner, deployment.second_results_user, deployment.second_partner_id
    client, results_user, partner_id = users[role]
    for event_id in _list_event_ids(client):
        summary = read_revenue(client, event_id)
        if summary["attribution_model"] != "EXTERNAL":
            credited = {
                date.fromisoformat(day["date"]): (
                    day["campaign"]["purchases"],
                    Decimal(str(day["campaign"]["revenue"])),
                )
                for day in summary["daily"]
            }
            yield CreditedEvent(event_id, list_automated_rows(results_user, event_id, partner_id), credited)


def _list_event_ids(client: Client) -> list[str]:
    answer = client.call("listEvents", query={"limit": EVENTS_READ})
    assertions.status(answer, 200)
    return [event["id"] for event in answer.json()["items"]]


def find_pending_event(deployment: Deployment) -> str:
    """Return the event with the most orders that its model credits to campaigns and that no run has processed yet.

    Raises InconclusiveError if there is none, because a run would then add no row.
    """
    events = read_credited_events(deployment, "partner")
    pending = [(event.credited_until(date.max)[0] - event.orders, event.id) for event in events]
    what = "an event with sales since the last attribution run that its model credits to campaigns"
    return max(require_cases((each for each in pending if each[0] > 0), what))[1]
