"""The flags of the command line: where their values come from, and which values are valid."""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from mock_server.domain.limits import Limits

ENVIRONMENT_PREFIX = "MOCK_SERVER_"
URL_VARIABLE = "WAVETANK_URL"
"""The address of the server that commands talk to, if neither --base-url nor MOCK_SERVER_BASE_URL is given."""
EPILOG = (
    "Each flag has an environment variable: MOCK_SERVER_ and the flag's name in upper case, with _ instead of -, "
    "for example MOCK_SERVER_PORT=9000. In MOCK_SERVER_QUIRK and MOCK_SERVER_ALLOWED_HOST, values are separated by "
    "commas. A flag on the command line overrides the variable; quirks and hosts of both are set. An empty variable "
    "counts as not set."
)
MAX_MEBIBYTES = 64 * 1024
DURATION = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in "wdhms"))
NEGATIVE_VALUE = re.compile(r"-\.?[0-9].*")
"""What argparse takes for a value rather than a flag, so that -1d is refused as a duration."""
FLAG_SIMILARITY = 0.7
"""How similar a flag must be to one that is suggested. Flags have few letters, and all begin with two dashes."""
UNIT_SECONDS = (604_800, 86_400, 3_600, 60, 1)
"""The seconds of the units in DURATION: weeks, days, hours, minutes, seconds."""
SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://.*")
"""Matches values that Kubernetes and Docker give to variables, such as `tcp://10.0.0.1:8080`. No flag accepts them."""


NAMES = ("wavetank", "mock-server")
"""The names of the command."""


class CommandError(Exception):
    """The command cannot be executed. The message is one line."""


def program_name() -> str:
    """Return the name by which the command was called."""
    name = Path(sys.argv[0]).stem
    return name if name in NAMES else NAMES[-1]


def select_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that set flags: their names begin with MOCK_SERVER_, and they are not empty.

    WAVETANK_URL counts as MOCK_SERVER_BASE_URL if that is not set.

    Kubernetes sets variables in every container for each service of the namespace. For a service called mock-server,
    MOCK_SERVER_PORT is an address. Such a variable is ignored, with a message on standard error.
    """
    variables = {name: value for name, value in environment.items() if name.startswith(ENVIRONMENT_PREFIX) and value}
    if environment.get(URL_VARIABLE):
        variables.setdefault(f"{ENVIRONMENT_PREFIX}BASE_URL", environment[URL_VARIABLE])
    port = f"{ENVIRONMENT_PREFIX}PORT"
    if SERVICE_ADDRESS.fullmatch(variables.get(port, "")):
        ignored = variables.pop(port)
        reason = "Kubernetes sets this variable for a service called mock-server; use --port to set the port"
        with suppress(BrokenPipeError):
            print(f"{program_name()}: ignoring {port}={ignored}: {reason}", file=sys.stderr)  # noqa: T201 - before any command
    return variables


def describe_unknown(value: object, choices: Sequence[str]) -> str:
    """Return the message for a value that is not among the choices. It names the most similar one, or else all."""
    from difflib import get_close_matches

    nearest = get_close_matches(str(value), choices, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(choices)}"
    return f"invalid choice: {value!r}; {hint}"


class CommandParser(argparse.ArgumentParser):
    """A parser that prints one line about an invalid command line and exits with 2. Flags cannot be abbreviated."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "allow_abbrev": False})
        self._negative_number_matcher = NEGATIVE_VALUE

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is not among the choices, and name the most similar one."""
        if action.choices is None or value in action.choices:
            return
        raise argparse.ArgumentError(action, describe_unknown(value, list(map(str, action.choices))))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what is unknown here, where the flags of the command are known."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._suggest_flag(unknown)}")
        return parsed, unknown

    def _suggest_flag(self, unknown: Sequence[str]) -> str:
        from difflib import get_close_matches

        name = next((word.partition("=")[0] for word in unknown if word.startswith("--")), "")
        nearest = get_close_matches(name, self._option_string_actions, n=1, cutoff=FLAG_SIMILARITY)
        return f"; did you mean {nearest[0]}?" if nearest else ""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        with suppress(BrokenPipeError):
            self.exit(2, f"{self.prog}: {message}\n")
        sys.exit(2)


class Flags:
    """Adds flags to a parser. Defaults come from the environment and are validated like values on the command line.

    `environment` contains only variables that set flags, as returned by `select_variables`.
    """

    def __init__(self, parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
        self._parser = parser
        self._environment = environment

    def add_positional(self, name: str, description: str, **options: Any) -> None:
        """Add a positional argument."""
        self._parser.add_argument(name, help=description, **options)

    def read_environment(self, flag: str) -> str | None:
        """The value of the flag's environment variable; None if it is not set."""
        return self._environment.get(f"{ENVIRONMENT_PREFIX}{flag.removeprefix('--').replace('-', '_').upper()}")

    def add(self, flag: str, default: object, **options: Any) -> None:
        """Add a flag that takes a value."""
        given = self.read_environment(flag)
        if given is not None and options.get("choices") and given not in options["choices"]:
            self._parser.error(f"argument {flag}: invalid choice in the environment: {given!r}")
        self._parser.add_argument(flag, default=default if given is None else given, **options)

    def set_value(self, name: str, value: object) -> None:
        """Add an argument with a fixed value, which no flag changes."""
        self._parser.set_defaults(**{name: value})

    def add_switch(self, flag: str, description: str) -> None:
        """Add a flag that is either on or off."""
        given = self.read_environment(flag) or ""
        if given.lower() not in ("", "0", "false", "no", "1", "true", "yes"):
            self._parser.error(f"argument {flag}: must be 'true' or 'false' in the environment, but is {given!r}")
        on = given.lower() in ("1", "true", "yes")
        self._parser.add_argument(flag, action="store_true", default=on, help=description)

    def add_to_list(self, flag: str, name: str, description: str, **options: Any) -> None:
        """Add a flag that adds a value to the list `name`: that of its `type`, or `const` if it takes no value."""
        given = self.read_environment(flag)
        default = []
        if given is not None and "const" in options:
            default = [options["const"]] if given.lower() in ("1", "true", "yes") else []
        elif given is not None:
            try:
                default = [options["type"](given)]
            except argparse.ArgumentTypeError as error:
                self._parser.error(f"argument {flag}: in the environment: {error}")
        action = "append_const" if "const" in options else "append"
        self._parser.add_argument(flag, dest=name, action=action, help=description, **options)
        self._parser.set_defaults(**{name: [*(self._parser.get_default(name) or []), *default]})

    def add_repeatable(self, flag: str, parse: Callable[[str], object], metavar: str, description: str) -> None:
        """Add a flag that can be repeated. In the environment its values are separated by commas."""
        given = self.read_environment(flag) or ""
        try:
            values = [parse(value.strip()) for value in given.split(",") if value.strip()]
        except argparse.ArgumentTypeError as error:
            self._parser.error(f"argument {flag}: in the environment: {error}")
        self._parser.add_argument(flag, action="append", default=values, type=parse, metavar=metavar, help=description)


