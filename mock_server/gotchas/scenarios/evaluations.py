"""Gotchas of evaluations: what starts them, when they show, where their window begins."""

from mock_server.gotchas.scenario import Gotcha, ResponseCheck, ScenarioStep
from mock_server.gotchas.scenarios.steps import (
    EMAIL_DATE,
    EVALUATED,
    FRESH,
    WINDOW,
    advance_clock,
    evaluation_path,
    settings_body,
    settings_path,
    sign_in,
)

NO_RUN_BUTTON = Gotcha(
    id="G-01",
    title="Saving settings evaluates again; there is no run button",
    rules=("BEV-02",),
    keywords=("run evaluation", "trigger", "start", "recalculate"),
    naive_behaviour="saves the settings, then looks for the call that starts the evaluation; or saves on each change in a form.",
    actual_behaviour="PUT on the settings starts an evaluation each time, unchanged settings too, and nothing else starts one.",
    solution="PUT once, when the user saves; to evaluate anew without a change, PUT the same settings again.",
    before=(
        sign_in(),
        ScenarioStep(
            "Read the settings of a package.",
            "GET",
            settings_path(FRESH),
            checks=(ResponseCheck("is", f".{WINDOW}", 30),),
        ),
        ScenarioStep(
            "It has never been evaluated.", "GET", evaluation_path(FRESH), checks=(ResponseCheck("is", ".", []),)
        ),
    ),
    trap=(
        ScenarioStep(
            "Start the evaluation.",
            "POST",
            evaluation_path(FRESH),
            status=405,
            checks=(ResponseCheck("header", "allow", "GET"),),
            surprise="There is no run button: the result can only be read.",
        ),
        ScenarioStep(
            "Save the settings as they are.", "PUT", settings_path(FRESH), body=settings_body(30, "EVENTS_FROM_PACKAGE")
        ),
        ScenarioStep(
            "Look at the pending jobs.",
            "GET",
            "/jobs",
            api="MOCK",
            token_variable=None,
            checks=(ResponseCheck("is", "[0].kind", "evaluation"), ResponseCheck("is", "[0].subject", FRESH)),
            surprise="Nothing was changed, and an evaluation is under way all the same.",
        ),
    ),
    after=(
        advance_clock("The job ends.", seconds=2),
        ScenarioStep(
            "Now there is a result.", "GET", evaluation_path(FRESH), checks=(ResponseCheck("is", ". | length", 3),)
        ),
    ),
)
STALE = Gotcha(
    id="G-02",
    title="A read after a PUT is stale until the job ends: drop the cache, poll",
    rules=("BEV-03", "BEV-04"),
    keywords=("stale evaluation", "old result", "cache", "invalidate"),
    naive_behaviour="saves new settings, reads the evaluation at once and shows, or caches, what it gets as the new result.",
    actual_behaviour="until the job ends the answer is the result of the settings before, and nothing in it tells so.",
    solution=(
        "drop what you cached of the evaluation at each PUT, then poll with growing pauses, and say on the screen that "
        "the numbers are being worked out."
    ),
    before=(
        sign_in(),
        ScenarioStep("Read the evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)),
        ScenarioStep(
            "Save other settings.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(90, "ALL_PURCHASES", email_sent_date="2026-07-01"),
            checks=(ResponseCheck("is", f".{WINDOW}", 90),),
        ),
    ),
    trap=(
        ScenarioStep(
            "Read the evaluation again, at once.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
            surprise="The settings are the new ones, the numbers are those of the old ones. Nothing here says so.",
        ),
    ),
    after=(
        advance_clock("The job ends: after 2 s here, after minutes on the platform.", seconds=2),
        ScenarioStep(
            "Read it once more.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),),
        ),
    ),
)
MOVED_WINDOW = Gotcha(
    id="G-04",
    title="email_sent_date anchors the window; leaving it out moves the window",
    rules=("BEV-02", "BEV-07"),
    keywords=("email date", "anchor", "partial update", "numbers changed"),
    naive_behaviour="changes one setting and sends window and model alone, as if the PUT left alone what it does not name.",
    actual_behaviour="a date that is left out becomes null, and the window starts on the day on which the package was created.",
    solution="read the settings, change what is to change, and send all three back.",
    before=(
        sign_in(),
        ScenarioStep(
            "Save settings with the day on which the email went out.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "EVENTS_FROM_PACKAGE", email_sent_date="2026-07-01"),
        ),
        advance_clock("The job ends.", seconds=2),
        ScenarioStep("Read the evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)),
    ),
    trap=(
        ScenarioStep(
            "Save the same window and model, and leave the date out.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "EVENTS_FROM_PACKAGE"),
            checks=(ResponseCheck("is", f".{EMAIL_DATE}", None),),
            surprise="The date is gone. A PUT replaces the settings whole.",
        ),
        advance_clock("The job ends.", seconds=2),
        ScenarioStep(
            "Read the evaluation.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),),
            surprise="Same window, same model, other numbers: the window starts on the day of creation now.",
        ),
    ),
    after=(
        ScenarioStep(
            "Send all three.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "EVENTS_FROM_PACKAGE", email_sent_date="2026-07-01"),
        ),
        advance_clock("The job ends.", seconds=2),
        ScenarioStep(
            "The numbers are back.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
        ),
    ),
)
