"""Which fault rules are valid, how they are shown, and what they apply to."""

import pytest

from tests.builders import ACME, BETA
from tests.example_requests import a_client, an_anonymous_client, read_everything, sorted_error_fields
from tests.mock_harness import error_fields

FAULTS_PATH = "/faults"
STATUS_PATH = "/status/"
UNAVAILABLE = {"effect": {"status": 503}}


@pytest.fixture
def client():
    return a_client()


def put_rules(client, *rules, **order):
    answer = client.control("PUT", FAULTS_PATH, json={"rules": list(rules), **order})
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_rules(client):
    return client.control("GET", FAULTS_PATH).json()["rules"]


def rule_counts(client):
    return [(rule["matched"], rule["applied"]) for rule in read_rules(client)]


def statuses(client, call_count, path=STATUS_PATH, method="GET"):
    return [client.send(method, path).status_code for _ in range(call_count)]


def test_a_workspace_starts_without_faults(client):
    assert client.control("GET", FAULTS_PATH).json() == {"seed": 1, "rules": []}


def test_rules_are_shown_with_ids_and_counters(client):
    rules = [{"id": "slow", "match": {"partner": ACME}, "effect": {"latency": {"fixed": 5}}, "times": 3}, UNAVAILABLE]
    shown = put_rules(client, *rules, seed=7)
    assert shown["seed"] == 7
    assert shown["rules"] == [
        {
            **rules[0],
            "until": None,
            "matched": 0,
            "applied": 0,
            "milliseconds": 0,
            "expired": False,
        },
        {
            "id": "f2",
            "match": {},
            **UNAVAILABLE,
            "times": None,
            "until": None,
            "matched": 0,
            "applied": 0,
            "milliseconds": 0,
            "expired": False,
        },
    ]
    assert client.control("GET", FAULTS_PATH).json() == shown


@pytest.mark.parametrize(
    "effect",
    [
        {"status": 429},
        {"latency": {"fixed": 10}},
        {"latency": {"uniform": {"min": 0, "max": 9}}},
        {"latency": {"lognormal": {"median": 9, "sigma": 0.25}}},
        {"reset": True},
        {"truncate": {"after": 0}},
        {"drip": {"bytes": 4, "milliseconds": 5}},
        {"malformed": True},
        {"evaluation": {"fails": True}},
        {"evaluation": {"extra_seconds": 60}},
        {"build": {"fails": True}},
        {"build": {"extra_seconds": 60}},
        {"attribution_run": "missed"},
        {"attribution_run": "twice"},
        {"token": "revoked"},
    ],
    ids=str,
)
def test_a_rule_is_shown_as_it_was_set(client, effect):
    assert put_rules(client, {"effect": effect})["rules"][0]["effect"] == effect


@pytest.mark.parametrize(
    ("match", "shown"),
    [
        ({}, {}),
        ({"nth": 2}, {"nth": [2]}),
        ({"nth": [3, 1]}, {"nth": [3, 1]}),
        ({"nth": 2.0}, {"nth": [2]}),
        ({"operation": "getStatus", "method": "GET", "path": "/st*", "partner": BETA, "fraction": 0.5}, None),
    ],
    ids=str,
)
def test_a_match_is_shown_as_it_was_set(client, match, shown):
    assert put_rules(client, {"match": match, **UNAVAILABLE})["rules"][0]["match"] == (
        match if shown is None else shown
    )


