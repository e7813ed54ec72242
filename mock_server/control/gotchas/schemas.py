"""What the bodies and answers about gotchas look like."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.workspaces.schemas import MAX_TTL_SECONDS, WorkspaceName
from mock_server.http.fields import BODY_INTEGER, ClosedModel, Text, closed
from mock_server.state.workspace_registry import DEFAULT_TTL


class GotchaQuery(ClosedModel):
    """`q` finds gotchas by words: all of them must stand in its id, title, rules or story."""

    q: Text = ""


class TrapRequest(ClosedModel):
    """Where the trap is set. The name is made from the gotcha's id where it is left out."""

    name: WorkspaceName | None = None
    ttl_seconds: Annotated[int, Field(ge=1, le=MAX_TTL_SECONDS), BODY_INTEGER] = DEFAULT_TTL


@closed
class GotchaBody(TypedDict):
    """One gotcha: what a naive client does, what happens, how it is done right, and the command that shows it."""

    id: str
    title: str
    rules: list[str]
    naive_behaviour: str
    actual_behaviour: str
    solution: str
    command: str


@closed
class GotchaStepBody(TypedDict):
    """One call of the story.

    `path` is that of this server, with its query; a `$` name in it, or in the body, is what an earlier call gives.
    `headers` are those beside the token and the content type.
    `curl` are lines for a shell in which PLATFORM and MOCK are the two addresses of the workspace, PASSWORD is the
    user's and TOKEN what signing in gave. `sees` are the status and the places of the answer that matter, `surprise`
    is what nobody expects of it.
    """

    description: str
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None
    curl: list[str]
    observations: list[str]
    surprise: str | None


@closed
class TrapBody(TypedDict):
    """A workspace at the moment of the trap: who signs in, the calls that led there, and what comes next.

    The first call of `next` springs the trap; those of `then` are how it is done right.
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