class Commands:
    """The commands of a parser."""

    def __init__(self, parser: argparse.ArgumentParser, environment: Mapping[str, str], **options: Any) -> None:
        self._environment = environment
        self._subparsers = parser.add_subparsers(
            required=True, metavar="COMMAND", parser_class=CommandParser, **options
        )

    def add(self, name: str, run: Callable[[argparse.Namespace], None], description: str) -> Flags:
        """Add a command, and return the object that adds its flags."""
        command = self._subparsers.add_parser(name, help=description, epilog=EPILOG)
        command.set_defaults(run=run)
        return Flags(command, self._environment)

    def add_group(self, name: str, description: str) -> "Commands":
        """Add a group of commands."""
        return Commands(self._subparsers.add_parser(name, help=description), self._environment)


def parse_start_time(text: str) -> datetime:
    """Parse the time at which a world starts. Without an offset it is in UTC."""
    from mock_server.worlds.world import LAST_START, START_REQUIREMENT

    try:
        timestamp = datetime.fromisoformat(text)
        start_time = timestamp.replace(microsecond=0, tzinfo=timestamp.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"not a timestamp such as 2026-11-23T09:00:00Z: {text!r}") from error
    if start_time > LAST_START:
        raise argparse.ArgumentTypeError(f"{START_REQUIREMENT}: {text!r}")
    return start_time


def parse_host(text: str) -> str:
    """Parse an address to listen on. An IPv6 address may be in brackets, as in a URL."""
    host = text.strip()
    if host.startswith("[") and host.endswith("]") and ":" in host:
        host = host[1:-1]
    if not host or set("[]/ ") & set(host):
        raise argparse.ArgumentTypeError(f"not an address such as 127.0.0.1 or ::1: {text!r}")
    return host


def parse_allowed_host(text: str) -> str:
    """Parse a name of the server, or `*` for all names. It has no port, because every port is allowed."""
    name = text.strip()
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    elif ":" in name and name.count(":") == 1:
        name = ""
    if not name or set("[]/@, ") & set(name):
        raise argparse.ArgumentTypeError(f"not a host name without a port, such as mock.test: {text!r}")
    return name


def parse_database_url(text: str) -> str:
    """Parse the URL of a PostgreSQL database. The message of an error does not repeat it: it may contain a password."""
    if not text.startswith(("postgresql://", "postgres://")):
        raise argparse.ArgumentTypeError("must be a URL such as postgresql://user@host/database")
    return text


def parse_port(text: str) -> int:
    """Parse a port; 0 selects a free one."""
    return _parse_integer(text, 65_535)


def parse_seconds(text: str) -> int:
    """Parse how long the server waits for a client, from a second to a day."""
    return _parse_integer(text, 86_400, minimum=1)


