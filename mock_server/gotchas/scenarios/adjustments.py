"""Gotchas of campaign results, their two places, and the platform's own schedule."""

from mock_server.gotchas.scenario import Call, Gotcha, Json, Look
from mock_server.gotchas.scenarios.steps import ACME, EVENT, RESULTS, advance, fields, sign_in

TODAY = f"event_id={EVENT}&start_date=2026-09-01&end_date=2026-09-01"
BOX_OFFICE = f"{RESULTS}&purchase=12&revenue=540.50"
ENTERED = Call(
    "Enter 12 tickets of the box office by hand.",
    "POST",
    "/campaign_results/",
    query=BOX_OFFICE,
    status=201,
    looks=(Look("is", ".source", "manual"),),
    keeps=(("ROW", ".id"),),
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


def rows(say: str, *looks: Look, surprise: str = "", keeps: tuple[tuple[str, str], ...] = ()) -> Call:
    """Read the event's campaign results."""
    return Call(say, "GET", "/campaign_results/", query=RESULTS, looks=looks, surprise=surprise, keeps=keeps)


SCHEDULE = Gotcha(
    id="G-05",
    title="Attribution runs on the platform's schedule; nothing triggers it",
    rules=("JOB-01", "JOB-02"),
    words=("scheduled run missed", "automated rows", "cron", "trigger", "08:00", "what if the run is missed"),
    naive="waits for a row as soon as there is a sale, or looks for the call that starts the run.",
    happens="a run at 08:00 UTC looks at what is new since the last one; a partner can neither start nor hasten it.",
    right="wait for the run. Nothing is lost by one that is missed: the next takes all that nobody has looked at yet.",
    before=(
        sign_in(),
        rows("Read an event's rows.", keeps=(("ROWS", "[].id"),)),
        Call(
            "Somebody buys, led there by a campaign.",
            "POST",
            "/purchases",
            body={"purchases": [SALE]},
            status=201,
            api="MOCK",
            token=None,
        ),
    ),
    trap=(
        rows(
            "Read the rows again.",
            Look("as", "[].id", "ROWS"),
            surprise="The sale is known, and there is no row of it: no run has looked at it yet.",
        ),
        Call(
            "Start a run.",
            "POST",
            "/campaign_results/run",
            status=404,
            surprise="No endpoint starts one, under this name or any other.",
        ),
    ),
    after=(
        advance("Until after the next 08:00 UTC.", hours=21),
        sign_in(again=True),
        rows("The run has been.", Look("is", "[0].created_at", "2026-09-02T08:00:00Z"), keeps=(("ROWS", "[].id"),)),
        Call(
            "Have the next run be missed, as when the platform is down at that hour.",
            "PUT",
            "/faults",
            body={"rules": [{"effect": {"attribution_run": "missed"}, "times": 1}]},
            api="MOCK",
            token=None,
        ),
        advance("A day passes.", days=1),
        sign_in(again=True),
        rows("There is no row of that day.", Look("as", "[].id", "ROWS")),
        advance("Another day passes.", days=1),
        sign_in(again=True),
        rows(
            "The next run makes up for it.",
            Look("is", "[0].created_at", "2026-09-04T08:00:00Z"),
            Look("is", "[1].created_at", "2026-09-02T08:00:00Z"),
            surprise="One row stands for both days: nothing is lost by a run that was missed.",
        ),
    ),
)
BY_HAND = Gotcha(
    id="G-06",
    title="POST /campaign_results/ is for entries by hand; it writes by query string",
    rules=("CR-03",),
    words=("body", "query string", "manual row"),
    naive="sends what it writes as a JSON body, as everywhere else.",
    happens="the four values are looked for in the query string; a body is not read.",
    right="write in the query string, without a body, and only what a person enters: the platform writes its own rows.",
    before=(sign_in(),),
    trap=(
        Call(
            "Enter an adjustment in a body.",
            "POST",
            "/campaign_results/",
            body={"eid": EVENT, "partner_id": ACME, "purchase": 12, "revenue": 540.5},
            status=400,
            looks=(fields("eid", "partner_id", "purchase", "revenue"),),
            surprise="All four are missed, though all four were sent: nobody reads a body here.",
        ),
    ),
    after=(ENTERED,),
)
TWO_PLACES = Gotcha(
    id="G-07",
    title="Manual rows appear in two places",
    rules=("DRS-03", "CR-05"),
    words=("double counting", "manual_adjustments", "counted twice"),
    naive="adds up the campaign results and the manual_adjustments of daily revenue.",
    happens="both hold the same rows: a sum over both counts each twice. `daily` holds none of them.",
    right="take the rows from one of the two places, and know each by its id.",
    before=(
        sign_in(),
        Call("Read today's revenue.", "GET", "/daily_revenue_summary/", query=TODAY, keeps=(("DAILY", ".daily"),)),
        ENTERED,
        rows("It is the first of the event's rows.", Look("as", "[0].id", "ROW")),
    ),
    trap=(
        Call(
            "Read today's revenue.",
            "GET",
            "/daily_revenue_summary/",
            query=TODAY,
            looks=(Look("as", ".manual_adjustments[0].id", "ROW"), Look("as", ".daily", "DAILY")),
            surprise="It is the very same row. The days beside it do not hold it.",
        ),
    ),
    after=(
        Call("Delete it in one place.", "DELETE", "/campaign_results/", query="id=$ROW", status=204),
        Call(
            "It is gone from the other.",
            "GET",
            "/daily_revenue_summary/",
            query=TODAY,
            looks=(Look("unlike", ".manual_adjustments[0].id", "ROW"),),
        ),
    ),
)
GONE_FOR_GOOD = Gotcha(
    id="G-18",
    title="A deleted automated row does not come back",
    rules=("JOB-04",),
    words=("delete", "restore", "rerun", "next run"),
    naive="deletes an automated row that looks wrong, so that the next run writes it anew.",
    happens="its sales have been looked at, and no run looks twice. The row and its numbers are lost.",
    right="leave automated rows alone; correct them by a row of your own, with negative numbers where it was too much.",
    before=(
        sign_in(),
        rows("Read an event's rows.", Look("is", "[].source", ["automated", "manual", "manual"])),
        Call("Delete the automated one.", "DELETE", "/campaign_results/", query="id=cr_9f3k2a", status=204),
        advance("The next run comes and goes.", days=1),
        sign_in(again=True),
    ),
    trap=(
        rows(
            "Read the rows.",
            Look("is", "[0].created_at", "2026-09-02T08:00:00Z"),
            Look("is", "[].purchase", [5, -2, 12]),
            surprise="The run wrote down what was new since the last one. The 727 orders of the deleted row are gone.",
        ),
    ),
    after=(
        Call(
            "Enter by hand what is missing.",
            "POST",
            "/campaign_results/",
            query=f"{RESULTS}&purchase=727&revenue=112006.80",
            status=201,
            looks=(Look("is", ".source", "manual"),),
        ),
    ),
)
CLEARED = Gotcha(
    id="G-20",
    title="Clearing sales removes manual adjustments too",
    rules=("DRS-05",),
    words=("clear sales", "DELETE daily_revenue_summary", "lost adjustments"),
    naive="clears an event's sales before it brings them in anew.",
    happens="the manual adjustments go with them, for good; automated rows stay.",
    right="read the manual rows first, clear, and enter again those that are still wanted.",
    before=(
        sign_in(),
        ENTERED,
        rows("Read the event's rows.", Look("is", "[].source", ["manual", "automated", "manual", "manual"])),
    ),
    trap=(
        Call("Clear the event's sales.", "DELETE", "/daily_revenue_summary/", query=f"event_id={EVENT}"),
        rows(
            "Read the rows.",
            Look("is", "[].source", ["automated"]),
            surprise="What people had entered by hand is gone too.",
        ),
    ),
    after=(ENTERED,),
)
