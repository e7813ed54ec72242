"""Plays a gotcha on a server and narrates it as a shell script: each request, then what the response shows."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from mock_server.cli import http_client
from mock_server.cli.gotcha_target import GotchaServer
from mock_server.cli.server_options import SAMPLE_PASSWORD
from mock_server.flags import CommandError
from mock_server.gotchas import rendering
from mock_server.gotchas.player import Player, ScenarioRequest
from mock_server.gotchas.scenario import Gotcha

TEMPORARY_SERVER_NOTE = (
    "# No server is running at the default address, so a temporary one was started. It stops when this command ends.",
    "# To run these commands yourself, start wavetank serve and set SERVER to its address.",
)
TOKEN_NOTE = "# To run these commands yourself, set CONTROL_TOKEN to the server's control token first."  # noqa: S105 - text
PASSWORD_NOTE = "# To run these commands yourself, set PASSWORD to the users' password first."  # noqa: S105 - text


@dataclass(slots=True)
class Narration:
    """The narration of one gotcha, played in a new workspace of a server.

    `failed` becomes true if a response is not what the scenario expects; the narration ends there. `is_locked_out`
    becomes true if that is because the password of the sample users was refused.
    """

    gotcha: Gotcha
    server: GotchaServer
    workspace_name: str
    password: str = SAMPLE_PASSWORD
    keep: bool = False
    failed: bool = field(default=False, init=False)
    is_locked_out: bool = field(default=False, init=False)

    def play(self) -> Iterator[str]:
        """Play the gotcha, and delete the workspace afterwards unless `keep` is set. Raises CommandError."""
        yield from rendering.format_heading(self.gotcha)
        yield from self._create_workspace()
        try:
            yield from self._play_steps()
        finally:
            if not self.keep:
                self.server.send(ScenarioRequest("DELETE", f"/_mock/workspaces/{self.workspace_name}", (), None))
        if self.keep:
            yield f"# The workspace {self.workspace_name} is kept: {self.server.origin}{self._workspace_prefix}/api/v3"
            yield "# To run these commands again, delete the workspace or use another name."
        else:
            workspace_url = f'"$SERVER/_mock/workspaces/{self.workspace_name}"'
            yield f"curl -s -X DELETE {workspace_url}{self._control_header}   # delete the workspace"
        yield ""

    def _create_workspace(self) -> Iterator[str]:
        """Create the workspace, and yield the shell lines that would create it."""
        request_body = json.dumps(self.gotcha.to_workspace_request(self.workspace_name))
        headers = (("content-type", "application/json"),)
        answer = self.server.send(ScenarioRequest("POST", "/_mock/workspaces", headers, request_body.encode()))
        if answer.status != 201:
            reason = f"{answer.status} {http_client.format_error_body(answer.body)}"
            raise CommandError(f"{self.server.origin} did not create a workspace: {reason}")
        yield from self._format_setup(request_body)

    def _format_setup(self, request_body: str) -> Iterator[str]:
        if self.server.is_temporary:
            yield from TEMPORARY_SERVER_NOTE
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
                self.is_locked_out = step.path == "/auth" and played.status == HTTPStatus.UNAUTHORIZED
                return

    @property
    def _workspace_prefix(self) -> str:
        return f"/w/{self.workspace_name}"

    @property
    def _control_header(self) -> str:
        return "" if self.server.control_token is None else f" {rendering.CONTROL_TOKEN_OPTION}"
