"""Gotchas about access: partners, browsers, rate limits, and expired packages."""

from mock_server.gotchas.scenario import Gotcha, ResponseCheck, ScenarioStep, WorkspaceSetup
from mock_server.gotchas.scenarios.steps import (
    ACME,
    BETA,
    EVALUATED,
    PACKAGES,
    advance_clock,
    evaluation_path,
    has_error_fields,
    settings_body,
    settings_path,
    sign_in,
)

ORIGIN = ("Origin", "http://localhost:5173")
ANY_ORIGIN = "access-control-allow-origin"
RATE_LIMITED = Gotcha(
    id="G-12",
    title="A 429 response contains no Retry-After header",
    rules=("RATE-02",),
    keywords=("rate limit", "too many requests", "back-off", "retry"),
    naive_behaviour="waits for the time in Retry-After, and retries immediately if there is no such header.",
    actual_behaviour="The response contains neither a Retry-After nor any X-RateLimit header.",
    solution="Use your own back-off: increase the delay on every 429. A delay of one minute is always enough.",
    setup=WorkspaceSetup(rate_limits={"reads": 2, "writes": 120, "sign_ins": 10}),
    before=(
        sign_in(),
        ScenarioStep("Read the partner.", "GET", "/partners/"),
        ScenarioStep("Read the partner again: this workspace allows two reads a minute.", "GET", "/partners/"),
    ),
    trap=(
        ScenarioStep(
            "Read the partner a third time.",
            "GET",
            "/partners/",
            status=429,
            checks=tuple(
                ResponseCheck("no header", name)
                for name in ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
            ),
            surprise="The limit is exceeded, and no header says when to retry.",
        ),
    ),
    after=(
        advance_clock("Wait for one minute.", minutes=1),
        ScenarioStep("Read the partner.", "GET", "/partners/", checks=(ResponseCheck("is", ".id", ACME),)),
    ),
)
EXPIRED = Gotcha(
    id="G-14",
    title="A package expires after 28 days",
    rules=("PKG-03",),
    keywords=("EXPIRED", "409", "regenerate", "old package"),
    naive_behaviour="stores a package's id and saves settings for it as long as its campaign runs.",
    actual_behaviour="A package expires 28 days after it was built, and its settings can then no longer be saved.",
    solution=(
        "Check the status before you save. The last result stays readable. `POST …/regenerate` rebuilds the package."
    ),
    before=(
        sign_in(),
        ScenarioStep(
            "Read a package.", "GET", f"{PACKAGES}/{EVALUATED}", checks=(ResponseCheck("is", ".status", "DONE"),)
        ),
        ScenarioStep(
            "Read the package's evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)
        ),
        advance_clock("Advance the clock by 28 days.", days=28),
        sign_in(again=True),
    ),
    trap=(
        ScenarioStep(
            "Read the package.",
            "GET",
            f"{PACKAGES}/{EVALUATED}",
            checks=(ResponseCheck("is", ".status", "EXPIRED"),),
            surprise="No request changed the package: it expired on its own.",
        ),
        ScenarioStep(
            "Save the package's settings.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "ALL_PURCHASES"),
            status=409,
            checks=(ResponseCheck("is", ".message", "error.package.not_ready"),),
            surprise="An expired package cannot be evaluated again.",
        ),
    ),
    after=(
        ScenarioStep(
            "Read the package's last result: it is still there.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
        ),
        ScenarioStep(
            "Regenerate it.",
            "POST",
            f"{PACKAGES}/{EVALUATED}/regenerate",
            checks=(ResponseCheck("is", ".status", "INITIALIZING"),),
        ),
        advance_clock("Advance the clock until the build ends.", seconds=4),
        ScenarioStep(
            "Save the package's settings.", "PUT", settings_path(EVALUATED), body=settings_body(30, "ALL_PURCHASES")
        ),
    ),
)
WRONG_PARTNER = Gotcha(
    id="G-15",
    title="A wrong partner header gives 403 with a valid token",
    rules=("PART-01",),
    keywords=("X-Preferred-Partner-Id", "403", "permission", "agency"),
    naive_behaviour="mistakes the 403 for an expired token, refreshes the token, and retries.",
    actual_behaviour=(
        "The token is valid, but the user has no access to the partner in the header. A new token does not change that."
    ),
    solution="Send one of the partners in the IdToken's `cognito:groups`, and refresh on 401 only.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Read another partner.",
            "GET",
            "/partners/",
            headers=(("X-Preferred-Partner-Id", BETA),),
            status=403,
            checks=(has_error_fields("X-Preferred-Partner-Id"),),
            surprise="The token is new and valid, so the status is 403, not 401.",
        ),
    ),
    after=(
        ScenarioStep(
            "Read the user's own partner.",
            "GET",
            "/partners/",
            headers=(("X-Preferred-Partner-Id", ACME),),
            checks=(ResponseCheck("is", ".id", ACME),),
        ),
    ),
)
BROWSERS = Gotcha(
    id="G-16",
    title="Browsers cannot call the platform",
    rules=("BASE-03",),
    keywords=("CORS", "Origin", "front end", "preflight", "OPTIONS"),
    naive_behaviour="calls the platform from a web page.",
    actual_behaviour=(
        "Only /status/ sends a CORS header, so web pages cannot read any other response. Preflight requests get a 401."
    ),
    solution=(
        "Call the platform from your own server. To develop a front end without one, run `wavetank serve --cors`."
    ),
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Read the partner as a browser would.",
            "GET",
            "/partners/",
            headers=(ORIGIN,),
            checks=(ResponseCheck("no header", ANY_ORIGIN),),
            surprise="curl shows the response; a browser discards it because it contains no CORS header.",
        ),
        ScenarioStep(
            "Send the preflight request of a browser.",
            "OPTIONS",
            "/partners/",
            headers=(ORIGIN, ("Access-Control-Request-Method", "GET")),
            token_variable=None,
            status=401,
            checks=(ResponseCheck("no header", ANY_ORIGIN),),
            surprise=(
                "A preflight request contains no token, so it gets 401, and the browser never sends the actual request."
            ),
        ),
    ),
    after=(
        ScenarioStep(
            "Read the status, which is open to browsers.",
            "GET",
            "/status/",
            headers=(ORIGIN,),
            token_variable=None,
            checks=(ResponseCheck("header", ANY_ORIGIN, "*"),),
        ),
        ScenarioStep(
            "Read the partner from your own server.", "GET", "/partners/", checks=(ResponseCheck("is", ".id", ACME),)
        ),
    ),
)
