"""What a gotcha is made of: the calls of its story, what their answers must show, the workspace that it is played in.

`$NAME` in a path, query, body or header stands for what an earlier answer was asked to keep under that name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
CheckKind: TypeAlias = Literal["is", "as", "unlike", "header", "no header"]
ApiName: TypeAlias = Literal["PLATFORM", "MOCK"]
VARIABLE_PATTERN = re.compile(r"\$([A-Z_]+)")
START_TIME = "2026-09-01T12:00:00Z"
DEFAULT_USER = "partner@acme.example"
SECRET_VARIABLES = frozenset({"TOKEN", "REFRESH", "PASSWORD"})
"""Names whose values are never shown."""


@dataclass(frozen=True, slots=True)
class ResponseCheck:
    """One thing that an answer must show: a place in its body that `is` a value, or is `as` or `unlike` a kept one.

    For `header` and `no header` the place is the header's name, in small letters.
    """

    kind: CheckKind
    selector: str
    value: Json = None


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """One request of the story, and what its answer must be.

    `query` is written as it stands in the address. `token` is the name under which the access token was kept, None
    for a call without one. `keeps` are pairs of a name and a place in the body. `surprise` is the sentence about what
    nobody expects of the answer, empty where it surprises nobody.
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
        """The names that the request needs a value of."""
        texts = [self.path, self.query, *_collect_strings(self.body), *(value for _, value in self.headers)]
        variables = {name for text in texts for name in VARIABLE_PATTERN.findall(text)}
        return frozenset(variables | ({self.token_variable} if self.token_variable else set()))


@dataclass(frozen=True, slots=True)
class WorkspaceSetup:
    """The workspace that a story is played in: the sample world on a clock that stands still.

    `rate_limits` are requests a minute, None for those that the server plays by itself.
    """

    seed: int = 1
    now: str = START_TIME
    rate_limits: Mapping[str, int] | None = None

    def to_request_body(self, name: str) -> dict[str, Json]:
        """The body that has a workspace of that name made."""
        plain: dict[str, Json] = {"name": name, "seed": self.seed, "now": self.now, "mode": "frozen"}
        plain |= {"timing": "quick", "world": "sample", "quirks": {}}
        return plain if self.rate_limits is None else {**plain, "rate_limits": dict(self.rate_limits)}


@dataclass(frozen=True, slots=True)
class Gotcha:
    """One gotcha. `words` are further ones that it is found by.

    `before` leads up to the moment of the trap, `trap` springs it (its first call is the next thing to do), `after` is
    how it is done right.
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

    @property
    def steps(self) -> tuple[ScenarioStep, ...]:
        """The whole story."""
        return (*self.before, *self.trap, *self.after)


def _collect_strings(body: Json) -> list[str]:
    if isinstance(body, str):
        return [body]
    parts = list(body.values()) if isinstance(body, dict) else body if isinstance(body, list) else []
    return [text for part in parts for text in _collect_strings(part)]
