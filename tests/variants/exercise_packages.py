"""The requests of the exercise that concern packages and their evaluation."""

from typing import Any
from urllib.parse import quote

from tests.variants.exercise import Visitor
from tests.variants.exercise_inputs import (
    ACME,
    DETAILS,
    EVENT,
    MODEL,
    ORDER,
    PACKAGES,
    RESULT,
    WINDOW,
    Answers,
    advance,
    control,
)


def evaluations(client: Visitor) -> Answers:
    send, details = client.send, f"{PACKAGES}/pkg_555/{DETAILS}"
    result = f"{PACKAGES}/pkg_555/{RESULT}"
    settings: dict[str, Any] = {WINDOW: 30, MODEL: "ALL_PURCHASES", "email_sent_date": "2026-08-01"}
    yield send("GET", details)
    yield send("GET", result)
    yield send("GET", f"{PACKAGES}/pkg_556/{RESULT}")
    clusters = [{"tc": "Jazz", "customers": ["cus_a00001"]}, {"tc": "Nobody", "customers": []}]
    order = {"partner_id": ACME, "id": "pkg_small", "title": "Small", "event_ids": [EVENT], "clusters": clusters}
    control(client, "POST", "/packages", {**order, "created_at": "2026-08-14T09:00:00Z"})
    sale = {"customer_id": "cus_a00001", "event_id": EVENT, "tickets": 2, "revenue": 5, "fd": "campaign"}
    times = ("2026-08-14T10:00:00Z", "2026-08-16T00:00:00Z", "2026-08-31T22:30:00Z", "2026-09-01T14:00:00Z")
    sales = [{**sale, "at": at, "meta": "campaign", "external": "external"} for at in times]
    control(client, "POST", "/purchases", {"purchases": [*sales, {**sales[0], "at": "2026-08-14T00:00:00Z"}]})
    changes: list[dict[str, Any]] = [
        {},
        {},
        {WINDOW: 2, "email_sent_date": "2026-08-14"},
        {MODEL: "EVENT_SERIES"},
        {MODEL: "EVENTS_FROM_PACKAGE", WINDOW: 18, "email_sent_date": "2026-08-14"},
        {MODEL: "EVENT_SERIES", WINDOW: 365, "email_sent_date": "2027-01-01"},
        {WINDOW: 0},
        {WINDOW: 366},
        {WINDOW: "30"},
        {WINDOW: 91, "email_sent_date": None},
    ]
    for path in (f"{PACKAGES}/pkg_small", f"{PACKAGES}/pkg_555"):
        for change in changes:
            yield send("PUT", f"{path}/{DETAILS}", {**settings, **change})
            yield send("GET", f"{path}/{RESULT}")
            advance(client, seconds=1)
            yield send("GET", f"{path}/{RESULT}")
            advance(client, seconds=2)
            yield send("GET", f"{path}/{RESULT}")
    for _ in range(2):
        yield send("PUT", f"{PACKAGES}/pkg_small/{DETAILS}", {**settings, WINDOW: 90})
        advance(client, seconds=1)
        control(client, "POST", "/purchases", {"purchases": [sales[0]]})
        advance(client, seconds=2)
        yield send("GET", f"{PACKAGES}/pkg_small/{RESULT}")
    yield send("PUT", details, {MODEL: "ALL_PURCHASES"})
    yield send("PUT", details, {WINDOW: 3})
    yield send("PUT", details, {WINDOW: 3, MODEL: "ALL_PURCHASES"})
    yield send("GET", details)
    advance(client, seconds=1)
    yield send("PUT", details, {WINDOW: 60, MODEL: "ALL_PURCHASES"})
    control(client, "POST", "/purchases", {"purchases": [{**sales[0], "customer_id": "cus_a00002"}]})
    for _ in range(4):
        advance(client, seconds=1)
        yield send("GET", result)


def settings_of_others(client: Visitor) -> Answers:
    """Read and set the settings of an expired package, and the defaults of the partner."""
    send = client.send
    settings: dict[str, Any] = {WINDOW: 30, MODEL: "ALL_PURCHASES", "email_sent_date": "2026-08-01"}
    yield send("GET", f"{PACKAGES}/pkg_541/{DETAILS}")
    yield send("GET", f"{PACKAGES}/pkg_541/{RESULT}")
    yield send("PUT", f"{PACKAGES}/pkg_541/{DETAILS}", settings)
    defaults = f"/partners/{ACME}/backhaul_attribution_details"
    yield send("GET", defaults)
    for body in ({WINDOW: 45, MODEL: "ALL_PURCHASES"}, {WINDOW: 366, MODEL: "ALL_PURCHASES"}, {WINDOW: 3}):
        yield send("POST", defaults, body)
    for date in (None, "2026-08-01"):
        yield send("POST", defaults, {WINDOW: 20, MODEL: "EVENT_SERIES", "email_sent_date": date})
    yield send("GET", defaults)


