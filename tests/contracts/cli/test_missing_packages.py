"""Without the packages of the extra `contracts`, each command says in one line what to install, and ends with 2."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from contracts.cli import packages

PROGRAM = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split(",")))
from contracts.cli.main import main
for command in sys.argv[2:]:
    try:
        main(command.split())
    except SystemExit as ended:
        print(ended.code)
"""
"""Runs each command where some modules cannot be imported, and prints its exit code."""
COMMANDS = ("--help", "run", "replay x", "cleanup", "compare a b", "gate", "list", "explain BEV-07", "no-command")


@pytest.mark.parametrize("missing", [list(packages.PACKAGES), ["schemathesis"]], ids=["all", "one"])
def test_each_command_names_what_is_not_installed(missing: list[str]) -> None:
    modules = ",".join(packages.PACKAGES[name] for name in missing)
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, modules, *COMMANDS], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["2"] * len(COMMANDS)
    lines = ended.stderr.splitlines()
    assert len(lines) == len(COMMANDS)
    assert all(line.startswith("contracts: ") and ", ".join(missing) in line for line in lines)
    assert all("-m pip install" in line and "[contracts]'" in line for line in lines)


@pytest.mark.parametrize(
    ("recorded", "requirement"),
    [
        pytest.param(None, "wavetank[contracts]", id="an index"),
        pytest.param(
            {"url": "file:///x/y.whl", "archive_info": {}}, "wavetank[contracts] @ file:///x/y.whl", id="a wheel"
        ),
        pytest.param({"url": "file:///x", "dir_info": {}}, "wavetank[contracts] @ file:///x", id="a folder"),
        pytest.param(
            {"url": "https://git.example/x", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "wavetank[contracts] @ git+https://git.example/x@abc",
            id="Git",
        ),
    ],
)
def test_outside_a_checkout_the_command_installs_from_the_same_place(
    recorded: dict[str, Any] | None, requirement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "wavetank-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: wavetank\nVersion: 0.1.0\n", encoding="utf-8")
    if recorded is not None:
        (folder / "direct_url.json").write_text(json.dumps(recorded), encoding="utf-8")
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert packages.format_missing(["schemathesis"]).endswith(f": {sys.executable} -m pip install '{requirement}'")


def test_without_pip_the_command_is_for_uvx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "_read_origin", lambda: " @ file:///x/y.whl")
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    command = "uvx --from 'wavetank[contracts] @ file:///x/y.whl' wavetank contracts"
    assert packages.format_missing(["schemathesis"]).endswith(f": {command}")


def test_the_packages_are_those_of_the_extra() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["contracts"]
    assert [requirement.split(">")[0] for requirement in extra] == list(packages.PACKAGES)
