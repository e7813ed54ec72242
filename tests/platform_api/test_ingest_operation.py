"""Sending transaction summaries. Rules: ING-01 to ING-06."""

from decimal import Decimal

import pytest

from tests.example_requests import ROWS_PATH, SUMMARY, a_client, advance_and_sign_in, sorted_error_fields

PATH = "/ingest/transaction_summary"
SUMMARY_PATH = "/daily_revenue_summary/?event_id=evt_1"


def send_summary(client, **changes):
    return client.send("POST", PATH, json={**SUMMARY, **changes})


def manual_rows(client):
    rows = [row for row in client.send("GET", ROWS_PATH).json() if row["id"] != "cr_acme" and row["source"] == "manual"]
    return [(row["created_at"][:10], row["purchase"], row["revenue"]) for row in reversed(rows)]


def expected_rows():
    """Return the rows of `SUMMARY` sent once to a new world: their spread depends on the world's seed alone."""
    client = a_client()
    send_summary(client)
    return manual_rows(advance_and_sign_in(client, seconds=2))


RECORD = {name: SUMMARY[name] for name in ("eid", "from", "to", "tickets")}


def test_what_is_sent_shows_two_seconds_later():
    client = a_client()
    answer = send_summary(client)
    assert (answer.status_code, answer.json()) == (200, {**RECORD, "validation_errors": []})
    assert manual_rows(advance_and_sign_in(client, seconds=1)) == []
    rows = manual_rows(advance_and_sign_in(client, seconds=1))
    assert [day for day, _, _ in rows] == ["2026-08-01", "2026-08-02", "2026-08-03"]
    assert sum(sold for _, sold, _ in rows) == 12
    assert sum(Decimal(repr(revenue)) for _, _, revenue in rows) == Decimal("540.5")


def test_the_record_has_the_accepted_entries_alone():
    """Rule: ING-01."""
    bad = {"type": "Balkon", "sold": -1, "revenue": 5}
    answer = send_summary(a_client(), tickets=[bad, *SUMMARY["tickets"]]).json()
    assert {name: answer[name] for name in RECORD} == RECORD


def test_under_the_newer_documentation_the_answer_has_no_record():
    """Rule: ING-01, quirk ingest_without_record."""
    client = a_client()
    client.control("PUT", "/quirks", json={"ingest_without_record": True})
    assert send_summary(client).json() == {"validation_errors": []}
    assert manual_rows(advance_and_sign_in(client, seconds=2)) == expected_rows()


def test_the_spread_follows_the_seed_of_the_world():
    """Rule: ING-05."""

    def rows_of_seed(seed):
        client = a_client()
        client.control("POST", "/reset", json={"seed": seed})
        send_summary(client.sign_in(), **{"from": "2026-07-01"})
        return manual_rows(advance_and_sign_in(client, seconds=2))

    assert rows_of_seed(7) == rows_of_seed(7)
    assert rows_of_seed(7) != rows_of_seed(8)


def test_the_rows_stand_beside_the_days_which_stay_as_they_were():
    client = a_client()
    before = client.send("GET", SUMMARY_PATH).json()
    send_summary(client)
    after = advance_and_sign_in(client, seconds=2).send("GET", SUMMARY_PATH).json()
    assert after["daily"] == before["daily"]
    assert after["manual_adjustments"] == client.send("GET", ROWS_PATH).json()
    assert len(after["manual_adjustments"]) == len(before["manual_adjustments"]) + 3


def test_what_is_left_out_is_told_on_a_200():
    client = a_client()
    bad = {"type": "Balkon", "sold": -1, "revenue": 5}
    answer = send_summary(client, tickets=[bad, *SUMMARY["tickets"]])
    (problem,) = answer.json()["validation_errors"]
    assert (answer.status_code, problem["code"], problem["field"]) == (200, "range", "tickets.0.sold")
    assert manual_rows(advance_and_sign_in(client, seconds=2)) == expected_rows()


