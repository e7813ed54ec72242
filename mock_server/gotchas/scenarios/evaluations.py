"""Gotchas of evaluations: what starts them, when they show, where their window begins."""

from mock_server.gotchas.scenario import Call, Gotcha, Look
from mock_server.gotchas.scenarios.steps import (
    EVALUATED,
    FRESH,
    SENT,
    WINDOW,
    advance,
    details,
    evaluation,
    settings,
    sign_in,
)

NO_RUN_BUTTON = Gotcha(
    id="G-01",
    title="Saving settings evaluates again; there is no run button",
    rules=("BEV-02",),
    words=("run evaluation", "trigger", "start", "recalculate"),
    naive="saves the settings, then looks for the call that starts the evaluation; or saves on each change in a form.",
    happens="PUT on the settings starts an evaluation each time, unchanged settings too, and nothing else starts one.",
    right="PUT once, when the user saves; to evaluate anew without a change, PUT the same settings again.",
    before=(
        sign_in(),
        Call("Read the settings of a package.", "GET", details(FRESH), looks=(Look("is", f".{WINDOW}", 30),)),
        Call("It has never been evaluated.", "GET", evaluation(FRESH), looks=(Look("is", ".", []),)),
    ),
    trap=(
        Call(
            "Start the evaluation.",
            "POST",
            evaluation(FRESH),
            status=405,
            looks=(Look("header", "allow", "GET"),),
            surprise="There is no run button: the result can only be read.",
        ),
        Call("Save the settings as they are.", "PUT", details(FRESH), body=settings(30, "EVENTS_FROM_PACKAGE")),
        Call(
            "Look at the pending jobs.",
            "GET",
            "/jobs",
            api="MOCK",
            token=None,
            looks=(Look("is", "[0].kind", "evaluation"), Look("is", "[0].subject", FRESH)),
            surprise="Nothing was changed, and an evaluation is under way all the same.",
        ),
    ),
    after=(
        advance("The job ends.", seconds=2),
        Call("Now there is a result.", "GET", evaluation(FRESH), looks=(Look("is", ". | length", 3),)),
    ),
)
STALE = Gotcha(
    id="G-02",
    title="A read after a PUT is stale until the job ends: drop the cache, poll",
    rules=("BEV-03", "BEV-04"),
    words=("stale evaluation", "old result", "cache", "invalidate"),
    naive="saves new settings, reads the evaluation at once and shows, or caches, what it gets as the new result.",
    happens="until the job ends the answer is the result of the settings before, and nothing in it tells so.",
    right=(
        "drop what you cached of the evaluation at each PUT, then poll with growing pauses, and say on the screen that "
        "the numbers are being worked out."
    ),
    before=(
        sign_in(),
        Call("Read the evaluation.", "GET", evaluation(EVALUATED), keeps=(("BEFORE", "[].purchase"),)),
        Call(
            "Save other settings.",
            "PUT",
            details(EVALUATED),
            body=settings(90, "ALL_PURCHASES", email_sent_date="2026-07-01"),
            looks=(Look("is", f".{WINDOW}", 90),),
        ),
    ),
    trap=(
        Call(
            "Read the evaluation again, at once.",
            "GET",
            evaluation(EVALUATED),
            looks=(Look("as", "[].purchase", "BEFORE"),),
            surprise="The settings are the new ones, the numbers are those of the old ones. Nothing here says so.",
        ),
    ),
    after=(
        advance("The job ends: after 2 s here, after minutes on the platform.", seconds=2),
        Call(
            "Read it once more.",
            "GET",
            evaluation(EVALUATED),
            looks=(Look("unlike", "[].purchase", "BEFORE"),),
        ),
    ),
)
MOVED_WINDOW = Gotcha(
    id="G-04",
    title="email_sent_date anchors the window; leaving it out moves the window",
    rules=("BEV-02", "BEV-07"),
    words=("email date", "anchor", "partial update", "numbers changed"),
    naive="changes one setting and sends window and model alone, as if the PUT left alone what it does not name.",
    happens="a date that is left out becomes null, and the window starts on the day on which the package was created.",
    right="read the settings, change what is to change, and send all three back.",
    before=(
        sign_in(),
        Call(
            "Save settings with the day on which the email went out.",
            "PUT",
            details(EVALUATED),
            body=settings(30, "EVENTS_FROM_PACKAGE", email_sent_date="2026-07-01"),
        ),
        advance("The job ends.", seconds=2),
        Call("Read the evaluation.", "GET", evaluation(EVALUATED), keeps=(("BEFORE", "[].purchase"),)),
    ),
    trap=(
        Call(
            "Save the same window and model, and leave the date out.",
            "PUT",
            details(EVALUATED),
            body=settings(30, "EVENTS_FROM_PACKAGE"),
            looks=(Look("is", f".{SENT}", None),),
            surprise="The date is gone. A PUT replaces the settings whole.",
        ),
        advance("The job ends.", seconds=2),
        Call(
            "Read the evaluation.",
            "GET",
            evaluation(EVALUATED),
            looks=(Look("unlike", "[].purchase", "BEFORE"),),
            surprise="Same window, same model, other numbers: the window starts on the day of creation now.",
        ),
    ),
    after=(
        Call(
            "Send all three.",
            "PUT",
            details(EVALUATED),
            body=settings(30, "EVENTS_FROM_PACKAGE", email_sent_date="2026-07-01"),
        ),
        advance("The job ends.", seconds=2),
        Call("The numbers are back.", "GET", evaluation(EVALUATED), looks=(Look("as", "[].purchase", "BEFORE"),)),
    ),
)
