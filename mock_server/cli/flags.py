"""The command line's flags: how they are read, from the line or the environment, and what their values may be."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from mock_server.domain.limits import Limits

PREFIX = "MOCK_SERVER_"
EPILOG = (
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


class Flags:
    """Adds flags whose defaults the environment may set; a bad value there is refused as one on the line is."""

    def __init__(self, target: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
        self._target = target
        self._environment = environment

    def argument(self, name: str, explanation: str, **options: Any) -> None:
        """A value that stands on the line without a flag."""
        self._target.add_argument(name, help=explanation, **options)

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


class Commands:
    """The commands of a parser, each with its flags."""

    def __init__(self, target: argparse.ArgumentParser, environment: Mapping[str, str], **options: Any) -> None:
        self._environment = environment
        self._added = target.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser, **options)

    def add(self, name: str, run: Callable[[argparse.Namespace], None], explanation: str) -> Flags:
        """A command; answers what its flags are added to."""
        command = self._added.add_parser(name, help=explanation, epilog=EPILOG)
        command.set_defaults(run=run)
        return Flags(command, self._environment)

    def group(self, name: str, explanation: str) -> "Commands":
        """Commands of one subject."""
        return Commands(self._added.add_parser(name, help=explanation), self._environment)


def instant(text: str) -> datetime:
    """An instant, in UTC where it does not say."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(microsecond=0, tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as failure:
        raise argparse.ArgumentTypeError(f"not an instant such as 2026-11-23T09:00:00Z: {text!r}") from failure


def host(text: str) -> str:
    """An address to listen on."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an address is needed, such as 127.0.0.1")
    return text


def port(text: str) -> int:
    """A port, 0 for a free one."""
    return _whole(text, 65_535)


def seed(text: str) -> int:
    """A seed of a world."""
    return _whole(text, 2**53)


def count(text: str) -> int:
    """How many of something."""
    return _whole(text, 1_000_000)


def kept(text: str) -> int:
    """How many exchanges a journal keeps."""
    from mock_server.state.request_journal import MOST_EVER

    return _whole(text, MOST_EVER)


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= most):
        raise argparse.ArgumentTypeError(f"not a whole number from 0 to {most}: {text!r}")
    return int(text)


def speed(text: str) -> float:
    """Seconds of the mock for each of the machine's."""
    from mock_server.state.clock import MAX_SPEED

    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"not a number above 0, at most {MAX_SPEED:.0f}: {text!r}")
    return speed


def rate_limits(text: str) -> "Limits | None":
    """No limits, the documented ones, or reads, writes and sign-ins a minute. Rule: RATE-01."""
    from mock_server.domain.limits import DOCUMENTED, MOST, Limits

    if text in ("none", "documented"):
        return DOCUMENTED if text == "documented" else None
    numbers = text.split(",")
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"not none, documented or READS,WRITES,SIGN_INS: {text!r}")
    return Limits(*(max(1, _whole(number, MOST)) for number in numbers))


def some_rate_limits(text: str) -> "Limits":
    """The same, but that there are some. Rule: RATE-01."""
    limits = rate_limits(text)
    if limits is None:
        raise argparse.ArgumentTypeError(f"not documented or READS,WRITES,SIGN_INS: {text!r}")
    return limits