def parse_connection_count(text: str) -> int:
    """Parse how many connections may be open at once."""
    return _parse_integer(text, 1_000_000, minimum=1)


def parse_worker_count(text: str) -> int:
    """Parse how many processes serve."""
    return _parse_integer(text, 64, minimum=1)


def parse_head_size(text: str) -> int:
    """Parse the maximum size of a request line and its headers, which is given in KiB, and return it in bytes."""
    return _parse_integer(text, 1_024, minimum=1) * 1024


def parse_file_size(text: str) -> int:
    """Parse the maximum size of an uploaded file, which is given in MiB, and return it in bytes."""
    return _parse_integer(text, 64, minimum=1) * 1024 * 1024


def parse_seed(text: str) -> int:
    """Parse the seed of a world."""
    return _parse_integer(text, 2**53)


def parse_count(text: str) -> int:
    """Parse a number from 0 to a million."""
    return _parse_integer(text, 1_000_000)


def parse_number(text: str) -> int:
    """Parse a number from 1 to a million."""
    return _parse_integer(text, 1_000_000, minimum=1)


def parse_numbers(text: str) -> list[int]:
    """Parse numbers that are separated by commas."""
    return [parse_number(number) for number in text.split(",")]


def parse_fraction(text: str) -> float:
    """Parse a part of a whole, above 0 and at most 1."""
    try:
        fraction = float(text)
    except ValueError:
        fraction = 0.0
    if not 0 < fraction <= 1:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most 1, but is {text!r}")
    return fraction


def parse_duration(text: str) -> int:
    """Parse a duration such as 14d, 90s or 1h30m, and return it in seconds."""
    if text.startswith("-"):
        raise argparse.ArgumentTypeError(f"a duration is not negative; to go back, use {program_name()} rewind TIME")
    parts = DURATION.fullmatch(text)
    if parts is None or not text:
        raise argparse.ArgumentTypeError(f"not a duration such as 14d, 90s or 1h30m: {text!r}")
    return sum(int(number) * seconds for number, seconds in zip(parts.groups("0"), UNIT_SECONDS, strict=True))


def parse_ttl(text: str) -> int:
    """Parse how many seconds a workspace may be idle."""
    from mock_server.state.workspace_registry import MAX_TTL

    return _parse_integer(text, MAX_TTL, minimum=1)


def parse_journal_size(text: str) -> int:
    """Parse the number of requests that a journal keeps."""
    from mock_server.state.request_journal import MAX_CAPACITY

    return _parse_integer(text, MAX_CAPACITY)


def parse_mebibytes(text: str) -> int:
    """Parse a size in MiB, and return it in bytes."""
    return _parse_integer(text, MAX_MEBIBYTES, 1) * 1024 * 1024


def _parse_integer(text: str, maximum: int, minimum: int = 0) -> int:
    if not (text.isascii() and text.isdigit() and minimum <= int(text[:20]) <= maximum):
        raise argparse.ArgumentTypeError(f"not an integer from {minimum} to {maximum}: {text!r}")
    return int(text)


def parse_speed(text: str) -> float:
    """Parse a clock's speed, in seconds of the clock for each second of real time."""
    from mock_server.state.clock import MAX_SPEED

    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"must be a number above 0 and at most {MAX_SPEED:.0f}, but is {text!r}")
    return speed


def parse_quirk(text: str) -> tuple[str, bool]:
    """Parse a quirk and its state: `NAME` and `NAME=true` enable it, `NAME=false` disables it."""
    from mock_server.state.quirks import QUIRK_NAMES

    name, _, state = text.partition("=")
    if name not in QUIRK_NAMES:
        raise argparse.ArgumentTypeError(describe_unknown(name, QUIRK_NAMES))
    if text != name and state not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{name} must be true or false, but is {state!r}")
    return name, state != "false"


def parse_rate_limits(text: str) -> "Limits | None":
    """Parse rate limits: `none`, `documented`, or the reads, writes and sign-ins a minute. See: RATE-01."""
    from mock_server.domain.limits import DOCUMENTED_LIMITS, MAX_REQUESTS_PER_MINUTE, Limits

    if text in ("none", "documented"):
        return DOCUMENTED_LIMITS if text == "documented" else None
    numbers = text.split(",")
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"must be 'none', 'documented' or READS,WRITES,SIGN_INS, but is {text!r}")
    return Limits(*(max(1, _parse_integer(number, MAX_REQUESTS_PER_MINUTE)) for number in numbers))


def parse_required_rate_limits(text: str) -> "Limits":
    """Parse `documented`, or the reads, writes and sign-ins a minute. See: RATE-01."""
    limits = parse_rate_limits(text)
    if limits is None:
        raise argparse.ArgumentTypeError(f"must be 'documented' or READS,WRITES,SIGN_INS, but is {text!r}")
    return limits
