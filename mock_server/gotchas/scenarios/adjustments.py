"""Gotchas of campaign results, their two places, and the platform's own schedule."""

from mock_server.gotchas.scenario import Gotcha, Json, ResponseCheck, ScenarioStep
from mock_server.gotchas.scenarios.steps import ACME, EVENT, RESULTS_QUERY, advance_clock, has_error_fields, sign_in

TODAY_QUERY = f"event_id={EVENT}&start_date=2026-09-01&end_date=2026-09-01"
BOX_OFFICE_QUERY = f"{RESULTS_QUERY}&purchase=12&revenue=540.50"
ENTER_MANUAL_ROW = ScenarioStep(
    "Enter 12 tickets of the box office by hand.",
    "POST",
    "/campaign_results/",
    query=BOX_OFFICE_QUERY,
    status=201,
    checks=(ResponseCheck("is", ".source", "manual"),),
    captures=(("ROW", ".id"),),
)
SALE: dict[str, Json] = {
    "customer_id": "cus_ac00001",
    "event_id": EVENT,
    "at": "2026-09-01T12:00:00Z",
    "tickets": 2,
    "revenue": 90,
    "fd": "campaign",
    "meta": "campaign",
    "external": "campaign",
}


def read_rows(
    description: str, *checks: ResponseCheck, surprise: str = "", captures: tuple[tuple[str, str], ...] = ()
) -> ScenarioStep:
    """Read the event's campaign results."""
    return ScenarioStep(
        description,
        "GET",
        "/campaign_results/",
        query=RESULTS_QUERY,
        checks=checks,
        surprise=surprise,
        captures=captures,
    )


