"""The requests of the exercise that concern events, revenue, campaign results and the attribution job."""

from typing import Any

from contracts.dsl.spreadsheets import build_csv
from tests.variants.exercise import Header, Visitor
from tests.variants.exercise_inputs import (
    ACME,
    BETA,
    CSV,
    DAYS,
    DETAILS,
    EVENT,
    FOREIGN,
    FORM,
    MODEL,
    OTHER,
    PACKAGES,
    PARTNER,
    RESULT,
    ROWS,
    SUMMARY,
    THIRD,
    TICKETS,
    WINDOW,
    WORKBOOK,
    Answers,
    advance,
    control,
    form,
)


def add_events(client: Visitor) -> None:
    """Add events that the sample world does not have."""
    added = {"partner_id": ACME, "title": "Zwilling", "start_date_time": "2026-12-12T20:00:00Z"}
    control(client, "POST", "/events", {**added, "id": "evt_zz", "capacity": 0})
    control(client, "POST", "/events", {**added, "id": "evt_aa", "start_date_time": "2026-12-12T21:00:00Z"})
    control(
        client, "POST", "/events", {**added, "id": "evt_ab", "status": "archived", "client_campaign_status": "RUNNING"}
    )
    control(client, "PUT", "/quirks", {"cancelled_frontend_status": True})
    control(client, "POST", "/events", {**added, "id": "evt_ca", "frontend_status": "CANCELLED"})
    control(client, "PUT", "/quirks", {})
    campaigns = {"campaign_status": "RUNNING", "campaign_stop_time": "2026-08-20T00:00:00Z"}
    control(client, "POST", "/events", {**added, "id": "evt_st", **campaigns})
    past = {**added, "start_date_time": "2026-08-12T20:00:00Z", "campaign_status": "RUNNING"}
    control(client, "POST", "/events", {**past, "id": "evt_pa"})


def events(client: Visitor) -> Answers:
    send = client.send
    yield send("GET", "/events/", None, ("accept-encoding", "gzip"))
    for eid in (EVENT, "evt_zz", "evt_ab", "evt_ca", "evt_st", "evt_pa", "none", FOREIGN):
        yield send("GET", f"/events/{eid}")
    queries = [
        "limit=3&page=2",
        "limit=3&page=1",
        "page=9999",
        "q=nothing+at+all",
        "limit=501",
        "limit=0",
        "status=archived",
        "q=Tauron&search=Arena",
        "flagged_to_top=true",
        "flagged_to_top=yes",
        "exclude_products=false",
        "frontend_status=CANCELLED",
        "frontend_status=NONE",
        "frontend_status=HIDDEN",
        "since=2026-12-31&until=2026-01-01",
        "since=2026-10-01&until=2026-10-31&city=M%C3%BCnchen",
    ]
    for query in queries:
        yield send("GET", f"/events/?{query}")
    for status in ("FLAGGED", "flagged", "CANCELLED", "none"):
        yield send("PUT", f"/events/{OTHER}/setup_frontend_status", {"frontend_status": status})
    yield send("PUT", "/events/none/setup_frontend_status", {"frontend_status": "FLAGGED"})
    yield send("GET", "/events/?flagged_to_top=true&limit=2")
    yield send("GET", f"/events/{OTHER}")


def series(client: Visitor) -> Answers:
    send = client.send
    posts = [
        f"{EVENT}/series?event_series={OTHER}&event_series={THIRD}",
        f"evt_m6d7ay/series?event_series={OTHER}",
        f"{EVENT}/series?event_series={EVENT}&event_series={EVENT}",
        f"{EVENT}/series?event_series={THIRD}&event_series=none",
        f"{EVENT}/series?event_series={OTHER},{THIRD}",
        f"{EVENT}/series?event_series=",
        f"{THIRD}/series",
        f"{EVENT}/series?event_series={THIRD}&event_series={EVENT}&event_series={THIRD}",
        f"evt_f3r8mu/series?event_series={EVENT}",
        f"{THIRD}/series?event_series={OTHER}&event_series=evt_m6d7ay",
        f"{THIRD}/series",
        f"none/series?event_series={OTHER}",
    ]
    for post in posts:
        yield send("POST", f"/events/{post}")
        for eid in (EVENT, OTHER, THIRD, "evt_m6d7ay", "evt_f3r8mu", "evt_h9c6vd"):
            yield send("GET", f"/events/{eid}/series?limit=1000")
    yield send("GET", f"/integrations/facebook/events/{EVENT}/campaign_results")
    yield send("GET", f"/integrations/facebook/events/{THIRD}/campaign_results")


