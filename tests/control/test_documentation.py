"""Documentation profiles: the quirks of each generation, and how a named quirk combines with them.

Rules: CR-01, DRS-05, EVT-02, EVT-06, ING-01, PERM-04, RATE-01.
"""

import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.settings import Settings
from mock_server.settings_flags import to_settings
from mock_server.state.documentation import DIFFERENCES, GENERATIONS, Difference, Documentation
from mock_server.state.quirks import QUIRK_NAMES
from tests.builders import START_TIME
from tests.example_requests import sorted_error_fields
from tests.mock_harness import Client

OUTSIDE_OF_THE_TABLE = [name for name in QUIRK_NAMES if name not in {each.quirk for each in DIFFERENCES}]
STATES = {
    generation: dict.fromkeys(QUIRK_NAMES, False) | {each.quirk: each.is_on(generation) for each in DIFFERENCES}
    for generation in GENERATIONS
}
every_row = pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.quirk)
every_generation = pytest.mark.parametrize("generation", GENERATIONS)


def serve(*arguments: str, environment: dict[str, str] | None = None) -> Client:
    """Return a client of the server that `mock-server serve` with these flags would start."""
    settings = to_settings(main.build_parser(environment or {}).parse_args(["serve", "--clock", "frozen", *arguments]))
    return Client(app.create_workspace(settings), settings)


def quirks(client: Client) -> dict[str, bool]:
    states: dict[str, bool] = client.control("GET", "/quirks").json()
    return states


def documentation(client: Client) -> str:
    return str(client.control("GET", "/status").json()["documentation"])


def test_the_generations_differ_in_every_row():
    assert all(row.older != row.newer for row in DIFFERENCES)


@every_generation
def test_a_server_has_the_quirks_of_its_documentation(generation: Documentation):
    client = serve("--documentation", generation)
    assert (documentation(client), quirks(client)) == (generation, STATES[generation])
    assert serve(environment={"MOCK_SERVER_DOCUMENTATION": generation}).workspace.documentation == generation


def test_the_older_documentation_is_the_default():
    for client in (serve(), Client(), Client(app.create_workspace(Settings()))):
        assert (documentation(client), quirks(client)) == ("older", STATES["older"])


@every_row
@every_generation
def test_a_quirk_that_is_named_beside_the_profile_wins(generation: Documentation, row: Difference):
    """Profiles can be set by a flag, in the environment, in a new workspace, and in an existing one."""
    named = {row.quirk: not row.is_on(generation)}
    flag = f"{row.quirk}={str(named[row.quirk]).lower()}"
    expected = (generation, STATES[generation] | named)
    by_flag = serve("--documentation", generation, "--quirk", flag)
    by_variable = serve("--documentation", generation, environment={"MOCK_SERVER_QUIRK": flag})
    created = Client()
    order = {"name": "other", "documentation": generation, "quirks": named}
    assert created.control("POST", "/workspaces", json=order).status_code == 201
    existing = Client()
    existing.control("PUT", "/documentation", json={"documentation": generation})
    existing.control("PUT", "/quirks", json=named)
    for client in (by_flag, by_variable, created.for_workspace("other"), existing):
        assert (documentation(client), quirks(client)) == expected


@every_row
@every_generation
def test_a_quirk_that_is_left_out_is_as_in_the_profile(generation: Documentation, row: Difference):
    client = serve("--documentation", generation, "--quirk", f"{row.quirk}={str(not row.is_on(generation)).lower()}")
    assert client.control("PUT", "/quirks", json={"ignore_unknown": True}).json() == STATES[generation] | {
        "ignore_unknown": True
    }
    assert client.control("PUT", "/quirks", json={}).json() == STATES[generation]


@every_row
@every_generation
def test_a_change_of_the_documentation_sets_every_quirk_of_the_table(generation: Documentation, row: Difference):
    client = Client()
    outside = dict.fromkeys(OUTSIDE_OF_THE_TABLE, True)
    client.control("PUT", "/quirks", json={row.quirk: not row.is_on(generation), **outside})
    answer = client.control("PUT", "/documentation", json={"documentation": generation})
    expected = {"documentation": generation, "quirks": STATES[generation] | outside}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert client.control("GET", "/documentation").json() == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "documentation"),
        ({"documentation": "newest"}, "documentation"),
        ({"documentation": None}, "documentation"),
        ({"documentation": "newer", "quirk": True}, "quirk"),
    ],
    ids=str,
)
def test_an_invalid_documentation_is_400_and_changes_nothing(body, field):
    client = Client()
    answer = client.control("PUT", "/documentation", json=body)
    assert (answer.status_code, sorted_error_fields(answer)) == (400, [field])
    assert (documentation(client), quirks(client)) == ("older", STATES["older"])


