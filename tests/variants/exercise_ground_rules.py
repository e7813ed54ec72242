"""The requests of the exercise that concern all paths, partners, sign-in and limits."""

from tests.variants.exercise import Answer, Visitor
from tests.variants.exercise_inputs import (
    ACME,
    ADMIN,
    AGENCY,
    BETA,
    DETAILS,
    EVENT,
    FOREIGN,
    FORM,
    JSON_TYPE,
    MODEL,
    ORDER,
    PACKAGES,
    PARTNER,
    RESULT,
    ROWS,
    WINDOW,
    Answers,
    advance,
    control,
    form,
)


def ground_rules(client: Visitor) -> Answers:
    send = client.send
    client.act_as("")
    yield send("GET", "/status/")
    yield send("OPTIONS", "/events/")
    yield send("GET", "/events/")
    yield send("GET", "/nowhere")
    yield send("GET", "/nowhere/at/all")
    yield send("POST", f"{PACKAGES}", b"{", JSON_TYPE)
    client.act_as(PARTNER)
    yield send("GET", "/status/", None, ("accept-encoding", "gzip"))
    yield send("OPTIONS", "/events/")
    yield send("HEAD", "/events/")
    yield send("PATCH", f"/events/{EVENT}")
    yield send("GET", "/events?limit=2&q=a%20b")
    yield send("GET", "/permissions/?a=%2F")
    yield send("GET", f"{PACKAGES}")
    yield send("POST", f"{PACKAGES}/", ORDER)
    yield send("DELETE", "/partners")
    yield send("GET", "/events/", None, ("x-request-id", "a-client.s_id"))
    yield send("GET", "/events/venues")
    yield send("GET", "/events/statistics")
    yield send("GET", f"/events/{EVENT}/tickets")
    yield send("GET", "/events/?unknown=1")
    yield send("GET", "/events/?unknown=1&page=0&limit=x")
    yield send("GET", "/events/?page=1&page=2")
    yield send("GET", "/events/?city=A,B")
    yield send("GET", "/events/?city=A%2CB")
    yield send("GET", "/events/?city%5B%5D=A")


def bodies(client: Visitor) -> Answers:
    send = client.send
    many = "&".join(f"unknown{number}=1" for number in range(30))
    yield send("GET", f"/events/?{many}")
    model = f"/events/{EVENT}/attribution_model"
    yield send("PUT", model, {"model": "FD", "further": 1})
    yield send("PUT", model, b'{"model": "FD"} {"model": "META"}', JSON_TYPE)
    yield send("PUT", model, b"{", JSON_TYPE)
    yield send("PUT", model, {"model": "FD"}, ("content-type", "text/plain"))
    yield send("PUT", model, {"model": "FD"}, ("content-type", "application/json; charset=utf-8"))
    yield send("PUT", model, b'{"model":"FD"}' + b" " * 1_020_000, JSON_TYPE)
    yield send("PUT", model, b'{"model":"FD"}' + b" " * 1_100_000, JSON_TYPE)
    yield send("GET", f"/events/{EVENT}", b"[1", JSON_TYPE)
    yield send("DELETE", "/campaign_results/?id=cr_none", b"[1", JSON_TYPE)
    yield send("DELETE", "/campaign_results/?id=cr_none", b"a", ("content-type", "text/plain"))
    yield send("POST", f"{ROWS}&purchase=1&revenue=2", {"purchase": "x"})


