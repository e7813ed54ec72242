"""Workspaces are independent worlds on one server."""

import pytest

from mock_server import app
from mock_server.domain.lifecycles import TIMINGS
from mock_server.settings import Settings
from mock_server.state.quirks import QUIRK_NAMES
from mock_server.state.workspace_registry import MAX_TTL
from tests.builders import START_TIME, a_workspace
from tests.example_requests import NEW_PACKAGE, ROWS_PATH, an_anonymous_client, read_everything, sorted_error_fields
from tests.mock_harness import Client
from tests.yaml_documents import load_yaml

WORKSPACES_PATH = "/workspaces"
STATUS_FIELDS = {
    "version",
    "workspace",
    "seed",
    "created_at",
    "clock",
    "partners",
    "pending_jobs",
    "next_due",
    "documentation",
    "quirks",
}
WORKSPACE_FIELDS = {"name", "base_path", "control_path", "ttl_seconds"}
NEW_ROW_PATH = f"{ROWS_PATH}&purchase=1&revenue=10"


@pytest.fixture
def client():
    return an_anonymous_client()


def make_workspace(client, **order):
    answer = client.control("POST", WORKSPACES_PATH, json=order)
    assert answer.status_code == 201, answer.text
    return answer.json()


def make_and_sign_in(client, name="x", **order):
    make_workspace(client, name=name, **order)
    return client.for_workspace(name).sign_in()


def workspace_names(client):
    return [workspace["name"] for workspace in client.control("GET", WORKSPACES_PATH).json()]


def test_a_workspace_states_its_paths_and_its_status(client):
    made = make_workspace(client, name="Run-7.a_b", seed=7, now="2027-01-01T00:00:00Z", mode="frozen", ttl_seconds=60)
    assert set(made) == STATUS_FIELDS | WORKSPACE_FIELDS
    assert {key: made[key] for key in (*WORKSPACE_FIELDS, "workspace", "seed", "created_at", "clock")} == {
        "name": "Run-7.a_b",
        "base_path": "/w/Run-7.a_b/api/v3",
        "control_path": "/w/Run-7.a_b/_mock",
        "ttl_seconds": 60,
        "workspace": "Run-7.a_b",
        "seed": 7,
        "created_at": "2027-01-01T00:00:00Z",
        "clock": {"now": "2027-01-01T00:00:00Z", "mode": "frozen", "speed": 1.0},
    }
    assert client.control("GET", f"{WORKSPACES_PATH}/Run-7.a_b").json() == made
    status = client.for_workspace("Run-7.a_b").control("GET", "/status").json()
    assert status == {key: made[key] for key in STATUS_FIELDS}


def test_omitted_members_take_the_default_workspaces_values():
    settings = Settings(
        clock_mode="frozen", now=START_TIME, speed=3.0, timing="faithful", seed=5, documentation="newer"
    )
    default = app.create_workspace(settings)
    client = Client(default, settings)
    client.control("POST", "/reset", json={"seed": 6})
    client.control("POST", "/clock/advance", json={"days": 40})
    client.control("PUT", "/clock", json={"mode": "running", "speed": 9.0})
    client.control("PUT", "/clock", json={"mode": "frozen"})
    client.control("PUT", "/documentation", json={"documentation": "older"})
    now = client.control("GET", "/clock").json()["now"]
    made = make_workspace(client)
    assert (made["name"], made["seed"], made["ttl_seconds"]) == ("w1", 5, 3600)
    assert (made["documentation"], made["quirks"]) == ("older", ["clear_sales_204"])
    assert (made["created_at"], made["clock"]) == (now, {"now": now, "mode": "frozen", "speed": 3.0})
    workspace_client = client.for_workspace("w1").sign_in()
    order = {**NEW_PACKAGE, "event_ids": ["evt_abc123"]}
    workspace_client.send("POST", "/package_builder/packages", json=order)
    jobs = workspace_client.control("POST", "/clock/advance", json={"minutes": 6}).json()["fired"]
    assert [job["kind"] for job in jobs] == ["package_stage"]


def test_mode_and_speed_default_to_the_default_workspaces_initial_ones():
    client = Client()
    client.control("PUT", "/clock", json={"mode": "running", "speed": 9.0})
    clock = make_workspace(client)["clock"]
    assert (clock["mode"], clock["speed"]) == ("frozen", 1.0)