SCHEDULE = Gotcha(
    id="G-05",
    title="Attribution runs on the platform's schedule; nothing triggers it",
    rules=("JOB-01", "JOB-02"),
    keywords=("scheduled run missed", "automated rows", "cron", "trigger", "08:00", "what if the run is missed"),
    naive_behaviour="waits for a row as soon as there is a sale, or looks for the call that starts the run.",
    actual_behaviour="a run at 08:00 UTC looks at what is new since the last one; a partner can neither start nor hasten it.",
    solution="wait for the run. Nothing is lost by one that is missed: the next takes all that nobody has looked at yet.",
    before=(
        sign_in(),
        read_rows("Read an event's rows.", captures=(("ROWS", "[].id"),)),
        ScenarioStep(
            "Somebody buys, led there by a campaign.",
            "POST",
            "/purchases",
            body={"purchases": [SALE]},
            status=201,
            api="MOCK",
            token_variable=None,
        ),
    ),
    trap=(
        read_rows(
            "Read the rows again.",
            ResponseCheck("as", "[].id", "ROWS"),
            surprise="The sale is known, and there is no row of it: no run has looked at it yet.",
        ),
        ScenarioStep(
            "Start a run.",
            "POST",
            "/campaign_results/run",
            status=404,
            surprise="No endpoint starts one, under this name or any other.",
        ),
    ),
    after=(
        advance_clock("Until after the next 08:00 UTC.", hours=21),
        sign_in(again=True),
        read_rows(
            "The run has been.",
            ResponseCheck("is", "[0].created_at", "2026-09-02T08:00:00Z"),
            captures=(("ROWS", "[].id"),),
        ),
        ScenarioStep(
            "Have the next run be missed, as when the platform is down at that hour.",
            "PUT",
            "/faults",
            body={"rules": [{"effect": {"attribution_run": "missed"}, "times": 1}]},
            api="MOCK",
            token_variable=None,
        ),
        advance_clock("A day passes.", days=1),
        sign_in(again=True),
        read_rows("There is no row of that day.", ResponseCheck("as", "[].id", "ROWS")),
        advance_clock("Another day passes.", days=1),
        sign_in(again=True),
        read_rows(
            "The next run makes up for it.",
            ResponseCheck("is", "[0].created_at", "2026-09-04T08:00:00Z"),
            ResponseCheck("is", "[1].created_at", "2026-09-02T08:00:00Z"),
            surprise="One row stands for both days: nothing is lost by a run that was missed.",
        ),
    ),
)
BY_HAND = Gotcha(
    id="G-06",
    title="POST /campaign_results/ is for entries by hand; it writes by query string",
    rules=("CR-03",),
    keywords=("body", "query string", "manual row"),
    naive_behaviour="sends what it writes as a JSON body, as everywhere else.",
    actual_behaviour="the four values are looked for in the query string; a body is not read.",
    solution="write in the query string, without a body, and only what a person enters: the platform writes its own rows.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Enter an adjustment in a body.",
            "POST",
            "/campaign_results/",
            body={"eid": EVENT, "partner_id": ACME, "purchase": 12, "revenue": 540.5},
            status=400,
            checks=(has_error_fields("eid", "partner_id", "purchase", "revenue"),),
            surprise="All four are missed, though all four were sent: nobody reads a body here.",
        ),
    ),
    after=(ENTER_MANUAL_ROW,),
)
TWO_PLACES = Gotcha(
    id="G-07",
    title="Manual rows appear in two places",
    rules=("DRS-03", "CR-05"),
    keywords=("double counting", "manual_adjustments", "counted twice"),
    naive_behaviour="adds up the campaign results and the manual_adjustments of daily revenue.",
    actual_behaviour="both hold the same rows: a sum over both counts each twice. `daily` holds none of them.",
    solution="take the rows from one of the two places, and know each by its id.",
    before=(
        sign_in(),
        ScenarioStep(
            "Read today's revenue.",
            "GET",
            "/daily_revenue_summary/",
            query=TODAY_QUERY,
            captures=(("DAILY", ".daily"),),
        ),
        ENTER_MANUAL_ROW,
        read_rows("It is the first of the event's rows.", ResponseCheck("as", "[0].id", "ROW")),
    ),
    trap=(
        ScenarioStep(
            "Read today's revenue.",
            "GET",
            "/daily_revenue_summary/",
            query=TODAY_QUERY,
            checks=(ResponseCheck("as", ".manual_adjustments[0].id", "ROW"), ResponseCheck("as", ".daily", "DAILY")),
            surprise="It is the very same row. The days beside it do not hold it.",
        ),
    ),
    after=(
        ScenarioStep("Delete it in one place.", "DELETE", "/campaign_results/", query="id=$ROW", status=204),
        ScenarioStep(
            "It is gone from the other.",
            "GET",
            "/daily_revenue_summary/",
            query=TODAY_QUERY,
            checks=(ResponseCheck("unlike", ".manual_adjustments[0].id", "ROW"),),
        ),
    ),
)
GONE_FOR_GOOD = Gotcha(
    id="G-18",
    title="A deleted automated row does not come back",
    rules=("JOB-04",),
    keywords=("delete", "restore", "rerun", "next run"),
    naive_behaviour="deletes an automated row that looks wrong, so that the next run writes it anew.",
    actual_behaviour="its sales have been looked at, and no run looks twice. The row and its numbers are lost.",
    solution="leave automated rows alone; correct them by a row of your own, with negative numbers where it was too much.",
    before=(
        sign_in(),
        read_rows("Read an event's rows.", ResponseCheck("is", "[].source", ["automated", "manual", "manual"])),
        ScenarioStep("Delete the automated one.", "DELETE", "/campaign_results/", query="id=cr_9f3k2a", status=204),
        advance_clock("The next run comes and goes.", days=1),
        sign_in(again=True),
    ),
    trap=(
        read_rows(
            "Read the rows.",
            ResponseCheck("is", "[0].created_at", "2026-09-02T08:00:00Z"),
            ResponseCheck("is", "[].purchase", [5, -2, 12]),
            surprise="The run wrote down what was new since the last one. The 727 orders of the deleted row are gone.",
        ),
    ),
    after=(
        ScenarioStep(
            "Enter by hand what is missing.",
            "POST",
            "/campaign_results/",
            query=f"{RESULTS_QUERY}&purchase=727&revenue=112006.80",
            status=201,
            checks=(ResponseCheck("is", ".source", "manual"),),
        ),
    ),
)
CLEARED = Gotcha(
    id="G-20",
    title="Clearing sales removes manual adjustments too",
    rules=("DRS-05",),
    keywords=("clear sales", "DELETE daily_revenue_summary", "lost adjustments"),
    naive_behaviour="clears an event's sales before it brings them in anew.",
    actual_behaviour="the manual adjustments go with them, for good; automated rows stay.",
    solution="read the manual rows first, clear, and enter again those that are still wanted.",
    before=(
        sign_in(),
        ENTER_MANUAL_ROW,
        read_rows(
            "Read the event's rows.", ResponseCheck("is", "[].source", ["manual", "automated", "manual", "manual"])
        ),
    ),
    trap=(
        ScenarioStep("Clear the event's sales.", "DELETE", "/daily_revenue_summary/", query=f"event_id={EVENT}"),
        read_rows(
            "Read the rows.",
            ResponseCheck("is", "[].source", ["automated"]),
            surprise="What people had entered by hand is gone too.",
        ),
    ),
    after=(ENTER_MANUAL_ROW,),
)
