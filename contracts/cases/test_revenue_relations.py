"""Daily revenue: properties of its days that hold on any deployment whose events have sold."""

from datetime import timedelta
from operator import itemgetter

from contracts.dsl import assertions
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.event_readings import find_days
from contracts.dsl.sold_days import ONE_DAY, choose_settled_events, read_today
from contracts.dsl.steps import read_revenue
from contracts.spec.markers import property_test
from contracts.target.deployment import Deployment

EVENTS_READ = 10


@property_test("DRS-02.daily", profile="smoke")
def test_no_day_is_after_today(deployment: Deployment) -> None:
    """The zone of the days is not documented, so tomorrow may have begun there."""
    tomorrow = (read_today(deployment) + ONE_DAY).isoformat()
    since = (read_today(deployment) - ONE_DAY).isoformat()
    answer = deployment.partner.call("listEvents", query={"since": since, "limit": EVENTS_READ})
    assertions.step_status(answer, 200)
    for event in require_cases(answer.json()["items"], "an event that has not started yet"):
        days = [day["date"] for day in find_days(deployment, event["id"])]
        assertions.equal(f"days of {event['id']} after {tomorrow}", [day for day in days if day > tomorrow], [])


@property_test("DRS-01.range", "DRS-01.default_range")
def test_two_ranges_in_a_row_are_the_whole(deployment: Deployment) -> None:
    event = choose_settled_events(deployment)[0]
    require_case(event.sold.first < event.sold.last, "an event with sales on several days")
    whole = read_revenue(deployment.partner, event.id)["daily"]
    middle = event.sold.first + (event.sold.last - event.sold.first) // 2
    first = read_revenue(deployment.partner, event.id, end_date=middle.isoformat())["daily"]
    second = read_revenue(deployment.partner, event.id, start_date=(middle + timedelta(days=1)).isoformat())["daily"]
    both = sorted([*first, *second], key=itemgetter("date"))
    expected = sorted(whole, key=itemgetter("date"))
    ends = {"start_date": expected[0]["date"], "end_date": expected[-1]["date"]}
    bounded = read_revenue(deployment.partner, event.id, **ends)["daily"]
    if both != expected or bounded != whole:
        again = read_revenue(deployment.partner, event.id)["daily"]
        require_case(again == whole, f"days whose sales stay as they are ({event.id} has sold more)")
    assertions.equal(f"days of {event.id} up to {middle} and after it, compared with all", both, expected)
    assertions.equal(f"days of {event.id} from its first to its last", bounded, whole)
