"""The commands `mock-server gotcha list` and `mock-server gotcha run`."""

import argparse
import os
import sys
from collections.abc import Iterable

from mock_server.cli import server_options
from mock_server.cli.flags import Commands, Flags, Refused

PASSWORD = "wavetank"  # noqa: S105 - the sample's, printed at every start


def declare(commands: Commands) -> None:
    """Add the commands, each with its flags."""
    listing = commands.add("list", show, "list the gotchas, or those that hold some words")
    listing.argument("words", "such as: stale evaluation", nargs="*", metavar="WORD")
    _run_flags(commands.add("run", run, "play a gotcha against a fresh workspace of a running server"))


def _run_flags(line: Flags) -> None:
    line.argument("gotcha", "such as G-02, or all", metavar="ID")
    whose = f"the server (default: {_usual()}, or where none answers one that is started and stopped)"
    line.add("--base-url", None, metavar="URL", help=whose)
    line.add("--control-token", None, metavar="TOKEN", help="the server's own, where it was started with one")
    line.add("--password", PASSWORD, metavar="TEXT", help="the sample users' password, where the server has its own")
    line.switch("--keep", "leave the workspace standing")


def show(arguments: argparse.Namespace) -> None:
    """List the gotchas."""
    from mock_server.gotchas import catalogue

    found = catalogue.found(arguments.words)
    if not found:
        raise Refused(f"no gotcha speaks of {' '.join(arguments.words)!r}; mock-server gotcha list lists them all")
    _print(f"{gotcha.id}  {gotcha.title}  [{', '.join(gotcha.rules)}]" for gotcha in found)


def run(arguments: argparse.Namespace) -> None:
    """Play gotchas. Exits with 1 where what surprises did not happen. Raises Refused."""
    import secrets

    from mock_server.cli import gotcha_target
    from mock_server.cli.gotcha_narration import Narration
    from mock_server.gotchas import catalogue

    chosen = list(catalogue.GOTCHAS) if arguments.gotcha == "all" else [arguments.gotcha.upper()]
    if chosen[0] not in catalogue.GOTCHAS:
        raise Refused(f"there is no gotcha {arguments.gotcha}; mock-server gotcha list lists them")
    failed = []
    with gotcha_target.found(_origin(arguments.base_url), _usual(), arguments.control_token) as server:
        for gotcha_id in chosen:
            name = f"{gotcha_id.lower()}-{secrets.token_hex(3)}"
            story = Narration(catalogue.GOTCHAS[gotcha_id], server, name, arguments.password, arguments.keep)
            _print(story.lines())
            failed += [gotcha_id] if story.failed else []
    if failed:
        print(f"mock-server: it did not happen: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


def _print(lines: Iterable[str]) -> None:
    """Print the lines as they come; whoever reads may have read enough, as `head` does."""
    for line in lines:
        try:
            print(line, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usual() -> str:
    """Where a server of this machine is, if nobody says."""
    return f"http://127.0.0.1:{os.environ.get('MOCK_SERVER_PORT') or 8080}"


def _origin(base_url: str | None) -> str | None:
    """Where the server is, None where nobody says."""
    return None if base_url is None else server_options.server(base_url)