def test_nothing_is_scheduled_where_nothing_is_taken():
    client = a_client()
    send_summary(client, tickets=[{"type": "Balkon", "sold": 0, "revenue": 0}])
    jobs = client.control("GET", "/jobs").json()
    assert [job for job in jobs if job["kind"] == "ingest"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"from": "2026-08-04"}, "from", id="from after to"),
        pytest.param({"to": "2036-08-09"}, "to", id="too long"),
        pytest.param({"from": 0}, "from", id="a number for a date"),
        pytest.param({"from": None}, "from", id="null for a date"),
        pytest.param({"tickets": []}, "tickets", id="no tickets"),
        pytest.param({"tickets": [{"type": "A", "sold": 1}]}, "tickets.0.revenue", id="no revenue"),
        pytest.param({"tickets": [{"type": "A", "sold": True, "revenue": 1}]}, "tickets.0.sold", id="true for orders"),
        pytest.param({"tickets": [{"type": "A", "sold": 1, "revenue": "1"}]}, "tickets.0.revenue", id="a text"),
        pytest.param({"first": "2026-08-01"}, "first", id="the internal name"),
        pytest.param({"eid": "a\x00"}, "eid", id="a control character"),
    ],
)
def test_what_is_out_of_form_is_refused_and_changes_nothing(changes, field):
    client = a_client()
    answer = send_summary(client, **changes)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert manual_rows(advance_and_sign_in(client, seconds=2)) == []


def test_the_known_names_are_told_as_they_are_written():
    message = send_summary(a_client(), until="2026-08-03").json()["validation_errors"][0]["message"]
    assert message.endswith("known names: eid, from, to, tickets")


def test_an_integer_may_be_written_with_a_zero_fraction():
    client = a_client()
    assert send_summary(client, tickets=[{"type": "A", "sold": 12.0, "revenue": 540.5}]).status_code == 200
    assert manual_rows(advance_and_sign_in(client, seconds=2)) == expected_rows()


@pytest.mark.parametrize("eid", ["nothing", "evt_beta", ""])
def test_an_event_that_is_not_the_partners_is_not_found(eid):
    answer = send_summary(a_client(), eid=eid)
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")


def test_a_wrong_period_is_told_before_the_event_is_looked_for():
    assert send_summary(a_client(), eid="nothing", **{"from": "2026-08-04"}).status_code == 400


def test_sent_twice_it_counts_twice():
    client = a_client()
    send_summary(client)
    send_summary(client)
    rows = manual_rows(advance_and_sign_in(client, seconds=2))
    assert sum(sold for _, sold, _ in rows) == 24
    assert sum(Decimal(repr(revenue)) for _, _, revenue in rows) == 2 * Decimal("540.5")


def test_clearing_removes_rows_and_pending_summaries():
    client = a_client()
    send_summary(client)
    advance_and_sign_in(client, seconds=2)
    send_summary(client)
    assert client.send("DELETE", SUMMARY_PATH).status_code == 204
    assert manual_rows(advance_and_sign_in(client, seconds=2)) == []


def test_a_reset_forgets_what_is_on_its_way():
    client = a_client()
    send_summary(client)
    assert client.control("POST", "/reset").status_code == 200
    assert manual_rows(advance_and_sign_in(client.sign_in(), seconds=2)) == []
    assert [job for job in client.control("GET", "/jobs").json() if job["kind"] == "ingest"] == []


def test_another_workspace_sees_nothing_of_it():
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "other"})
    send_summary(client)
    other = client.for_workspace("other").sign_in()
    other.control("POST", "/clock/advance", json={"seconds": 2})
    assert [job for job in other.control("GET", "/jobs").json() if job["kind"] == "ingest"] == []


def test_faithfully_it_takes_six_hours():
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "slow", "timing": "faithful", "now": "2026-09-01T12:00:00Z"})
    slow = client.for_workspace("slow").sign_in()
    assert send_summary(slow).status_code == 200
    (job,) = [job for job in slow.control("GET", "/jobs").json() if job["kind"] == "ingest"]
    assert (job["due"], job["state"]) == ("2026-09-01T18:00:00Z", "pending")


def test_a_pending_summary_keeps_the_workspace_busy():
    client = a_client()
    send_summary(client)
    course = client.control("POST", "/clock/run-until-idle").json()
    assert ([job["kind"] for job in course["fired"]], course["now"]) == (["ingest"], "2026-09-01T12:00:02Z")
