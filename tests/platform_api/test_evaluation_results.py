"""What an evaluation counts, and when its result is published. Rules: BEV-03 to BEV-08."""

import pytest

from tests.example_requests import NEW_PACKAGE, RESULT_PATH, advance_and_sign_in
from tests.platform_api.backhaul_client import (
    CLUSTERS,
    a_shop,
    add_purchases,
    count_orders,
    evaluate,
    read_result,
    save_settings,
)

PACKAGES = "/package_builder/packages"


def test_a_row_counts_buyers_tickets_and_orders():
    """Rules: BEV-05, BEV-08: the numbers are exact, and there are no totals."""
    shop = a_shop()
    add_purchases(
        shop,
        ("a", "2026-08-02T10:00:00", 2),
        ("a", "2026-08-03T10:00:00", 3),
        ("b", "2026-08-03T10:00:00", 1),
        ("c", "2026-07-01T10:00:00", 9),
        ("e", "2026-08-30T10:00:00", 4),
        ("f", "2026-08-02T10:00:00", 1),
        ("stranger", "2026-08-02T10:00:00", 8),
    )
    save_settings(shop)
    advance_and_sign_in(shop, seconds=2)
    assert shop.send("GET", RESULT_PATH).json() == [
        {"tc": "Jazz", "customers": 2, "items": 6, "purchase": 3, "conversion_rate": 0.5},
        {"tc": "Rock", "customers": 2, "items": 5, "purchase": 2, "conversion_rate": 1.0},
        {"tc": "Nobody", "customers": 0, "items": 0, "purchase": 0, "conversion_rate": 0.0},
    ]


def test_a_cluster_that_bought_nothing_has_its_row():
    """Rule: BEV-05."""
    assert evaluate(a_shop()) == {"Jazz": (0, 0, 0, 0), "Rock": (0, 0, 0, 0), "Nobody": (0, 0, 0, 0)}


EDGES = [
    pytest.param({"sent_date": "2026-08-10"}, "2026-08-09T23:59:59", 0, id="the second before the first day"),
    pytest.param({"sent_date": "2026-08-10"}, "2026-08-10T00:00:00", 1, id="the first second"),
    pytest.param({"sent_date": "2026-08-10"}, "2026-08-16T23:59:59", 1, id="the last second of the seventh day"),
    pytest.param({"sent_date": "2026-08-10"}, "2026-08-17T00:00:00", 0, id="seven days later"),
    pytest.param({}, "2026-07-31T23:59:59", 0, id="the day before creation"),
    pytest.param({}, "2026-08-01T00:00:00", 1, id="the day of creation, at an earlier hour"),
    pytest.param({}, "2026-08-07T23:59:59", 1, id="the seventh day from creation"),
    pytest.param({}, "2026-08-08T00:00:00", 0, id="the eighth day from creation"),
    pytest.param({"sent_date": None}, "2026-08-01T00:00:00", 1, id="a date that is null"),
    pytest.param({"sent_date": "2026-07-01"}, "2026-07-01T00:00:00", 1, id="a window before creation"),
    pytest.param({"sent_date": "2026-07-01"}, "2026-08-01T00:00:00", 0, id="a window that ended before creation"),
    pytest.param({"sent_date": "2027-01-01"}, "2026-08-01T00:00:00", 0, id="a window in the future"),
]


@pytest.mark.parametrize(("date", "instant", "counted"), EDGES)
def test_the_window_is_n_whole_days_in_utc(date, instant, counted):
    """Rule: BEV-07."""
    shop = a_shop()
    add_purchases(shop, ("a", instant))
    assert evaluate(shop, days=7, **date)["Jazz"] == (counted, counted, counted, counted / 4)


@pytest.mark.parametrize(("instant", "counted"), [("2026-08-10T23:59:59", 1), ("2026-08-11T00:00:00", 0)])
def test_a_window_of_one_day_is_that_day(instant, counted):
    """Rule: BEV-07."""
    shop = a_shop()
    add_purchases(shop, ("a", instant))
    assert evaluate(shop, days=1, sent_date="2026-08-10")["Jazz"][2] == counted


@pytest.mark.parametrize(("instant", "counted"), [("2026-07-31T23:59:59", 1), ("2026-08-01T00:00:00", 0)])
def test_a_window_of_365_days_is_a_year(instant, counted):
    """Rule: BEV-07."""
    shop = a_shop()
    add_purchases(shop, ("a", instant))
    assert evaluate(shop, days=365, sent_date="2025-08-01")["Jazz"][2] == counted


