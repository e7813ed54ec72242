"""The player of stories: it says what to send, takes what was answered, and holds one against the other.

It sends nothing itself: a command sends over a socket, the server to itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from mock_server.gotchas import json_paths
from mock_server.gotchas.scenario import SECRET_VARIABLES, VARIABLE_PATTERN, Json, ResponseCheck, ScenarioStep

API_PREFIXES = {"PLATFORM": "/api/v3", "MOCK": "/_mock"}
"""Where each of the two APIs stands in a workspace."""
Variables: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ScenarioRequest:
    """What is to be sent; `path` begins after the workspace's own prefix and carries the query."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class ScenarioResponse:
    """What came back: the headers by their names in small letters, the body as JSON, None where there was none."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True, slots=True)
class Observation:
    """A place of an answer, and what stood there."""

    check: ResponseCheck
    value: Json


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """A call, the status of its answer, what that showed, and where it differs from the story: empty if nowhere."""

    step: ScenarioStep
    status: int
    observations: tuple[Observation, ...]
    differences: tuple[str, ...]


def parse_body(content: bytes) -> Json:
    """The body of an answer: its JSON, its text where it is none, None where it is empty."""
    try:
        value: Json = json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace") or None
    return value


class Player:
    """Plays calls in order. `known` are values by name: what there was from the start, and what answers gave."""

    def __init__(self, variables: Variables) -> None:
        self.variables: dict[str, Json] = dict(variables)

    def build_request(self, step: ScenarioStep) -> ScenarioRequest:
        """What is to be sent for the call."""
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
        """Hold the answer against the story, and keep of it what is asked for."""
        observations, differences = [], _status_differences(step, response)
        for check in step.checks:
            try:
                observation = Observation(check, _observed_value(check, response))
            except json_paths.SelectorError:
                differences.append(f"the answer has no {check.selector}")
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
            return f"{check.selector} is {seen} as it was before"
        expected = self.variables[str(check.value)] if check.kind == "as" else check.value
        return f"{check.selector} is {seen} in place of {json.dumps(expected, ensure_ascii=False)}"


def substitute(body: Json, variables: Variables) -> Json:
    """The body with its names replaced by what is known; a text that is a name alone becomes the value itself."""
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
    return [f"status {response.status} in place of {step.status}{body_excerpt}"]


def _observed_value(check: ResponseCheck, response: ScenarioResponse) -> Json:
    if check.kind in ("header", "no header"):
        return response.headers.get(check.selector)
    return json_paths.select(response.body, check.selector)