def texts_and_numbers(client: Visitor) -> Answers:
    send = client.send
    for query in ("q=", "search=", "city=", "limit=", "since=", "frontend_status=", "q=%09", "q=%FF", "limit=7.0"):
        yield send("GET", f"/events/?{query}")
    for eid in ("%20", "a%2Fb", "%C3%BC", "a%00b", EVENT.upper()):
        yield send("GET", f"/events/{eid}")
    yield send("GET", f"/campaign_results/?eid=&partner_id={ACME}")
    yield send("GET", "/daily_revenue_summary/?event_id=")
    for title in ("Tab\tulator", "a\ud800b", "Cafe\u0301", "\u0000"):
        yield send("POST", PACKAGES, {**ORDER, "package_title": title})
    yield send("POST", PACKAGES, b'{"package_title": "\xfc"}', JSON_TYPE)
    yield send("POST", PACKAGES, {**ORDER, "num_packages": 2.0})
    for revenue in ("0.125", "0.1", "1e3", "12345678901234567.1", "123456.123456789012"):
        yield send("POST", f"{ROWS}&purchase=1&revenue={revenue}")
    for date in ("0001-01-01", "1500-01-01", "9999-12-31"):
        yield send("GET", f"/daily_revenue_summary/?event_id={EVENT}&start_date={date}&end_date={date}")
        settings = {WINDOW: 30, MODEL: "ALL_PURCHASES", "email_sent_date": date}
        yield send("PUT", f"{PACKAGES}/pkg_555/{DETAILS}", settings)
    advance(client, seconds=3)
    yield send("GET", f"{PACKAGES}/pkg_555/{RESULT}")


def order_of_refusals(client: Visitor) -> Answers:
    """Send requests in which two things are wrong."""
    send = client.send
    large = b"[" + b" " * 1_100_000
    yield send("PUT", "/nowhere", large, JSON_TYPE)
    yield send("PUT", f"/events/{EVENT}/attribution_model", large, ("content-type", "text/plain"))
    for size in (1_100_000, 17_000_000):
        sheet = form(b"date,purchases,revenue\r\n") + b" " * size
        yield send("POST", "/daily_revenue_summary/sales_edit_export?event_id=none", sheet, ("content-type", FORM))
    yield send("PUT", f"/events/{EVENT}/attribution_model", b"{", ("content-type", "text/plain"))
    yield send("PUT", "/events/none/attribution_model", {"model": "none"})
    yield send("GET", f"/campaign_results/?eid=none&partner_id={BETA}")
    yield send("POST", f"/campaign_results/?eid={EVENT}&partner_id={BETA}&purchase=0&revenue=0")
    yield send("GET", "/daily_revenue_summary/?event_id=none&start_date=2026-08-20&end_date=2026-08-01")
    yield send("DELETE", "/events")
    yield send("PUT", "/partners/attribution_model?model=none", b"{", JSON_TYPE)
    yield send("PUT", f"{PACKAGES}/pkg_557/{DETAILS}", {WINDOW: 0})
    yield send("POST", f"/partners/{BETA}/backhaul_attribution_details?unknown=1", b"{", JSON_TYPE)
    yield send("POST", f"{PACKAGES}?unknown=1", b"{", JSON_TYPE)
    client.act_as(PARTNER, BETA)
    yield send("PUT", f"/events/{EVENT}/attribution_model", b"{", JSON_TYPE)
    yield send("GET", "/nowhere")
    yield send("GET", "/nothing/of/this/platform")
    client.act_as("")
    yield send("PUT", f"/events/{EVENT}/attribution_model", b"{", JSON_TYPE)
    yield send("GET", "/nothing/of/this/platform")
    client.act_as(PARTNER)


def partners(client: Visitor) -> Answers:
    send = client.send
    for user, named in (
        (PARTNER, ""),
        (AGENCY, BETA),
        (AGENCY, ""),
        (ADMIN, ACME),
        (ADMIN, ""),
        (ADMIN, "partner-id-none"),
    ):
        yield client.sign_in(user, named)
        for path in ("/partners/", "/permissions", "/events/?limit=1", f"/events/{FOREIGN}", f"{PACKAGES}/pkg_611"):
            yield send("GET", path)
    client.act_as(AGENCY, BETA)
    yield send("GET", f"/partners/{ACME}/backhaul_attribution_details")
    yield send("GET", "/partners/", None, ("x-preferred-partner-id", BETA))
    yield send("GET", "/partners/", None, ("x-preferred-partner-id", ACME))
    yield client.sign_in("external@acme.example")
    for path in ("/partners/", "/permissions", "/events/?limit=1"):
        yield send("GET", path)
    yield send("PUT", "/partners/attribution_model?model=FD")
    client.act_as(PARTNER)
    yield send("GET", "/partners/", None, ("x-preferred-partner-id", ""))


