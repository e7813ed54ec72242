"""Gotchas of settings, defaults and models: how they are written, and whom they reach."""

from mock_server.gotchas.scenario import Gotcha, ResponseCheck, ScenarioStep
from mock_server.gotchas.scenarios.steps import (
    ACME,
    EVALUATED,
    EVENT,
    FRESH,
    MODEL,
    PACKAGES,
    WINDOW,
    advance_clock,
    evaluation_path,
    new_package_body,
    settings_body,
    settings_path,
    sign_in,
)

DEFAULTS = f"/partners/{ACME}/backhaul_attribution_details"
NEW_PACKAGES_ONLY = Gotcha(
    id="G-03",
    title="A partner's defaults reach new packages only",
    rules=("DEF-02",),
    keywords=("defaults change after creation", "old package", "existing packages"),
    naive_behaviour="changes the partner's defaults and waits for the packages that there are to follow.",
    actual_behaviour="each package keeps the settings that it has; the defaults are copied once, when a package is created.",
    solution="change the defaults for packages to come, and PUT the settings of each package that shall follow.",
    before=(
        sign_in(),
        ScenarioStep("Read the settings of a package.", "GET", settings_path(FRESH), captures=(("SETTINGS", "."),)),
        ScenarioStep("Change the defaults.", "POST", DEFAULTS, body=settings_body(14, "ALL_PURCHASES")),
    ),
    trap=(
        ScenarioStep(
            "Read the settings of the package again.",
            "GET",
            settings_path(FRESH),
            checks=(ResponseCheck("as", ".", "SETTINGS"),),
            surprise="The package was created before: it keeps its own settings, now and for ever.",
        ),
    ),
    after=(
        ScenarioStep(
            "Create a package.", "POST", PACKAGES, body=new_package_body(), status=201, captures=(("PACKAGE", ".id"),)
        ),
        ScenarioStep(
            "The new one starts with the defaults.",
            "GET",
            settings_path("$PACKAGE"),
            checks=(ResponseCheck("is", f".{WINDOW}", 14), ResponseCheck("is", f".{MODEL}", "ALL_PURCHASES")),
        ),
        ScenarioStep("Have the old one follow.", "PUT", settings_path(FRESH), body=settings_body(14, "ALL_PURCHASES")),
    ),
)
UNRELATED_MODELS = Gotcha(
    id="G-09",
    title="Lookout's model and Backhaul's model have nothing to do with each other",
    rules=("LAM-02",),
    keywords=("attribution model", "two models", "FD META EXTERNAL"),
    naive_behaviour="sets an event's attribution model and waits for the evaluations of packages over that event to change.",
    actual_behaviour="the event's model splits its daily revenue; settings and results of packages do not hear of it.",
    solution="set the event's model for daily revenue, and the package's backhaul_evaluation_model for its evaluation.",
    before=(
        sign_in(),
        ScenarioStep(
            "Read a package's evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)
        ),
        ScenarioStep(
            "Set the attribution model of its event.",
            "PUT",
            f"/events/{EVENT}/attribution_model",
            body={"model": "META"},
            checks=(ResponseCheck("is", ".model", "META"),),
        ),
        advance_clock("Give it time.", minutes=10),
    ),
    trap=(
        ScenarioStep(
            "Read the package's evaluation again.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
            surprise="Not a number moves, however long you wait: that was the other model.",
        ),
        ScenarioStep(
            "Read the package's own model.",
            "GET",
            settings_path(EVALUATED),
            checks=(ResponseCheck("is", f".{MODEL}", "EVENTS_FROM_PACKAGE"),),
        ),
    ),
    after=(
        ScenarioStep(
            "Daily revenue is split by the event's model.",
            "GET",
            "/daily_revenue_summary/",
            query=f"event_id={EVENT}&start_date=2026-08-31&end_date=2026-08-31",
            checks=(ResponseCheck("is", ".attribution_model", "META"),),
        ),
        ScenarioStep(
            "The evaluation follows the package's settings.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "ALL_PURCHASES", email_sent_date="2026-08-23"),
        ),
        advance_clock("The job ends.", seconds=2),
        ScenarioStep(
            "Now it has changed.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),),
        ),
    ),
)
POST_AND_PUT = Gotcha(
    id="G-10",
    title="Defaults are written by POST, a package's settings by PUT",
    rules=("DEF-01", "BEV-02"),
    keywords=("method", "405", "backhaul_attribution_details"),
    naive_behaviour="has one function that writes both, with one method.",
    actual_behaviour="each of the two knows one method for writing, and answers the other with 405.",
    solution="POST the partner's defaults, PUT a package's settings.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Write the defaults by PUT.",
            "PUT",
            DEFAULTS,
            body=settings_body(14, "ALL_PURCHASES"),
            status=405,
            checks=(ResponseCheck("header", "allow", "GET, POST"),),
            surprise="Defaults are posted, though they are replaced.",
        ),
        ScenarioStep(
            "Write a package's settings by POST.",
            "POST",
            settings_path(FRESH),
            body=settings_body(14, "ALL_PURCHASES"),
            status=405,
            checks=(ResponseCheck("header", "allow", "PUT, GET"),),
            surprise="Settings are put, though saving them starts a job.",
        ),
    ),
    after=(
        ScenarioStep("POST the defaults.", "POST", DEFAULTS, body=settings_body(14, "ALL_PURCHASES")),
        ScenarioStep("PUT the settings.", "PUT", settings_path(FRESH), body=settings_body(14, "ALL_PURCHASES")),
    ),
)
