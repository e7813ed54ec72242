"""A story told while it is played at a server: lines that a shell takes, each request before it is sent."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from mock_server.cli import http_client
from mock_server.cli.flags import CommandError
from mock_server.cli.gotcha_target import GotchaServer
from mock_server.gotchas import rendering
from mock_server.gotchas.player import Player, ScenarioRequest
from mock_server.gotchas.scenario import Gotcha

STARTED_SERVER_NOTE = (
    "# No server answered at the usual address: this one was started to play on, and is stopped at the end.",
    "# To paste what follows, run mock-server serve and name its address here.",
)
TOKEN_NOTE = "# To paste what follows, put the server's control token into CONTROL_TOKEN first."  # noqa: S105 - a sentence
PASSWORD_NOTE = "# To paste what follows, put the users' password into PASSWORD first."  # noqa: S105 - a sentence
SAMPLE_PASSWORD = "wavetank"  # noqa: S105 - printed at every start


@dataclass(slots=True)
class Narration:
    """One gotcha, played at a target in a workspace of this name, by users with this password.

    `failed` becomes true where an answer is not what the story says; the story ends there.
    """

    gotcha: Gotcha
    server: GotchaServer
    workspace_name: str
    password: str = SAMPLE_PASSWORD
    keep: bool = False
    failed: bool = field(default=False, init=False)

    def play(self) -> Iterator[str]:
        """The whole story; the workspace is gone after it, however it ends, but where it is kept. Raises Refused."""
        yield from rendering.format_heading(self.gotcha)
        yield from self._create_workspace()
        try:
            yield from self._play_steps()
        finally:
            if not self.keep:
                self.server.send(ScenarioRequest("DELETE", f"/_mock/workspaces/{self.workspace_name}", (), None))
        if self.keep:
            yield f"# The workspace {self.workspace_name} is kept: {self.server.origin}{self._workspace_prefix}/api/v3"
            yield "# To paste this, delete it first or write another name: a name is given once."
        else:
            yield f'curl -s -X DELETE "$SERVER/_mock/workspaces/{self.workspace_name}"{self._control_header}   # it is deleted'
        yield ""

    def _create_workspace(self) -> Iterator[str]:
        request_body = json.dumps(self.gotcha.setup.to_request_body(self.workspace_name))
        headers = (("content-type", "application/json"),)
        answer = self.server.send(ScenarioRequest("POST", "/_mock/workspaces", headers, request_body.encode()))
        if answer.status != 201:
            raise CommandError(
                f"{self.server.origin} made no workspace: {answer.status} {http_client.format_error_body(answer.body)}"
            )
        if self.server.is_temporary:
            yield from STARTED_SERVER_NOTE
        if self.server.control_token is not None:
            yield TOKEN_NOTE
        yield f"SERVER={self.server.origin}"
        if self.password == SAMPLE_PASSWORD:
            yield f"PASSWORD={SAMPLE_PASSWORD}"
        else:
            yield PASSWORD_NOTE
        create_command = f"curl -sSf -o /dev/null $SERVER/_mock/workspaces{self._control_header}"
        yield f"{create_command} {rendering.JSON_OPTION} -d {shlex.quote(request_body)}"
        yield f"PLATFORM=$SERVER{self._workspace_prefix}/api/v3"
        yield f"MOCK=$SERVER{self._workspace_prefix}/_mock"
        yield ""

    def _play_steps(self) -> Iterator[str]:
        player, used_variables = Player({"PASSWORD": self.password}), rendering.collect_variables(self.gotcha.steps)
        solution_start = len(self.gotcha.before) + len(self.gotcha.trap)
        for number, step in enumerate(self.gotcha.steps, 1):
            if number == solution_start + 1:
                yield from rendering.format_solution(self.gotcha)
            yield from rendering.format_request(
                number, step, used_variables, with_control_token=self.server.control_token is not None
            )
            played = player.check_response(step, self.server.send(player.build_request(step), self._workspace_prefix))
            yield from rendering.format_response(played)
            if played.differences:
                self.failed = True
                return

    @property
    def _workspace_prefix(self) -> str:
        return f"/w/{self.workspace_name}"

    @property
    def _control_header(self) -> str:
        return "" if self.server.control_token is None else f" {rendering.CONTROL_TOKEN_OPTION}"
