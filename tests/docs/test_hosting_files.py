"""The files for the hosting site and for pre-commit are right about the project."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import ROOT

FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def test_ci_runs_all_checks_on_each_supported_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    checks = workflow["jobs"]["checks"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={checks['strategy']['matrix']['python'][0]}"
    assert checks["steps"][-1] == {"run": ".ci/run"}


def test_ci_tests_the_ranges_of_dependencies_on_the_lowest_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    lowest = workflow["jobs"]["checks"]["strategy"]["matrix"]["python"][0]
    steps = workflow["jobs"]["ranges"]["steps"]
    assert [step["with"]["python-version"] for step in steps if "setup-python" in step.get("uses", "")] == [lowest]
    assert steps[-1] == {"run": "make ranges"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_an_issue_form_has_what_the_hosting_site_needs(form: Path) -> None:
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert content["name"]
    assert content["description"]
    questions = [part for part in content["body"] if part["type"] != "markdown"]
    assert len({question["id"] for question in questions}) == len(questions) > 0
    assert all(question["attributes"]["label"] for question in questions)


def test_pre_commit_runs_the_tools_of_make_lint() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for hook in config["repos"][0]["hooks"]:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert re.search(rf"\$\(BIN\)/{tool}\b", makefile)


def test_each_commit_that_blame_ignores_has_a_comment() -> None:
    lines = (ROOT / ".git-blame-ignore-revs").read_text(encoding="utf-8").splitlines()
    commits = [place for place, line in enumerate(lines) if line and not line.startswith("#")]
    assert commits
    assert all(re.fullmatch(r"[0-9a-f]{40}", lines[place]) and lines[place - 1].startswith("# ") for place in commits)


def test_ci_tries_our_own_actions_and_the_image() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    used = [step["uses"] for step in jobs["actions"]["steps"] if step.get("uses", "").startswith("./")]
    assert [(ROOT / name / "action.yml").exists() for name in used] == [True, True]
    assert any("docker compose up --build" in step.get("run", "") for step in jobs["image"]["steps"])
