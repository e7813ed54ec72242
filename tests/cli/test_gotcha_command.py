"""`mock-server gotcha` lists gotchas, and plays one against a server or writes it as a shell script."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest

from mock_server import app
from mock_server.cli import main
from mock_server.gotchas import catalogue
from mock_server.settings import Settings
from tests import plain_http
from tests.ending_process import EndingProcess
from tests.mock_harness import running_server

UNUSED_PORT = "1"
"""A port on which no server listens."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running_server(app.create_workspace(Settings())) as address:
        yield address


def run_gotcha(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main.main(["gotcha", *arguments])
    return capsys.readouterr().out


def run_refused_gotcha(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    """Run a command that fails, and return its exit code and its output on stderr."""
    with pytest.raises(SystemExit) as exit_info:
        main.main(["gotcha", *arguments])
    return exit_info.value.code, capsys.readouterr().err


def workspace_names(origin: str) -> list[str]:
    return [workspace["name"] for workspace in plain_http.get(f"{origin}/_mock/workspaces").json()]


def test_the_list_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_gotcha(capsys, "list").splitlines()
    assert [line.split()[0] for line in lines] == list(catalogue.GOTCHAS)
    assert [line[:4] for line in lines if line.endswith("  (only in the older documentation)")] == [
        gotcha.id for gotcha in catalogue.GOTCHAS.values() if gotcha.generations == ("older",)
    ]
    assert lines[1] == "G-02  A read after a PUT is stale until the job ends: drop the cache, poll  [BEV-03, BEV-04]"


def test_the_list_can_be_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_gotcha(capsys, "list", "stale").startswith("G-02")
    code, why = run_refused_gotcha(capsys, "list", "volcano")
    assert (code, why) == (2, "mock-server: no gotcha matches 'volcano'; see mock-server gotcha list\n")


def test_a_gotcha_is_played_and_its_workspace_is_deleted_afterwards(
    origin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run_gotcha(capsys, "run", "G-02", "--base-url", f"{origin}/api/v3/")
    assert out.startswith("# G-02  A read after a PUT is stale")
    assert re.search(r"^#    \[\]\.purchase = \[.*\], as before\n# >>> The saved settings are new", out, re.M)
    assert out.index(">>>") < out.index("# The right way: Drop the cached evaluation") < out.index("not as before")
    assert "eyJ" not in out
    assert workspace_names(origin) == ["default"]


def test_a_workspace_is_kept_on_request(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run_gotcha(capsys, "run", "g-14", "--base-url", origin, "--keep")
    (workspace,) = [name for name in workspace_names(origin) if name != "default"]
    assert f"# The workspace {workspace} is kept: {origin}/w/{workspace}/api/v3" in out
    assert plain_http.get(f"{origin}/w/{workspace}/_mock/clock").json()["now"] == "2026-09-29T12:00:04Z"
    plain_http.delete(f"{origin}/_mock/workspaces/{workspace}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, which .ci/run installs")
@pytest.mark.parametrize("gotcha_id", ["G-07", "G-11", "G-12", "G-17"])
def test_the_output_can_be_pasted_into_a_shell(origin: str, capsys: pytest.CaptureFixture[str], gotcha_id: str) -> None:
    script = run_gotcha(capsys, "run", gotcha_id, "--base-url", origin)
    completed = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=False, timeout=60)
    assert (completed.returncode, completed.stderr) == (0, "")
    shown = {
        "G-07": ['"manual_adjustments":[{"id":"cr_', "204"],
        "G-11": ['"field":"token"', '"id":"partner-id-acme"'],
        "G-12": ["HTTP/1.1 429", '"message":"error.rate_limited"', '"id":"partner-id-acme"'],
        "G-17": ['"code":"array"', '"code":"characters"', '"total":2', "204"],
    }[gotcha_id]
    assert [text for text in shown if text not in completed.stdout] == []
    assert workspace_names(origin) == ["default"]


def test_a_gotcha_that_is_not_reproduced_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    browsers = Settings(cors=True)
    with running_server(app.create_workspace(browsers), browsers) as address:
        with pytest.raises(SystemExit) as ended:
            main.main(["gotcha", "run", "G-16", "--base-url", address])
        printed = capsys.readouterr()
        assert workspace_names(address) == ["default"]
    assert ended.value.code == 1
    assert printed.err == "mock-server: not reproduced: G-16\n"
    assert '# !!! Not reproduced: access-control-allow-origin is "*" instead of null' in printed.out
    assert ">>>" not in printed.out


def test_a_server_with_a_control_token_and_another_password_can_be_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    guarded = Settings(control_token="open-sesame", sample_password="other")
    with running_server(app.create_workspace(guarded), guarded) as address:
        words = ("run", "G-01", "--base-url", address, "--password", "other")
        out = run_gotcha(capsys, *words, "--control-token", "open-sesame")
        code, why = run_refused_gotcha(capsys, *words)
        locked_out = run_refused_gotcha(capsys, *words[:4], "--control-token", "open-sesame")
        wrong = run_refused_gotcha(capsys, *words, "--control-token", "sesame")
    assert '-H "X-Mock-Control-Token: $CONTROL_TOKEN"' in out
    assert ">>> There is no run button" in out
    assert not re.search("open-sesame|PASSWORD=", out)
    assert code == 2
    advice = "pass it with --control-token or set MOCK_SERVER_CONTROL_TOKEN\n"
    refused = "did not create a workspace: 403 error.auth.not_authorized: "
    assert why.endswith(f"{refused}the server needs its control token; {advice}")
    assert wrong[1].endswith(f"{refused}not the control token of this server; {advice}")
    assert locked_out[0] == 1
    assert "not reproduced: G-01: the server refused the sample users' password; " in locked_out[1]
    assert "--password or set MOCK_SERVER_PASSWORD" in locked_out[1]
    assert "set CONTROL_TOKEN to the server's control token first" in out
    assert "set PASSWORD to the users' password first" in out


def test_a_gotcha_is_set_up_for_a_client(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run_gotcha(capsys, "set-up", "g-02", "--name", "stale", "--base-url", origin).splitlines()
    assert out[:3] == [
        f"{origin}/w/stale/api/v3",
        "workspace stale, deleted after 3600 s without a request",
        "sign in as partner@acme.example",
    ]
    assert out[3].startswith("trap: GET /package_builder/packages/pkg_555/backhaul_evaluation  Read")
    assert any(line.startswith("right way: ") for line in out)
    code, why = run_refused_gotcha(capsys, "set-up", "G-99", "--base-url", origin)
    assert (code, why.count("\n")) == (2, 1)
    assert "there is no gotcha G-99; 'mock-server gotcha list' lists them" in why
    plain_http.delete(f"{origin}/_mock/workspaces/stale")


def test_a_run_is_reported_as_json(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = json.loads(run_gotcha(capsys, "run", "G-01", "--base-url", origin, "--json"))
    assert (report["id"], report["reproduced"], report["workspace"]) == ("G-01", True, None)
    assert report["script"][0].startswith("# G-01  ")


def test_an_unreachable_server_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, why = run_refused_gotcha(capsys, "run", "G-01", "--base-url", f"http://127.0.0.1:{UNUSED_PORT}")
    assert code == 2
    url = f"http://127.0.0.1:{UNUSED_PORT}/_mock/workspaces"
    assert why.startswith(f"mock-server: cannot reach {url}; is the server running there? (")
    code, why = run_refused_gotcha(capsys, "run", "G-01", "--base-url", "ftp://a")
    assert (code, why) == (2, "mock-server: argument --base-url: not an HTTP URL: ftp://a\n")


def test_an_unknown_gotcha_is_reported_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    code, why = run_refused_gotcha(capsys, "run", "G-99")
    assert (code, why) == (2, "mock-server: there is no gotcha G-99; see mock-server gotcha list\n")


def run_in_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    full_environment = {**os.environ, **environment}
    command = [sys.executable, "-m", "mock_server", "gotcha", *arguments]
    return subprocess.run(command, env=full_environment, capture_output=True, text=True, check=False, timeout=60)


def test_without_a_running_server_a_temporary_one_is_started_and_stopped() -> None:
    played = run_in_process("run", "G-13", MOCK_SERVER_PORT=UNUSED_PORT, MOCK_SERVER_CLOCK="frozen")
    assert (played.returncode, played.stderr) == (0, "")
    match = re.search(r"^SERVER=(http://127\.0\.0\.1:\d+)$", played.stdout, re.M)
    assert match
    assert "# No server is running at the default address" in played.stdout
    with pytest.raises(httpx2.ConnectError):
        plain_http.get(match[1])


def test_a_temporary_server_is_stopped_with_the_command() -> None:
    command = [sys.executable, "-m", "mock_server", "gotcha", "run", "all"]
    environment = {**os.environ, "MOCK_SERVER_PORT": UNUSED_PORT}
    with EndingProcess(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as played:
        assert played.stdout is not None
        assert played.stderr is not None
        origin = next(line for line in played.stdout if line.startswith("SERVER=")).removeprefix("SERVER=").strip()
        assert plain_http.get(f"{origin}/api/v3/status/").status_code == 200
        played.send_signal(signal.SIGTERM)
        played.wait()
        with pytest.raises(httpx2.ConnectError):
            plain_http.get(f"{origin}/api/v3/status/")
        assert played.stderr.read() == ""


def test_a_server_at_the_default_address_is_used(origin: str) -> None:
    played = run_in_process("run", "G-13", MOCK_SERVER_PORT=origin.rpartition(":")[2])
    assert f"\nSERVER={origin}\n" in played.stdout


def test_a_closed_pipe_is_not_an_error(origin: str) -> None:
    script = f"set -o pipefail; {sys.executable} -m mock_server gotcha run G-01 --base-url {origin} | head -1"
    played = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (played.returncode, played.stderr) == (0, "")
    assert workspace_names(origin) == ["default"]


def test_all_are_played_one_after_the_other(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = run_gotcha(capsys, "run", "all", "--base-url", origin)
    assert re.findall(r"^# (G-\d\d)  ", out, re.M) == list(catalogue.GOTCHAS)
    assert workspace_names(origin) == ["default"]
