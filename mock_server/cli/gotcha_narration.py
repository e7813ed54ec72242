"""A story told while it is played at a server: lines that a shell takes, each request before it is sent."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from mock_server.cli import http_client
from mock_server.cli.flags import Refused
from mock_server.cli.gotcha_target import Target
from mock_server.gotchas import rendering
from mock_server.gotchas.player import Player, Request
from mock_server.gotchas.scenario import Gotcha

OWN = (
    "# No server answered at the usual address: this one was started to play on, and is stopped at the end.",
    "# To paste what follows, run mock-server serve and name its address here.",
)
NEEDS_TOKEN = "# To paste what follows, put the server's control token into CONTROL_TOKEN first."  # noqa: S105 - a sentence
NEEDS_PASSWORD = "# To paste what follows, put the users' password into PASSWORD first."  # noqa: S105 - a sentence
SAMPLE_PASSWORD = "wavetank"  # noqa: S105 - printed at every start


@dataclass(slots=True)
class Narration:
    """One gotcha, played at a target in a workspace of this name, by users with this password.

    `failed` becomes true where an answer is not what the story says; the story ends there.
    """

    gotcha: Gotcha
    target: Target
    name: str
    password: str = SAMPLE_PASSWORD
    keep: bool = False
    failed: bool = field(default=False, init=False)

    def lines(self) -> Iterator[str]:
        """The whole story; the workspace is gone after it, however it ends, but where it is kept. Raises Refused."""
        yield from rendering.told(self.gotcha)
        yield from self._made()
        try:
            yield from self._played()
        finally:
            if not self.keep:
                self.target.ask(Request("DELETE", f"/_mock/workspaces/{self.name}", (), None))
        if self.keep:
            yield f"# The workspace {self.name} is kept: {self.target.origin}{self._prefix}/api/v3"
            yield "# To paste this, delete it first or write another name: a name is given once."
        else:
            yield f'curl -s -X DELETE "$SERVER/_mock/workspaces/{self.name}"{self._control_header}   # it is deleted'
        yield ""

    def _made(self) -> Iterator[str]:
        order = json.dumps(self.gotcha.setting.order(self.name))
        headers = (("content-type", "application/json"),)
        answer = self.target.ask(Request("POST", "/_mock/workspaces", headers, order.encode()))
        if answer.status != 201:
            raise Refused(f"{self.target.origin} made no workspace: {answer.status} {http_client.why(answer.body)}")
        if self.target.own:
            yield from OWN
        if self.target.control_token is not None:
            yield NEEDS_TOKEN
        yield f"SERVER={self.target.origin}"
        if self.password == SAMPLE_PASSWORD:
            yield f"PASSWORD={SAMPLE_PASSWORD}"
        else:
            yield NEEDS_PASSWORD
        making = f"curl -sSf -o /dev/null $SERVER/_mock/workspaces{self._control_header}"
        yield f"{making} {rendering.JSON} -d {shlex.quote(order)}"
        yield f"PLATFORM=$SERVER{self._prefix}/api/v3"
        yield f"MOCK=$SERVER{self._prefix}/_mock"
        yield ""

    def _played(self) -> Iterator[str]:
        player, needed = Player({"PASSWORD": self.password}), rendering.needed(self.gotcha.calls)
        turn = len(self.gotcha.before) + len(self.gotcha.trap)
        for number, call in enumerate(self.gotcha.calls, 1):
            if number == turn + 1:
                yield from rendering.right(self.gotcha)
            yield from rendering.request(number, call, needed, control=self.target.control_token is not None)
            played = player.take(call, self.target.ask(player.request(call), self._prefix))
            yield from rendering.answer(played)
            if played.differences:
                self.failed = True
                return

    @property
    def _prefix(self) -> str:
        return f"/w/{self.name}"

    @property
    def _control_header(self) -> str:
        return "" if self.target.control_token is None else f" {rendering.CONTROL}"