def test_leaving_the_date_out_moves_the_window():
    """Rules: BEV-02, BEV-07."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-25T00:00:00"))
    assert evaluate(shop, days=7, sent_date="2026-08-20")["Jazz"][2] == 1
    assert evaluate(shop, days=7)["Jazz"][2] == 0


@pytest.mark.parametrize(
    ("model", "counted"),
    [
        ("EVENTS_FROM_PACKAGE", (1, 1, 1, 0.25)),
        ("EVENT_SERIES", (2, 11, 2, 0.5)),
        ("ALL_PURCHASES", (3, 111, 3, 0.75)),
    ],
)
def test_the_model_says_which_purchases_count(model, counted):
    """Rules: BEV-06, BEV-08 (each model counts at least as much as the model before it)."""
    shop = a_shop()
    day = "2026-08-02T10:00:00"
    add_purchases(shop, ("a", day, 1, "evt_1"), ("b", day, 10, "evt_2"), ("c", day, 100, "evt_3"))
    assert evaluate(shop, model=model)["Jazz"] == counted


def test_an_event_without_a_series_is_in_its_own():
    """Rule: BEV-06."""
    shop = a_shop(event_ids=["evt_3"])
    add_purchases(shop, ("a", "2026-08-02T10:00:00", 1, "evt_3"), ("b", "2026-08-02T10:00:00", 1, "evt_1"))
    assert evaluate(shop, model="EVENT_SERIES")["Jazz"][2] == 1


def test_the_series_is_read_when_the_job_runs():
    """Rules: BEV-06, EVT-05: a change of the series starts no evaluation, but the next evaluation uses it."""
    shop = a_shop()
    add_purchases(shop, ("b", "2026-08-02T10:00:00", 1, "evt_2"))
    assert evaluate(shop, model="EVENT_SERIES")["Jazz"][2] == 1
    assert shop.send("POST", "/events/evt_1/series").status_code == 204
    advance_and_sign_in(shop, minutes=1)
    assert count_orders(shop) == 1
    assert evaluate(shop, model="EVENT_SERIES")["Jazz"][2] == 0


def test_a_longer_window_never_counts_less():
    """Rule: BEV-08."""
    shop = a_shop()
    add_purchases(shop, *(("a", f"2026-08-{day:02}T12:00:00", day) for day in range(1, 31)))
    found = [evaluate(shop, days=days)["Jazz"] for days in (1, 2, 7, 30, 365)]
    assert found == [(1, sum(range(1, days + 1)), days, 0.25) for days in (1, 2, 7, 30, 30)]


def test_nothing_is_shown_before_the_job_completes():
    """Rules: BEV-03, PKG-03 (an evaluation takes 2 seconds)."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T10:00:00"))
    save_settings(shop)
    assert count_orders(shop) is None
    advance_and_sign_in(shop, seconds=1)
    assert count_orders(shop) is None
    advance_and_sign_in(shop, seconds=1)
    assert count_orders(shop) == 1


def test_the_previous_result_is_shown_until_the_job_completes():
    """Rules: BEV-03, BEV-04: nothing in the response tells whether the result is the previous one or the new one."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T10:00:00"), ("b", "2026-08-20T10:00:00"))
    evaluate(shop, days=7)
    before = shop.send("GET", RESULT_PATH)
    save_settings(shop, days=30)
    advance_and_sign_in(shop, seconds=1)
    stale = shop.send("GET", RESULT_PATH)
    assert (stale.content, set(stale.headers)) == (before.content, set(before.headers))
    advance_and_sign_in(shop, seconds=1)
    assert count_orders(shop) == 2


def test_reading_the_result_does_not_hasten_it():
    """Rule: BEV-03."""
    shop = a_shop()
    save_settings(shop)
    assert {count_orders(shop) for _ in range(10)} == {None}


def test_a_put_during_a_run_supersedes_it():
    """Rule: BEV-04: the superseded result is not shown at any second of the run."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T10:00:00"), ("b", "2026-08-20T10:00:00"), ("c", "2026-08-31T10:00:00"))
    evaluate(shop, days=1)
    shown = []
    save_settings(shop, days=7)
    for second in range(5):
        if second == 1:
            save_settings(shop, days=365)
        shown.append(count_orders(shop))
        advance_and_sign_in(shop, seconds=1)
    assert shown == [0, 0, 0, 3, 3]


def test_only_the_last_settings_of_a_burst_are_evaluated():
    """Rule: BEV-04: after several PUTs in a row, only the result for the last one is published."""
    shop = a_shop()
    add_purchases(shop, *(("a", f"2026-08-{day:02}T10:00:00") for day in range(1, 31)))
    for days in range(1, 21):
        save_settings(shop, days=days)
    shown = []
    for _ in range(4):
        shown.append(count_orders(shop))
        advance_and_sign_in(shop, seconds=1)
    assert shown == [None, None, 20, 20]


