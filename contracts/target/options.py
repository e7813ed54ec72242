"""What the suite can be told: the same options for `contracts run` and for pytest, read into a Target once."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from getpass import getpass
from typing import Any
from urllib.parse import urlsplit

from contracts.safety.ledger import LEDGER_DIR
from contracts.spec.markers import PROFILES
from contracts.spec.rules import Area
from contracts.target.target import DEFAULT_JOB_TIMEOUTS, SAMPLE_PASSWORD, TargetOptions, UserCredentials

PASSWORD_VARIABLES = {
    "user": "CONTRACTS_PASSWORD",
    "second_user": "CONTRACTS_SECOND_PASSWORD",
    "admin_user": "CONTRACTS_ADMIN_PASSWORD",
}
"""Where the passwords come from; they are never on a command line."""
CONTROL_TOKEN_VARIABLE = "CONTRACTS_CONTROL_TOKEN"  # noqa: S105 - the name of a variable

UNLIMITED = 10**7
"""A budget that no run comes to."""


class OptionError(Exception):
    """What was asked for makes no sense; one line says why."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name without dashes, and how argparse and pytest read it."""

    name: str
    help: str
    parser_arguments: Mapping[str, Any] = field(default_factory=dict)


def _parse_job_timeout(text: str) -> tuple[str, float]:
    kind, _, seconds = text.partition("=")
    try:
        timeout = float(seconds)
    except ValueError:
        timeout = 0.0
    if kind not in DEFAULT_JOB_TIMEOUTS or not 0 < timeout <= 86_400:
        kinds = " or ".join(f"{name}=SECONDS" for name in DEFAULT_JOB_TIMEOUTS)
        raise ArgumentTypeError(f"not {kinds} (at most 86400): {text!r}")
    return kind, timeout


