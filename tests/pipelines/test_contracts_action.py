"""The action `contracts` runs the suite, compares its result with the last one, and passes on the exit code."""

import base64
import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts.results import baseline
from contracts.results.result import Result
from contracts.spec.verdicts import Verdict
from tests.contracts import suite_process
from tests.contracts.results.result_builders import RULES, a_failure, a_result, a_run, an_outcome
from tests.docs.pages import ROOT
from tests.pipelines import installed_suite
from tests.pipelines.composite_action import Run, Runner

FILE = ROOT / ".github" / "actions" / "contracts" / "action.yml"
REPOSITORY = {
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_REF": "refs/pull/7/merge",
    "CONTRACTS_RULE": "BEV-07",
    "CONTRACTS_KIND": "example",
}
PULL_REQUEST = {"event_name": "pull_request", "event": {"pull_request": {"number": 7}}, "run_id": 1, "run_attempt": 1}
GH = (
    f"#!{sys.executable} -I"
    + """
import json, os, sys
arguments = sys.argv[1:]
files = {word.split("=@")[0]: open(word.split("=@")[1]).read() for word in arguments if "=@" in word}
with open(os.environ["GH_LOG"], "a") as log:
    log.write(json.dumps({"arguments": arguments, "files": files, "token": os.environ["GH_TOKEN"]}) + "\\n")
if "--paginate" in arguments:
    print(os.environ.get("GH_EARLIER", ""))
"""
)
"""A stub of GitHub's command, which is on its runners. It records its calls, and knows one comment or none."""
CONTRACTS = """#!/bin/sh
if [ "$1" = run ]; then
  [ -f '{folder}/result.json' ] && mkdir -p "$CONTRACTS_REPORT_DIR" && cp '{folder}'/* "$CONTRACTS_REPORT_DIR"
  exit {code}
fi
exec '{real}' "$@"
"""
"""A suite whose run has a prepared report; its other commands are real."""


class Job:
    """A job with a stub of GitHub's command. The name of its folder has a space, as that of a runner may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a job"
        self.folder.mkdir()
        self.python = installed_suite.make_python(folder / "bin")
        (folder / "bin" / "gh").write_text(GH)
        (folder / "bin" / "gh").chmod(0o755)
        self.calls_file = folder / "gh.jsonl"
        path = f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        self.environment = {**REPOSITORY, "PATH": path, "GH_LOG": str(self.calls_file)}

    def run(self, github: Mapping[str, Any] = PULL_REQUEST, **inputs: str) -> Run:
        return Runner(FILE, self.folder, self.environment, github).run(**inputs)

    def save_last(self, result: Result) -> None:
        (self.folder / "contracts-last-contracts").mkdir()
        result.write(self.folder / "contracts-last-contracts" / "result.json", RULES)

    def prepare(self, result: Result | None, code: int) -> None:
        """Let the suite's run have this result, None for a run that has no report."""
        prepared, commands = self.folder / "prepared", self.folder / "runner temp" / "wavetank" / "bin"
        prepared.mkdir()
        commands.mkdir(parents=True)
        if result is not None:
            result.write(prepared / "result.json", RULES)
            (prepared / "summary.md").write_text("# The summary\n")
        script = CONTRACTS.format(folder=prepared, code=code, real=suite_process.COMMAND)
        (commands / "contracts").write_text(script)
        (commands / "contracts").chmod(0o755)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return (
            [json.loads(line) for line in self.calls_file.read_text().splitlines()] if self.calls_file.exists() else []
        )


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, Run]:
    """Run the action once against a mock, with all that it can do, after a run that found the rule broken."""
    job = Job(tmp_path_factory.mktemp("action"))
    job.save_last(a_result(a_failure("BEV-07"), run=a_run(target="https://staging.example/api/v3")))
    baseline.write(a_result(an_outcome(Verdict.PASS, "BEV-07")), RULES, job.folder / "baseline.json")
    with suite_process.running_mock() as origin:
        ran = job.run(
            url=f"{origin}/api/v3",
            user="partner@acme.example",
            profile="smoke",
            baseline="baseline.json",
            code_scanning="true",
            comment="true",
        )
    return job, ran


def test_a_run_on_the_mock_conforms(checked: tuple[Job, Run]) -> None:
    _, ran = checked
    assert ran.code == 0, ran.output
    assert ran.outputs == {"exit-code": "0", "report-dir": "contracts-report-contracts"}
    assert "# Contracts: conforms" in ran.read("GITHUB_STEP_SUMMARY")
    assert "nothing new is broken" in ran.output