def test_of_puts_a_second_apart_only_the_last_is_shown():
    """Rule: BEV-04."""
    shop = a_shop()
    add_purchases(shop, *(("a", f"2026-08-{day:02}T10:00:00") for day in range(1, 31)))
    for days in range(1, 11):
        save_settings(shop, days=days)
        advance_and_sign_in(shop, seconds=1)
        assert count_orders(shop) is None
    advance_and_sign_in(shop, seconds=1)
    assert count_orders(shop) == 10


def test_returning_to_earlier_settings_starts_a_new_run():
    """Rule: BEV-04: after saving the settings A, B and A again, the result is the result for A."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T10:00:00"), ("b", "2026-08-20T10:00:00"))
    for days in (7, 30, 7):
        save_settings(shop, days=days)
    advance_and_sign_in(shop, seconds=2)
    assert count_orders(shop) == 1


def test_two_packages_do_not_supersede_each_other():
    """Rule: BEV-04."""
    shop = a_shop()
    other = shop.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]
    advance_and_sign_in(shop, seconds=4)
    add_purchases(shop, ("a", "2026-08-02T10:00:00"))
    save_settings(shop)
    body = {"backhaul_evaluation_attribution_window": 1, "backhaul_evaluation_model": "ALL_PURCHASES"}
    assert shop.send("PUT", f"{PACKAGES}/{other}/backhaul_evaluation_details", json=body).status_code == 200
    advance_and_sign_in(shop, seconds=2)
    assert count_orders(shop) == 1
    assert shop.send("GET", f"{PACKAGES}/{other}/backhaul_evaluation").json() == []


@pytest.mark.parametrize(
    ("instant", "counted"),
    [
        pytest.param("2026-09-01T12:00:00", 1, id="when the settings are saved"),
        pytest.param("2026-09-01T12:00:01", 1, id="during the run"),
        pytest.param("2026-09-01T12:00:02", 1, id="at its completion"),
        pytest.param("2026-09-01T12:00:03", 0, id="a second later"),
    ],
)
def test_purchases_up_to_the_jobs_completion_count(instant, counted):
    """Rule: BEV-08: a result does not change afterwards."""
    shop = a_shop()
    add_purchases(shop, ("a", instant))
    assert evaluate(shop, days=60)["Jazz"][2] == counted
    advance_and_sign_in(shop, days=1)
    assert count_orders(shop) == counted


def test_a_jump_over_the_completion_shows_what_was_known_then():
    """Rule: BEV-08: the job counts the purchases known at its due time, however late its result is read."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-09-01T12:00:02"), ("b", "2026-09-01T12:00:03"))
    save_settings(shop, days=60)
    advance_and_sign_in(shop, days=20)
    assert count_orders(shop) == 1


def test_what_arrives_late_counts_from_its_arrival():
    """Rules: BEV-07 (the time of the purchase decides), BEV-08."""
    shop = a_shop()
    assert evaluate(shop, days=7)["Jazz"][2] == 0
    add_purchases(shop, ("a", "2026-08-02T10:00:00"))
    assert evaluate(shop, days=7)["Jazz"][2] == 1


def test_the_creation_day_is_the_order_day_not_the_build_day():
    """Rule: BEV-07: the package is created two seconds before midnight, so it is built on the next day."""
    shop = a_shop()
    shop.control("PUT", "/clock", json={"now": "2026-09-01T23:59:58Z"})
    shop.sign_in()
    add_purchases(shop, ("a", "2026-09-01T10:00:00"), ("b", "2026-09-02T00:00:01"))
    path = f"{PACKAGES}/{shop.send('POST', PACKAGES, json={**NEW_PACKAGE, 'num_packages': 1}).json()['id']}"
    advance_and_sign_in(shop, seconds=4)
    body = {"backhaul_evaluation_attribution_window": 1, "backhaul_evaluation_model": "EVENTS_FROM_PACKAGE"}
    shop.send("PUT", f"{path}/backhaul_evaluation_details", json=body)
    advance_and_sign_in(shop, seconds=2)
    rows = shop.send("GET", f"{path}/backhaul_evaluation").json()
    assert [(row["customers"], row["purchase"], row["conversion_rate"]) for row in rows] == [(1, 1, 0.5)]


def test_rows_stand_in_the_order_of_the_clusters():
    """Rule: BEV-05."""
    assert list(evaluate(a_shop())) == [cluster["tc"] for cluster in CLUSTERS]
    assert list(read_result(a_shop())) == []