def revenue(client: Visitor) -> Answers:
    send, daily = client.send, f"/daily_revenue_summary/?event_id={EVENT}"
    late = {
        "customer_id": "cus_a00001",
        "event_id": EVENT,
        "at": "2026-08-15T23:30:00Z",
        "tickets": 3,
        "revenue": 99.99,
    }
    sale = {**late, "fd": "campaign", "meta": "organic", "external": "external"}
    control(client, "POST", "/purchases", {"purchases": [sale]})
    for query in ("", "&start_date=2026-08-01&end_date=2026-08-20", "&currency=EUR", "&currency=eur", "&currency=USD"):
        yield send("GET", f"{daily}{query}")
    yield send("GET", f"{daily}&start_date=2026-08-20&end_date=2026-08-01")
    for model in ("META", "EXTERNAL", "FD", "fd"):
        yield send("PUT", f"/events/{EVENT}/attribution_model", {"model": model})
        yield send("GET", f"{daily}&start_date=2026-08-01")
    yield send("PUT", "/partners/attribution_model")
    yield send("PUT", "/partners/attribution_model?model=META")
    yield send("GET", f"/events/{OTHER}/attribution_model")
    yield send("PUT", "/partners/attribution_model?model=FD")
    control(client, "POST", "/purchases", {"purchases": [{**sale, "event_id": "evt_zz"}]})
    yield send("GET", "/integrations/facebook/events/evt_zz/fb_insights")
    insights = f"/integrations/facebook/events/{EVENT}/fb_insights"
    for query in ("", "", "?start_date=2026-08-01&end_date=2026-08-20", "?start_date=2026-08-20&end_date=2026-08-01"):
        yield send("GET", f"{insights}{query}")
    yield send("GET", "/integrations/facebook/events/none/fb_insights")
    yield send("GET", "/integrations/facebook/events/none/campaign_results")


def rows(client: Visitor) -> Answers:
    send = client.send
    yield send("GET", ROWS)
    posted = send("POST", f"{ROWS}&purchase=-3&revenue=10.125")
    yield posted
    yield send("GET", ROWS)
    yield send("GET", f"/daily_revenue_summary/?event_id={EVENT}&start_date=2026-08-25&end_date=2026-09-01")
    for amounts in (
        "purchase=0&revenue=0",
        "purchase=0&revenue=3",
        "purchase=2147483647&revenue=1",
        "purchase=2147483648&revenue=1",
        "purchase=3000000000&revenue=1",
        "purchase=1.5&revenue=1",
        "purchase=1&revenue=1000000000000",
        "purchase=1&revenue=12345678901",
        "purchase=1",
    ):
        yield send("POST", f"{ROWS}&{amounts}")
    for query in (
        f"eid={EVENT}",
        f"partner_id={ACME}",
        f"eid=none&partner_id={ACME}",
        f"eid={EVENT}&partner_id={BETA}",
    ):
        yield send("GET", f"/campaign_results/?{query}")
    yield send("GET", f"/campaign_results/?eid={EVENT}&partner_id={ACME.upper()}")
    for _ in range(2):
        yield send("DELETE", f"/campaign_results/?id={posted.member('id')}")
    yield send("DELETE", "/campaign_results/?id=cr_9f3k2a")
    yield send("GET", ROWS)
    yield send("GET", f"/campaign_results/?eid=evt_e0w3jg&partner_id={ACME}")


def sheets(client: Visitor) -> Answers:
    send, path = client.send, f"/daily_revenue_summary/sales_edit_export?event_id={OTHER}"
    in_form: Header = ("content-type", FORM)
    yield send("GET", path)
    yield send("GET", f"{path}&format=csv")
    yield send("GET", "/daily_revenue_summary/sales_edit_export?event_id=none")
    upload = path
    yield send("POST", upload, form(build_csv(*DAYS)), in_form)
    yield send("GET", f"/campaign_results/?eid={OTHER}&partner_id={ACME}")
    yield send("POST", upload, build_csv(*DAYS), ("content-type", CSV))
    yield send("POST", upload, form(build_csv(*DAYS), "another"), in_form)
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    yield send("POST", upload, WORKBOOK, ("content-type", xlsx))
    yield send("POST", upload, build_csv(*DAYS), ("content-type", "application/octet-stream"))
    columns = ("date", "purchases", "revenue", "further")
    yield send("POST", upload, form(build_csv(("2026-08-03", 1, 1, 1), columns=columns)), in_form)
    for wrong in (("2026-08-04", 1.5, "1"), ("2026-13-01", 1, "1"), ("2026-08-05", 1, "x")):
        yield send("POST", upload, form(build_csv(("2026-08-06", 9, "9"), wrong)), in_form)
    yield send("POST", upload, form(build_csv(("2026-08-07", 1, "1"), ("2026-08-07", 2, "2"))), in_form)
    many = [(f"{2100 + row // 336}-{row % 336 // 28 + 1:02}-{row % 28 + 1:02}", 0, "0") for row in range(4_001)]
    yield send("POST", upload, form(build_csv(*many)), in_form)
    yield send("GET", f"{path}&format=csv")
    yield send("GET", f"/campaign_results/?eid={OTHER}&partner_id={ACME}")


