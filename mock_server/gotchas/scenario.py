"""The data types of a gotcha: the steps of its scenario, the checks of their responses, and its workspace.

`$NAME` in a path, query, body or header is a variable: the value that an earlier step captured under that name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mock_server.state.documentation import GENERATIONS, Documentation

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
CheckKind: TypeAlias = Literal["is", "as", "unlike", "header", "no header"]
ApiName: TypeAlias = Literal["PLATFORM", "MOCK"]
VARIABLE_PATTERN = re.compile(r"\$([A-Z_]+)")
START_TIME = "2026-09-01T12:00:00Z"
DEFAULT_USER = "partner@acme.example"
SECRET_VARIABLES = frozenset({"TOKEN", "REFRESH", "PASSWORD"})
"""Variables with secret values, which are never shown."""


@dataclass(frozen=True, slots=True)
class ResponseCheck:
    """One check of a response.

    With `is`, the value at `selector` must be equal to `value`. With `as`, it must be equal to the captured variable
    that `value` names; with `unlike`, it must differ from that variable. With `header` or `no header`, the selector is
    a header's lower-case name.
    """

    kind: CheckKind
    selector: str
    value: Json = None


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One request of a scenario, and what its response must be.

    `query` is the query string as it appears in the URL. `captures` contains pairs of a variable and a selector of the
    response body. `token_variable` is the variable with the access token, None if the request has no token. `surprise`
    states what is unexpected in the response; it is empty if nothing is unexpected.
    """

    description: str
    method: str
    path: str
    query: str = ""
    body: Json = None
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    checks: tuple[ResponseCheck, ...] = ()
    captures: tuple[tuple[str, str], ...] = ()
    api: ApiName = "PLATFORM"
    token_variable: str | None = "TOKEN"  # noqa: S105 - a name
    surprise: str = ""

    @property
    def used_variables(self) -> frozenset[str]:
        """The variables that the request uses."""
        texts = [self.path, self.query, *_collect_strings(self.body), *(value for _, value in self.headers)]
        variables = {name for text in texts for name in VARIABLE_PATTERN.findall(text)}
        return frozenset(variables | ({self.token_variable} if self.token_variable else set()))


@dataclass(frozen=True, slots=True)
class WorkspaceSetup:
    """The workspace in which a scenario is played: the sample world with a frozen clock.

    `rate_limits` are in requests per minute; None means the server's own limits.
    """

    seed: int = 1
    now: str = START_TIME
    rate_limits: Mapping[str, int] | None = None

    def to_request_body(self, name: str, documentation: Documentation) -> dict[str, Json]:
        """Build the body of the request that creates this workspace under the given name."""
        plain: dict[str, Json] = {"name": name, "seed": self.seed, "now": self.now, "mode": "frozen"}
        plain |= {"timing": "quick", "world": "sample", "documentation": documentation, "quirks": {}}
        return plain if self.rate_limits is None else {**plain, "rate_limits": dict(self.rate_limits)}


@dataclass(frozen=True, slots=True)
class Gotcha:
    """One gotcha and its scenario.

    The steps `before` prepare the trap, the steps of `trap` do what a naive client does, and the steps `after` show the
    right way. `keywords` are additional search words. `generations` lists the generations of the vendor's documentation
    in which it holds; it is played in the first of them.
    """

    id: str
    title: str
    rules: tuple[str, ...]
    naive_behaviour: str
    actual_behaviour: str
    solution: str
    before: tuple[ScenarioStep, ...]
    trap: tuple[ScenarioStep, ...]
    after: tuple[ScenarioStep, ...]
    setup: WorkspaceSetup = WorkspaceSetup()
    keywords: tuple[str, ...] = ()
    user: str = DEFAULT_USER
    generations: tuple[Documentation, ...] = GENERATIONS

    def to_workspace_request(self, name: str) -> dict[str, Json]:
        """Build the body of the request that creates the workspace in which it is played, under the given name."""
        return self.setup.to_request_body(name, self.generations[0])

    @property
    def steps(self) -> tuple[ScenarioStep, ...]:
        """All steps of the scenario in order."""
        return (*self.before, *self.trap, *self.after)


def _collect_strings(body: Json) -> list[str]:
    if isinstance(body, str):
        return [body]
    parts = list(body.values()) if isinstance(body, dict) else body if isinstance(body, list) else []
    return [text for part in parts for text in _collect_strings(part)]
