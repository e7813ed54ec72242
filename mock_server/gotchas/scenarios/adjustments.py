"""Gotchas about campaign results: where they appear, who writes them, and when."""

from mock_server.gotchas.scenario import Gotcha, Json, ResponseCheck, ScenarioStep
from mock_server.gotchas.scenarios.steps import ACME, EVENT, RESULTS_QUERY, advance_clock, has_error_fields, sign_in

TODAY_QUERY = f"event_id={EVENT}&start_date=2026-09-01&end_date=2026-09-01"
BOX_OFFICE_QUERY = f"{RESULTS_QUERY}&purchase=12&revenue=540.50"
ENTER_MANUAL_ROW = ScenarioStep(
    "Enter 12 box-office sales manually.",
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
    """Build a step that lists the event's campaign results."""
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
    title="The platform schedules attribution; a client cannot start a run",
    rules=("JOB-01", "JOB-02"),
    keywords=("scheduled run missed", "automated rows", "cron", "trigger", "08:00", "what if the run is missed"),
    naive_behaviour="expects a row as soon as there is a sale, or looks for a call that starts the run.",
    actual_behaviour=(
        "A run at 08:00 UTC processes the sales since the last run. A partner can neither start it nor speed it up."
    ),
    solution=(
        "Wait for the run. If a run is missed, nothing is lost: the next one processes all sales since the last run."
    ),
    before=(
        sign_in(),
        read_rows("Read an event's rows.", captures=(("ROWS", "[].id"),)),
        ScenarioStep(
            "Add a sale that is attributed to a campaign.",
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
            surprise="The sale exists, but there is no row for it: no run has processed it yet.",
        ),
        ScenarioStep(
            "Try to start a run.",
            "POST",
            "/campaign_results/run",
            status=404,
            surprise="No endpoint starts a run, under this or any other name.",
        ),
    ),
    after=(
        advance_clock("Advance the clock past the next 08:00 UTC.", hours=21),
        sign_in(again=True),
        read_rows(
            "Read the rows: the run has added one.",
            ResponseCheck("is", "[0].created_at", "2026-09-02T08:00:00Z"),
            captures=(("ROWS", "[].id"),),
        ),
        ScenarioStep(
            "Make the platform miss the next run, as if it were down at that time.",
            "PUT",
            "/faults",
            body={"rules": [{"effect": {"attribution_run": "missed"}, "times": 1}]},
            api="MOCK",
            token_variable=None,
        ),
        advance_clock("Advance the clock by a day.", days=1),
        sign_in(again=True),
        read_rows("Read the rows: there is no new row.", ResponseCheck("as", "[].id", "ROWS")),
        advance_clock("Advance the clock by another day.", days=1),
        sign_in(again=True),
        read_rows(
            "Read the rows: the next run has processed the sales of both days.",
            ResponseCheck("is", "[0].created_at", "2026-09-04T08:00:00Z"),
            ResponseCheck("is", "[1].created_at", "2026-09-02T08:00:00Z"),
            surprise="One row covers both days: a missed run loses nothing.",
        ),
    ),
)
BY_HAND = Gotcha(
    id="G-06",
    title="POST /campaign_results/ is for manual entries and takes a query string",
    rules=("CR-03",),
    generations=("older",),
    keywords=("body", "query string", "manual row"),
    naive_behaviour="sends the values as a JSON body, as for other operations.",
    actual_behaviour="The four values are read from the query string. A body is ignored.",
    solution=(
        "Send the values in the query string without a body, and only for manual entries: the platform writes its "
        "own rows."
    ),
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Enter an adjustment with a JSON body.",
            "POST",
            "/campaign_results/",
            body={"eid": EVENT, "partner_id": ACME, "purchase": 12, "revenue": 540.5},
            status=400,
            checks=(has_error_fields("eid", "partner_id", "purchase", "revenue"),),
            surprise="All four values are reported as missing, although they were sent: the body is ignored.",
        ),
    ),
    after=(ENTER_MANUAL_ROW,),
)
TWO_PLACES = Gotcha(
    id="G-07",
    title="Manual rows appear in two places",
    rules=("DRS-03", "CR-05"),
    generations=("older",),
    keywords=("double counting", "manual_adjustments", "counted twice"),
    naive_behaviour="adds up the campaign results and the `manual_adjustments` of daily revenue.",
    actual_behaviour=(
        "Both contain the same rows, so a sum over both counts each row twice. `daily` does not include them."
    ),
    solution="Take the rows from one of the two places, and identify each row by its id.",
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
        read_rows("Read the event's rows: the new row is the first.", ResponseCheck("as", "[0].id", "ROW")),
    ),
    trap=(
        ScenarioStep(
            "Read today's revenue again.",
            "GET",
            "/daily_revenue_summary/",
            query=TODAY_QUERY,
            checks=(ResponseCheck("as", ".manual_adjustments[0].id", "ROW"), ResponseCheck("as", ".daily", "DAILY")),
            surprise="The same row appears here too. The daily figures do not include it.",
        ),
    ),
    after=(
        ScenarioStep(
            "Delete the row from the campaign results.", "DELETE", "/campaign_results/", query="id=$ROW", status=204
        ),
        ScenarioStep(
            "Read today's revenue: the row is gone here too.",
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
    generations=("older",),
    keywords=("delete", "restore", "rerun", "next run"),
    naive_behaviour="deletes an automated row that looks wrong so that the next run writes it again.",
    actual_behaviour="No run processes the same sales twice, so the row and its numbers are lost.",
    solution="Do not delete automated rows. Correct them with a manual row, which may contain negative numbers.",
    before=(
        sign_in(),
        read_rows("Read an event's rows.", ResponseCheck("is", "[].source", ["automated", "manual", "manual"])),
        ScenarioStep("Delete the automated row.", "DELETE", "/campaign_results/", query="id=cr_9f3k2a", status=204),
        advance_clock("Advance the clock past the next run.", days=1),
        sign_in(again=True),
    ),
    trap=(
        read_rows(
            "Read the rows.",
            ResponseCheck("is", "[0].created_at", "2026-09-02T08:00:00Z"),
            ResponseCheck("is", "[].purchase", [5, -2, 12]),
            surprise="The run added only the sales since the last run. The 727 orders of the deleted row are gone.",
        ),
    ),
    after=(
        ScenarioStep(
            "Enter the missing orders manually.",
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
    naive_behaviour="clears an event's sales before importing them again.",
    actual_behaviour="The manual adjustments are deleted too, permanently. Automated rows stay.",
    solution="Read the manual rows first, clear the sales, and re-enter the rows that you still need.",
    before=(
        sign_in(),
        ENTER_MANUAL_ROW,
        read_rows(
            "Read the event's rows.", ResponseCheck("is", "[].source", ["manual", "automated", "manual", "manual"])
        ),
    ),
    trap=(
        ScenarioStep(
            "Clear the event's sales.", "DELETE", "/daily_revenue_summary/", query=f"event_id={EVENT}", status=204
        ),
        read_rows(
            "Read the rows.",
            ResponseCheck("is", "[].source", ["automated"]),
            surprise="The manual rows are gone too.",
        ),
    ),
    after=(ENTER_MANUAL_ROW,),
)