@pytest.mark.parametrize(
    ("order", "field"),
    [
        pytest.param({}, "rules", id="no rules"),
        pytest.param({"rules": {}}, "rules", id="not a list"),
        pytest.param({"rules": [UNAVAILABLE] * 101}, "rules", id="too many rules"),
        pytest.param({"rules": [], "sed": 1}, "sed", id="unknown name"),
        pytest.param({"rules": [], "seed": -1}, "seed", id="seed below 0"),
        pytest.param({"rules": [], "seed": True}, "seed", id="seed is not an integer"),
        pytest.param({"rules": [{}]}, "rules.0.effect", id="no effect"),
        pytest.param({"rules": [1]}, "rules.0", id="a rule that is not an object"),
        pytest.param({"rules": [UNAVAILABLE, {**UNAVAILABLE, "colour": 1}]}, "rules.1.colour", id="second rule"),
    ],
)
def test_an_invalid_request_names_its_field(client, order, field):
    answer = client.control("PUT", FAULTS_PATH, json=order)
    assert (answer.status_code, field in error_fields(answer)) == (400, True), answer.text


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        pytest.param({"effect": {}}, "effect", id="an empty effect"),
        pytest.param({"effect": {"status": 503, "reset": True}}, "effect", id="two effects"),
        pytest.param({"effect": {"reset": False}}, "effect", id="an effect that is not an object"),
        pytest.param({"effect": {"explode": True}}, "effect.explode", id="unknown effect"),
        pytest.param({"effect": {"status": 200}}, "effect.status", id="a success status"),
        pytest.param({"effect": {"status": 405}}, "effect.status", id="405 needs a method"),
        pytest.param({"effect": {"status": 418}}, "effect.status", id="not a status of the platform"),
        pytest.param({"effect": {"status": "503"}}, "effect.status", id="status as text"),
        pytest.param({"effect": {"status": True}}, "effect.status", id="status true"),
        pytest.param({"effect": {"status": 503.5}}, "effect.status", id="a fractional status"),
        pytest.param({"effect": {"latency": 100}}, "effect.latency", id="latency as number"),
        pytest.param({"effect": {"latency": {}}}, "effect.latency", id="latency without a distribution"),
        pytest.param({"effect": {"latency": {"fixed": 0}}}, "effect.latency.fixed", id="a latency of 0"),
        pytest.param({"effect": {"latency": {"fixed": 600_001}}}, "effect.latency.fixed", id="too long"),
        pytest.param(
            {"effect": {"latency": {"uniform": {"min": 5, "max": 4}}}},
            "effect.latency.uniform",
            id="max below min",
        ),
        pytest.param(
            {"effect": {"latency": {"lognormal": {"median": 5}}}}, "effect.latency.lognormal.sigma", id="no sigma"
        ),
        pytest.param(
            {"effect": {"latency": {"fixed": 1, "uniform": {"min": 1, "max": 2}}}},
            "effect.latency",
            id="two latencies",
        ),
        pytest.param({"effect": {"reset": 1}}, "effect.reset", id="reset 1"),
        pytest.param({"effect": {"truncate": {"after": -1}}}, "effect.truncate.after", id="cut at -1"),
        pytest.param({"effect": {"truncate": {}}}, "effect.truncate.after", id="cut nowhere"),
        pytest.param(
            {"effect": {"drip": {"bytes": 0, "milliseconds": 1}}}, "effect.drip.bytes", id="chunks of 0 bytes"
        ),
        pytest.param({"effect": {"drip": {"bytes": 1}}}, "effect.drip.milliseconds", id="chunks without pauses"),
        pytest.param({"effect": {"malformed": "yes"}}, "effect.malformed", id="malformed yes"),
        pytest.param({"effect": {"evaluation": {}}}, "effect.evaluation", id="no job fault"),
        pytest.param({"effect": {"build": {"fails": True, "extra_seconds": 1}}}, "effect.build", id="two job faults"),
        pytest.param({"effect": {"build": {"extra_seconds": 0}}}, "effect.build.extra_seconds", id="0 extra seconds"),
        pytest.param({"effect": {"attribution_run": "late"}}, "effect.attribution_run", id="unknown run"),
        pytest.param({"effect": {"token": "lost"}}, "effect.token", id="unknown token fault"),
        pytest.param({"match": {"operation": "getNothing"}, **UNAVAILABLE}, "match.operation", id="unknown operation"),
        pytest.param({"match": {"partner": "partner-id-x"}, **UNAVAILABLE}, "match.partner", id="unknown partner"),
        pytest.param({"match": {"method": "get"}, **UNAVAILABLE}, "match.method", id="method in lower case"),
        pytest.param({"match": {"path": "events/"}, **UNAVAILABLE}, "match.path", id="path without slash"),
        pytest.param({"match": {"path": "/api/v3/events/"}, **UNAVAILABLE}, "match.path", id="path with prefix"),
        pytest.param({"match": {"nth": 0}, **UNAVAILABLE}, "match.nth", id="call 0"),
        pytest.param({"match": {"nth": []}, **UNAVAILABLE}, "match.nth", id="no call"),
        pytest.param({"match": {"nth": [1, 1]}, **UNAVAILABLE}, "match.nth", id="the same call twice"),
        pytest.param({"match": {"nth": "2"}, **UNAVAILABLE}, "match.nth", id="call as text"),
        pytest.param({"match": {"nth": [True]}, **UNAVAILABLE}, "match.nth", id="call true"),
        pytest.param({"match": {"fraction": 0}, **UNAVAILABLE}, "match.fraction", id="zero fraction"),
        pytest.param({"match": {"fraction": 1.1}, **UNAVAILABLE}, "match.fraction", id="a fraction above 1"),
        pytest.param({"match": {"colour": 1}, **UNAVAILABLE}, "match.colour", id="unknown match"),
        pytest.param({"id": "a b", **UNAVAILABLE}, "id", id="id with a space"),
        pytest.param({"id": "", **UNAVAILABLE}, "id", id="empty id"),
        pytest.param({"times": 0, **UNAVAILABLE}, "times", id="never"),
        pytest.param({"until": "tomorrow", **UNAVAILABLE}, "until", id="until is not a timestamp"),
        pytest.param({"until": "2026-09-01T12:00:00Z", **UNAVAILABLE}, "until", id="until now"),
        pytest.param(
            {"match": {"path": "/x"}, "effect": {"build": {"fails": True}}}, "match.path", id="a path for a job"
        ),
        pytest.param(
            {"match": {"operation": "createPackage"}, "effect": {"build": {"fails": True}}},
            "match.operation",
            id="an operation for a job",
        ),
        pytest.param(
            {"match": {"partner": ACME}, "effect": {"attribution_run": "missed"}},
            "match.partner",
            id="a partner for a run",
        ),
    ],
)
def test_a_bad_rule_names_its_field_and_changes_nothing(client, rule, field):
    before = put_rules(client, {"id": "stands", **UNAVAILABLE, "match": {"method": "PATCH"}})
    answer = client.control("PUT", FAULTS_PATH, json={"rules": [UNAVAILABLE, rule]})
    assert answer.status_code == 400
    assert any(named.startswith(f"rules.1.{field}") for named in error_fields(answer)), answer.text
    assert client.control("GET", FAULTS_PATH).json() == before


