"""Gotchas of who may call, from where, how often, and for how long."""

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
    title="A 429 comes without Retry-After",
    rules=("RATE-02",),
    keywords=("rate limit", "too many requests", "back-off", "retry"),
    naive_behaviour="reads from Retry-After how long it has to wait, and without one tries again at once.",
    actual_behaviour="neither Retry-After nor any X-RateLimit header is there.",
    solution="wait a time of your own that grows with each refusal; a minute is enough.",
    setup=WorkspaceSetup(rate_limits={"reads": 2, "writes": 120, "sign_ins": 10}),
    before=(
        sign_in(),
        ScenarioStep("Read.", "GET", "/partners/"),
        ScenarioStep("Read again: this workspace takes two reads a minute.", "GET", "/partners/"),
    ),
    trap=(
        ScenarioStep(
            "Read once more.",
            "GET",
            "/partners/",
            status=429,
            checks=tuple(
                ResponseCheck("no header", name)
                for name in ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
            ),
            surprise="It is too much, and nothing says until when.",
        ),
    ),
    after=(
        advance_clock("Wait for a minute.", minutes=1),
        ScenarioStep("Read.", "GET", "/partners/", checks=(ResponseCheck("is", ".id", ACME),)),
    ),
)
EXPIRED = Gotcha(
    id="G-14",
    title="A package expires after 28 days",
    rules=("PKG-03",),
    keywords=("EXPIRED", "409", "regenerate", "old package"),
    naive_behaviour="keeps a package's id and saves settings on it for as long as its campaign runs.",
    actual_behaviour="28 days after it was built a package is EXPIRED: its settings can no longer be saved.",
    solution="read the status before you save; the last result stays readable, and regenerating builds the package again.",
    before=(
        sign_in(),
        ScenarioStep(
            "Read a package.", "GET", f"{PACKAGES}/{EVALUATED}", checks=(ResponseCheck("is", ".status", "DONE"),)
        ),
        ScenarioStep("Read its evaluation.", "GET", evaluation_path(EVALUATED), captures=(("BEFORE", "[].purchase"),)),
        advance_clock("28 days pass.", days=28),
        sign_in(again=True),
    ),
    trap=(
        ScenarioStep(
            "Read the package.",
            "GET",
            f"{PACKAGES}/{EVALUATED}",
            checks=(ResponseCheck("is", ".status", "EXPIRED"),),
            surprise="Nobody touched it: it expired by itself.",
        ),
        ScenarioStep(
            "Save its settings.",
            "PUT",
            settings_path(EVALUATED),
            body=settings_body(30, "ALL_PURCHASES"),
            status=409,
            checks=(ResponseCheck("is", ".message", "error.package.not_ready"),),
            surprise="And it is not evaluated any more.",
        ),
    ),
    after=(
        ScenarioStep(
            "Its last result stays readable.",
            "GET",
            evaluation_path(EVALUATED),
            checks=(ResponseCheck("as", "[].purchase", "BEFORE"),),
        ),
        ScenarioStep(
            "Build it again.",
            "POST",
            f"{PACKAGES}/{EVALUATED}/regenerate",
            checks=(ResponseCheck("is", ".status", "INITIALIZING"),),
        ),
        advance_clock("The build ends.", seconds=4),
        ScenarioStep("Save its settings.", "PUT", settings_path(EVALUATED), body=settings_body(30, "ALL_PURCHASES")),
    ),
)
WRONG_PARTNER = Gotcha(
    id="G-15",
    title="The wrong partner header is 403 with a valid token",
    rules=("PART-01",),
    keywords=("X-Preferred-Partner-Id", "403", "permission", "agency"),
    naive_behaviour="takes a refusal for an expired token, refreshes, and tries again.",
    actual_behaviour="the token is valid; the partner that the header names is none of the user's. No new token changes that.",
    solution="name one of the partners in the IdToken's cognito:groups; refresh on 401 only.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Read as another partner.",
            "GET",
            "/partners/",
            headers=(("X-Preferred-Partner-Id", BETA),),
            status=403,
            checks=(has_error_fields("X-Preferred-Partner-Id"),),
            surprise="The token was issued a moment ago, and is good: 403 and not 401.",
        ),
    ),
    after=(
        ScenarioStep(
            "Read as one's own.",
            "GET",
            "/partners/",
            headers=(("X-Preferred-Partner-Id", ACME),),
            checks=(ResponseCheck("is", ".id", ACME),),
        ),
    ),
)
BROWSERS = Gotcha(
    id="G-16",
    title="Browsers are refused",
    rules=("BASE-03",),
    keywords=("CORS", "Origin", "front end", "preflight", "OPTIONS"),
    naive_behaviour="calls the platform from a web page.",
    actual_behaviour="no answer but that of /status/ allows a web page to read it, and the preflight is refused.",
    solution="call from your own server; for a front end without one the mock alone has `mock-server serve --cors`.",
    before=(sign_in(),),
    trap=(
        ScenarioStep(
            "Read as a browser does.",
            "GET",
            "/partners/",
            headers=(ORIGIN,),
            checks=(ResponseCheck("no header", ANY_ORIGIN),),
            surprise="curl gets the answer; a browser throws it away, for there is no CORS header.",
        ),
        ScenarioStep(
            "Ask as a browser does before.",
            "OPTIONS",
            "/partners/",
            headers=(ORIGIN, ("Access-Control-Request-Method", "GET")),
            token_variable=None,
            status=401,
            checks=(ResponseCheck("no header", ANY_ORIGIN),),
            surprise="A preflight carries no token: 401, and the browser does not even send the request.",
        ),
    ),
    after=(
        ScenarioStep(
            "The status alone is for browsers.",
            "GET",
            "/status/",
            headers=(ORIGIN,),
            token_variable=None,
            checks=(ResponseCheck("header", ANY_ORIGIN, "*"),),
        ),
        ScenarioStep("Read from your own server.", "GET", "/partners/", checks=(ResponseCheck("is", ".id", ACME),)),
    ),
)
