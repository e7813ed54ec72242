"""A client's requests in the journal are verified against expectations."""

import pytest

from tests.builders import ACME, BETA
from tests.example_requests import RESULT_PATH, SETTINGS, SETTINGS_PATH, a_client, sorted_error_fields


@pytest.fixture
def client():
    """Return a client that saved settings (entry 2), read a result twice (3, 4) and requested a misspelt path (5)."""
    signed_in = a_client()
    signed_in.send("PUT", SETTINGS_PATH, json=SETTINGS)
    signed_in.send("GET", RESULT_PATH)
    signed_in.send("GET", RESULT_PATH)
    signed_in.send("GET", "/evnts/evt_1")
    return signed_in


def verify(client, *expectations, **options):
    answer = client.control("POST", "/journal/verify", json={"expectations": list(expectations), **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_expected_requests_are_verified(client):
    report = verify(
        client,
        {
            "operation": "replaceEvaluationSettings",
            "count": 1,
            "status": 200,
            "partner": ACME,
            "path": {"package_id": "pkg_1"},
            "body": {"backhaul_evaluation_model": SETTINGS["backhaul_evaluation_model"]},
        },
        {"operation": "getEvaluation", "at_least": 2},
        {"operation": "signIn", "at_most": 1},
        {"operation": "listEvents", "count": 0},
    )
    assert report == {
        "verified": True,
        "checked": 5,
        "discarded": 0,
        "expectations": [
            {
                "operation": "replaceEvaluationSettings",
                "expected": "exactly 1",
                "verified": True,
                "matched": [2],
                "near_misses": [],
            },
            {
                "operation": "getEvaluation",
                "expected": "at least 2",
                "verified": True,
                "matched": [3, 4],
                "near_misses": [],
            },
            {"operation": "signIn", "expected": "0 to 1", "verified": True, "matched": [1], "near_misses": []},
            {"operation": "listEvents", "expected": "exactly 0", "verified": True, "matched": [], "near_misses": []},
        ],
    }


def test_a_near_miss_has_the_field_that_differs(client):
    body = {"backhaul_evaluation_attribution_window": 30}
    report = verify(client, {"operation": "replaceEvaluationSettings", "body": body})
    assert report["verified"] is False
    difference = {"field": "body.backhaul_evaluation_attribution_window", "expected": 30, "actual": 14}
    assert report["expectations"][0]["near_misses"] == [{"number": 2, "differences": [difference]}]


def test_a_misspelt_path_is_a_near_miss_of_its_operation(client):
    nearest = verify(client, {"operation": "getEvent"})["expectations"][0]["near_misses"]
    assert nearest[0] == {"number": 5, "differences": [{"field": "operation", "expected": "getEvent", "actual": None}]}


def test_repeated_keys_of_a_query_are_a_list():
    client = a_client()
    client.send("GET", "/events/?city=A&city=B&q=x")
    assert verify(client, {"operation": "listEvents", "query": {"city": ["A", "B"], "q": "x"}})["verified"]
    assert not verify(client, {"operation": "listEvents", "query": {"city": ["B", "A"]}})["verified"]


def test_the_order_is_verified_on_request(client):
    read, save = {"operation": "getEvaluation"}, {"operation": "replaceEvaluationSettings"}
    assert verify(client, save, read, in_order=True)["verified"]
    report = verify(client, read, save, in_order=True)
    assert [each["verified"] for each in report["expectations"]] == [True, False]
    assert [each["field"] for each in report["expectations"][1]["near_misses"][0]["differences"]] == ["order"]
    assert verify(client, read, save)["verified"]


def test_verifying_changes_nothing(client):
    before = client.control("GET", "/journal").content
    verify(client, {"operation": "getEvent"})
    assert client.control("GET", "/journal").content == before


def test_each_workspace_is_verified_by_itself(client):
    client.control("POST", "/workspaces", json={"name": "x"})
    answer = verify(client.for_workspace("x"), {"operation": "getEvaluation"})
    assert (answer["verified"], answer["checked"]) == (False, 0)


def test_another_partners_calls_do_not_count():
    client = a_client()
    client.send("GET", "/events/")
    assert not verify(client, {"operation": "listEvents", "partner": BETA})["verified"]


def an_expectation(**changes):
    return {"expectations": [{"operation": "getEvent", **changes}]}


@pytest.mark.parametrize(
    ("order", "field"),
    [
        pytest.param({}, "expectations", id="nothing"),
        pytest.param({"expectations": []}, "expectations", id="no expectation"),
        pytest.param({"expectations": [{"operation": "getEvent"}] * 101}, "expectations", id="too many"),
        pytest.param({"expectations": [{}]}, "expectations.0.operation", id="no operation"),
        pytest.param(an_expectation(operation="getEvnt"), "expectations.0.operation", id="an unknown operation"),
        pytest.param(an_expectation(count=-1), "expectations.0.count", id="a negative count"),
        pytest.param(an_expectation(count="1"), "expectations.0.count", id="a count in quotes"),
        pytest.param(an_expectation(count=1, at_least=1), "expectations.0.count", id="a count and a bound"),
        pytest.param(an_expectation(at_least=2, at_most=1), "expectations.0.at_least", id="crossed bounds"),
        pytest.param(an_expectation(status=20), "expectations.0.status", id="not a status"),
        pytest.param(
            an_expectation(path={"event_id": "x"}), "expectations.0.path.event_id", id="not a parameter of the path"
        ),
        pytest.param(an_expectation(path={"eid": 7}), "expectations.0.path.eid", id="a number in a path"),
        pytest.param(an_expectation(query={"page": 2}), "expectations.0.query.page", id="a number in a query"),
        pytest.param(an_expectation(query={"city": ["a", 1]}), "expectations.0.query.city", id="a list with a number"),
        pytest.param(an_expectation(query={"city": None}), "expectations.0.query.city", id="a null in a query"),
        pytest.param(an_expectation(body=[]), "expectations.0.body", id="a body that is not an object"),
        pytest.param(an_expectation(times=1), "expectations.0.times", id="an unknown field"),
        pytest.param({**an_expectation(), "in_order": 1}, "in_order", id="an `in_order` that is not a boolean"),
        pytest.param({**an_expectation(), "ordered": True}, "ordered", id="an unknown option"),
    ],
)
def test_an_invalid_expectation_is_rejected_by_field(client, order, field):
    answer = client.control("POST", "/journal/verify", json=order)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])


