"""Plays a scenario: builds the request of each step and checks the response.

The player does no I/O. Its callers send the requests: the CLI over a socket, the control API in process.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from mock_server.gotchas import json_paths
from mock_server.gotchas.scenario import SECRET_VARIABLES, VARIABLE_PATTERN, Json, ResponseCheck, ScenarioStep

API_PREFIXES = {"PLATFORM": "/api/v3", "MOCK": "/_mock"}
"""The path prefix of each API in a workspace."""
Variables: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ScenarioRequest:
    """A request to send. `path` includes the query string, but not the workspace's prefix."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class ScenarioResponse:
    """A received response: the headers by lower-case name, and the parsed body (None if it was empty)."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True, slots=True)
class Observation:
    """A check and the value that it found in the response."""

    check: ResponseCheck
    value: Json


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """A step after it was played: the response's status, the observed values, and the failed checks as text."""

    step: ScenarioStep
    status: int
    observations: tuple[Observation, ...]
    differences: tuple[str, ...]


def parse_body(content: bytes) -> Json:
    """Return a response body parsed as JSON, or else as text; None if it is empty."""
    try:
        value: Json = json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace") or None
    return value


class Player:
    """Plays steps in order. `variables` contains the initial values by name; steps add the values that they capture."""

    def __init__(self, variables: Variables) -> None:
        self.variables: dict[str, Json] = dict(variables)

    def build_request(self, step: ScenarioStep) -> ScenarioRequest:
        """Build the request of a step."""
        query = f"?{_substitute_in_text(step.query, self.variables, quote_values=True)}" if step.query else ""
        path = _substitute_in_text(step.path, self.variables, quote_values=True)
        headers = [(name, _substitute_in_text(value, self.variables)) for name, value in step.headers]
        if step.token_variable is not None and step.api == "PLATFORM":
            headers.append(("authorization", f"Bearer {self.variables[step.token_variable]}"))
        content = None
        if step.body is not None:
            content = json.dumps(substitute(step.body, self.variables), ensure_ascii=False).encode()
            headers.append(("content-type", "application/json"))
        return ScenarioRequest(step.method, f"{API_PREFIXES[step.api]}{path}{query}", tuple(headers), content)

    def check_response(self, step: ScenarioStep, response: ScenarioResponse) -> PlayedStep:
        """Check the response of a step, and capture variables from it if all checks pass."""
        observations, differences = [], _status_differences(step, response)
        for check in step.checks:
            try:
                observation = Observation(check, _observed_value(check, response))
            except json_paths.SelectorError:
                differences.append(f"the response does not contain {check.selector}")
                continue
            observations.append(observation)
            differences += [] if self._is_satisfied(observation) else [self._format_difference(observation)]
        if not differences:
            observations = [*self._capture_variables(step, response), *observations]
        return PlayedStep(step, response.status, tuple(observations), tuple(differences))

    def _capture_variables(self, step: ScenarioStep, response: ScenarioResponse) -> list[Observation]:
        captured = {name: json_paths.select(response.body, place) for name, place in step.captures}
        self.variables |= captured
        return [
            Observation(ResponseCheck("is", place), captured[name])
            for name, place in step.captures
            if name not in SECRET_VARIABLES
        ]

    def _is_satisfied(self, observation: Observation) -> bool:
        check = observation.check
        if check.kind in ("as", "unlike"):
            return (observation.value == self.variables[str(check.value)]) == (check.kind == "as")
        return observation.value == check.value

    def _format_difference(self, observation: Observation) -> str:
        check, seen = observation.check, json.dumps(observation.value, ensure_ascii=False)
        if check.kind == "unlike":
            return f"{check.selector} is still {seen}"
        expected = self.variables[str(check.value)] if check.kind == "as" else check.value
        return f"{check.selector} is {seen} instead of {json.dumps(expected, ensure_ascii=False)}"


def substitute(body: Json, variables: Variables) -> Json:
    """Replace the variables in a body with their values. Unknown variables are not replaced.

    A string that is only a variable is replaced by the variable's value, which need not be a string.
    """
    if isinstance(body, str):
        name = VARIABLE_PATTERN.fullmatch(body)
        return variables.get(name[1], body) if name else _substitute_in_text(body, variables)
    if isinstance(body, dict):
        return {key: substitute(value, variables) for key, value in body.items()}
    return [substitute(each, variables) for each in body] if isinstance(body, list) else body


def _substitute_in_text(text: str, variables: Variables, *, quote_values: bool = False) -> str:
    def value(name: str) -> str:
        return quote(str(variables[name]), safe="") if quote_values else str(variables[name])

    return VARIABLE_PATTERN.sub(lambda found: value(found[1]) if found[1] in variables else found[0], text)


def _status_differences(step: ScenarioStep, response: ScenarioResponse) -> list[str]:
    if response.status == step.status:
        return []
    body_excerpt = "" if response.body is None else f": {json.dumps(response.body, ensure_ascii=False)[:300]}"
    return [f"status {response.status} instead of {step.status}{body_excerpt}"]


def _observed_value(check: ResponseCheck, response: ScenarioResponse) -> Json:
    if check.kind in ("header", "no header"):
        return response.headers.get(check.selector)
    return json_paths.select(response.body, check.selector)
