"""The page on the gotchas, made from their data and from playing them: `python -m tests.docs.gotchas_page`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from mock_server import app
from mock_server.cli.gotcha_narration import Narration
from mock_server.control import asgi_client
from mock_server.gotchas import catalogue, rendering
from mock_server.gotchas.player import Player, ScenarioRequest, ScenarioResponse
from mock_server.gotchas.scenario import Gotcha
from mock_server.settings import Settings
from tests.mock_harness import Client

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "gotchas.md"
SHOWN_GOTCHA = "G-02"
RUN_MARK = "000000"
"""What stands in a workspace's name for what differs each time."""
PAGE_HEAD = """# Gotchas: what surprises in the platform, each in one command

Twenty traps of the platform, as stories that play on the mock: what a naive client does, what happens, and the right
way. Made from the data in `mock_server/gotchas/` by `python -m tests.docs.gotchas_page`; the commands in `sh` blocks
run in a test and print what stands below them (`…` stands for what differs each time).

## Find one, and see it happen

```sh
.venv/bin/mock-server gotcha list stale evaluation
```

```text
{listed}
```

`gotcha list` alone lists all; `gotcha run all` plays all. A story is played in a fresh workspace of a running server,
which is deleted afterwards (`--keep` leaves it); nobody else's world is touched. Without `--base-url` that is the
server of this machine at port 8080, or, where none answers, one that is started and stopped again. It ends with 1 where
what surprises does not happen.

```sh
.venv/bin/mock-server gotcha run {shown}
```

```text
{told}
```

What is printed is a script for `sh` or `bash`: paste it, or parts of it (into zsh after `setopt interactivecomments`),
or write it into a file and run that. `# >>>` marks what surprises.

## Stand in one

A test, or a person, can have the trap set and walk into it. The answer says where the workspace is, who signs in, which
calls were made (`played_steps`), what to do next and what it will show (`trap_steps`), and what is right
(`solution_steps`). `GET /_mock/gotchas` lists them all, `?q=stale` those that hold a word.

```sh
curl -s -X POST http://127.0.0.1:8080/_mock/gotchas/{shown} \\
  -H 'content-type: application/json' -d '{{"name":"stale-evaluation"}}' > trap.json
python3 - <<'END'
import json
trap = json.load(open("trap.json"))
print(trap["base_path"], trap["trap_steps"][0]["curl"][0], trap["trap_steps"][0]["surprise"], sep="\\n")
END
curl -s -X DELETE http://127.0.0.1:8080/_mock/workspaces/stale-evaluation
```

```text
/w/stale-evaluation/api/v3
{curl}
{surprise}
```

## Ask a deployment

Each gotcha is a contract too, or several: `contracts run --gotcha {shown}`, with the options of
[contracts.md](contracts.md), says whether a deployment, the mock or another, has it. `contracts explain {shown}` names
the rules that it rests on.

## Questions

| question | command |
| --- | --- |
| Show me a stale evaluation | `mock-server gotcha run G-02` |
| What happens when defaults change after creation? | `mock-server gotcha run G-03` |
| What if the scheduled run is missed? | `mock-server gotcha run G-05` |
| Why does this cluster have 3 customers? | `mock-server explain evaluation pkg_555`: [explain.md](explain.md) |
| Why did the numbers change when nobody changed the window? | `mock-server gotcha run G-04` |
| Why is it 403 with a valid token? | `mock-server gotcha run G-15` |
| How does my retry logic take a 429 without Retry-After? | `POST /_mock/gotchas/G-12`, then point the client at it |
| And a 503 for the second call only? | a fault: [faults.md](faults.md) |
"""


class InProcess:
    """A server in this process, told under the usual address."""

    origin, control_token, is_temporary = "http://127.0.0.1:8080", None, False

    def __init__(self) -> None:
        self.client = Client(app.create_workspace(Settings()))

    def send(self, request: ScenarioRequest, prefix: str = "") -> ScenarioResponse:
        return asyncio.run(asgi_client.send_in_process(self.client.app, prefix, request))


def render_page() -> str:
    """The page as it has to stand today."""
    target, gotcha_shown = InProcess(), catalogue.GOTCHAS[SHOWN_GOTCHA]
    story = Narration(gotcha_shown, target, f"{SHOWN_GOTCHA.lower()}-{RUN_MARK}")  # type: ignore[arg-type] # asks as a target does
    story_text = "\n".join(story.play()).replace(RUN_MARK, "…").strip()
    list_line = f"{gotcha_shown.id}  {gotcha_shown.title}  [{', '.join(gotcha_shown.rules)}]"
    curl, surprise = rendering.format_commands(gotcha_shown.trap[0], ())[0], gotcha_shown.trap[0].surprise
    head = PAGE_HEAD.format(listed=list_line, shown=SHOWN_GOTCHA, told=story_text, curl=curl, surprise=surprise)
    return head + "".join(_render_section(target, gotcha) for gotcha in catalogue.GOTCHAS.values())


def _render_section(target: InProcess, gotcha: Gotcha) -> str:
    lines = [
        f"\n## {gotcha.id} {gotcha.title}\n",
        f"Rules: {', '.join(gotcha.rules)}. See it: `mock-server gotcha run {gotcha.id}`\n",
        f"**A naive client** {gotcha.naive_behaviour}\n",
        f"**What happens:** {gotcha.actual_behaviour}\n",
        "```bash",
        "\n".join(_render_trap(target, gotcha)).strip(),
        "```\n",
        f"**The right way:** {gotcha.solution}\n",
    ]
    return "\n".join(lines)


def _render_trap(target: InProcess, gotcha: Gotcha) -> Iterator[str]:
    """The calls of the trap with their answers, in a workspace that has been led there."""
    name = gotcha.id.lower()
    assert target.client.control("POST", "/workspaces", json=gotcha.setup.to_request_body(name)).status_code == 201
    player, needed = Player({"PASSWORD": "wavetank"}), rendering.collect_variables(gotcha.steps)
    for number, call in enumerate((*gotcha.before, *gotcha.trap), 1):
        played = player.check_response(call, target.send(player.build_request(call), f"/w/{name}"))
        assert not played.differences, played.differences
        if number > len(gotcha.before):
            yield from rendering.format_request(number, call, needed, with_control_token=False)
            yield from rendering.format_response(played)


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