def values(count):
    return [str(number) for number in range(count)]


@pytest.mark.parametrize(
    ("build", "limit", "field"),
    [
        pytest.param(lambda size: {"body": dict.fromkeys(values(size), 1)}, 1000, "0.body", id="members"),
        pytest.param(lambda size: {"body": {"a": values(size - 1)}}, 1000, "0.body", id="items"),
        pytest.param(lambda size: {"body": {"a": [{}] * (size - 2), "b": 1}}, 1000, "0.body", id="empty items"),
        pytest.param(lambda size: {"body": {"a": {"b": values(size - 2)}}}, 1000, "0.body", id="items of a member"),
        pytest.param(lambda size: {"query": dict.fromkeys(values(size), "x")}, 100, "0.query", id="keys"),
        pytest.param(lambda size: {"query": {"city": values(size)}}, 1000, "0.query", id="values of a key"),
        pytest.param(
            lambda size: {"query": {"a": values(500), "b": values(size - 500)}},
            1000,
            "0.query",
            id="values of two keys",
        ),
    ],
)
def test_what_an_expectation_contains_is_bounded(client, build, limit, field):
    statuses = []
    for size in (limit, limit + 1):
        expectation = {"operation": "listEvents", **build(size)}
        answer = client.control("POST", "/journal/verify", json={"expectations": [expectation]})
        statuses.append(answer.status_code)
    assert statuses == [200, 400]
    assert sorted_error_fields(answer) == [f"expectations.{field}"]
    assert [each["code"] for each in answer.json()["validation_errors"]] == ["length"]


def test_the_number_of_names_of_a_path_is_bounded(client):
    order = an_expectation(path=dict.fromkeys(values(101), "x"))
    answer = client.control("POST", "/journal/verify", json=order)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["expectations.0.path"])


def test_what_all_expectations_contain_is_bounded(client):
    half = {"operation": "listEvents", "body": {"a": values(499)}, "query": {"city": values(500)}}
    accepted = client.control("POST", "/journal/verify", json={"expectations": [half] * 5})
    one_more = {"operation": "listEvents", "body": {"a": 1}}
    refused = client.control("POST", "/journal/verify", json={"expectations": [half] * 5 + [one_more]})
    assert (accepted.status_code, refused.status_code) == (200, 400)
    assert sorted_error_fields(refused) == ["expectations"]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-1e999"], ids=lambda number: number.decode())
def test_a_body_with_nan_or_infinity_is_rejected(client, number):
    content = b'{"expectations": [{"operation": "listEvents", "body": {"a": [{"b": ' + number + b"}]}}]}"
    headers = {"content-type": "application/json"}
    answer = client.control("POST", "/journal/verify", content=content, headers=headers)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["expectations.0.body"])


def test_each_problem_is_reported(client):
    order = {"expectations": [{"operation": "getEvnt"}, {"operation": "getEvent", "count": 1, "at_most": 2}]}
    answer = client.control("POST", "/journal/verify", json=order)
    assert sorted_error_fields(answer) == ["expectations.0.operation", "expectations.1.count"]
    assert answer.json()["validation_errors"][0]["message"] == "there is no getEvnt; did you mean getEvent?"
