"""Ground rules: timestamps compared with the target's own time."""

from datetime import datetime, timedelta

from contracts.dsl import assertions, steps
from contracts.dsl.sold_days import read_sign_in_time
from contracts.dsl.steps import temporary_adjustment
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

MARGIN = timedelta(minutes=10)
"""The clocks of the sign-in and of the platform may differ by minutes, local time and UTC by an hour or more."""


@property_test("BASE-04.timestamp", "CR-02.row", writes=("createCampaignResult", "deleteCampaignResult"))
def test_a_new_row_bears_the_time_of_its_creation(writable: Deployment) -> None:
    event = steps.list_event_ids(writable, 1)[0]
    with temporary_adjustment(writable.results_user, event, writable.partner_id) as row:
        now = read_sign_in_time(writable)
        difference = abs(datetime.fromisoformat(row["created_at"]) - now)
        assertions.is_true(
            f"created_at of {row['id']}, which was posted at {now.isoformat()}",
            difference <= MARGIN,
            expected=f"at most {MARGIN} away, in UTC",
            seen=row["created_at"],
        )
