"""The settings for a package's evaluation. Rules: BEV-01, BEV-02, BEV-09."""

import pytest

from tests.example_requests import (
    NEW_PACKAGE,
    RESULT_PATH,
    SETTINGS,
    SETTINGS_PATH,
    advance_and_sign_in,
    read_everything,
    sorted_error_fields,
)
from tests.platform_api.backhaul_client import a_shop, add_purchases, count_orders, evaluate, read_result, save_settings

WINDOW, MODEL, DATE = "backhaul_evaluation_attribution_window", "backhaul_evaluation_model", "email_sent_date"
PACKAGES = "/package_builder/packages"


@pytest.fixture(scope="module")
def shop():
    return a_shop()


def test_settings_have_three_members(shop):
    """Rule: BEV-01."""
    answer = shop.send("GET", SETTINGS_PATH)
    assert answer.status_code == 200
    assert answer.json() == {WINDOW: 30, MODEL: "EVENTS_FROM_PACKAGE", DATE: None}


@pytest.mark.parametrize("days", [1, 30, 365])
@pytest.mark.parametrize("model", ["ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES"])
@pytest.mark.parametrize("date", [None, "2026-07-01", "2030-01-01"], ids=["none", "before creation", "in the future"])
def test_settings_are_stored_and_answered_at_once(days, model, date):
    """Rules: BEV-02, BEV-07 (any date is allowed)."""
    shop, body = a_shop(), {WINDOW: days, MODEL: model, DATE: date}
    answer = shop.send("PUT", SETTINGS_PATH, json=body)
    assert (answer.status_code, answer.json()) == (200, body)
    assert shop.send("GET", SETTINGS_PATH).json() == body
    assert shop.send("GET", RESULT_PATH).json() == []


def test_a_date_that_is_left_out_is_null():
    """Rule: BEV-02: a PUT replaces the settings and does not merge them."""
    shop = a_shop()
    save_settings(shop, sent_date="2026-08-10")
    assert shop.send("PUT", SETTINGS_PATH, json=SETTINGS).json() == {**SETTINGS, DATE: None}
    assert shop.send("GET", SETTINGS_PATH).json()[DATE] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({WINDOW: 0}, WINDOW),
        ({WINDOW: 366}, WINDOW),
        ({WINDOW: -1}, WINDOW),
        ({WINDOW: 1.5}, WINDOW),
        ({WINDOW: "14"}, WINDOW),
        ({WINDOW: True}, WINDOW),
        ({WINDOW: None}, WINDOW),
        ({MODEL: "all_purchases"}, MODEL),
        ({MODEL: "FD"}, MODEL),
        ({MODEL: ""}, MODEL),
        ({MODEL: None}, MODEL),
        ({DATE: ""}, DATE),
        ({DATE: "2026-02-29"}, DATE),
        ({DATE: "2026-09-01T00:00:00Z"}, DATE),
        ({DATE: 0}, DATE),
        ({"evaluate": True}, "evaluate"),
    ],
    ids=str,
)
def test_other_settings_are_400_change_nothing_and_start_nothing(shop, changes, field):
    """Rule: BEV-02."""
    before, jobs = read_everything(shop), shop.control("GET", "/jobs").json()
    answer = shop.send("PUT", SETTINGS_PATH, json={**SETTINGS, **changes})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert (read_everything(shop), shop.control("GET", "/jobs").json()) == (before, jobs)


@pytest.mark.parametrize("missing", [WINDOW, MODEL])
def test_window_and_model_are_required(shop, missing):
    """Rule: BEV-02."""
    body = {name: value for name, value in SETTINGS.items() if name != missing}
    answer = shop.send("PUT", SETTINGS_PATH, json=body)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [missing])


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_settings_are_written_by_put_alone(shop, method):
    """Rule: BEV-02."""
    answer = shop.send(method, SETTINGS_PATH, json=SETTINGS)
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "PUT"})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("path", [RESULT_PATH, f"{RESULT_PATH}/run", f"{PACKAGES}/pkg_1/evaluate"])
def test_nothing_else_starts_an_evaluation(shop, method, path):
    """Rule: BEV-02."""
    jobs = shop.control("GET", "/jobs").json()
    assert shop.send(method, path, json=SETTINGS).status_code in (404, 405)
    assert shop.control("GET", "/jobs").json() == jobs


def test_a_package_is_not_evaluated_before_its_settings_are_saved():
    """Rules: BEV-02, BEV-03."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T00:00:00"))
    package_id = shop.send("POST", PACKAGES, json=NEW_PACKAGE).json()["id"]
    advance_and_sign_in(shop, days=1)
    assert shop.send("GET", f"{PACKAGES}/{package_id}/backhaul_evaluation").json() == []
    assert shop.send("GET", RESULT_PATH).json() == []


def test_unchanged_settings_evaluate_again():
    """Rule: BEV-02: purchases made since the last evaluation count."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T00:00:00"))
    assert evaluate(shop, days=60)["Jazz"][2] == 1
    add_purchases(shop, ("b", "2026-08-02T00:00:00"))
    advance_and_sign_in(shop, hours=12)
    assert count_orders(shop) == 1
    assert evaluate(shop, days=60)["Jazz"][2] == 2


@pytest.mark.parametrize("seconds", [0, 2], ids=["INITIALIZING", "INPROGRESS"])
def test_settings_of_a_package_that_is_not_built_are_409_and_readable(seconds):
    """Rule: BEV-09."""
    shop = a_shop()
    package = f"{PACKAGES}/{shop.send('POST', PACKAGES, json=NEW_PACKAGE).json()['id']}"
    advance_and_sign_in(shop, seconds=seconds)
    before = shop.send("GET", f"{package}/backhaul_evaluation_details")
    answer = shop.send("PUT", f"{package}/backhaul_evaluation_details", json=SETTINGS)
    assert (answer.status_code, answer.json()["message"]) == (409, "error.package.not_ready")
    assert before.status_code == 200
    assert shop.send("GET", f"{package}/backhaul_evaluation_details").content == before.content
    advance_and_sign_in(shop, seconds=10)
    read = shop.send("GET", f"{package}/backhaul_evaluation")
    assert (read.status_code, read.json()) == (200, [])


def test_an_expired_package_keeps_its_result_and_takes_no_settings():
    """Rule: BEV-09."""
    shop = a_shop()
    add_purchases(shop, ("a", "2026-08-02T00:00:00"))
    found = evaluate(shop)
    settings = shop.send("GET", SETTINGS_PATH).json()
    advance_and_sign_in(shop, days=28)
    assert shop.send("GET", f"{PACKAGES}/pkg_1").json()["status"] == "EXPIRED"
    answer = shop.send("PUT", SETTINGS_PATH, json=SETTINGS)
    assert (answer.status_code, answer.json()["message"]) == (409, "error.package.not_ready")
    advance_and_sign_in(shop, minutes=5)
    assert (read_result(shop), shop.send("GET", SETTINGS_PATH).json()) == (found, settings)
    assert found["Jazz"][2] == 1


def test_a_second_before_expiry_settings_can_be_saved():
    """Rules: BEV-09, PKG-03."""
    shop = a_shop()
    advance_and_sign_in(shop, days=27, hours=23, minutes=59, seconds=59)
    assert shop.send("PUT", SETTINGS_PATH, json=SETTINGS).status_code == 200
    advance_and_sign_in(shop, seconds=1)
    assert shop.send("PUT", SETTINGS_PATH, json=SETTINGS).status_code == 409