def sign_in(client: Visitor) -> Answers:
    send = client.send
    client.act_as("")
    credentials = {"username": PARTNER, "password": "wavetank"}
    signed_in = send("POST", "/auth", credentials)
    yield signed_in
    for wrong in ({"password": "wrong"}, {"username": "nobody"}, {"username": "disabled@acme.example"}):
        yield send("POST", "/auth", {**credentials, **wrong})
    yield send("POST", "/auth", {"username": "disabled@acme.example", "password": "wrong"})
    yield send("POST", "/auth", {"username": "mfa@acme.example", "password": "wrong"})
    for name in ("IdToken", "RefreshToken"):
        yield send("GET", "/partners/", None, ("authorization", f"Bearer {signed_in.member(name)}"))
    token = signed_in.member("RefreshToken")
    yield send("POST", "/auth/refresh_token", {"token": token})
    yield send("POST", "/auth/refresh_token", {"token": token, "device_key": "a device", "device_group_key": None})
    yield send("POST", "/auth/refresh_token", {"token": "none"})
    control(client, "POST", "/clock/advance", {"hours": 1})
    bearer = ("authorization", f"Bearer {signed_in.member('AccessToken')}")
    yield send("GET", "/partners/", None, bearer)
    control(client, "POST", "/clock/advance", {"seconds": 1})
    yield send("GET", "/partners/", None, bearer)
    client.sign_in(PARTNER)


def sign_in_steps(client: Visitor) -> Answers:
    send = client.send
    client.act_as("")

    def challenge(user: str) -> Answer:
        return send("POST", "/auth", {"username": user, "password": "wavetank"})

    def code(session: str, mfa_token: str = "123456") -> Answer:
        return send("PUT", "/auth/challenge/mfa-token", {"Session": session, "mfa_token": mfa_token})

    def password(session: str, new_password: str) -> Answer:
        return send("PUT", "/auth/challenge/new-password", {"Session": session, "new_password": new_password})

    yield code("none")
    yield password("none", "another")
    for seconds in (0, 0, 61, 181):
        started = challenge("mfa@acme.example")
        yield started
        control(client, "POST", "/clock/advance", {"seconds": seconds} if seconds else {"seconds": 1})
        yield code(started.member("Session"))
        yield code(started.member("Session"))
    started = challenge("mfa@acme.example")
    yield code(started.member("Session"), "000000")
    yield code(started.member("Session"))
    for words in (("wavetank", "short"), ("a", "longer password")):
        started = challenge("new@acme.example")
        yield started
        for new_password in words:
            yield password(started.member("Session"), new_password)
    client.sign_in(PARTNER)


def limits(client: Visitor) -> Answers:
    """Exceed the limits of a workspace that has some."""
    few = {"reads": 3, "writes": 2, "sign_ins": 3}
    control(
        client,
        "POST",
        "/workspaces",
        {"name": "few", "now": "2026-09-01T12:00:00Z", "mode": "frozen", "rate_limits": few},
    )
    limited = Visitor(client.application, root="/w/few")
    limited.sign_in(PARTNER)
    for _ in range(5):
        yield limited.send("GET", "/partners/")
    yield limited.send("PUT", "/partners/attribution_model?model=FD")
    limited.sign_in(AGENCY, BETA)
    yield limited.send("GET", "/partners/")
    limited.act_as(PARTNER)
    for _ in range(3):
        control(limited, "POST", "/clock/advance", {"seconds": 29})
        yield limited.send("GET", "/partners/")
        yield limited.send("GET", "/partners/")