def test_a_reset_of_a_workspace_restores_its_own_start():
    client = Client(app.create_workspace(Settings(clock_mode="frozen", now=START_TIME)))
    order = {"quirks": {"ignore_unknown": True}, "mode": "running", "speed": 60.0, "now": "2027-01-01T00:00:00Z"}
    workspace_client = make_and_sign_in(client, **order)
    workspace_client.control("PUT", "/quirks", json={})
    workspace_client.control("PUT", "/clock", json={"mode": "frozen", "speed": 1.0})
    status = workspace_client.control("POST", "/reset").json()
    assert (status["quirks"], status["created_at"]) == (["clear_sales_204", "ignore_unknown"], "2027-01-01T00:00:00Z")
    assert (status["clock"]["mode"], status["clock"]["speed"]) == ("running", 60.0)


def test_given_quirks_replace_the_servers(client):
    client.control("PUT", "/quirks", json=dict.fromkeys(QUIRK_NAMES, True))
    assert make_workspace(client, quirks={"clear_sales_204": False, "ignore_unknown": True})["quirks"] == [
        "ignore_unknown"
    ]
    assert make_workspace(client, quirks={})["quirks"] == ["clear_sales_204"]
    assert make_workspace(client)["quirks"] == list(QUIRK_NAMES)


def test_timing_is_quick_or_faithful(client):
    for timing, expected in TIMINGS.items():
        workspace_client = make_and_sign_in(client, timing, timing=timing, mode="frozen")
        workspace_client.send("POST", "/package_builder/packages", json=NEW_PACKAGE)
        moved = workspace_client.control("POST", "/clock/next").json()["now"]
        assert moved == f"{(START_TIME + expected.stage).isoformat()[:19]}Z"


def test_the_world_is_the_servers_own_or_the_sample(client):
    own, sample = make_and_sign_in(client, "own"), make_and_sign_in(client, "sample", world="sample")
    assert own.send("GET", "/events/evt_1").status_code == 200
    assert sample.send("GET", "/events/evt_1").status_code == 404
    assert sample.send("GET", "/events/evt_abc123").status_code == 200


def test_generated_names_skip_used_numbers(client):
    assert make_workspace(client)["name"] == "w1"
    assert client.control("DELETE", f"{WORKSPACES_PATH}/w1").status_code == 204
    make_workspace(client, name="w2")
    assert make_workspace(client)["name"] == "w3"
    assert client.control("POST", WORKSPACES_PATH).json()["name"] == "w4"


def test_the_list_has_the_default_workspace_and_all_created_ones(client):
    make_workspace(client, name="b", ttl_seconds=60)
    make_workspace(client, name="a")
    listed = client.control("GET", WORKSPACES_PATH).json()
    assert all(set(workspace) == STATUS_FIELDS | WORKSPACE_FIELDS for workspace in listed)
    addresses = [(workspace["base_path"], workspace["control_path"], workspace["ttl_seconds"]) for workspace in listed]
    assert addresses == [
        ("/api/v3", "/_mock", None),
        ("/w/b/api/v3", "/w/b/_mock", 60),
        ("/w/a/api/v3", "/w/a/_mock", 3600),
    ]
    assert listed == [client.control("GET", f"{WORKSPACES_PATH}/{workspace['name']}").json() for workspace in listed]


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "a/b"}, ["name"]),
        ({"name": "a b"}, ["name"]),
        ({"name": "ä"}, ["name"]),
        ({"name": "a\n"}, ["name"]),
        ({"name": "a" * 65}, ["name"]),
        ({"name": "default"}, ["name"]),
        ({"name": "."}, ["name"]),
        ({"name": ".."}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"seed": -1}, ["seed"]),
        ({"seed": True}, ["seed"]),
        ({"now": "yesterday"}, ["now"]),
        ({"now": "9999-01-01T00:00:00Z"}, ["now"]),
        ({"mode": "fast"}, ["mode"]),
        ({"speed": 0}, ["speed"]),
        ({"timing": "slow"}, ["timing"]),
        ({"world": "/etc"}, ["world"]),
        ({"quirks": {"slow": True}}, ["quirks.slow"]),
        ({"quirks": {"ignore_unknown": 1}}, ["quirks.ignore_unknown"]),
        ({"ttl_seconds": 0}, ["ttl_seconds"]),
        ({"ttl_seconds": MAX_TTL + 1}, ["ttl_seconds"]),
        ({"ttl_seconds": None}, ["ttl_seconds"]),
        ({"colour": "red"}, ["colour"]),
        ({"name": "a/b", "seed": "1"}, ["name", "seed"]),
    ],
    ids=str,
)
def test_an_invalid_request_is_400_names_the_field_and_creates_nothing(client, order, fields):
    answer = client.control("POST", WORKSPACES_PATH, json=order)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, fields)
    assert workspace_names(client) == ["test"]
    assert make_workspace(client)["name"] == "w1"


def test_a_world_that_starts_a_year_before_the_calendar_ends_can_be_used(client):
    workspace_client = make_and_sign_in(client, now="9998-12-31T23:59:59Z", mode="frozen", world="sample")
    assert workspace_client.send("GET", "/events/?limit=500").status_code == 200
    package = workspace_client.send("GET", "/package_builder/packages/pkg_555").json()
    assert package["status"] == "DONE"


