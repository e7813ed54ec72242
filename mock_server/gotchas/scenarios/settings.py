"""Gotchas of settings, defaults and models: how they are written, and whom they reach."""

from mock_server.gotchas.scenario import Call, Gotcha, Look
from mock_server.gotchas.scenarios.steps import (
    ACME,
    EVALUATED,
    EVENT,
    FRESH,
    MODEL,
    PACKAGES,
    WINDOW,
    advance,
    details,
    evaluation,
    order,
    settings,
    sign_in,
)

DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
NEW_PACKAGES_ONLY = Gotcha(
    id="G-03",
    title="A partner's defaults reach new packages only",
    rules=("DEF-02",),
    words=("defaults change after creation", "old package", "existing packages"),
    naive="changes the partner's defaults and waits for the packages that there are to follow.",
    happens="each package keeps the settings that it has; the defaults are copied once, when a package is created.",
    right="change the defaults for packages to come, and PUT the settings of each package that shall follow.",
    before=(
        sign_in(),
        Call("Read the settings of a package.", "GET", details(FRESH), keeps=(("SETTINGS", "."),)),
        Call("Change the defaults.", "POST", DEFAULTS, body=settings(14, "ALL_PURCHASES")),
    ),
    trap=(
        Call(
            "Read the settings of the package again.",
            "GET",
            details(FRESH),
            looks=(Look("as", ".", "SETTINGS"),),
            surprise="The package was created before: it keeps its own settings, now and for ever.",
        ),
    ),
    after=(
        Call("Create a package.", "POST", PACKAGES, body=order(), status=201, keeps=(("PACKAGE", ".id"),)),
        Call(
            "The new one starts with the defaults.",
            "GET",
            details("$PACKAGE"),
            looks=(Look("is", f".{WINDOW}", 14), Look("is", f".{MODEL}", "ALL_PURCHASES")),
        ),
        Call("Have the old one follow.", "PUT", details(FRESH), body=settings(14, "ALL_PURCHASES")),
    ),
)
UNRELATED_MODELS = Gotcha(
    id="G-09",
    title="Lookout's model and Backhaul's model have nothing to do with each other",
    rules=("LAM-02",),
    words=("attribution model", "two models", "FD META EXTERNAL"),
    naive="sets an event's attribution model and waits for the evaluations of packages over that event to change.",
    happens="the event's model splits its daily revenue; settings and results of packages do not hear of it.",
    right="set the event's model for daily revenue, and the package's backhaul_evaluation_model for its evaluation.",
    before=(
        sign_in(),
        Call("Read a package's evaluation.", "GET", evaluation(EVALUATED), keeps=(("BEFORE", "[].purchase"),)),
        Call(
            "Set the attribution model of its event.",
            "PUT",
            f"/events/{EVENT}/attribution_model",
            body={"model": "META"},
            looks=(Look("is", ".model", "META"),),
        ),
        advance("Give it time.", minutes=10),
    ),
    trap=(
        Call(
            "Read the package's evaluation again.",
            "GET",
            evaluation(EVALUATED),
            looks=(Look("as", "[].purchase", "BEFORE"),),
            surprise="Not a number moves, however long you wait: that was the other model.",
        ),
        Call(
            "Read the package's own model.",
            "GET",
            details(EVALUATED),
            looks=(Look("is", f".{MODEL}", "EVENTS_FROM_PACKAGE"),),
        ),
    ),
    after=(
        Call(
            "Daily revenue is split by the event's model.",
            "GET",
            "/daily_revenue_summary/",
            query=f"event_id={EVENT}&start_date=2026-08-31&end_date=2026-08-31",
            looks=(Look("is", ".attribution_model", "META"),),
        ),
        Call(
            "The evaluation follows the package's settings.",
            "PUT",
            details(EVALUATED),
            body=settings(30, "ALL_PURCHASES", email_sent_date="2026-08-23"),
        ),
        advance("The job ends.", seconds=2),
        Call(
            "Now it has changed.",
            "GET",
            evaluation(EVALUATED),
            looks=(Look("unlike", "[].purchase", "BEFORE"),),
        ),
    ),
)
POST_AND_PUT = Gotcha(
    id="G-10",
    title="Defaults are written by POST, a package's settings by PUT",
    rules=("DEF-01", "BEV-02"),
    words=("method", "405", "backhaul_attribution_details"),
    naive="has one function that writes both, with one method.",
    happens="each of the two knows one method for writing, and answers the other with 405.",
    right="POST the partner's defaults, PUT a package's settings.",
    before=(sign_in(),),
    trap=(
        Call(
            "Write the defaults by PUT.",
            "PUT",
            DEFAULTS,
            body=settings(14, "ALL_PURCHASES"),
            status=405,
            looks=(Look("header", "allow", "GET, POST"),),
            surprise="Defaults are posted, though they are replaced.",
        ),
        Call(
            "Write a package's settings by POST.",
            "POST",
            details(FRESH),
            body=settings(14, "ALL_PURCHASES"),
            status=405,
            looks=(Look("header", "allow", "PUT, GET"),),
            surprise="Settings are put, though saving them starts a job.",
        ),
    ),
    after=(
        Call("POST the defaults.", "POST", DEFAULTS, body=settings(14, "ALL_PURCHASES")),
        Call("PUT the settings.", "PUT", details(FRESH), body=settings(14, "ALL_PURCHASES")),
    ),
)
