"""The command `mock-server`: flags and environment, read once, become settings."""

import argparse
import gc
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from mock_server import __version__

PREFIX = "MOCK_SERVER_"
DESCRIPTION = "A stateful, faithful fake of the attribution platform, on a clock that you hold."
FLAGS_EPILOG = (
    "Each flag can also be set in the environment: MOCK_SERVER_ and the flag's name in capitals, "
    "with _ for -, as in MOCK_SERVER_PORT=9000; several quirks stand there with commas between them. "
    "A flag on the command line wins; quirks of both add up."
)


class Refused(Exception):
    """What the user asked for cannot be done; one line says why."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line and exits with 2; flags are written out."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; exit 0, or 2 with one line on stderr."""
    arguments = parser(os.environ).parse_args(argv)
    run: Callable[[argparse.Namespace], None] = arguments.run
    try:
        run(arguments)
    except Refused as refused:
        print(f"mock-server: {refused}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(0)


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line; defaults come from the environment where it names them."""
    whole = Parser("mock-server", description=DESCRIPTION)
    whole.add_argument("--version", action="version", version=f"mock-server {__version__}")
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=Parser)
    serve_parser = commands.add_parser("serve", help="run the mock on its sample world", epilog=FLAGS_EPILOG)
    _serve_flags(Flags(serve_parser, environment))
    serve_parser.set_defaults(run=serve)
    token_parser = commands.add_parser(
        "token", help="sign in at a running server and print the access token", epilog=FLAGS_EPILOG
    )
    _token_flags(Flags(token_parser, environment))
    token_parser.set_defaults(run=token)
    world_parser = commands.add_parser("world", help="write the sample world as CSV files")
    worlds = world_parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    export_parser = worlds.add_parser("export", help="write the sample world into a folder", epilog=FLAGS_EPILOG)
    export_parser.add_argument("folder", type=Path, metavar="DIR")
    _export_flags(Flags(export_parser, environment))
    export_parser.set_defaults(run=export)
    return whole


class Flags:
    """Adds flags whose defaults the environment may set; a bad value there is refused as one on the line is."""

    def __init__(self, target: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
        self._target = target
        self._environment = environment

    def given(self, flag: str) -> str | None:
        """What the environment says of a flag."""
        return self._environment.get(f"{PREFIX}{flag.removeprefix('--').replace('-', '_').upper()}")

    def add(self, flag: str, default: object, **options: Any) -> None:
        """A flag that takes a value."""
        given = self.given(flag)
        if given is not None and options.get("choices") and given not in options["choices"]:
            self._target.error(f"argument {flag}: invalid choice in the environment: {given!r}")
        self._target.add_argument(flag, default=default if given is None else given, **options)

    def switch(self, flag: str, explanation: str) -> None:
        """A flag that is on or off."""
        given = self.given(flag) or ""
        if given.lower() not in ("", "0", "false", "no", "1", "true", "yes"):
            self._target.error(f"argument {flag}: not true or false in the environment: {given!r}")
        on = given.lower() in ("1", "true", "yes")
        self._target.add_argument(flag, action="store_true", default=on, help=explanation)

    def several(self, flag: str, choices: Sequence[str], explanation: str) -> None:
        """A flag that may be repeated; in the environment its values are separated by commas."""
        given = self.given(flag) or ""
        values = [value.strip() for value in given.split(",") if value.strip()]
        for value in values:
            if value not in choices:
                self._target.error(f"argument {flag}: invalid choice in the environment: {value!r}")
        self._target.add_argument(
            flag, action="append", default=values, choices=choices, metavar="NAME", help=explanation
        )


def _serve_flags(flags: Flags) -> None:
    from mock_server.runtime import quirks

    flags.add("--host", "127.0.0.1", type=_host, help="address to listen on (default: %(default)s)")
    flags.add("--port", "8080", type=_port, help="port to listen on; 0 picks a free one (default: %(default)s)")
    flags.add("--clock", "running", choices=("running", "frozen"), help="whether time passes (default: %(default)s)")
    flags.add("--now", None, type=_instant, metavar="ISO", help="where the clock starts (default: the machine's time)")
    flags.add("--speed", "1", type=_speed, help="seconds of the mock for each of the machine's (default: %(default)s)")
    flags.add(
        "--timing", "quick", choices=("quick", "faithful"), help="jobs take seconds or minutes (default: %(default)s)"
    )
    flags.add("--world", "sample", metavar="sample|DIR", help="sample, or a folder of CSV files (default: %(default)s)")
    flags.add("--seed", "1", type=_seed, metavar="N", help="seed of the sample world and of ids (default: %(default)s)")
    flags.switch("--cors", "let browsers in, which the platform does not")
    effects = "; ".join(f"{name}: {quirks.EFFECTS[name]}" for name in quirks.NAMES)
    flags.several(
        "--quirk", quirks.NAMES, f"play the other side where the documents disagree; may be repeated. {effects}"
    )
    flags.add("--control-token", None, metavar="TOKEN", help="what control requests must carry; needed beyond loopback")
    flags.add(
        "--sample-password", None, metavar="TEXT", help="the sample users' password; needed beyond loopback (wavetank)"
    )


def _token_flags(flags: Flags) -> None:
    flags.add("--user", "partner@acme.example", help="who signs in (default: %(default)s)")
    flags.add("--password", "wavetank", help="with which password (default: the sample's)")
    home = f"http://127.0.0.1:{flags.given('--port') or 8080}/api/v3"
    flags.add("--base-url", home, metavar="URL", help="where (default: %(default)s)")


def _export_flags(flags: Flags) -> None:
    flags.add("--seed", "1", type=_seed, metavar="N", help="seed of the world (default: %(default)s)")
    flags.add("--now", None, type=_instant, metavar="ISO", help="its first day (default: today)")


def serve(arguments: argparse.Namespace) -> None:
    """Run the server until it is interrupted."""
    # What a start imports and makes stays: collecting in between finds nothing. server.run turns it on again.
    gc.disable()
    from mock_server import server
    from mock_server.runtime.quirks import Quirks
    from mock_server.runtime.worlds.world import BadWorld
    from mock_server.settings import Settings

    settings = Settings(
        host=arguments.host,
        port=arguments.port,
        clock=arguments.clock,
        now=arguments.now,
        speed=arguments.speed,
        timing=arguments.timing,
        world=None if arguments.world == "sample" else Path(arguments.world),
        seed=arguments.seed,
        cors=arguments.cors,
        quirks=Quirks(**dict.fromkeys(arguments.quirk, True)),
        control_token=arguments.control_token or None,
        sample_password=arguments.sample_password or None,
    )
    try:
        server.run(settings)
    except BadWorld as bad:
        raise Refused(f"bad world in {settings.world}: {bad}") from bad
    except server.CannotListen as cannot:
        raise Refused(str(cannot)) from cannot
    finally:
        gc.enable()


def token(arguments: argparse.Namespace) -> None:
    """Sign in at a running server and print the access token."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    credentials = json.dumps({"username": arguments.user, "password": arguments.password}).encode()
    url = f"{arguments.base_url.rstrip('/')}/auth"
    if not url.startswith(("http://", "https://")):
        raise Refused(f"argument --base-url: not an http address: {arguments.base_url}")
    try:
        request = Request(url, credentials, {"content-type": "application/json"})  # noqa: S310 - http, checked above
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - http, checked above
            tokens = json.load(answer)
    except HTTPError as refusal:
        raise Refused(f"{url} answered {refusal.code} to {arguments.user}: {_message(refusal.read())}") from refusal
    except (OSError, ValueError, HTTPException) as failure:
        raise Refused(f"cannot sign in at {url}; is the server running there? ({failure})") from failure
    if "AccessToken" not in tokens:
        raise Refused(f"{arguments.user} must answer a challenge first: {tokens.get('Challenge')}")
    print(tokens["AccessToken"])


def export(arguments: argparse.Namespace) -> None:
    """Write the sample world into a folder."""
    from mock_server.runtime.clock import machine_now
    from mock_server.runtime.worlds import csv_files, sample

    birth = arguments.now or machine_now()
    if csv_files.holds_a_world(arguments.folder):
        raise Refused(f"{arguments.folder} holds a world already; it is left as it is")
    try:
        csv_files.write(sample.sample(arguments.seed, birth.date()), arguments.folder)
    except OSError as failure:
        raise Refused(f"cannot write into {arguments.folder}: {failure.strerror}") from failure
    print(f"wrote the sample world of {birth.date()} into {arguments.folder}")


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return "no message"


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(microsecond=0, tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as failure:
        raise argparse.ArgumentTypeError(f"not an instant such as 2026-11-23T09:00:00Z: {text!r}") from failure


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an address is needed, such as 127.0.0.1")
    return text


def _port(text: str) -> int:
    return _whole(text, 65_535)


def _seed(text: str) -> int:
    return _whole(text, 2**53)


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= most):
        raise argparse.ArgumentTypeError(f"not a whole number from 0 to {most}: {text!r}")
    return int(text)


def _speed(text: str) -> float:
    from mock_server.runtime.clock import MAX_SPEED

    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"not a number above 0, at most {MAX_SPEED:.0f}: {text!r}")
    return speed
