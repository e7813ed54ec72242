"""Reading, creating and deleting sales adjustments. Rules: CR-01, CR-02, CR-03, CR-04, CR-05."""

import pytest

from tests.builders import ACME, BETA
from tests.example_requests import ROWS_PATH, a_client, advance_and_sign_in, read_everything, sorted_error_fields

RESULTS = "/campaign_results/"
SUMMARY = "/daily_revenue_summary/?event_id=evt_1"
NEW_ROW = {"eid": "evt_1", "partner_id": ACME, "purchase": "12", "revenue": "540.5"}


@pytest.fixture(scope="module")
def client():
    return a_client()


def post_row(client, **changes):
    return client.send("POST", RESULTS, params={**NEW_ROW, **changes})


def rows(client, eid="evt_1"):
    return client.send("GET", RESULTS, params={"eid": eid, "partner_id": ACME}).json()


def test_rows_are_a_bare_array_newest_first(client):
    """Rules: CR-01, CR-02."""
    answer = client.send("GET", ROWS_PATH)
    assert answer.status_code == 200
    automated, manual = answer.json()
    assert automated["id"].startswith("cr_")
    assert automated == {
        "id": automated["id"],
        "eid": "evt_1",
        "partner_id": ACME,
        "purchase": 1,
        "revenue": 50.0,
        "created_at": "2026-09-01T08:00:00Z",
        "source": "automated",
    }
    assert manual == {
        "id": "cr_acme",
        "eid": "evt_1",
        "partner_id": ACME,
        "purchase": 12,
        "revenue": 540.5,
        "created_at": "2026-08-20T14:30:00Z",
        "source": "manual",
    }


def test_an_event_without_rows_answers_an_empty_array(client):
    """Rule: CR-01."""
    assert rows(client, "evt_2") == []


@pytest.mark.parametrize("missing", ["eid", "partner_id"])
def test_event_and_partner_are_both_required_to_read(client, missing):
    """Rule: CR-01."""
    params = {name: NEW_ROW[name] for name in ("eid", "partner_id") if name != missing}
    answer = client.send("GET", RESULTS, params=params)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [missing])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_event_is_404(client, method):
    """Rule: CR-01."""
    params = {**NEW_ROW, "eid": "nothing"} if method == "POST" else {"eid": "nothing", "partner_id": ACME}
    answer = client.send(method, RESULTS, params=params)
    assert (answer.status_code, answer.json()["message"]) == (404, "error.event.not_found")


def test_the_event_is_named_eid_here(client):
    """Rule: CR-01 (other operations use `event_id`)."""
    answer = client.send("GET", RESULTS, params={"event_id": "evt_1", "partner_id": ACME})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["eid", "event_id"])


def test_a_posted_row_is_manual_and_created_now():
    """Rules: CR-02, CR-03."""
    client = a_client()
    advance_and_sign_in(client, seconds=7)
    answer = post_row(client)
    row = answer.json()
    assert answer.status_code == 201
    assert row["id"].startswith("cr_")
    assert row == {
        "id": row["id"],
        "eid": "evt_1",
        "partner_id": ACME,
        "purchase": 12,
        "revenue": 540.5,
        "created_at": "2026-09-01T12:00:07Z",
        "source": "manual",
    }
    assert rows(client)[0] == row


@pytest.mark.parametrize(
    ("purchase", "revenue"),
    [
        pytest.param("2147483647", "1", id="the most orders"),
        pytest.param("-2147483648", "1", id="the fewest orders"),
        pytest.param("0", "0.01", id="no orders"),
        pytest.param("1", "0", id="no revenue"),
        pytest.param("-2", "-90", id="a correction"),
        pytest.param("3", "-0.5", id="orders up and revenue down"),
        pytest.param("1", "999999999999.99", id="the most revenue"),
        pytest.param("1", "1e3", id="an exponent"),
        pytest.param("-0", "1", id="a negative zero"),
    ],
)
def test_each_adjustment_in_bounds_is_recorded(purchase, revenue):
    """Rule: CR-03."""
    client = a_client()
    answer = post_row(client, purchase=purchase, revenue=revenue)
    assert answer.status_code == 201
    assert (rows(client)[0]["purchase"], rows(client)[0]["revenue"]) == (int(purchase), float(revenue))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purchase": "2147483648"}, "purchase"),
        ({"purchase": "-2147483649"}, "purchase"),
        ({"purchase": "1.5"}, "purchase"),
        ({"purchase": "12.0"}, "purchase"),
        ({"revenue": "1000000000000"}, "revenue"),
        ({"revenue": "-1000000000000"}, "revenue"),
        ({"revenue": "NaN"}, "revenue"),
        ({"revenue": "Infinity"}, "revenue"),
        ({"revenue": "1e999"}, "revenue"),
        ({"revenue": "540,50"}, "revenue"),
        ({"revenue": "€5"}, "revenue"),
        ({"purchase": "0", "revenue": "0"}, "purchase"),
        ({"purchase": "-0", "revenue": "0.00"}, "purchase"),
        ({"source": "automated"}, "source"),
        ({"created_at": "2026-01-01T00:00:00Z"}, "created_at"),
        ({"id": "cr_mine"}, "id"),
    ],
    ids=str,
)
def test_another_adjustment_is_400_and_adds_nothing(client, changes, field):
    """Rule: CR-03."""
    before = read_everything(client)
    answer = post_row(client, **changes)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert read_everything(client) == before


