"""The command line's flags: how they are read, from the line or the environment, and what their values may be."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from mock_server.domain.limits import Limits

ENVIRONMENT_PREFIX = "MOCK_SERVER_"
EPILOG = (
    "Each flag can also be set in the environment: MOCK_SERVER_ and the flag's name in capitals, "
    "with _ for -, as in MOCK_SERVER_PORT=9000; several quirks stand there with commas between them. "
    "A flag on the command line wins; quirks of both add up."
)


class CommandError(Exception):
    """What the user asked for cannot be done; one line says why."""


class CommandParser(argparse.ArgumentParser):
    """Says what is wrong in one line and exits with 2; flags are written out."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        self.exit(2, f"{self.prog}: {message}\n")


class Flags:
    """Adds flags whose defaults the environment may set; a bad value there is refused as one on the line is."""

    def __init__(self, parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
        self._parser = parser
        self._environment = environment

    def add_positional(self, name: str, description: str, **options: Any) -> None:
        """A value that stands on the line without a flag."""
        self._parser.add_argument(name, help=description, **options)

    def read_environment(self, flag: str) -> str | None:
        """What the environment says of a flag."""
        return self._environment.get(f"{ENVIRONMENT_PREFIX}{flag.removeprefix('--').replace('-', '_').upper()}")

    def add(self, flag: str, default: object, **options: Any) -> None:
        """A flag that takes a value."""
        given = self.read_environment(flag)
        if given is not None and options.get("choices") and given not in options["choices"]:
            self._parser.error(f"argument {flag}: invalid choice in the environment: {given!r}")
        self._parser.add_argument(flag, default=default if given is None else given, **options)

    def add_switch(self, flag: str, description: str) -> None:
        """A flag that is on or off."""
        given = self.read_environment(flag) or ""
        if given.lower() not in ("", "0", "false", "no", "1", "true", "yes"):
            self._parser.error(f"argument {flag}: not true or false in the environment: {given!r}")
        on = given.lower() in ("1", "true", "yes")
        self._parser.add_argument(flag, action="store_true", default=on, help=description)

    def add_repeatable(self, flag: str, choices: Sequence[str], description: str) -> None:
        """A flag that may be repeated; in the environment its values are separated by commas."""
        given = self.read_environment(flag) or ""
        values = [value.strip() for value in given.split(",") if value.strip()]
        for value in values:
            if value not in choices:
                self._parser.error(f"argument {flag}: invalid choice in the environment: {value!r}")
        self._parser.add_argument(
            flag, action="append", default=values, choices=choices, metavar="NAME", help=description
        )


class Commands:
    """The commands of a parser, each with its flags."""

    def __init__(self, parser: argparse.ArgumentParser, environment: Mapping[str, str], **options: Any) -> None:
        self._environment = environment
        self._subparsers = parser.add_subparsers(
            required=True, metavar="COMMAND", parser_class=CommandParser, **options
        )

    def add(self, name: str, run: Callable[[argparse.Namespace], None], description: str) -> Flags:
        """A command; answers what its flags are added to."""
        command = self._subparsers.add_parser(name, help=description, epilog=EPILOG)
        command.set_defaults(run=run)
        return Flags(command, self._environment)

    def add_group(self, name: str, description: str) -> "Commands":
        """Commands of one subject."""
        return Commands(self._subparsers.add_parser(name, help=description), self._environment)


def parse_timestamp(text: str) -> datetime:
    """An instant, in UTC where it does not say."""
    try:
        timestamp = datetime.fromisoformat(text)
        return timestamp.replace(microsecond=0, tzinfo=timestamp.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"not an instant such as 2026-11-23T09:00:00Z: {text!r}") from error


def parse_host(text: str) -> str:
    """An address to listen on."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an address is needed, such as 127.0.0.1")
    return text


def parse_port(text: str) -> int:
    """A port, 0 for a free one."""
    return _parse_integer(text, 65_535)


def parse_seed(text: str) -> int:
    """A seed of a world."""
    return _parse_integer(text, 2**53)


def parse_count(text: str) -> int:
    """How many of something."""
    return _parse_integer(text, 1_000_000)


def parse_journal_size(text: str) -> int:
    """How many exchanges a journal keeps."""
    from mock_server.state.request_journal import MAX_CAPACITY

    return _parse_integer(text, MAX_CAPACITY)


def _parse_integer(text: str, maximum: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= maximum):
        raise argparse.ArgumentTypeError(f"not a whole number from 0 to {maximum}: {text!r}")
    return int(text)


def parse_speed(text: str) -> float:
    """Seconds of the mock for each of the machine's."""
    from mock_server.state.clock import MAX_SPEED

    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"not a number above 0, at most {MAX_SPEED:.0f}: {text!r}")
    return speed


def parse_rate_limits(text: str) -> "Limits | None":
    """No limits, the documented ones, or reads, writes and sign-ins a minute. Rule: RATE-01."""
    from mock_server.domain.limits import DOCUMENTED_LIMITS, MAX_REQUESTS_PER_MINUTE, Limits

    if text in ("none", "documented"):
        return DOCUMENTED_LIMITS if text == "documented" else None
    numbers = text.split(",")
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"not none, documented or READS,WRITES,SIGN_INS: {text!r}")
    return Limits(*(max(1, _parse_integer(number, MAX_REQUESTS_PER_MINUTE)) for number in numbers))


def parse_required_rate_limits(text: str) -> "Limits":
    """The same, but that there are some. Rule: RATE-01."""
    limits = parse_rate_limits(text)
    if limits is None:
        raise argparse.ArgumentTypeError(f"not documented or READS,WRITES,SIGN_INS: {text!r}")
    return limits
