"""An event's daily revenue, what random mutants of the mock showed to be unwatched: the calendar's ends."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import a_sale, revenue
from contracts.spec.markers import example
from contracts.target.sandbox import Sandbox


@example("DRS-01", "BASE-12")
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"], ids=["the first day", "the last day"])
def test_a_sale_on_the_calendars_first_or_last_day_is_told(sandbox: Sandbox, day: str) -> None:
    sandbox.control.post("/reset", {"now": "9999-12-31T12:00:00Z"})
    event, (buyer,) = sandbox.event(), sandbox.customers(1)
    sandbox.sell(a_sale(buyer, event, f"{day}T10:00:00Z"))
    told = revenue(sandbox.partner, event, start_date=day, end_date=day)["daily"]
    assertions.equal(f"days from {day} to {day}", [each["date"] for each in told], [day])
