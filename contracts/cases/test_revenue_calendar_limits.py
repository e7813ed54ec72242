"""An event's daily revenue at both ends of the calendar. Added after a test with random mutants."""

import pytest

from contracts.dsl import assertions
from contracts.dsl.steps import read_revenue, sale_row
from contracts.spec.markers import example
from contracts.target.sandbox import Sandbox


@example("DRS-01.range", "BASE-12.date")
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"], ids=["the first day", "the last day"])
def test_a_sale_on_the_calendars_first_or_last_day_is_told(sandbox: Sandbox, day: str) -> None:
    sandbox.control.post("/reset", {"now": "9998-12-31T12:00:00Z"})
    sandbox.set_time("9999-12-31T12:00:00Z")
    event, (buyer,) = sandbox.add_event(), sandbox.new_customer_ids(1)
    sandbox.add_sales(sale_row(buyer, event, f"{day}T10:00:00Z"))
    daily = read_revenue(sandbox.partner, event, start_date=day, end_date=day)["daily"]
    assertions.equal(f"days from {day} to {day}", [each["date"] for each in daily], [day])