def test_a_workspace_needs_a_start_time_where_the_servers_clock_is_too_late_for_one(client):
    client.control("POST", "/reset", json={"now": "9998-12-31T00:00:00Z"})
    client.control("POST", "/clock/advance", json={"days": 1})
    answer = client.control("POST", WORKSPACES_PATH)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, ["now"])
    assert make_workspace(client, now="2026-09-01T12:00:00Z")["created_at"] == "2026-09-01T12:00:00Z"


@pytest.mark.parametrize("name", ["a" * 64, "...", "-", "A.b_c-9", "openapi.json"])
def test_every_valid_name_can_be_used_in_a_path(client, name):
    make_workspace(client, name=name)
    assert client.send_raw("GET", f"/w/{name}/_mock/status").json()["workspace"] == name
    assert client.control("GET", f"{WORKSPACES_PATH}/{name}").json()["name"] == name
    assert client.control("DELETE", f"{WORKSPACES_PATH}/{name}").status_code == 204


def test_a_workspace_may_be_idle_for_a_year_and_every_operation_says_so(client):
    assert make_workspace(client, ttl_seconds=90 * 86_400)["ttl_seconds"] == 90 * 86_400
    assert make_workspace(client, ttl_seconds=MAX_TTL)["ttl_seconds"] == MAX_TTL == 365 * 86_400
    schemas = client.control("GET", "/openapi.json").json()["components"]["schemas"]
    limits = {
        name: schema["properties"]["ttl_seconds"].get("maximum")
        for name, schema in schemas.items()
        if "maximum" in schema.get("properties", {}).get("ttl_seconds", {})
    }
    assert len(limits) == 3
    assert set(limits.values()) == {MAX_TTL}


def test_a_name_in_use_is_409_and_its_workspace_does_not_change(client):
    workspace_client = make_and_sign_in(client)
    workspace_client.send("POST", NEW_ROW_PATH)
    before = read_everything(workspace_client)
    answer = client.control("POST", WORKSPACES_PATH, json={"name": "x"})
    assert (answer.status_code, answer.json()["message"]) == (409, "error.workspace.conflict")
    assert "DELETE /_mock/workspaces/x" in answer.text
    assert read_everything(workspace_client) == before


def test_one_workspace_too_many_is_409_and_names_the_remedy():
    client = Client(settings=Settings(max_workspaces=2))
    make_workspace(client, name="a")
    make_workspace(client, name="b")
    answer = client.control("POST", WORKSPACES_PATH)
    assert (answer.status_code, answer.json()["message"]) == (409, "error.workspace.conflict")
    assert "DELETE /_mock/workspaces/" in answer.text
    assert "--max-workspaces" in answer.text
    client.control("DELETE", f"{WORKSPACES_PATH}/a")
    assert make_workspace(client)["name"] == "w1"
    assert Client(settings=Settings(max_workspaces=0)).control("POST", WORKSPACES_PATH).status_code == 409


def test_the_default_workspace_and_an_unknown_one_cannot_be_deleted(client):
    answer = client.control("DELETE", f"{WORKSPACES_PATH}/test")
    assert (answer.status_code, answer.json()["message"]) == (409, "error.workspace.conflict")
    for method in ("GET", "DELETE"):
        answer = client.control(method, f"{WORKSPACES_PATH}/none")
        assert (answer.status_code, answer.json()["message"]) == (404, "error.workspace.not_found")


