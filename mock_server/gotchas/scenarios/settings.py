"""Gotchas about settings, defaults and models: how they are written, and what they affect."""

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
    title="A partner's defaults apply to new packages only",
    rules=("DEF-02",),
    keywords=("defaults change after creation", "old package", "existing packages"),
    naive_behaviour="changes the partner's defaults and expects existing packages to follow.",
    actual_behaviour="Existing packages keep their settings. The defaults are copied once, when a package is created.",
    solution=(
        "Change the defaults for future packages, and PUT the settings of each existing package that should follow."
    ),
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
            surprise="The package was created before the change, so it keeps its own settings.",
        ),
    ),
    after=(
        ScenarioStep(
            "Create a package.", "POST", PACKAGES, body=new_package_body(), status=201, captures=(("PACKAGE", ".id"),)
        ),
        ScenarioStep(
            "Read the new package's settings: they are the new defaults.",
            "GET",
            settings_path("$PACKAGE"),
            checks=(ResponseCheck("is", f".{WINDOW}", 14), ResponseCheck("is", f".{MODEL}", "ALL_PURCHASES")),
        ),
        ScenarioStep(
            "Change the settings of the old package too.",
            "PUT",
            settings_path(FRESH),
            body=settings_body(14, "ALL_PURCHASES"),
        ),
    ),
)
UNRELATED_MODELS = Gotcha(
    id="G-09",
    title="Lookout's model and Backhaul's model are independent",
    rules=("LAM-02",),
    keywords=("attribution model", "two models", "FD META EXTERNAL"),
    naive_behaviour=(
        "sets an event's attribution model and expects the evaluations of packages with that event to change."
    ),
    actual_behaviour=(
        "The event's model splits its daily revenue. It has no effect on the settings and evaluations of packages."
    ),
    solution=(
        "Set the event's model for daily revenue, and the package's `backhaul_evaluation_model` for its evaluation."
    ),
    before=(
        sign_in(),
        ScenarioStep(
            "Read a package's evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)
        ),
        ScenarioStep(
            "Set the attribution model of the package's event.",
            "PUT",
            f"/events/{EVENT}/attribution_model",
            body={"model": "META"},
            checks=(ResponseCheck("is", ".model", "META"),),
        ),
        advance_clock("Wait for ten minutes.", minutes=10),
    ),
    trap=(
        ScenarioStep(
            "Read the package's evaluation again.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
            surprise="No number changes, however long you wait: the event's model does not affect packages.",
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
            "Read daily revenue: it is split by the event's model.",
            "GET",
            "/daily_revenue_summary/",
            query=f"event_id={EVENT}&start_date=2026-08-31&end_date=2026-08-31",
            checks=(ResponseCheck("is", ".attribution_model", "META"),),
        ),
        ScenarioStep(
            "Change the package's own model.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "ALL_PURCHASES", email_sent_date="2026-08-23"),
        ),
        advance_clock("Advance the clock until the job ends.", seconds=2),
        ScenarioStep(
            "Read the evaluation: it has changed.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),),
        ),
    ),
)
POST_AND_PUT = Gotcha(
    id="G-10",
    title="Defaults are written with POST, a package's settings with PUT",
    rules=("DEF-01", "BEV-02"),
    keywords=("method", "405", "backhaul_attribution_details"),
    naive_behaviour="uses one function that writes both with the same method.",
    actual_behaviour="Each path has one method for writing, and returns 405 for the other method.",
    solution="POST the partner's defaults, PUT a package's settings.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Write the defaults with PUT.",
            "PUT",
            DEFAULTS,
            body=settings_body(14, "ALL_PURCHASES"),
            status=405,
            checks=(ResponseCheck("header", "allow", "GET, POST"),),
            surprise="Defaults need POST, although the request replaces them.",
        ),
        ScenarioStep(
            "Write a package's settings with POST.",
            "POST",
            settings_path(FRESH),
            body=settings_body(14, "ALL_PURCHASES"),
            status=405,
            checks=(ResponseCheck("header", "allow", "PUT, GET"),),
            surprise="Settings need PUT, although saving them starts a job.",
        ),
    ),
    after=(
        ScenarioStep("POST the defaults.", "POST", DEFAULTS, body=settings_body(14, "ALL_PURCHASES")),
        ScenarioStep("PUT the settings.", "PUT", settings_path(FRESH), body=settings_body(14, "ALL_PURCHASES")),
    ),
)
