"""The template for GitLab runs the suite, and starts the mock, as GitLab's runner runs the scripts of a job."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import yaml

from contracts.results import baseline
from contracts.spec.verdicts import Verdict
from tests.contracts import suite_process
from tests.contracts.results.result_builders import RULES, a_failure, a_result, an_outcome
from tests.docs.pages import ROOT, read_page
from tests.pipelines import installed_suite
from tests.storage.replicas import free_port


class Reference(yaml.YAMLObject):
    """The value of GitLab's tag `!reference`."""

    yaml_loader = type("Loader", (yaml.SafeLoader,), {})
    yaml_tag = "!reference"

    @classmethod
    def from_yaml(cls, loader: Any, node: Any) -> list[str]:
        return list(loader.construct_sequence(node))


PACKAGE = "wavetank[contracts] @ git+https://gitlab.example/group/wavetank"
TEMPLATE = yaml.load((ROOT / ".gitlab" / "contracts.yml").read_text(encoding="utf-8"), Loader=Reference.yaml_loader)
MAX_TRIES = 1_000


def merge(name: str) -> dict[str, Any]:
    """Return a job with what it extends."""
    return merge_job(TEMPLATE[name])


def merge_job(own: dict[str, Any]) -> dict[str, Any]:
    """Return a job with what it extends, which is one job or a list; a later one replaces what earlier ones set."""
    extended = own.get("extends", [])
    merged: dict[str, Any] = {"variables": {}}
    for base in [*map(merge, [extended] if isinstance(extended, str) else extended), own]:
        merged |= base | {"variables": merged["variables"] | base.get("variables", {})}
    return merged


def script_lines(job: dict[str, Any], key: str) -> list[str]:
    """Return the lines of a script, with those to which it refers."""
    lines = list[str]()
    for line in job.get(key, []):
        lines += merge(line[0])[line[1]] if isinstance(line, list) else [line]
    return lines


def run_job(name: str, folder: Path, *script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a job in one shell, as GitLab's runner does, and end what it leaves running."""
    folder.mkdir(exist_ok=True)
    job = merge(name)
    python = installed_suite.make_python(folder / "bin")
    values = {key: value.replace("$CI_PROJECT_DIR", str(folder)) for key, value in job["variables"].items()}
    given = {"WAVETANK_PACKAGE": PACKAGE, **variables}
    environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}", **values, **given}
    lines = [*script_lines(job, "before_script"), *(script or script_lines(job, "script"))]
    process = subprocess.Popen(
        ["bash", "-eo", "pipefail", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    output, _ = process.communicate(timeout=120)
    if script:
        os.killpg(process.pid, signal.SIGTERM)
    return subprocess.CompletedProcess(lines, process.returncode, output)


def test_a_deployment_is_checked_compared_with_the_last_run_and_gated(tmp_path: Path) -> None:
    (tmp_path / "contracts-last").mkdir()
    a_result(a_failure("BEV-07")).write(tmp_path / "contracts-last" / "result.json", RULES)
    baseline.write(a_result(an_outcome(Verdict.PASS, "BEV-07")), RULES, tmp_path / "baseline.json")
    with suite_process.running_mock() as origin:
        ran = run_job(
            ".wavetank-contracts",
            tmp_path,
            CONTRACTS_BASE_URL=f"{origin}/api/v3",
            CONTRACTS_USER="partner@acme.example",
            CONTRACTS_PROFILE="smoke",
            CONTRACTS_RULE="BEV-07",
            CONTRACTS_KIND="example",
            CONTRACTS_BASELINE="baseline.json",
        )
    assert ran.returncode == 0, ran.stdout
    assert "1 fixed" in (tmp_path / "contracts-report" / "comparison.md").read_text(encoding="utf-8")
    assert origin in (tmp_path / "contracts-last" / "result.json").read_text(encoding="utf-8")
    assert installed_suite.read_calls(tmp_path / "bin" / "python3")[1].endswith(f" {PACKAGE}")


def test_a_wrong_option_ends_the_job_with_2(tmp_path: Path) -> None:
    ran = run_job(".wavetank-contracts", tmp_path, CONTRACTS_PROFILE="quick", CONTRACTS_BASELINE="baseline.json")
    assert ran.returncode == 2
    assert "CONTRACTS_PROFILE must be one of" in ran.stdout


def test_without_a_package_nothing_is_installed(tmp_path: Path) -> None:
    """No version is on PyPI, so that a default would install what somebody else has put there."""
    ran = run_job(".wavetank-contracts", tmp_path, WAVETANK_PACKAGE="")
    assert ran.returncode != 0
    assert "WAVETANK_PACKAGE: set this variable" in ran.stdout
    assert not (tmp_path / "bin" / "calls").exists()


def test_the_artifacts_are_those_of_the_report() -> None:
    artifacts = merge(".wavetank-contracts")["artifacts"]
    folder = merge(".wavetank-contracts")["variables"]["CONTRACTS_REPORT_DIR"]
    assert artifacts["paths"][0] == folder
    assert artifacts["reports"] == {"junit": f"{folder}/junit.xml"}


def test_a_job_of_the_page_can_start_the_mock_and_run_the_contracts_against_it() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", read_page("recipes/nightly"), re.S)
    (job,) = [merge_job(yaml.safe_load(block)["mock"]) for block in blocks if block.startswith("mock:")]
    assert script_lines(job, "before_script") == script_lines(merge(".wavetank-mock"), "before_script")
    assert job["script"] == merge(".wavetank-contracts")["script"]
    assert job["artifacts"] == merge(".wavetank-contracts")["artifacts"]
    assert job["variables"]["CONTRACTS_BASE_URL"] == f"{job['variables']['WAVETANK_URL']}/api/v3"


def test_an_image_from_which_a_git_address_is_installed_contains_git() -> None:
    assert "slim" not in merge(".wavetank-install")["image"]


def test_the_tests_of_a_job_reach_the_mock(tmp_path: Path) -> None:
    port = free_port()
    fetch = f"{sys.executable} -c \"import httpx2; print(httpx2.get('http://127.0.0.1:{port}/_mock/health').json())\""
    ran = run_job(
        ".wavetank-mock", tmp_path, fetch, MOCK_SERVER_PORT=str(port), WAVETANK_URL=f"http://127.0.0.1:{port}"
    )
    assert ran.returncode == 0, ran.stdout
    assert "'status': 'live'" in ran.stdout
    assert any(has_stopped(port) for _ in range(MAX_TRIES))


def has_stopped(port: int) -> bool:
    """Whether nothing answers there. A server that was told to stop closes its sockets soon after."""
    try:
        httpx2.get(f"http://127.0.0.1:{port}/_mock/health", trust_env=False)
    except httpx2.TransportError:
        return True
    return False


def test_a_mock_that_cannot_start_fails_the_job_with_its_log(tmp_path: Path) -> None:
    ran = run_job(".wavetank-mock", tmp_path, MOCK_SERVER_WORLD="no-such-folder", MOCK_SERVER_PORT=str(free_port()))
    assert ran.returncode == 1
    assert "no-such-folder" in ran.stdout
