"""Scheduled attribution, what random mutants of the mock showed to be unwatched: a world born before the day's run."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import list_automated_rows
from contracts.spec.markers import example
from contracts.target.sandbox import ACME, Sandbox


@example("JOB-04")
@pytest.mark.parametrize(
    ("born", "last"),
    [("2026-09-01T07:59:59Z", "2026-08-31T08:00:00Z"), ("2026-09-01T08:00:00Z", "2026-09-01T08:00:00Z")],
    ids=["a second before the day's run", "at the day's run"],
)
def test_the_history_of_a_new_world_ends_with_the_last_run_before_its_birth(
    sandbox: Sandbox, born: str, last: str
) -> None:
    sandbox.control.post("/reset", {"now": born})
    partner = sandbox.sign_in("partner")
    events = [event["id"] for event in partner.call("listEvents").json()["items"]]
    instants = {instant for event in events for instant, *_ in list_automated_rows(partner, event, ACME)}
    assertions.equal(f"instants of the automated rows of a world born at {born}", instants, {last})
