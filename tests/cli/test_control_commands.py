"""The commands that drive a running server's clock, jobs, faults, quirks and journal."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.control.faults.effects import EffectBody
from mock_server.flags import parse_duration, program_name
from mock_server.settings import Settings
from tests import plain_http
from tests.mock_harness import running_server

SETTINGS = Settings(clock_mode="frozen", now=datetime(2026, 9, 1, 12, tzinfo=UTC))
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(app.create_workspace(SETTINGS), SETTINGS) as address:
        yield address


@pytest.fixture
def run(origin: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command, and return its status, its output and its error output. The server is reset before."""
    plain_http.post(f"{origin}/_mock/reset", json={"mode": "frozen", "seed": 1, "now": "2026-09-01T12:00:00Z"})
    plain_http.delete(f"{origin}/_mock/journal")
    monkeypatch.setenv("WAVETANK_URL", origin)

    def run_command(line: str) -> tuple[int, str, str]:
        try:
            main.main(line.split())
        except SystemExit as exited:
            return int(exited.code or 0), *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run_command


def read(origin: str, path: str) -> Any:
    return plain_http.get(f"{origin}/_mock{path}").json()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("clock", ["2026-09-01T12:00:00Z frozen"], id="show is the default"),
        pytest.param("clock show", ["2026-09-01T12:00:00Z frozen"], id="show"),
        pytest.param(
            "clock advance 1d2h",
            ["2026-09-02T08:00:00Z done attribution_run platform", "now 2026-09-02T14:00:00Z"],
            id="advance",
        ),
        pytest.param(
            "clock next",
            ["2026-09-02T08:00:00Z done attribution_run platform", "now 2026-09-02T08:00:00Z"],
            id="next",
        ),
        pytest.param("clock until-idle --within 6h", ["now 2026-09-01T12:00:00Z"], id="until idle"),
        pytest.param("clock set 2026-09-01T15:00:00Z", ["2026-09-01T15:00:00Z frozen"], id="set"),
        pytest.param("clock freeze", ["2026-09-01T12:00:00Z frozen"], id="freeze"),
        pytest.param("jobs --state failed", [], id="jobs"),
        pytest.param(
            "reset --now 2026-10-01T00:00:00Z --seed 7",
            ["reset to 2026-10-01T00:00:00Z frozen, with the world of seed 7"],
            id="reset",
        ),
        pytest.param("checkpoint", ["2026-09-01T12:00:00Z reset"], id="checkpoint list is the default"),
        pytest.param("rewind 2026-09-01T12:00:00Z", ["now 2026-09-01T12:00:00Z"], id="rewind"),
        pytest.param(
            "fault add --operation getEvaluation --nth 2 --status 503",
            ["f1: operation=getEvaluation nth=[2] -> status=503; applied 0"],
            id="fault",
        ),
        pytest.param(
            "fault add --evaluation 1h --times 1",
            ['f1: all evaluations -> evaluation={"extra_seconds":3600}; applied 0 of 1'],
            id="delayed evaluation",
        ),
        pytest.param("journal", [], id="journal"),
        pytest.param("verify listEvents=0", ["ok: listEvents, exactly 0; found 0", "0 requests checked"], id="verify"),
    ],
)
def test_a_command_prints_what_the_server_did(run: Run, line: str, expected: list[str]) -> None:
    status, printed, error = run(line)
    assert (status, printed.splitlines(), error) == (0, expected, "")


def test_a_move_lists_the_jobs_that_a_fault_prevented(run: Run) -> None:
    run("fault add --attribution-run missed --times 1")
    missed = "2026-09-02T08:00:00Z missed attribution_run platform"
    assert run("clock next")[1].splitlines() == [missed, "now 2026-09-02T08:00:00Z"]
    assert json.loads(run("clock next --json")[1])["fired"][0]["state"] == "done"


def test_packages_are_listed_with_the_state_of_their_results(run: Run, origin: str) -> None:
    token = run("token")[1].strip()
    path = f"{origin}/api/v3/package_builder/packages/pkg_555/backhaul_evaluation_details"
    settings = {"backhaul_evaluation_attribution_window": 90, "backhaul_evaluation_model": "ALL_PURCHASES"}
    assert run("package --stale") == (0, "", "")
    assert plain_http.put(path, json=settings, headers={"authorization": f"Bearer {token}"}).status_code == 200
    (line,) = run("package --stale")[1].splitlines()
    assert line.startswith("pkg_555 partner-id-acme DONE ")
    assert ", STALE: its settings have changed since; the next result is due at 2026-09-01T12:00:0" in line
    listed = read(origin, "/packages")
    assert [each.split()[0] for each in run("package list")[1].splitlines()] == [each["id"] for each in listed]
    assert run("package list --partner partner-id-nobody")[1] == ""