@pytest.mark.parametrize("value", ["clear_sales_204=yes", "clear_sales_204=", "clear_sales=true", "=true"])
def test_an_invalid_quirk_is_reported_in_one_line(value, capsys):
    with pytest.raises(SystemExit):
        main.main(["serve", "--quirk", value])
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        main.build_parser({"MOCK_SERVER_QUIRK": value})
    error_output = capsys.readouterr().err
    assert "--quirk: in the environment" in error_output
    assert error_output.count("\n") == 1


def test_the_last_mention_of_a_quirk_counts():
    environment = {"MOCK_SERVER_QUIRK": "ignore_unknown, clear_sales_204"}
    client = serve("--quirk", "clear_sales_204=false", environment=environment)
    assert quirks(client) == STATES["older"] | {"ignore_unknown": True, "clear_sales_204": False}


def test_a_workspace_has_the_default_workspaces_documentation_and_quirks_now():
    client = serve("--documentation", "newer", "--quirk", "clear_sales_204")
    client.control("POST", "/workspaces", json={"name": "same"})
    same = client.for_workspace("same")
    assert (documentation(same), quirks(same)) == ("newer", STATES["newer"] | {"clear_sales_204": True})


@every_generation
def test_a_workspace_with_a_documentation_keeps_the_quirks_outside_of_the_table(generation: Documentation):
    client = serve("--documentation", "newer", "--quirk", "clear_sales_204", "--quirk", "ignore_unknown")
    client.control("POST", "/workspaces", json={"name": "other", "documentation": generation})
    other = client.for_workspace("other")
    assert (documentation(other), quirks(other)) == (generation, STATES[generation] | {"ignore_unknown": True})


def test_a_reset_returns_to_the_documentation_and_quirks_of_the_start():
    client = serve("--documentation", "newer", "--quirk", "clear_sales_204")
    client.control("PUT", "/documentation", json={"documentation": "older"})
    client.control("POST", "/reset")
    assert (documentation(client), quirks(client)) == ("newer", STATES["newer"] | {"clear_sales_204": True})


def test_a_reset_may_choose_another_documentation_which_a_rewind_keeps():
    client = serve("--quirk", "ignore_unknown", "--now", "2026-09-01T12:00:00Z")
    answer = client.control("POST", "/reset", json={"documentation": "newer"}).json()
    expected = ("newer", STATES["newer"] | {"ignore_unknown": True})
    assert answer["documentation"] == "newer"
    client.control("POST", "/clock/advance", json={"days": 1})
    client.control("PUT", "/documentation", json={"documentation": "older"})
    client.control("POST", "/rewind", json={"to": f"{START_TIME:%FT%TZ}"})
    assert (documentation(client), quirks(client)) == expected
    client.control("POST", "/reset")
    assert documentation(client) == "older"


def test_a_snapshot_a_checkpoint_and_a_fork_keep_the_documentation_and_the_quirks():
    client = serve("--documentation", "newer", "--quirk", "clear_sales_204", "--now", "2026-09-01T12:00:00Z")
    expected = (documentation(client), quirks(client))
    snapshot = client.control("GET", "/snapshot").json()
    client.control("POST", "/clock/advance", json={"days": 1})
    client.control("PUT", "/documentation", json={"documentation": "older"})
    client.control("POST", "/rewind", json={"to": f"{START_TIME:%FT%TZ}"})
    assert (documentation(client), quirks(client)) == expected
    client.control("POST", "/fork", json={"name": "copy"})
    copy = client.for_workspace("copy")
    other = serve("--now", "2026-09-01T12:00:00Z")
    other.control("PUT", "/snapshot", json=snapshot)
    for each in (copy, other):
        assert (documentation(each), quirks(each)) == expected
    assert copy.control("POST", "/reset").json()["documentation"] == "newer"


def test_a_snapshot_from_before_the_profiles_can_be_restored():
    client = serve("--documentation", "newer", "--now", "2026-09-01T12:00:00Z")
    snapshot = client.control("GET", "/snapshot").json()
    del snapshot["documentation"]
    for row in DIFFERENCES:
        if row.quirk not in ("clear_sales_204", "campaign_results_admin_only"):
            del snapshot["quirks"][row.quirk]
    snapshot["quirks"]["campaign_results_admin_only"] = False
    assert client.control("PUT", "/snapshot", json=snapshot).status_code == 200
    assert (documentation(client), set(quirks(client).values())) == ("older", {False})