@pytest.mark.parametrize("missing", list(NEW_ROW))
def test_all_four_are_required(client, missing):
    """Rule: CR-03."""
    before = read_everything(client)
    params = {name: value for name, value in NEW_ROW.items() if name != missing}
    answer = client.send("POST", RESULTS, params=params)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [missing])
    assert read_everything(client) == before


def test_a_row_is_written_by_the_query_and_not_by_a_body(client):
    """Rule: CR-03."""
    before = read_everything(client)
    answer = client.send("POST", RESULTS, json={**NEW_ROW, "purchase": 12, "revenue": 540.5})
    assert (answer.status_code, sorted_error_fields(answer)) == (400, sorted(NEW_ROW))
    assert read_everything(client) == before


def test_the_same_post_twice_is_two_rows():
    """Rule: CR-03: a retry cannot be distinguished from a second entry."""
    client = a_client()
    first, second = (post_row(client).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert [row["id"] for row in rows(client)][:2] == [second["id"], first["id"]]


def test_rows_with_equal_timestamps_are_ordered_by_insertion():
    """Rule: CR-01."""
    client = a_client()
    created = [post_row(client, purchase=str(number)).json()["id"] for number in range(1, 6)]
    assert [row["id"] for row in rows(client)][:5] == created[::-1]


@pytest.mark.parametrize("place", [0, 1], ids=["an automated row", "a manual row"])
def test_a_row_is_deleted_once(place):
    """Rules: CR-04, JOB-04."""
    client = a_client()
    before = rows(client)
    order = {"id": before[place]["id"]}
    answer = client.send("DELETE", RESULTS, params=order)
    assert (answer.status_code, answer.content) == (204, b"")
    assert rows(client) == [row for row in before if row["id"] != order["id"]]
    again = client.send("DELETE", RESULTS, params=order)
    assert (again.status_code, again.json()["message"]) == (404, "error.campaign_result.not_found")


def test_a_row_is_deleted_though_nobody_has_read_it():
    """Rule: CR-04."""
    client = a_client()
    automated = rows(a_client())[0]["id"]
    assert client.send("DELETE", RESULTS, params={"id": automated}).status_code == 204
    assert [row["id"] for row in rows(client)] == ["cr_acme"]


@pytest.mark.parametrize("query", ["", "?eid=evt_1", "?id=cr_acme&partner_id=partner-id-acme", "?ID=cr_acme"])
def test_a_deletion_without_the_id_alone_is_400(client, query):
    """Rule: CR-04."""
    before = read_everything(client)
    assert client.send("DELETE", f"{RESULTS}{query}").status_code == 400
    assert read_everything(client) == before


def test_an_id_does_not_stand_in_the_path(client):
    """Rule: CR-04."""
    assert client.send("DELETE", f"{RESULTS}cr_acme").status_code == 404
    assert [row["id"] for row in rows(client)][-1] == "cr_acme"


def test_each_change_is_seen_by_the_very_next_read_in_both_places():
    """Rules: CR-05, DRS-03."""
    client = a_client()
    for change in ("post", "post", "delete", "delete", "post"):
        if change == "post":
            post_row(client)
        else:
            client.send("DELETE", RESULTS, params={"id": rows(client)[-1]["id"]})
        assert client.send("GET", SUMMARY).json()["manual_adjustments"] == rows(client)


def test_an_admin_deletes_for_the_partner_that_is_named():
    """Rules: CR-04, PART-01."""
    admin = a_client("admin@platform.example")
    statuses = [
        admin.send("DELETE", f"{RESULTS}?id=cr_acme", headers={"X-Preferred-Partner-Id": partner}).status_code
        for partner in (BETA, ACME)
    ]
    assert statuses == [404, 204]