def integer_between(minimum: int, maximum: int) -> Callable[[str], int]:
    """What reads a whole number within the bounds."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and minimum <= int(text[:20]) <= maximum):
            raise ArgumentTypeError(f"not a whole number from {minimum} to {maximum}: {text!r}")
        return int(text)

    return parse


OPTIONS = (
    Option("base-url", "the deployment, such as http://127.0.0.1:8080/api/v3", {"metavar": "URL"}),
    Option("user", "the partner's user; password in CONTRACTS_PASSWORD", {"metavar": "NAME"}),
    Option("partner", "the partner that the user is scoped to; needed where they have several", {"metavar": "ID"}),
    Option("second-user", "a user of another partner; password in CONTRACTS_SECOND_PASSWORD", {"metavar": "NAME"}),
    Option("second-partner", "the other partner", {"metavar": "ID"}),
    Option("admin-user", "an admin; password in CONTRACTS_ADMIN_PASSWORD", {"metavar": "NAME"}),
    Option(
        "profile",
        "smoke: seconds; standard: a minute or two; thorough: as long as it takes (default: standard)",
        {"choices": PROFILES, "default": "standard"},
    ),
    Option(
        "area",
        "check only rules of this area; may be repeated",
        {"action": "append", "choices": [str(area) for area in Area], "default": [], "metavar": "AREA"},
    ),
    Option(
        "rule",
        "check only this rule, such as BEV-07; may be repeated",
        {"action": "append", "default": [], "metavar": "ID"},
    ),
    Option(
        "gotcha",
        "check only what contracts of this gotcha check, such as G-07; may be repeated",
        {"action": "append", "default": [], "metavar": "ID"},
    ),
    Option("strict", "let a difference in what is ruled break the run", {"action": "store_true"}),
    Option(
        "seed",
        "what is drawn at random follows from it (default: 1)",
        {"type": integer_between(0, 2**53), "default": 1, "metavar": "N"},
    ),
    Option("control", "auto, none, or the address of the mock's control API (default: auto)", {"default": "auto"}),
    Option("report-dir", "where reports and capsules go (default: contracts-report)", {"metavar": "DIR"}),
    Option("allow-writes", "the partner that may be written to, on another machine", {"metavar": "PARTNER"}),
    Option(
        "allow-settings",
        "a package whose settings may be saved though the run did not make it; may be repeated",
        {"action": "append", "default": [], "metavar": "PACKAGE"},
    ),
    Option(
        "ledger-dir",
        "where what is written is noted before it is sent, for `contracts cleanup` (default: contracts-ledger)",
        {"default": LEDGER_DIR, "metavar": "DIR"},
    ),
    Option(
        "job-timeout",
        "how long a job may take where no clock can be moved, as evaluation=120 or build=1200, in seconds",
        {"action": "append", "type": _parse_job_timeout, "default": [], "metavar": "KIND=SECONDS"},
    ),
    Option(
        "requests",
        "how many requests the target may get at most, where it is not the mock (default: 5000, on this machine any)",
        {"type": integer_between(1, UNLIMITED), "metavar": "N"},
    ),
    Option(
        "writes",
        "how many writes may come through, where it is not the mock (default: 200, on this machine any)",
        {"type": integer_between(0, UNLIMITED), "metavar": "N"},
    ),
    Option("expectations", "a file of what this target is known to break", {"metavar": "FILE"}),
)


def build_target(
    get_option: Callable[[str], Any],
    run_id: str,
    environment: Mapping[str, str] = os.environ,
    prompt: Callable[[str], str] | None = None,
) -> TargetOptions:
    """The target that the options describe; `said` gives an option's value by its name. Raises OptionError.

    `prompt` asks for a password that the environment lacks; None where nobody can be asked.
    """
    base_url = _parse_base_url(get_option("base-url"))
    users = {role: _build_credentials(role, get_option, environment, prompt) for role in PASSWORD_VARIABLES}
    return TargetOptions(
        base_url=base_url,
        user=users["user"],
        second_user=users["second_user"],
        admin_user=users["admin_user"],
        control=_parse_control(get_option("control")),
        control_token=environment.get(CONTROL_TOKEN_VARIABLE) or None,
        profile=get_option("profile"),
        seed=get_option("seed"),
        strict=bool(get_option("strict")),
        allow_writes=get_option("allow-writes"),
        allow_settings=tuple(get_option("allow-settings")),
        job_timeouts={**DEFAULT_JOB_TIMEOUTS, **dict(get_option("job-timeout"))},
        run_id=run_id,
        **_parse_budgets(get_option, base_url),
    )


def _parse_budgets(get_option: Callable[[str], Any], base_url: str) -> dict[str, int]:
    given = {name: get_option(name) for name in ("requests", "writes") if get_option(name) is not None}
    return {"requests": UNLIMITED, "writes": UNLIMITED, **given} if TargetOptions(base_url).on_loopback else given


def terminal_prompt() -> Callable[[str], str] | None:
    """A way to ask for a password, where a person sits at the terminal."""
    return getpass if sys.stdin.isatty() else None


def _parse_base_url(text: str | None) -> str:
    if not text:
        raise OptionError("--base-url is needed, such as http://127.0.0.1:8080/api/v3")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OptionError(f"--base-url: not an http address: {text}")
    if parts.username or parts.password:
        raise OptionError("--base-url: leave the password out; it belongs in CONTRACTS_PASSWORD")
    return text.rstrip("/")


def _parse_control(text: str) -> str:
    if text not in ("auto", "none") and not text.startswith(("http://", "https://")):
        raise OptionError(f"--control: auto, none or an http address, not {text!r}")
    return text


def _build_credentials(
    role: str, get_option: Callable[[str], Any], environment: Mapping[str, str], prompt: Callable[[str], str] | None
) -> UserCredentials | None:
    name = get_option(role.replace("_", "-"))
    if not name:
        return None
    partner_id = {
        "user": get_option("partner"),
        "second_user": get_option("second-partner"),
        "admin_user": get_option("partner"),
    }
    return UserCredentials(
        name, resolve_password(name, PASSWORD_VARIABLES[role], environment, prompt), partner_id[role] or None
    )


def resolve_password(
    name: str, variable: str, environment: Mapping[str, str], prompt: Callable[[str], str] | None
) -> str:
    """A user's password: from the environment, the sample world's, or asked for. Raises OptionError."""
    password = environment.get(variable)
    if password is None and name.endswith(SAMPLE_USER_SUFFIXES):
        password = SAMPLE_PASSWORD
    if password is None and prompt is not None:
        password = prompt(f"Password of {name}: ")
    if password is None:
        raise OptionError(f"no password for {name}: set {variable}")
    return password


SAMPLE_USER_SUFFIXES = (".example",)
"""Users of the mock's sample worlds: names that nobody can own, with one password that everybody knows."""