@pytest.mark.parametrize("ids", [("a", "a"), ("f2", None)], ids=["given twice", "generated too"])
def test_an_id_can_be_used_for_one_rule_only(client, ids):
    rules = [{**UNAVAILABLE, "id": rule_id} if rule_id else UNAVAILABLE for rule_id in ids]
    assert error_fields(client.control("PUT", FAULTS_PATH, json={"rules": rules})) == ["rules.1.id"]


def test_an_error_names_every_problem(client):
    bad = {"match": {"operation": "x", "partner": "y"}, "until": "2020-01-01T00:00:00Z", **UNAVAILABLE}
    answer = client.control("PUT", FAULTS_PATH, json={"rules": [bad]})
    assert sorted_error_fields(answer) == ["rules.0.match.operation", "rules.0.match.partner", "rules.0.until"]


def test_matched_and_affected_requests_are_counted(client):
    put_rules(client, {"match": {"operation": "getStatus", "nth": 2}, **UNAVAILABLE})
    assert statuses(client, 3) == [200, 503, 200]
    assert client.send("GET", "/events/").status_code == 200
    assert rule_counts(client) == [(3, 1)]


def test_setting_rules_resets_the_counters(client):
    rule = {"match": {"nth": 1}, **UNAVAILABLE}
    put_rules(client, rule)
    assert statuses(client, 2) == [503, 200]
    put_rules(client, rule)
    assert statuses(client, 2) == [503, 200]


def add_rule(client, rule):
    return client.control("POST", FAULTS_PATH, json=rule)


def test_an_added_rule_is_the_last_one_and_the_others_keep_their_counters(client):
    put_rules(client, {**UNAVAILABLE, "id": "f2", "times": 2})
    assert statuses(client, 1) == [503]
    answer = add_rule(client, {"match": {"operation": "getStatus"}, "effect": {"latency": {"fixed": 5}}})
    assert answer.status_code == 201
    assert answer.json()["rules"] == read_rules(client)
    assert [(rule["id"], rule["applied"]) for rule in read_rules(client)] == [("f2", 1), ("f3", 0)]
    assert statuses(client, 2) == [503, 200]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        pytest.param({**UNAVAILABLE, "id": "first"}, "id", id="an id that exists"),
        pytest.param({**UNAVAILABLE, "match": {"operation": "getNothing"}}, "match.operation", id="operation"),
        pytest.param({**UNAVAILABLE, "until": "2026-09-01T11:00:00Z"}, "until", id="a time that has passed"),
        pytest.param({"effect": {}}, "effect", id="no effect"),
    ],
)
def test_an_invalid_rule_is_not_added(client, rule, field):
    put_rules(client, {**UNAVAILABLE, "id": "first"})
    answer = add_rule(client, rule)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert [each["id"] for each in read_rules(client)] == ["first"]


def test_at_most_100_rules_are_added(client):
    put_rules(client, *[UNAVAILABLE] * 99)
    assert [add_rule(client, UNAVAILABLE).status_code for _ in range(2)] == [201, 400]
    assert len(read_rules(client)) == 100


def test_an_unknown_operation_is_answered_with_the_nearest(client):
    answer = add_rule(client, {**UNAVAILABLE, "match": {"operation": "getEvaluatoin"}})
    assert answer.json()["validation_errors"][0]["message"] == (
        "there is no operation getEvaluatoin; did you mean getEvaluation?"
    )


def test_removed_rules_are_not_applied_any_more(client):
    put_rules(client, UNAVAILABLE)
    answer = client.control("DELETE", FAULTS_PATH)
    assert (answer.status_code, answer.content) == (204, b"")
    assert statuses(client, 1) == [200]
    assert read_rules(client) == []
    assert client.control("DELETE", FAULTS_PATH).status_code == 204