def test_a_workspace_is_named_with_or_without_the_flag(run: Run, origin: str) -> None:
    for name in ("retry", "--name retry"):
        assert run(f"workspace create {name}") == (0, f"{origin}/w/retry/api/v3\n", "")
        token = run("token --workspace retry")[1].strip()
        answer = plain_http.get(f"{origin}/w/retry/api/v3/partners/", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        assert run(f"workspace delete {name}") == (0, "", "")
    assert run("workspace delete")[0] == 2


def test_the_clock_runs_at_a_speed(run: Run, origin: str) -> None:
    assert run("clock run --speed 60")[1].rstrip().endswith(" running at speed 60")
    assert read(origin, "/clock")["speed"] == 60
    run("clock freeze")
    assert read(origin, "/clock")["mode"] == "frozen"


EFFECTS = {
    "--status 503": {"status": 503},
    "--latency 250": {"latency": {"fixed": 250}},
    "--reset-connection": {"reset": True},
    "--truncate 0": {"truncate": {"after": 0}},
    "--malformed": {"malformed": True},
    "--evaluation fails": {"evaluation": {"fails": True}},
    "--evaluation 90s": {"evaluation": {"extra_seconds": 90}},
    "--build 2m": {"build": {"extra_seconds": 120}},
    "--attribution-run twice": {"attribution_run": "twice"},
    "--revoke-tokens": {"token": "revoked"},
    '--effect {"drip":{"bytes":1,"milliseconds":5}}': {"drip": {"bytes": 1, "milliseconds": 5}},
}


def test_each_effect_of_the_control_api_has_a_flag(run: Run, origin: str) -> None:
    for flags in EFFECTS:
        status, _, error = run(f"fault add {flags}")
        assert (status, error) == (0, "")
    assert [rule["effect"] for rule in read(origin, "/faults")["rules"]] == list(EFFECTS.values())
    assert {name for effect in EFFECTS.values() for name in effect} == EffectBody.model_fields.keys()


def test_faults_are_listed_and_cleared(run: Run, origin: str) -> None:
    run("fault add --status 503 --id first")
    run("fault add --method GET --latency 5 --until 2026-09-03T00:00:00Z")
    first, second = run("fault")[1].splitlines()
    assert first == "first: all requests -> status=503; applied 0"
    assert second == 'f2: method=GET -> latency={"fixed":5}; applied 0, until 2026-09-03T00:00:00Z'
    assert run("fault clear") == (0, "", "")
    assert read(origin, "/faults")["rules"] == []


def test_quirks_are_set_one_by_one(run: Run, origin: str) -> None:
    before = read(origin, "/quirks")
    assert "numeric_client_id on" in run("quirk set numeric_client_id")[1].splitlines()
    assert read(origin, "/quirks") == before | {"numeric_client_id": True}
    run("quirk set numeric_client_id=false")
    assert run("quirk")[1].splitlines() == [f"{name} {'on' if state else 'off'}" for name, state in before.items()]


def test_requests_are_listed_exported_verified_and_cleared(run: Run, origin: str, tmp_path: Path) -> None:
    token = plain_http.post(f"{origin}/api/v3/auth", json=CREDENTIALS).json()["AccessToken"]
    plain_http.get(f"{origin}/api/v3/events/", params={"city": "Berlin"}, headers={"authorization": f"Bearer {token}"})
    _, listed = run("journal")[1].splitlines()
    assert listed == "2 2026-09-01T12:00:00Z 200 GET /api/v3/events/?city=Berlin listEvents"
    assert len(run("journal --limit 1 --status 200 --operation signIn")[1].splitlines()) == 1
    file = tmp_path / "journal.har"
    assert run(f"journal har {file}") == (0, "", "")
    assert len(json.loads(file.read_text("utf-8"))["log"]["entries"]) == 2
    status, printed, _ = run("verify signIn listEvents=2 --in-order")
    assert (status, printed.splitlines()[1]) == (1, "not met: listEvents, exactly 2; found 1")
    expected = tmp_path / "expected.json"
    expected.write_text('{"expectations": [{"operation": "listEvents", "query": {"city": "Hamburg"}}]}', "utf-8")
    status, printed, _ = run(f"verify --file {expected}")
    assert (status, printed.splitlines()[1]) == (1, '  request 2: query.city is "Berlin", not "Hamburg"')
    assert run("verify signIn listEvents --in-order")[0] == 0
    run("journal clear")
    assert run("journal")[1] == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"[" * 100_000, "is not JSON", id="deep"),
        pytest.param("{}".encode("utf-16"), "is in UTF-16", id="another encoding"),
        pytest.param(b"\xff", "is not JSON", id="no encoding"),
        pytest.param(b'\xef\xbb\xbf{"expectations": []}', "answered 400", id="byte order mark"),
    ],
)
def test_a_file_of_expectations_is_read_like_a_snapshot(run: Run, tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "expected.json"
    file.write_bytes(content)
    status, printed, error = run(f"verify --file {file}")
    assert (status, printed, error.count("\n")) == (2, "", 1)
    assert message in error


JSON_COMMANDS = {
    "clock": "/clock",
    "jobs": "/jobs",
    "fault": "/faults",
    "quirk": "/quirks",
    "journal": "/journal",
    "conduct": "/conduct",
    "workspace list": "/workspaces",
    "package list": "/packages",
    "health --base-url {origin}": "/health",
    "explain package pkg_555": "/explain/package/pkg_555",
}


@pytest.mark.parametrize("line", JSON_COMMANDS)
def test_json_is_the_response_of_the_server(run: Run, origin: str, line: str) -> None:
    status, printed, _ = run(f"{line.format(origin=origin)} --json")
    assert (status, json.loads(printed)) == (0, read(origin, JSON_COMMANDS[line]))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("clok show", "invalid choice: 'clok'; did you mean clock?", id="group"),
        pytest.param("clock advanec 1d", "invalid choice: 'advanec'; did you mean advance?", id="command"),
        pytest.param("jobs --state pnding", "did you mean pending?", id="value"),
        pytest.param("quirk set numeric_clientid", "did you mean numeric_client_id?", id="quirk"),
        pytest.param("fault add --operation getEvaluatoin --status 503", "did you mean getEvaluation?", id="operation"),
        pytest.param(
            "clock run --spede 60", "clock run: unrecognized arguments: --spede 60; did you mean --speed?", id="flag"
        ),
        pytest.param("clock --jsn=x", "did you mean --json?", id="flag of the default command"),
        pytest.param("jobs now", "jobs: unrecognized arguments: now\n", id="a word too many"),
        pytest.param("gotcha run G-2", "there is no gotcha G-2; did you mean G-02?", id="gotcha"),
        pytest.param("gotcha set-up g3", "there is no gotcha G3; did you mean G-03?", id="gotcha of the server"),
        pytest.param("gotcha run G-99", "there is no gotcha G-99; see mock-server gotcha list", id="no such gotcha"),
        pytest.param("clock --workspace defualt", "; did you mean default?", id="workspace with a similar name"),
        pytest.param("workspace delete defult", "; did you mean default?", id="workspace to delete"),
        pytest.param("token --workspace defualt", "; did you mean default?", id="workspace to sign in to"),
        pytest.param("fault add --operation getEvent", "give exactly one effect", id="no effect"),
        pytest.param("fault add --status 503 --malformed", "give exactly one effect", id="two effects"),
        pytest.param("fault add --effect [1]", "argument --effect: must be a JSON object", id="effect"),
        pytest.param("fault add --status 503 --id a/b", "id contains characters that are not allowed", id="id"),
        pytest.param("fault add --status 503 --fraction 2", "argument --fraction: must be a number above 0", id="part"),
        pytest.param("clock advance 3", "not a duration such as 14d, 90s or 1h30m: '3'", id="duration"),
        pytest.param("clock advance -1d", "to go back, use mock-server rewind TIME", id="a negative duration"),
        pytest.param("clock set 2020-01-01T00:00:00Z", "use 'mock-server rewind TIME' to", id="an earlier time"),
        pytest.param("jobs --workspace no", "'mock-server workspace create' creates one", id="a command, not HTTP"),
        pytest.param("verify", "give either the expected operations or --file", id="nothing expected"),
        pytest.param("verify --file /nowhere/a.json", "cannot read /nowhere/a.json", id="no file"),
        pytest.param(f"fault add --effect {'[' * 100_000}", "argument --effect: not JSON", id="deep JSON"),
        pytest.param("journal har /nowhere/a.har", "cannot write /nowhere/a.har", id="no folder"),
        pytest.param("jobs --workspace nobody", "there is no workspace nobody", id="workspace"),
    ],
)
def test_an_error_is_one_line(run: Run, line: str, message: str) -> None:
    status, printed, error = run(line)
    assert (status, printed, error.count("\n")) == (2, "", 1)
    assert message in error