@pytest.mark.parametrize(
    "path",
    ["/api/v3/events/", "/api/v3/status/", "/api/v3/nothing", "/_mock/status", "/openapi.yaml", "/else", "", "/"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_unknown_workspace_is_404_before_anything_else(client, method, path):
    client.headers = {}
    answer = client.send_raw(method, f"/w/none{path}", headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["message"]) == (404, "error.workspace.not_found")
    entry = answer.json()["validation_errors"][0]
    assert entry["field"] == "workspace"
    assert "none" in entry["message"]
    assert "POST /_mock/workspaces" in entry["message"]
    assert answer.headers["x-request-id"]


def test_a_deleted_workspace_is_404_from_then_on(client):
    workspace_client = make_and_sign_in(client)
    client.control("DELETE", f"{WORKSPACES_PATH}/x")
    assert workspace_client.send("GET", "/events/").status_code == 404
    assert workspace_names(client) == ["test"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/api/v3/events", "/w/x/api/v3/events/"),
        ("/api/v3/events?city=M%C3%BCnchen&city=A+B", "/w/x/api/v3/events/?city=M%C3%BCnchen&city=A+B"),
        ("/_mock/status/?a=b", "/w/x/_mock/status?a=b"),
    ],
)
def test_the_redirect_to_the_other_slash_stays_in_the_workspace(client, path, location):
    """Rule: BASE-07."""
    answer = make_and_sign_in(client).send_raw("GET", f"/w/x{path}")
    assert (answer.status_code, answer.headers["location"]) == (307, location)


def test_an_error_names_the_path_in_the_workspace(client):
    """Rules: BASE-07, BASE-09."""
    workspace_client = make_and_sign_in(client)
    answer = workspace_client.send("GET", "/package_builder/packages")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "/w/x/api/v3/package_builder/packages/" in answer.text
    assert "/w/x/api/v3/nothing" in workspace_client.send("GET", "/nothing").text
    assert "/w/x/_mock/reset" in workspace_client.control("PUT", "/clock", json={"now": "2020-01-01T00:00:00Z"}).text


def test_the_ground_rules_hold_in_a_workspace(client):
    """Rules: BASE-02, BASE-03, BASE-06, BASE-11, ERR-01."""
    make_workspace(client, name="x")
    visitor = client.for_workspace("x")
    status = visitor.send("GET", "/status/", headers={"x-request-id": "mine"})
    assert (status.json(), status.headers["access-control-allow-origin"]) == ({"status": "ok"}, "*")
    assert status.headers["x-request-id"] == "mine"
    missing = visitor.send("POST", "/nothing", content=b"{")
    assert (missing.status_code, missing.headers["www-authenticate"]) == (401, "Bearer")
    assert set(missing.json()) == {"message", "error_code", "error_subcode", "validation_errors"}
    assert "access-control-allow-origin" not in missing.headers
    assert visitor.send("OPTIONS", "/events/").status_code == 401
    assert visitor.sign_in().send("OPTIONS", "/events/").status_code == 405


def test_an_escaped_name_is_the_same_name(client):
    make_workspace(client, name="x")
    assert client.send_raw("GET", "/w/%78/api/v3/status/").status_code == 200


def test_the_default_workspace_can_be_addressed_by_its_name_too():
    client = Client(a_workspace(name="default")).sign_in()
    assert client.send_raw("GET", "/w/default/api/v3/events/").content == client.send("GET", "/events/").content
    assert client.send_raw("GET", "/w/default/api/v3/events").headers["location"] == "/w/default/api/v3/events/"


def test_the_quirk_ignore_unknown_applies_to_the_platform_only(client):
    """Rule: BASE-08."""
    workspace_client = make_and_sign_in(client, quirks={"ignore_unknown": True})
    assert workspace_client.send("GET", "/events/?colour=red").status_code == 200
    assert workspace_client.control("GET", "/status?colour=red").status_code == 400


def test_the_documents_name_the_workspace_as_their_server(client):
    make_workspace(client, name="x")
    written, in_json = (client.send_raw("GET", f"/w/x/openapi.{kind}") for kind in ("yaml", "json"))
    document = load_yaml(written.content)
    assert [server["url"] for server in document["servers"]] == ["/w/x/api/v3"]
    assert [server["url"] for server in in_json.json()["servers"]] == ["/w/x/api/v3"]
    plain = load_yaml(client.send_raw("GET", "/openapi.yaml").content)
    assert {**document, "servers": plain["servers"]} == plain
    assert client.for_workspace("x").control("GET", "/openapi.json").json()["servers"] == [{"url": "/w/x/_mock"}]


def test_the_servers_document_lists_more_routes_than_a_workspaces(client):
    make_workspace(client, name="x")
    document = client.control("GET", "/openapi.json").json()
    of_workspace = client.for_workspace("x").control("GET", "/openapi.json").json()
    listed = {(method, path) for path, item in document["paths"].items() for method in item}
    shared = {(method, path) for path, item in of_workspace["paths"].items() for method in item}
    assert shared < listed
    assert sorted(listed - shared) == [
        ("delete", "/reports/{report_id}"),
        ("delete", "/workspaces/{name}"),
        ("get", "/gotchas"),
        ("get", "/health"),
        ("get", "/reports"),
        ("get", "/reports/{report_id}"),
        ("get", "/server"),
        ("get", "/workspaces"),
        ("get", "/workspaces/{name}"),
        ("post", "/gotchas/{gotcha_id}"),
        ("post", "/reports"),
        ("post", "/workspaces"),
    ]
    order = document["paths"]["/workspaces"]["post"]
    assert order["requestBody"]["required"] is False
    assert sorted(order["responses"]) == ["201", "400", "403", "409", "413", "415"]
    assert sorted(document["paths"]["/workspaces/{name}"]["delete"]["responses"]) == ["204", "400", "403", "404", "409"]
