"""`GET /_mock/metrics` counts requests by operation and status class, never by workspace."""

import re
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mock_server import app
from mock_server.cli import main
from mock_server.http.fault_injection import ConnectionAbortedByFaultError
from mock_server.http.metrics import Gauges, Metrics, MetricsUnavailableError
from mock_server.http.observer import Destination, Observation
from mock_server.settings import Settings
from tests import plain_http
from tests.builders import a_workspace
from tests.example_requests import SETTINGS, SETTINGS_PATH, an_anonymous_client
from tests.mock_harness import Client, running_app
from tests.state.test_clock import MachineTime

ENABLED = Settings(metrics=True)


def a_client(settings=ENABLED, seconds=None):
    return Client(an_anonymous_client().workspace, settings, seconds or MachineTime())


def read_metrics(client, **options):
    answer = client.control("GET", "/metrics", **options)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_requests_are_counted_by_operation_and_status_class():
    client = a_client().sign_in()
    for path in ("/events/", "/events/", "/events/?limit=x", "/events/none", "/nothing"):
        client.send("GET", path)
    client.control("GET", "/clock")
    metrics = read_metrics(client)
    requests = {tuple(key[1:]): count for key, count in metrics.items() if key[0] == "mock_server_requests_total"}
    assert requests == {
        ("signIn", "2xx"): 1,
        ("listEvents", "2xx"): 2,
        ("listEvents", "4xx"): 1,
        ("getEvent", "4xx"): 1,
        ("none", "4xx"): 1,
        ("getClock", "2xx"): 1,
    }


def test_every_metric_is_named_after_the_server():
    names = {name for name, *_ in read_metrics(a_client().sign_in())}
    assert names
    assert {name for name in names if not name.startswith("mock_server_")} == set()


def test_durations_are_in_a_histogram():
    machine = MachineTime()

    def seconds():
        """Return the machine's time, which goes on by 20 ms at each reading."""
        machine.advance(0.02)
        return machine()

    client = a_client(seconds=seconds)
    client.send("GET", "/status/")
    text = client.control("GET", "/metrics").text
    found = re.findall(r'duration_seconds_bucket\{le="([^"]+)",operation="getStatus",status="2xx"\} (\d)', text)
    assert [count for _, count in found] == sorted(count for _, count in found)
    assert next(float(bound) for bound, count in found if count == "1") in (0.025, 0.05)
    assert 'mock_server_request_duration_seconds_count{operation="getStatus",status="2xx"} 1.0' in text


def test_jobs_workspaces_and_journals_are_reported():
    client = a_client().sign_in()
    client.send("PUT", SETTINGS_PATH, json=SETTINGS)
    client.control("POST", "/clock/advance", json={"seconds": 5})
    client.control("POST", "/workspaces", json={"name": "x"})
    metrics = read_metrics(client)
    assert metrics["mock_server_jobs_performed_total", "evaluation"] == 1
    assert metrics["mock_server_workspaces",] == 2
    assert metrics["mock_server_journal_bytes",] == client.workspace.journal.budget.used > 0
    assert ("mock_server_connections",) not in metrics, "only a server over sockets has connections"


def test_the_count_of_jobs_never_goes_back():
    client = a_client().sign_in()
    created = client.control("POST", "/workspaces", json={"name": "x", "now": "2026-09-01T12:00:00Z", "mode": "frozen"})
    assert created.status_code == 201
    other = client.for_workspace("x")
    other.control("POST", "/clock/advance", json={"days": 1})
    counted = [read_metrics(client)["mock_server_jobs_performed_total", "attribution_run"]]
    for method, path in (("POST", "/w/x/_mock/reset"), ("DELETE", "/_mock/workspaces/x"), ("POST", "/_mock/reset")):
        assert client.send_raw(method, path).status_code < 300
        counted.append(read_metrics(client)["mock_server_jobs_performed_total", "attribution_run"])
    assert counted == [1, 1, 1, 1]