def packages(client: Visitor) -> Answers:
    send = client.send
    yield send("GET", f"{PACKAGES}/")
    for path in ("pkg_555", "pkg_556", "pkg_541", "pkg_small", "pkg_611", "none"):
        yield send("GET", f"{PACKAGES}/{path}")
    changes: list[dict[str, Any]] = [
        {"targeting_mode": "inclusive"},
        {"targeting_mode": "LOOKALIKE"},
        {"num_packages": 21},
        {"num_packages": 0},
        {"n_top_events": 51},
        {"n_top_events": 101},
        {"event_ids": [EVENT, EVENT]},
        {"event_ids": []},
        {"event_ids": ["none"]},
        {"package_title": ""},
        {"package_title": "x" * 201},
        {"event_ids": ["evt_aa"], "n_top_events": 1, "targeting_mode": "selective"},
        {},
    ]
    made = [send("POST", PACKAGES, {**ORDER, **change}) for change in changes]
    yield from made
    yield send("POST", PACKAGES, {name: value for name, value in ORDER.items() if name != "package_title"})
    new, nobody = made[-1].member("id"), made[-2].member("id")
    sale = {"customer_id": "cus_new", "event_id": EVENT, "at": "2026-08-31T10:00:00Z", "tickets": 1, "revenue": 5}
    control(
        client,
        "POST",
        "/purchases",
        {"purchases": [{**sale, "fd": "campaign", "meta": "campaign", "external": "external"}]},
    )
    for _ in range(6):
        yield send("GET", f"{PACKAGES}/{new}")
        yield send("GET", f"{PACKAGES}/{new}/Jazz/customer_list")
        yield send("GET", f"{PACKAGES}/{new}/{DETAILS}")
        yield send("GET", f"{PACKAGES}/{new}/{RESULT}")
        advance(client, seconds=1)
    yield send("PUT", f"{PACKAGES}/{made[0].member('id')}/{DETAILS}", {WINDOW: 3, MODEL: "ALL_PURCHASES"})
    yield send("GET", f"{PACKAGES}/{nobody}")
    content = send("GET", f"{PACKAGES}/pkg_555").member("content", "")
    for tc in ("none", *(cluster.get("tc", "none") for cluster in content.get("clusters", ()))) if content else ():
        yield send("GET", f"{PACKAGES}/pkg_555/{quote(tc)}/customer_list")
    yield send("GET", f"{PACKAGES}/pkg_small/Jazz/customer_list")
    yield send("GET", f"{PACKAGES}/pkg_small/jazz/customer_list")
    long_order = {**ORDER, "package_title": "y" * 150, "targeting_mode": "selective"}
    twin, building = (send("POST", PACKAGES, long_order).member("id") for _ in range(2))
    yield send("PUT", f"{PACKAGES}/{building}/{DETAILS}", {WINDOW: 3, MODEL: "ALL_PURCHASES"})
    for ids in (
        ("pkg_555",),
        ("pkg_555", building),
        ("pkg_555", "pkg_541"),
        ("pkg_555", "none"),
        ("pkg_555", "pkg_555"),
    ):
        yield send("POST", f"{PACKAGES}/merge?" + "&".join(f"packages_ids={each}" for each in ids))
    advance(client, seconds=9)
    merged = send("POST", f"{PACKAGES}/merge?packages_ids={building}&packages_ids=pkg_555&packages_ids=pkg_556")
    yield merged
    yield send("GET", f"{PACKAGES}/pkg_555/{DETAILS}")
    yield send("POST", f"{PACKAGES}/merge?packages_ids={building}&packages_ids={new}")
    yield send("POST", f"{PACKAGES}/merge?packages_ids={building}&packages_ids={twin}")
    for path in ("pkg_541", "pkg_541", "pkg_557", "pkg_556", "none"):
        yield send("POST", f"{PACKAGES}/{path}/regenerate")
        yield send("GET", f"{PACKAGES}/{path}")
        yield send("GET", f"{PACKAGES}/{path}/{DETAILS}")
    advance(client, seconds=9)
    yield send("GET", f"{PACKAGES}/")
    for path in (building, merged.member("id"), "pkg_541", "pkg_557"):
        yield send("GET", f"{PACKAGES}/{path}")
        yield send("GET", f"{PACKAGES}/{path}/{RESULT}")
