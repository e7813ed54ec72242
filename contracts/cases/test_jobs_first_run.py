"""The first attribution run of a world that starts shortly before, or at, the time of a run."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.automated_rows import list_automated_rows
from contracts.spec.markers import example
from contracts.target.sandbox import ACME, Sandbox


@example("JOB-04.sum")
@pytest.mark.parametrize(
    ("start", "last"),
    [("2026-09-01T07:59:59Z", "2026-08-31T08:00:00Z"), ("2026-09-01T08:00:00Z", "2026-09-01T08:00:00Z")],
    ids=["a second before the day's run", "at the day's run"],
)
def test_the_history_of_a_new_world_ends_with_the_last_run_before_its_birth(
    sandbox: Sandbox, start: str, last: str
) -> None:
    sandbox.control.post("/reset", {"now": start})
    partner = sandbox.sign_in(sandbox.results_role)
    events = [event["id"] for event in assertions.read_body(partner.call("listEvents"))["items"]]
    timestamps = {timestamp for event in events for timestamp, *_ in list_automated_rows(partner, event, ACME)}
    assertions.equal(f"timestamps of the automated rows of a world that starts at {start}", timestamps, {last})