def test_an_empty_list_of_rules_can_be_set(client):
    put_rules(client, UNAVAILABLE)
    put_rules(client)
    assert statuses(client, 1) == [200]


def test_a_rule_expires_when_it_has_been_applied_often_enough(client):
    put_rules(client, {**UNAVAILABLE, "times": 2})
    assert statuses(client, 3) == [503, 503, 200]
    assert [(rule["expired"], rule["applied"]) for rule in read_rules(client)] == [(True, 2)]


def test_a_rule_expires_by_the_workspaces_clock(client):
    put_rules(client, {**UNAVAILABLE, "until": "2026-09-01T12:00:10Z"})
    client.control("POST", "/clock/advance", json={"seconds": 9})
    assert statuses(client, 1) == [503]
    client.control("POST", "/clock/advance", json={"seconds": 1})
    assert statuses(client, 1) == [200]
    assert [rule["expired"] for rule in read_rules(client)] == [True]


def test_a_fraction_selects_the_same_requests_for_the_same_seed(client):
    rule = {"match": {"fraction": 0.5}, **UNAVAILABLE}
    runs = []
    for seed in (5, 5, 6):
        put_rules(client, rule, seed=seed)
        runs.append(statuses(client, 24))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert set(runs[0]) == {200, 503}


def test_the_default_seed_is_the_workspaces(client):
    assert put_rules(client)["seed"] == 1
    client.control("POST", "/reset", json={"seed": 9})
    assert put_rules(client)["seed"] == 9


def test_a_reset_removes_the_faults(client):
    put_rules(client, UNAVAILABLE)
    client.control("POST", "/reset")
    assert client.control("GET", FAULTS_PATH).json() == {"seed": 1, "rules": []}
    assert statuses(client, 1) == [200]


def test_faults_stay_in_their_workspace():
    client = an_anonymous_client()
    assert client.control("POST", "/workspaces", json={"name": "x"}).status_code == 201
    other = client.for_workspace("x")
    put_rules(client, UNAVAILABLE)
    assert (statuses(client, 1), statuses(other, 2)) == ([503], [200, 200])
    put_rules(other, {"effect": {"status": 429}})
    client.control("DELETE", FAULTS_PATH)
    assert (statuses(client, 1), statuses(other, 1)) == ([200], [429])
    assert rule_counts(other) == [(1, 1)]


def test_faults_do_not_apply_to_the_control_api_or_the_documents(client):
    put_rules(client, UNAVAILABLE)
    for path in ("/_mock/status", "/_mock/openapi.json", "/openapi.yaml", "/openapi.json", "/.well-known/jwks.json"):
        assert client.send_raw("GET", path).status_code == 200
    assert rule_counts(client) == [(0, 0)]


def test_faults_do_not_change_what_a_partner_reads_afterwards(client):
    before = read_everything(client)
    put_rules(client, UNAVAILABLE)
    assert {client.send(method, "/events/").status_code for method in ("GET", "POST", "DELETE")} == {503}
    client.control("DELETE", FAULTS_PATH)
    assert read_everything(client) == before


def test_a_fault_can_be_limited_to_one_partner(client):
    """The partner is the one in the header or, without a header, the only partner of the token's user."""
    put_rules(client, {"match": {"partner": ACME}, **UNAVAILABLE})
    agency = a_client("agency@acme.example")
    agency.app, agency.workspace = client.app, client.workspace
    agency.sign_in("agency@acme.example")
    assert client.send("GET", "/events/").status_code == 503
    named = [
        agency.send("GET", "/events/", headers={"X-Preferred-Partner-Id": partner}).status_code
        for partner in (ACME, BETA, "nobody")
    ]
    assert (named, agency.send("GET", "/events/").status_code) == ([503, 200, 403], 403)


def test_removing_a_rule_leaves_the_counters_of_the_others(client):
    put_rules(
        client, {"id": "a", **UNAVAILABLE, "match": {"nth": 2}}, {"id": "b", "effect": {"status": 500}, "times": 1}
    )
    assert statuses(client, 2) == [500, 503]
    before = read_rules(client)
    assert client.control("DELETE", f"{FAULTS_PATH}/b").status_code == 204
    assert read_rules(client) == before[:1]
    assert statuses(client, 2) == [200, 200]


@pytest.mark.parametrize("rule_id", ["c", "A", "%00", "a%2f", "a" * 3000])
def test_removing_an_unknown_rule_is_404_and_changes_nothing(client, rule_id):
    before = put_rules(client, {"id": "a", **UNAVAILABLE})
    answer = client.control("DELETE", f"{FAULTS_PATH}/{rule_id}")
    assert (answer.status_code, error_fields(answer)) == (404, ["rule_id"])
    assert client.control("GET", FAULTS_PATH).json() == before
