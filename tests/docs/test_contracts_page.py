"""On the pages about the contract suite, the commands run and the options exist."""

import argparse
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from contracts import report
from contracts.cli import option_sources, run
from contracts.cli.configuration import OPTIONS_BY_COMMAND, complete_command
from contracts.report import comparison as comparison_report
from contracts.report import summary
from contracts.results import comparison
from contracts.spec.verdicts import Verdict
from tests.contracts import suite_process
from tests.contracts.results.result_builders import RULES, a_failure, a_result, a_run, an_outcome
from tests.docs import pages
from tests.docs.pages import DOCUMENTED_ADDRESS

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
RECIPES = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
NIGHTLY = pages.read_page("recipes/nightly")
PAGES = {"contracts": CONTRACTS, "recipes": RECIPES, "recipes/nightly": NIGHTLY}
COMMAND_PATTERN = re.compile(r"(?:contracts run|pytest) (?:[^\n`\\]|\\\n)*")


def parse_commands(page: str) -> list[list[str]]:
    """Return each command `contracts run` and `pytest` on the page, split into words."""
    page_text = re.sub(r"\$\{\{[^}]*\}\}", "VALUE", page)
    matches = [match[0].replace("\\\n", " ") for match in COMMAND_PATTERN.finditer(page_text) if " --" in match[0]]
    return [shlex.split(command) for command in matches]


def test_the_commands_print_what_the_page_says(tmp_path: Path) -> None:
    with suite_process.running_mock() as origin:
        address = origin.removeprefix("http://")
        session = [
            replace(
                step,
                commands=step.commands.replace(DOCUMENTED_ADDRESS, address).replace(
                    ".venv/bin/contracts", suite_process.COMMAND
                ),
            )
            for step in pages.parse_steps(CONTRACTS)
        ]
        printed = pages.run_session(session, tmp_path)
    assert len(session) == 3
    for step, text in zip(session, printed, strict=True):
        assert step.expected_output is not None
        assert pages.output_matches(step.expected_output.replace(DOCUMENTED_ADDRESS, address), text), text


@pytest.mark.parametrize("name", PAGES)
def test_every_option_that_a_page_names_is_there(name: str) -> None:
    known = argparse.ArgumentParser()
    run.add_options(known)
    # These are the options of `contracts compare` and `contracts gate`.
    for option in ("--html", "--json", "--markdown", "--baseline", "--update"):
        known.add_argument(option)
    options = {word for action in known._actions for word in action.option_strings}
    own = {"--run", "--depth", "--ready", "--wait", "--pyargs", "--name", "--mode", "--ttl"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGES[name]))
    assert named
    assert {word.replace("--contracts-", "--") for word in named} <= options | own


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_a_page_is_understood(name: str) -> None:
    known = argparse.ArgumentParser()
    run.add_options(known)
    for words in (words[2:] for words in parse_commands(PAGES[name]) if words[0] == "contracts"):
        known.parse_args([word for word in words if word != "…"])


@pytest.mark.parametrize("verdict", Verdict)
def test_the_page_explains_every_verdict(verdict: Verdict) -> None:
    assert f"| {summary.VERDICT_NAMES[verdict]} |" in CONTRACTS


def test_the_page_names_every_report() -> None:
    for file in ("result.json", "summary.txt", *report.WRITER_BY_FILE_NAME):
        assert f"`{file}`" in CONTRACTS


def test_the_table_for_pyproject_is_understood(tmp_path: Path) -> None:
    (table,) = (match[2] for match in pages.BLOCK.finditer(CONTRACTS) if match[1] == "toml")
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    words = complete_command(["run"], {}, tmp_path)
    known = argparse.ArgumentParser()
    run.add_options(known)
    assert known.parse_args(words[1:]).expectations == str(tmp_path / "known-failures.yaml")
    assert complete_command(["gate"], {}, tmp_path) == ["gate", f"--baseline={tmp_path}/contracts-baseline.json"]


@pytest.mark.parametrize("page", [RECIPES, NIGHTLY], ids=["recipes", "nightly"])
def test_a_workflow_gives_our_actions_the_inputs_that_they_have(page: str) -> None:
    workflow = yaml.safe_load(next(match[2] for match in pages.BLOCK.finditer(page) if match[1] == "yaml"))
    (job,) = workflow["jobs"].values()
    ours = [step for step in job["steps"] if "/wavetank/" in step.get("uses", "")]
    assert ours
    for step in ours:
        file = ROOT / step["uses"].partition("/wavetank/")[2].partition("@")[0] / "action.yml"
        action = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert set(step["with"]) <= set(action["inputs"])
        assert {name for name, each in action["inputs"].items() if each.get("required")} <= set(step["with"])


def test_a_pipeline_sets_variables_that_exist() -> None:
    pipeline = yaml.safe_load([match[2] for match in pages.BLOCK.finditer(NIGHTLY) if match[1] == "yaml"][1])
    template = (ROOT / pipeline["include"][0]["file"]).read_text(encoding="utf-8")
    job = pipeline["staging"]
    assert f"\n{job['extends']}:\n" in template
    options = {option_sources.variable_of(each) for group in OPTIONS_BY_COMMAND.values() for each in group}
    assert set(job["variables"]) <= options | {"WAVETANK_PACKAGE"}


def test_the_page_shows_a_comparison_as_it_is_printed() -> None:
    old = a_result(
        an_outcome(Verdict.PASS, "BEV-07", "BASE-07", "JOB-03"),
        run=a_run(is_our_mock=True),
    )
    new = a_result(
        a_failure("BEV-07", reason="orders counted, given one order at 2026-06-04T00:00:00Z", expected="0", seen="1"),
        an_outcome(Verdict.OBSERVATION, "BASE-07", reason="status of GET /api/v3/status", expected="307", seen="301"),
        an_outcome(Verdict.NOT_APPLICABLE, "JOB-03", reason="needs a clock"),
        run=a_run(target="https://staging.example/api/v3"),
    )
    printed = comparison_report.format_comparison(comparison.compare(old, new, RULES))
    assert f"```text\n{printed}\n```" in CONTRACTS
