"""Schemas of gotchas and of the workspaces that are prepared for them."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.schemas import JsonObject
from mock_server.control.workspaces.schemas import TtlSeconds, WorkspaceName
from mock_server.http.fields import ClosedModel, Text, closed
from mock_server.state.documentation import Documentation
from mock_server.state.workspace_registry import DEFAULT_TTL


class GotchaQuery(ClosedModel):
    """Selects gotchas by words: each word of `q` must occur in the id, the title, the rules or the texts."""

    q: Annotated[Text, Field(description="Words, separated by spaces.")] = ""


class TrapRequest(ClosedModel):
    """The workspace to create for the gotcha. The default of `name` begins with the gotcha's id."""

    name: WorkspaceName | None = None
    ttl_seconds: TtlSeconds = DEFAULT_TTL


@closed
class GotchaBody(TypedDict):
    """A gotcha: what a naive client does, what happens instead, the solution, and the command that shows it.

    `documentation` lists the generations of the vendor's documentation in which it holds.
    """

    id: str
    title: str
    rules: list[str]
    documentation: list[Documentation]
    naive_behaviour: str
    actual_behaviour: str
    solution: str
    command: str


@closed
class GotchaStepBody(TypedDict):
    """One request of the gotcha's scenario.

    `path` includes the query and the workspace's prefix. A `$NAME` in it, or in the body, is a value from an earlier
    response. `headers` excludes the token and the content type. `curl` is the request as shell commands, which use
    these variables: PLATFORM and MOCK, the workspace's base URLs; PASSWORD, the user's password; TOKEN, the access
    token. `has_token` says whether the request carries the access token. `captures` maps each variable that the response
    sets to the member of the response, such as `.id`. `observations` lists the status and the relevant members of the
    response. `surprise` states what is unexpected in the response.
    """

    description: str
    method: str
    path: str
    headers: dict[str, str]
    body: JsonObject | None
    has_token: bool
    captures: dict[str, str]
    curl: list[str]
    observations: list[str]
    surprise: str | None


@closed
class TrapBody(TypedDict):
    """A workspace that is prepared for a gotcha: every step before the trap has been played.

    `user` is the user to sign in as. The first of the `trap_steps` triggers the gotcha; the `solution_steps` show how
    to avoid it.
    """

    gotcha: GotchaBody
    workspace: str
    base_path: str
    control_path: str
    ttl_seconds: int
    user: str
    played_steps: list[GotchaStepBody]
    trap_steps: list[GotchaStepBody]
    solution_steps: list[GotchaStepBody]
