"""Gotchas about evaluations: what starts one, when its result appears, when its window starts."""

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
    title="Saving settings starts an evaluation; there is no run button",
    rules=("BEV-02",),
    keywords=("run evaluation", "trigger", "start", "recalculate"),
    naive_behaviour=(
        "saves the settings and then looks for a call that starts the evaluation, or saves on every change in a form."
    ),
    actual_behaviour=(
        "Every PUT of the settings starts an evaluation, even if they are unchanged. Nothing else starts one."
    ),
    solution="PUT once, when the user saves. To evaluate again without a change, PUT the same settings again.",
    before=(
        sign_in(),
        ScenarioStep(
            "Read the settings of a package.",
            "GET",
            settings_path(FRESH),
            checks=(ResponseCheck("is", f".{WINDOW}", 30),),
        ),
        ScenarioStep(
            "Read the package's evaluation: there is none yet.",
            "GET",
            evaluation_path(FRESH),
            checks=(ResponseCheck("is", ".", []),),
        ),
    ),
    trap=(
        ScenarioStep(
            "Try to start an evaluation.",
            "POST",
            evaluation_path(FRESH),
            status=405,
            checks=(ResponseCheck("header", "allow", "GET"),),
            surprise="There is no run button: the evaluation can only be read.",
        ),
        ScenarioStep(
            "Save the settings unchanged.", "PUT", settings_path(FRESH), body=settings_body(30, "EVENTS_FROM_PACKAGE")
        ),
        ScenarioStep(
            "List the pending jobs.",
            "GET",
            "/jobs",
            api="MOCK",
            token_variable=None,
            checks=(ResponseCheck("is", "[0].kind", "evaluation"), ResponseCheck("is", "[0].subject", FRESH)),
            surprise="No setting changed, but an evaluation is running.",
        ),
    ),
    after=(
        advance_clock("Advance the clock until the job ends.", seconds=2),
        ScenarioStep(
            "Read the evaluation: there is one now.",
            "GET",
            evaluation_path(FRESH),
            checks=(ResponseCheck("is", ". | length", 3),),
        ),
    ),
)
STALE = Gotcha(
    id="G-02",
    title="A read after a PUT is stale until the job ends: drop the cache, poll",
    rules=("BEV-03", "BEV-04"),
    keywords=("stale evaluation", "old result", "cache", "invalidate"),
    naive_behaviour="saves new settings, reads the evaluation immediately, and shows or caches it as the new result.",
    actual_behaviour="Until the job ends, the response is the result for the old settings, without saying so.",
    solution=(
        "Drop the cached evaluation on every PUT, then poll with increasing delays, and show the user that the numbers "
        "are being recalculated."
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
            "Read the evaluation again immediately.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
            surprise=(
                "The saved settings are new, but the numbers are still the old ones. The response does not say so."
            ),
        ),
    ),
    after=(
        advance_clock("Advance the clock until the job ends: 2 s here, minutes on the platform.", seconds=2),
        ScenarioStep(
            "Read the evaluation once more.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),),
        ),
    ),
)
MOVED_WINDOW = Gotcha(
    id="G-04",
    title="email_sent_date sets the start of the window; omitting it moves the window",
    rules=("BEV-02", "BEV-07"),
    keywords=("email date", "anchor", "partial update", "numbers changed"),
    naive_behaviour=(
        "changes one setting and sends only the window and the model, expecting PUT to keep the omitted date."
    ),
    actual_behaviour=(
        "An omitted date becomes null, and the window then starts on the day on which the package was created."
    ),
    solution="Read the settings, make your change, and send all three fields back.",
    before=(
        sign_in(),
        ScenarioStep(
            "Save settings with the day on which the email was sent.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "EVENTS_FROM_PACKAGE", email_sent_date="2026-07-01"),
        ),
        advance_clock("Advance the clock until the job ends.", seconds=2),
        ScenarioStep("Read the evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)),
    ),
    trap=(
        ScenarioStep(
            "Save the same window and model without the date.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "EVENTS_FROM_PACKAGE"),
            checks=(ResponseCheck("is", f".{EMAIL_DATE}", None),),
            surprise="The date is gone: PUT replaces all settings.",
        ),
        advance_clock("Advance the clock until the job ends.", seconds=2),
        ScenarioStep(
            "Read the evaluation.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),),
            surprise="The same window and model, but different numbers: the window now starts on the day of creation.",
        ),
    ),
    after=(
        ScenarioStep(
            "Save all three fields.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "EVENTS_FROM_PACKAGE", email_sent_date="2026-07-01"),
        ),
        advance_clock("Advance the clock until the job ends.", seconds=2),
        ScenarioStep(
            "Read the evaluation: the numbers are back.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
        ),
    ),
)