def summaries(client: Visitor) -> Answers:
    send, path = client.send, "/ingest/transaction_summary"
    listed = f"/campaign_results/?eid={THIRD}&partner_id={ACME}"
    ticket = SUMMARY["tickets"][0]
    bad = [
        {**ticket, "sold": -1},
        {**ticket, "type": "Rang"},
        {**ticket, "type": "Rang"},
        {**ticket, "sold": 0, "revenue": 0},
    ]
    bodies: list[dict[str, Any]] = [
        SUMMARY,
        SUMMARY,
        {**SUMMARY, "tickets": bad},
        {**SUMMARY, "tickets": [{"type": "Rang", "revenue": 5}]},
        {**SUMMARY, "from": "2026-08-09", "to": "2026-08-01"},
        {**SUMMARY, "from": "2000-08-09"},
        {**SUMMARY, "eid": "none"},
        {**SUMMARY, "tickets": [{"type": "Loge", "sold": 1, "revenue": 0.333}]},
    ]
    for body in bodies:
        yield send("POST", path, body)
        yield send("GET", listed)
    for _ in range(3):
        advance(client, seconds=1)
        yield send("GET", listed)
    excel, in_form = f"{path}/from_excel?eid={THIRD}", ("content-type", FORM)
    files: list[bytes] = [
        build_csv(("Parkett", 3, "30"), columns=TICKETS[:3]),
        build_csv(
            ("A", 3, "30", "2026-08-01", "2026-08-03"), ("B", 2, "9", "2026-08-08", "2026-08-09"), columns=TICKETS
        ),
        build_csv(("A", "x", "30"), ("B", 1, "5"), columns=TICKETS[:3]),
        build_csv(*((f"{row}", 1, "1") for row in range(1_001)), columns=TICKETS[:3]),
        build_csv(
            ("A", 1, "1", "2001-01-01", "2010-01-01"), ("B", 1, "1", "2011-01-01", "2020-01-01"), columns=TICKETS
        ),
        b"nothing",
    ]
    for file in files:
        yield send("POST", excel, form(file), in_form)
    yield send("POST", f"{path}/from_excel?eid=none", form(files[0]), in_form)
    advance(client, seconds=4)
    yield send("GET", listed)
    yield send("POST", path, SUMMARY)
    yield send("DELETE", f"/daily_revenue_summary/?event_id={THIRD}")
    yield send("GET", f"/daily_revenue_summary/?event_id={THIRD}")
    advance(client, seconds=4)
    yield send("GET", f"/daily_revenue_summary/?event_id={THIRD}")
    yield send("DELETE", "/daily_revenue_summary/?event_id=none")


def days_later(client: Visitor) -> Answers:
    """Look at the rows of the attribution job, at late jobs and at expired packages."""
    send = client.send
    sale = {"customer_id": "cus_a00003", "event_id": EVENT, "at": "2026-09-02T05:30:00Z", "tickets": 2, "revenue": 7.5}
    credited = {"fd": "campaign", "meta": "organic", "external": "external"}
    control(
        client,
        "POST",
        "/purchases",
        {"purchases": [{**sale, **credited}, {**sale, "at": "2026-09-02T06:30:00Z", **credited}]},
    )
    send("PUT", f"/events/{OTHER}/attribution_model", {"model": "EXTERNAL"})
    send("PUT", f"/events/{THIRD}/attribution_model", {"model": "META"})
    control(client, "POST", "/purchases", {"purchases": [{**sale, "event_id": "evt_aa", **credited, "fd": "organic"}]})
    refresh_token = ""
    for span in ({"hours": 17}, {"days": 1}, {"days": 4}, {"days": 30}):
        refresh_token = client.sign_in(PARTNER).member("RefreshToken")
        advance(client, **span)
        for eid in (EVENT, OTHER, THIRD, "evt_aa", "evt_c4v8yl"):
            yield send("GET", f"/campaign_results/?eid={eid}&partner_id={ACME}")
    yield send("POST", "/auth/refresh_token", {"token": refresh_token})
    yield send("GET", f"{PACKAGES}/")
    for path in ("pkg_555", "pkg_541", "pkg_557"):
        yield send("GET", f"{PACKAGES}/{path}/{DETAILS}")
        yield send("GET", f"{PACKAGES}/{path}/{RESULT}")
    yield send("PUT", f"{PACKAGES}/pkg_555/{DETAILS}", {WINDOW: 3, MODEL: "ALL_PURCHASES"})
    yield send("POST", f"{PACKAGES}/pkg_555/regenerate")
    yield send("GET", f"{PACKAGES}/pkg_555")
    yield send("GET", f"{PACKAGES}/pkg_555/{DETAILS}")
    advance(client, seconds=9)
    yield send("GET", f"{PACKAGES}/pkg_555")
    yield send("GET", f"{PACKAGES}/pkg_555/{RESULT}")
