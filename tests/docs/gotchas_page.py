"""Generate docs/gotchas.md from the gotchas and their output: `python -m tests.docs.gotchas_page`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from mock_server import app
from mock_server.cli.gotcha import format_entry
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
"""Replaces the random part of a workspace's name."""
PAGE_HEAD = """# Gotchas: how the platform surprises its clients

<!-- Generated from mock_server/gotchas by `python -m tests.docs.gotchas_page`; do not edit. -->

Twenty behaviours of the platform that its clients often get wrong. Each is a scenario that you can run on the mock with
one command. It shows what a naive client does, what happens, and the right way. In the output below, `…` stands for
text that is different on each run. Most hold in both generations of the vendor's documentation; each says in which, and
is played on a workspace that follows the older one where both are named.

## Find a gotcha and run it

```sh
.venv/bin/wavetank gotcha list stale evaluation
```

```text
{listed}
```

`gotcha list` without words lists all gotchas, and `gotcha run all` runs them all. A scenario runs in a new workspace of
a running server and does not touch other workspaces. The workspace is deleted at the end unless you pass `--keep`.
Without `--base-url`, the command uses the server on port 8080 of this machine; if there is none, it starts one and
stops it at the end. The exit code is 1 if a gotcha cannot be reproduced.

```sh
.venv/bin/wavetank gotcha run {shown}
```

```text
{printed}
```

The output is a script for `sh` or `bash`. You can paste it or parts of it into a shell (in zsh, run
`setopt interactivecomments` first), or save it to a file and run that. `# >>>` marks the surprise.

## Set up a trap for a test

To see how your client handles a gotcha, create a workspace in which the scenario has been played up to the trap. The
command prints the base URL for your client, the user to sign in as, and the requests that run into the trap:

```sh
.venv/bin/wavetank gotcha set-up {shown} --name stale-evaluation
.venv/bin/wavetank workspace delete stale-evaluation
```

```text
http://127.0.0.1:8080/w/stale-evaluation/api/v3
workspace stale-evaluation, deleted after 3600 s without a request
sign in as partner@acme.example
trap: GET /package_builder/packages/pkg_555/backhaul_evaluation  …
  {surprise}
right way: …
```

In a program, let the control API do the same.
The response has the paths of the workspace, the user to sign in as, and the steps that were played (`played_steps`).
The `trap_steps` run into the trap, and the `solution_steps` show the right way; both come with the expected responses.
`GET /_mock/gotchas` lists all gotchas, and `GET /_mock/gotchas?q=stale` those that contain the word.

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

## Check a deployment

Each gotcha is covered by one or more contracts. `contracts run --gotcha {shown}`, with the options in
[contracts.md](contracts.md), checks whether a deployment, the mock or another one, has this gotcha.
`contracts explain {shown}` shows the rules that it is based on.

## Questions

| question | command |
| --- | --- |
| What does a stale evaluation look like? | `wavetank gotcha run G-02` |
| How do I keep one to look at? | `wavetank gotcha set-up G-02`: [commands.md](commands.md#which-results-are-stale) |
| Which results are stale now? | `wavetank package list --stale` |
| What happens if the defaults change after a package was created? | `wavetank gotcha run G-03` |
| What happens if the scheduled run is missed? | `wavetank gotcha run G-05` |
| Why does this cluster have 3 customers? | `wavetank explain evaluation pkg_555`: [explain.md](explain.md) |
| Why did the numbers change although the window is the same? | `wavetank gotcha run G-04` |
| Why do I get 403 with a valid token? | `wavetank gotcha run G-15` |
| How does my retry logic handle a 429 without Retry-After? | `wavetank gotcha set-up G-12`, and the printed address |
| How do I make only the second call fail with 503? | `wavetank fault add`: [commands.md](commands.md) |
| How do I play one with the mouse, request by request? | `wavetank open`, then *Gotchas*: [console.md](console.md) |
"""


class InProcess:
    """A server in this process that reports the default address as its own."""

    origin, control_token, is_temporary = "http://127.0.0.1:8080", None, False

    def __init__(self) -> None:
        self.client = Client(app.create_workspace(Settings()))

    def send(self, request: ScenarioRequest, prefix: str = "") -> ScenarioResponse:
        return asyncio.run(asgi_client.send_in_process(self.client.app, prefix, request))


def render_page() -> str:
    """Render the whole page."""
    target, gotcha_shown = InProcess(), catalogue.GOTCHAS[SHOWN_GOTCHA]
    workspace_name = f"{SHOWN_GOTCHA.lower()}-{RUN_MARK}"
    narration = Narration(gotcha_shown, target, workspace_name)  # type: ignore[arg-type] # sends like a GotchaServer
    printed = "\n".join(narration.play()).replace(RUN_MARK, "…").strip()
    list_line = format_entry(gotcha_shown)
    curl, surprise = rendering.format_commands(gotcha_shown.trap[0], ())[0], gotcha_shown.trap[0].surprise
    head = PAGE_HEAD.format(listed=list_line, shown=SHOWN_GOTCHA, printed=printed, curl=curl, surprise=surprise)
    return head + "".join(_render_section(target, gotcha) for gotcha in catalogue.GOTCHAS.values())


def _render_section(target: InProcess, gotcha: Gotcha) -> str:
    lines = [
        f"\n## {gotcha.id} {gotcha.title}\n",
        f"Rules: {', '.join(gotcha.rules)}. Documentation: {' and '.join(gotcha.generations)}. "
        f"Run it: `wavetank gotcha run {gotcha.id}`\n",
        f"**A naive client** {gotcha.naive_behaviour}\n",
        f"**What happens:** {gotcha.actual_behaviour}\n",
        "```bash",
        "\n".join(_render_trap(target, gotcha)).strip(),
        "```\n",
        f"**The right way:** {gotcha.solution}\n",
    ]
    return "\n".join(lines)


def _render_trap(target: InProcess, gotcha: Gotcha) -> Iterator[str]:
    """Play the steps before the trap in a workspace, and yield the lines of the trap's steps and responses."""
    name = gotcha.id.lower()
    assert target.client.control("POST", "/workspaces", json=gotcha.to_workspace_request(name)).status_code == 201
    player, used_variables = Player({"PASSWORD": "wavetank"}), rendering.collect_variables(gotcha.steps)
    for number, step in enumerate((*gotcha.before, *gotcha.trap), 1):
        played = player.check_response(step, target.send(player.build_request(step), f"/w/{name}"))
        assert not played.differences, played.differences
        if number > len(gotcha.before):
            yield from rendering.format_request(number, step, used_variables, with_control_token=False)
            yield from rendering.format_response(played)


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