@pytest.mark.parametrize(
    ("text", "seconds"), [("14d", 1_209_600), ("90s", 90), ("1h30m", 5_400), ("2w1d", 1_296_000), ("0s", 0)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


def test_a_flag_wins_over_the_variable(run: Run, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVETANK_URL", "http://127.0.0.1:1")
    assert run(f"clock --base-url {origin}")[0] == 0
    monkeypatch.setenv("MOCK_SERVER_BASE_URL", origin)
    assert run("clock")[0] == 0


def test_an_effect_of_the_environment_counts(run: Run, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_SERVER_MALFORMED", "true")
    assert run("fault add")[0] == 0
    assert run("fault add --status 503")[0] == 2
    monkeypatch.setenv("MOCK_SERVER_LATENCY", "much")
    assert "argument --latency: in the environment: not an integer" in run("fault add")[2]


@pytest.mark.parametrize(
    ("called", "name"),
    [("/usr/bin/wavetank", "wavetank"), ("mock-server.exe", "mock-server"), ("/x/__main__.py", "mock-server")],
)
def test_messages_name_the_command_that_was_called(
    called: str, name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [called])
    assert program_name() == name
    assert run("verify")[2].startswith(f"{name}: ")
    assert run("clok")[2].startswith(f"{name}: ")