def test_the_suite_is_installed_from_the_action_s_own_version(checked: tuple[Job, Run]) -> None:
    job, _ = checked
    venv, install = installed_suite.read_calls(job.python)
    assert venv == f"-m venv {job.folder}/runner temp/wavetank"
    source = f"{FILE.parent}/../../.."
    assert install.endswith(f"-c {source}/constraints.txt {source}[contracts]")
    assert (FILE.parent / "../../../constraints.txt").resolve() == ROOT / "constraints.txt"


def test_the_report_is_kept_with_sarif_badge_and_comparison(checked: tuple[Job, Run]) -> None:
    job, ran = checked
    uploaded = next(values for action, values in ran.used if action.startswith("actions/upload-artifact@"))
    report = job.folder / uploaded["path"].splitlines()[0]
    names = {file.name for file in report.iterdir()}
    assert {"report.html", "results.sarif", "badge.svg", "junit.xml", "comparison.html", "comparison.md"} <= names


def test_the_result_is_kept_for_the_next_run(checked: tuple[Job, Run]) -> None:
    job, ran = checked
    caches = [values for action, values in ran.used if action.startswith("actions/cache")]
    assert [each["key"] for each in caches] == ["wavetank-contracts-1-1"] * 2
    assert caches[0]["restore-keys"] == "wavetank-contracts-"
    kept = Result.load(job.folder / caches[1]["path"] / "result.json")
    assert kept.run.target.startswith("http://127.0.0.1")


def test_findings_are_uploaded_to_code_scanning(checked: tuple[Job, Run]) -> None:
    job, _ = checked
    upload = job.calls[0]
    assert upload["arguments"][:4] == ["api", "--method", "POST", "repos/acme/shop/code-scanning/sarifs"]
    assert upload["token"] == "t0ken"
    sarif = json.loads(gzip.decompress(base64.b64decode(upload["files"]["sarif"])))
    assert sarif["version"] == "2.1.0"


def test_the_comment_says_what_changed_since_the_last_run(checked: tuple[Job, Run]) -> None:
    job, _ = checked
    search, comment = job.calls[1:]
    assert search["arguments"][:3] == ["api", "--paginate", "repos/acme/shop/issues/7/comments"]
    assert comment["arguments"][:4] == ["api", "--method", "POST", "repos/acme/shop/issues/7/comments"]
    first, second = comment["files"]["body"].splitlines()[:2]
    assert first == "<!-- wavetank contracts -->"
    assert second == "## Contracts: nothing new is broken: 0 newly broken, 1 fixed, 0 still broken"


def test_an_earlier_comment_is_replaced(job: Job) -> None:
    job.prepare(a_result(an_outcome(Verdict.PASS, "BEV-07")), 0)
    job.environment["GH_EARLIER"] = "https://api/comments/1"
    assert job.run(url="http://mock", comment="true").code == 0
    assert job.calls[-1]["arguments"][:4] == ["api", "--method", "PATCH", "https://api/comments/1"]
    assert "There is no earlier result to compare with." in job.calls[-1]["files"]["body"]


@pytest.mark.parametrize(
    ("old", "code"), [(None, 1), (a_failure("BEV-07"), 0), (an_outcome(Verdict.PASS, "BEV-07"), 1)]
)
def test_a_broken_rule_fails_the_job_unless_it_is_in_the_baseline(job: Job, old: Any, code: int) -> None:
    job.prepare(a_result(a_failure("BEV-07")), 1)
    if old is not None:
        baseline.write(a_result(old), RULES, job.folder / "kept.json")
    ran = job.run(url="http://mock", baseline="" if old is None else "kept.json")
    assert (ran.code, ran.outputs["exit-code"]) == (code, "1"), ran.output
    assert job.calls == []


@pytest.mark.parametrize("code", [2, 3])
def test_a_run_without_a_report_fails_the_job_with_its_code(job: Job, code: int) -> None:
    job.prepare(None, code)
    ran = job.run(url="http://mock", comment="true", code_scanning="true")
    assert ran.code == code
    assert not [action for action, _ in ran.used if action.startswith("actions/cache/save")]
    assert job.calls == []


def test_every_input_that_names_an_option_is_passed_on(job: Job) -> None:
    step = next(step for step in Runner(FILE, job.folder, {}).action["runs"]["steps"] if step.get("id") == "run")
    action = Runner(FILE, job.folder, {}).action
    own = {"url", "baseline", "name", "code-scanning", "comment", "token", "python-version"}
    variables = {f"CONTRACTS_{name.replace('-', '_').upper()}" for name in set(action["inputs"]) - own}
    assert set(step["env"]) == variables | {"CONTRACTS_BASE_URL", "CONTRACTS_REPORT_DIR"}
