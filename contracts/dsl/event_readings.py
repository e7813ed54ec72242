"""What the run has read of an event once, so that properties that change nothing need not read it again."""

from contracts.dsl.measurements import read_once
from contracts.dsl.steps import Row, list_adjustments, read_revenue
from contracts.target.deployment import Deployment


def find_rows(deployment: Deployment, event_id: str) -> list[Row]:
    """Return the campaign results of an event of the partner. The run reads them on first use."""
    return read_once(
        deployment,
        f"rows of {event_id}",
        lambda: list_adjustments(deployment.results_user, event_id, deployment.partner_id),
    )


def find_revenue(deployment: Deployment, event_id: str) -> Row:
    """Return the daily revenue of an event of the partner. The run reads it on first use."""
    return read_once(deployment, f"revenue of {event_id}", lambda: read_revenue(deployment.partner, event_id))


def find_days(deployment: Deployment, event_id: str) -> list[Row]:
    """Return the days of the daily revenue of an event of the partner."""
    return list(find_revenue(deployment, event_id)["daily"])
