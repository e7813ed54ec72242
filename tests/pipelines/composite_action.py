"""Runs the shell steps of a composite action as GitHub's runner does, with the environment that the runner gives them.

Steps that use another action are recorded, not run. Only the expressions that our actions contain are evaluated.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.S)
TOKEN = re.compile(r"'[^']*'|[A-Za-z_][\w.-]*(?!\w*\()(?=[^\w(.-]|$)|\|\||&&")
STATUS_FUNCTIONS = ("always()", "cancelled()")


@dataclass
class Run:
    """What an action has done. `code` is that of the first step that failed, `used` the actions that it uses."""

    folder: Path
    code: int = 0
    output: str = ""
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    steps: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    process_groups: list[int] = field(default_factory=list)

    def read(self, name: str) -> str:
        """Return the content of a file of the runner, such as GITHUB_STEP_SUMMARY."""
        file = self.folder / "runner" / name
        return file.read_text(encoding="utf-8") if file.exists() else ""


class Runner:
    """Runs an action in a folder. `github` is the context with this name, and `environment` that of the job."""

    def __init__(
        self, file: Path, folder: Path, environment: Mapping[str, str], github: Mapping[str, Any] | None = None
    ) -> None:
        self.action = yaml.safe_load(file.read_text(encoding="utf-8"))
        self._run = Run(folder)
        self._environment = dict(environment)
        self._temporary = folder / "runner temp"
        self._temporary.mkdir(exist_ok=True)
        (folder / "runner").mkdir(exist_ok=True)
        self._github = {"action_path": str(file.parent), "token": "t0ken", **(github or {})}

    def run(self, **inputs: str) -> Run:
        """Run all steps. Later steps of a failed one are skipped unless their condition says otherwise."""
        declared = self.action["inputs"]
        unknown = {name.replace("_", "-") for name in inputs} - set(declared)
        assert not unknown, unknown
        defaults = {name: self._evaluate(str(each.get("default", "")), {}) for name, each in declared.items()}
        given = defaults | {name.replace("_", "-"): value for name, value in inputs.items()}
        for step in self.action["runs"]["steps"]:
            self._run_step(step, given)
        outputs = self.action.get("outputs", {}).items()
        self._run.outputs = {name: self._evaluate(each["value"], given) for name, each in outputs}
        return self._run

    def _run_step(self, step: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
        condition = str(step.get("if", "success()"))
        if self._run.code and not any(function in condition for function in STATUS_FUNCTIONS):
            return
        if not self._evaluate_one(condition.removeprefix("${{").removesuffix("}}"), inputs):
            return
        if "uses" in step:
            with_values = {name: self._evaluate(str(value), inputs) for name, value in step.get("with", {}).items()}
            self._run.used.append((step["uses"], with_values))
            return
        own = {name: self._evaluate(value, inputs) for name, value in step.get("env", {}).items()}
        self._run_script(step["run"], step.get("id", ""), own)

    def _run_script(self, script: str, name: str, own: Mapping[str, str]) -> None:
        files = {file: self._run.folder / "runner" / file for file in ("GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
        files["GITHUB_OUTPUT"] = self._run.folder / "runner" / f"output-{name}"
        environment = {
            **os.environ,
            "RUNNER_TEMP": str(self._temporary),
            **self._environment,
            **{key: str(file) for key, file in files.items()},
            **own,
        }
        with (self._run.folder / "runner" / "log").open("a+", encoding="utf-8") as log:
            process = subprocess.Popen(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
                cwd=self._run.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            code = process.wait(timeout=120)
        self._run.process_groups.append(process.pid)
        self._run.output = self._run.read("log")
        self._run.code = self._run.code or code
        if name and files["GITHUB_OUTPUT"].exists():
            lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
            self._run.steps[name] = {"outputs": dict(line.split("=", 1) for line in lines)}

    def _evaluate(self, text: str, inputs: Mapping[str, str]) -> str:
        """Return the text with the values of its expressions."""
        return EXPRESSION.sub(lambda match: str(self._evaluate_one(match[1], inputs)), text)

    def _evaluate_one(self, expression: str, inputs: Mapping[str, str]) -> Any:
        contexts = {
            "inputs": inputs,
            "env": self._environment,
            "steps": {"python": {"outputs": {}}, **self._run.steps},
            "github": self._github,
        }

        def look_up(name: str) -> Any:
            value: Any = contexts
            for part in name.split("."):
                value = value.get(part, "") if isinstance(value, Mapping) else ""
            return value

        def translate(match: re.Match[str]) -> str:
            token = match[0]
            if token.startswith("'"):
                return token
            return {"||": " or ", "&&": " and "}.get(token) or f"look_up({token!r})"

        functions = {
            "always": lambda: True,
            "cancelled": lambda: False,
            "success": lambda: True,
            "format": lambda text, *values: re.sub(r"\{(\d)\}", lambda match: str(values[int(match[1])]), text),
            "hashFiles": lambda pattern: "digest" if any(self._run.folder.glob(pattern)) else "",
        }
        return eval(TOKEN.sub(translate, expression).strip(), {"look_up": look_up, **functions})
