"""The report of the client checks: each bad client leads to its own finding, a good client to none."""

import pytest

from mock_server.cli import main
from mock_server.domain.client_checks import findings, polling
from mock_server.settings import Settings
from mock_server.worlds import randomness
from tests.builders import START_TIME, a_workspace
from tests.control.client_checks.bad_clients import (
    BAD_CLIENTS,
    a_sample_client,
    advance,
    browse,
    retries_without_a_pause,
)
from tests.example_requests import a_client
from tests.mock_harness import Client, running_server

SEEDS = (1, 2, 3)
ALL_CHECKS = findings.list_checks(polling.OLDER_MIN_INTERVAL)


def read_report(client):
    answer = client.control("GET", "/conduct")
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_findings(client):
    return {finding["id"]: finding for finding in read_report(client)["findings"]}


def test_there_is_a_bad_client_for_each_finding():
    assert set(BAD_CLIENTS) == {charge.id for charge in ALL_CHECKS}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", BAD_CLIENTS)
def test_a_bad_client_leads_to_exactly_its_own_finding(name, seed):
    drawn = randomness.random_stream(seed, name)
    client = a_sample_client().sign_in()
    browse(client, drawn)
    BAD_CLIENTS[name](client, drawn)
    found_by_id = read_findings(client)
    assert set(found_by_id) == {name}
    calls = {entry["number"]: entry for entry in client.control("GET", "/journal").json()}
    example = found_by_id[name]["example"]
    assert (example["method"], example["path"]) == (
        calls[example["number"]]["method"],
        calls[example["number"]]["path"],
    )
    assert 1 <= found_by_id[name]["count"] <= len(calls)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_client_that_does_everything_wrong_leads_to_every_finding(seed):
    drawn = randomness.random_stream(seed, "all")
    client = a_sample_client().sign_in()
    order = list(BAD_CLIENTS)
    drawn.shuffle(order)
    for name in order:
        client.headers = {}
        client.sign_in()
        browse(client, drawn)
        BAD_CLIENTS[name](client, drawn)
    assert set(read_findings(client)) == set(BAD_CLIENTS)


def test_a_good_client_leads_to_no_finding():
    """The client backs off, refreshes its token in time, saves only changes, and adds rows no faster than a person."""
    client = a_sample_client().sign_in()
    package = "/package_builder/packages/pkg_555"
    for window in (7, 14, 30):
        settings = {"backhaul_evaluation_attribution_window": window, "backhaul_evaluation_model": "ALL_PURCHASES"}
        client.send("PUT", f"{package}/backhaul_evaluation_details", json=settings)
        for pause in (2, 4, 8, 16, 32, 58, 58):
            advance(client, seconds=pause)
            client.send("GET", f"{package}/backhaul_evaluation")
    for place, minutes in enumerate((1, 7, 3, 11, 2)):
        advance(client, minutes=minutes)
        row = f"eid=evt_abc123&partner_id=partner-id-acme&purchase={place + 1}&revenue=9"
        assert client.send("POST", f"/campaign_results/?{row}").status_code == 201
    client.control("POST", "/faults", json={"match": {"operation": "getEvent"}, "effect": {"status": 503}, "times": 4})
    for pause in (1, 2, 4, 8, 16):
        client.send("GET", "/events/evt_abc123")
        advance(client, seconds=pause)
    assert read_report(client)["findings"] == []


@pytest.mark.parametrize(
    ("mode", "advice"), [("running", "Wait before each retry"), ("frozen", "On a frozen clock no")]
)
def test_on_a_frozen_clock_the_report_says_that_pauses_cannot_be_judged(mode, advice):
    """Rule: RATE-02."""
    client = a_sample_client().sign_in()
    retries_without_a_pause(client, randomness.random_stream(1, mode))
    client.control("PUT", "/clock", json={"mode": mode})
    found = read_findings(client)["retries-without-a-pause"]
    assert found["advice"].startswith(advice)
    assert ("frozen" in found["description"]) == (mode == "frozen")


def test_a_finding_names_rules_a_request_and_advice():
    client = a_client()
    client.send("GET", "/events/?city[]=A")
    advance(client, seconds=30)
    client.send("GET", "/events/?city[]=B")
    assert read_report(client) == {
        "checked": 3,
        "discarded": 0,
        "findings": [
            {
                "id": "sends-arrays-in-brackets",
                "rules": ["BASE-05"],
                "description": "writes an array's key with brackets, as in city[]=A",
                "count": 2,
                "example": {"number": 2, "method": "GET", "path": "/api/v3/events/"},
                "advice": "Repeat the key: city=A&city=B. Most HTTP libraries have an option for it.",
            }
        ],
    }


def test_a_client_that_has_sent_nothing_leads_to_no_finding():
    assert read_report(Client()) == {"checked": 0, "discarded": 0, "findings": []}


def test_a_reset_clears_the_findings():
    client = a_client()
    client.send("GET", "/events/?city[]=A")
    client.control("POST", "/reset")
    assert read_report(client)["findings"] == []


def test_a_workspace_reports_only_its_own_requests():
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "x"})
    client.for_workspace("x").sign_in().send("GET", "/events/?city[]=A")
    assert read_report(client)["findings"] == []
    assert set(read_findings(client.for_workspace("x"))) == {"sends-arrays-in-brackets"}


def test_without_a_journal_there_is_no_report():
    settings = Settings(journal_capacity=0)
    workspace = a_workspace()
    workspace.journal = type(workspace.journal)(0)
    answer = Client(workspace, settings).control("GET", "/conduct")
    assert (answer.status_code, answer.json()["validation_errors"][0]["field"]) == (400, "journal")


def test_the_command_prints_the_report_and_exits_with_1_if_there_are_findings(capsys):
    workspace = a_workspace(now=START_TIME)
    client = Client(workspace).sign_in()
    with running_server(workspace) as origin:
        main.main(["conduct", "--base-url", origin])
        assert capsys.readouterr().out == "1 request checked: no findings\n"
        client.send("GET", "/events/?city[]=A")
        with pytest.raises(SystemExit) as ended:
            main.main(["conduct", "--base-url", f"{origin}/api/v3"])
    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        "2 requests checked: 1 finding",
        "",
        "sends-arrays-in-brackets  BASE-05  1 request",
        "  The client writes an array's key with brackets, as in city[]=A.",
        "  First: request 2, GET /api/v3/events/",
        "  Repeat the key: city=A&city=B. Most HTTP libraries have an option for it.",
    ]


def test_the_command_reports_an_unreachable_server_in_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(["conduct", "--base-url", "http://127.0.0.1:1"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("documentation", "expected"), [("older", ["every 10 s."]), ("newer", [])])
def test_the_advised_interval_is_that_of_the_documentation(documentation, expected):
    """Rule: RATE-01."""
    client = a_sample_client().sign_in()
    client.control("PUT", "/documentation", json={"documentation": documentation})
    order = {"num_packages": 1, "n_top_events": 1, "event_ids": ["evt_k3m9xa"], "package_title": "Autumn"}
    made = client.send("POST", "/package_builder/packages", json={**order, "targeting_mode": "lookalike"}).json()
    for _ in range(4):
        client.send("GET", f"/package_builder/packages/{made['id']}")
        advance(client, seconds=4)
    assert [finding["advice"].partition("often than ")[2] for finding in read_findings(client).values()] == expected