def test_no_name_of_a_client_is_a_label():
    """Names of workspaces, paths and methods are chosen by clients, so their number has no bound."""
    client = a_client()
    client.control("POST", "/workspaces", json={"name": "canary"})
    for method, path in (
        ("GET", "/w/canary/api/v3/status/"),
        ("GET", "/w/canary2/api/v3/status/"),
        ("CANARY", "/api/v3/status/"),
        ("GET", "/canary"),
        ("GET", "/api/v3/canary"),
        ("GET", "/_mock/canary"),
        ("GET", "/api/v3/events/canary"),
    ):
        client.send_raw(method, path)
    assert "canary" not in client.control("GET", "/metrics").text.lower()


def test_a_request_whose_connection_is_aborted_is_counted():
    client = a_client().sign_in()
    client.control("PUT", "/faults", json={"rules": [{"effect": {"reset": True}}]})
    with pytest.raises(ConnectionAbortedByFaultError):
        client.send("GET", "/events/")
    assert read_metrics(client)["mock_server_requests_total", "listEvents", "aborted"] == 1


def test_connections_of_a_server_over_sockets_are_reported():

    application = app.create_app(ENABLED, a_workspace())
    application.count_connections = lambda: 7
    with running_app(application) as origin:
        assert "mock_server_connections 7.0" in plain_http.get(f"{origin}/_mock/metrics").text


def test_without_the_flag_the_path_is_unknown():
    answer = a_client(Settings()).control("GET", "/metrics")
    assert answer.status_code == 404
    assert "--metrics" in answer.text


BEYOND = Settings(host="0.0.0.0", control_token="s3cret", metrics=True)
TOKENS = {
    "the header": ({"X-Mock-Control-Token": "s3cret"}, 200),
    "bearer": ({"Authorization": "Bearer s3cret"}, 200),
    "bearer in lower case": ({"Authorization": "bearer s3cret"}, 200),
    "none": ({}, 403),
    "a wrong one": ({"Authorization": "Bearer wrong"}, 403),
    "an empty one": ({"Authorization": "Bearer "}, 403),
    "another scheme": ({"Authorization": "Basic s3cret"}, 403),
    "no scheme": ({"Authorization": "s3cret"}, 403),
    "a wrong header besides": ({"X-Mock-Control-Token": "x", "Authorization": "Bearer s3cret"}, 403),
    "two": ([("Authorization", "Bearer s3cret"), ("Authorization", "Bearer s3cret")], 403),
}


@pytest.mark.parametrize("name", TOKENS)
def test_beyond_loopback_the_control_token_is_needed(name):
    headers, status = TOKENS[name]
    assert a_client(BEYOND).control("GET", "/metrics", headers=headers).status_code == status


def test_without_a_control_token_metrics_are_closed_beyond_loopback():
    client = a_client(Settings(host="0.0.0.0", metrics=True))
    assert client.control("GET", "/metrics", headers={"Authorization": "Bearer "}).status_code == 403


def test_only_metrics_take_the_token_as_bearer():
    client = a_client(BEYOND)
    headers = {"Authorization": "Bearer s3cret"}
    for path in ("/status", "/metrics/", "/journal"):
        assert client.control("GET", path, headers=headers).status_code == 403


def test_a_missing_package_is_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MetricsUnavailableError):
        app.create_app(ENABLED, a_workspace())
    with pytest.raises(SystemExit) as exited:
        main.main(["serve", "--port", "0", "--metrics"])
    assert exited.value.code == 2
    assert re.fullmatch(r"mock-server: --metrics needs the package prometheus-client: .*\n", capsys.readouterr().err)


def test_without_metrics_and_access_log_nothing_observes_requests():
    """So the switches that are off cost nothing."""
    gateway = app.create_app(Settings(), a_workspace()).gateway
    assert type(gateway).__name__ == "Gateway"


def test_the_package_is_not_imported_without_the_flag():
    import subprocess

    script = "import sys; from mock_server import app; app.create_app(); print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_status_is_counted_by_its_class():
    metrics = Metrics(lambda: Gauges(1, 0, {}))
    for status in (200, 204, 307, 404, 503, None):
        metrics.observe(Observation({}, Destination("w", "listEvents"), status, "", 0.1))
    counted = re.findall(r'requests_total\{operation="listEvents",status="(\w+)"\} (\d)', metrics.format().decode())
    assert sorted(counted) == [("2xx", "2"), ("3xx", "1"), ("4xx", "1"), ("5xx", "1"), ("aborted", "1")]
