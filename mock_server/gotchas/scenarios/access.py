"""Gotchas of who may call, from where, how often, and for how long."""

from mock_server.gotchas.scenario import Call, Gotcha, Look, Setting
from mock_server.gotchas.scenarios.steps import (
    ACME,
    BETA,
    EVALUATED,
    PACKAGES,
    advance,
    details,
    evaluation,
    fields,
    settings,
    sign_in,
)

ORIGIN = ("Origin", "http://localhost:5173")
ANY_ORIGIN = "access-control-allow-origin"
TOO_MANY = Gotcha(
    id="G-12",
    title="A 429 comes without Retry-After",
    rules=("RATE-02",),
    words=("rate limit", "too many requests", "back-off", "retry"),
    naive="reads from Retry-After how long it has to wait, and without one tries again at once.",
    happens="neither Retry-After nor any X-RateLimit header is there.",
    right="wait a time of your own that grows with each refusal; a minute is enough.",
    setting=Setting(rate_limits={"reads": 2, "writes": 120, "sign_ins": 10}),
    before=(
        sign_in(),
        Call("Read.", "GET", "/partners/"),
        Call("Read again: this workspace takes two reads a minute.", "GET", "/partners/"),
    ),
    trap=(
        Call(
            "Read once more.",
            "GET",
            "/partners/",
            status=429,
            looks=tuple(
                Look("no header", name)
                for name in ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
            ),
            surprise="It is too much, and nothing says until when.",
        ),
    ),
    after=(
        advance("Wait for a minute.", minutes=1),
        Call("Read.", "GET", "/partners/", looks=(Look("is", ".id", ACME),)),
    ),
)
EXPIRED = Gotcha(
    id="G-14",
    title="A package expires after 28 days",
    rules=("PKG-03",),
    words=("EXPIRED", "409", "regenerate", "old package"),
    naive="keeps a package's id and saves settings on it for as long as its campaign runs.",
    happens="28 days after it was built a package is EXPIRED: its settings can no longer be saved.",
    right="read the status before you save; the last result stays readable, and regenerating builds the package again.",
    before=(
        sign_in(),
        Call("Read a package.", "GET", f"{PACKAGES}/{EVALUATED}", looks=(Look("is", ".status", "DONE"),)),
        Call("Read its evaluation.", "GET", evaluation(EVALUATED), keeps=(("BEFORE", "[].purchase"),)),
        advance("28 days pass.", days=28),
        sign_in(again=True),
    ),
    trap=(
        Call(
            "Read the package.",
            "GET",
            f"{PACKAGES}/{EVALUATED}",
            looks=(Look("is", ".status", "EXPIRED"),),
            surprise="Nobody touched it: it expired by itself.",
        ),
        Call(
            "Save its settings.",
            "PUT",
            details(EVALUATED),
            body=settings(30, "ALL_PURCHASES"),
            status=409,
            looks=(Look("is", ".message", "error.package.not_ready"),),
            surprise="And it is not evaluated any more.",
        ),
    ),
    after=(
        Call(
            "Its last result stays readable.",
            "GET",
            evaluation(EVALUATED),
            looks=(Look("as", "[].purchase", "BEFORE"),),
        ),
        Call(
            "Build it again.",
            "POST",
            f"{PACKAGES}/{EVALUATED}/regenerate",
            looks=(Look("is", ".status", "INITIALIZING"),),
        ),
        advance("The build ends.", seconds=4),
        Call("Save its settings.", "PUT", details(EVALUATED), body=settings(30, "ALL_PURCHASES")),
    ),
)
WRONG_PARTNER = Gotcha(
    id="G-15",
    title="The wrong partner header is 403 with a valid token",
    rules=("PART-01",),
    words=("X-Preferred-Partner-Id", "403", "permission", "agency"),
    naive="takes a refusal for an expired token, refreshes, and tries again.",
    happens="the token is valid; the partner that the header names is none of the user's. No new token changes that.",
    right="name one of the partners in the IdToken's cognito:groups; refresh on 401 only.",
    before=(sign_in(),),
    trap=(
        Call(
            "Read as another partner.",
            "GET",
            "/partners/",
            headers=(("X-Preferred-Partner-Id", BETA),),
            status=403,
            looks=(fields("X-Preferred-Partner-Id"),),
            surprise="The token was issued a moment ago, and is good: 403 and not 401.",
        ),
    ),
    after=(
        Call(
            "Read as one's own.",
            "GET",
            "/partners/",
            headers=(("X-Preferred-Partner-Id", ACME),),
            looks=(Look("is", ".id", ACME),),
        ),
    ),
)
BROWSERS = Gotcha(
    id="G-16",
    title="Browsers are refused",
    rules=("BASE-03",),
    words=("CORS", "Origin", "front end", "preflight", "OPTIONS"),
    naive="calls the platform from a web page.",
    happens="no answer but that of /status/ allows a web page to read it, and the preflight is refused.",
    right="call from your own server; for a front end without one the mock alone has `mock-server serve --cors`.",
    before=(sign_in(),),
    trap=(
        Call(
            "Read as a browser does.",
            "GET",
            "/partners/",
            headers=(ORIGIN,),
            looks=(Look("no header", ANY_ORIGIN),),
            surprise="curl gets the answer; a browser throws it away, for there is no CORS header.",
        ),
        Call(
            "Ask as a browser does before.",
            "OPTIONS",
            "/partners/",
            headers=(ORIGIN, ("Access-Control-Request-Method", "GET")),
            token=None,
            status=401,
            looks=(Look("no header", ANY_ORIGIN),),
            surprise="A preflight carries no token: 401, and the browser does not even send the request.",
        ),
    ),
    after=(
        Call(
            "The status alone is for browsers.",
            "GET",
            "/status/",
            headers=(ORIGIN,),
            token=None,
            looks=(Look("header", ANY_ORIGIN, "*"),),
        ),
        Call("Read from your own server.", "GET", "/partners/", looks=(Look("is", ".id", ACME),)),
    ),
)
