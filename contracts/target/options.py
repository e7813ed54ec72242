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
from contracts.target.target import PATIENCE, SAMPLE_PASSWORD, Person, Target

PASSWORDS = {
    "user": "CONTRACTS_PASSWORD",
    "second_user": "CONTRACTS_SECOND_PASSWORD",
    "admin_user": "CONTRACTS_ADMIN_PASSWORD",
}
"""Where the passwords come from; they are never on a command line."""
CONTROL_TOKEN = "CONTRACTS_CONTROL_TOKEN"  # noqa: S105 - the name of a variable

ANY_NUMBER = 10**7
"""A budget that no run comes to."""


class BadOption(Exception):
    """What was asked for makes no sense; one line says why."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name without dashes, and how argparse and pytest read it."""

    name: str
    help: str
    how: Mapping[str, Any] = field(default_factory=dict)


def _patience(text: str) -> tuple[str, float]:
    kind, _, seconds = text.partition("=")
    try:
        limit = float(seconds)
    except ValueError:
        limit = 0.0
    if kind not in PATIENCE or not 0 < limit <= 86_400:
        kinds = " or ".join(f"{name}=SECONDS" for name in PATIENCE)
        raise ArgumentTypeError(f"not {kinds} (at most 86400): {text!r}")
    return kind, limit


def count(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number within the bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:20]) <= most):
            raise ArgumentTypeError(f"not a whole number from {least} to {most}: {text!r}")
        return int(text)

    return read


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
        {"type": count(0, 2**53), "default": 1, "metavar": "N"},
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
        "patience",
        "how long a job may take where no clock can be moved, as evaluation=120 or build=1200, in seconds",
        {"action": "append", "type": _patience, "default": [], "metavar": "KIND=SECONDS"},
    ),
    Option(
        "requests",
        "how many requests the target may get at most, where it is not the mock (default: 5000, on this machine any)",
        {"type": count(1, ANY_NUMBER), "metavar": "N"},
    ),
    Option(
        "writes",
        "how many writes may come through, where it is not the mock (default: 200, on this machine any)",
        {"type": count(0, ANY_NUMBER), "metavar": "N"},
    ),
    Option("expectations", "a file of what this target is known to break", {"metavar": "FILE"}),
)


def target(
    said: Callable[[str], Any],
    run_id: str,
    environment: Mapping[str, str] = os.environ,
    prompt: Callable[[str], str] | None = None,
) -> Target:
    """The target that the options describe; `said` gives an option's value by its name. Raises BadOption.

    `prompt` asks for a password that the environment lacks; None where nobody can be asked.
    """
    base_url = _address(said("base-url"))
    people = {role: _person(role, said, environment, prompt) for role in PASSWORDS}
    return Target(
        base_url=base_url,
        user=people["user"],
        second_user=people["second_user"],
        admin_user=people["admin_user"],
        control=_control(said("control")),
        control_token=environment.get(CONTROL_TOKEN) or None,
        profile=said("profile"),
        seed=said("seed"),
        strict=bool(said("strict")),
        allow_writes=said("allow-writes"),
        allow_settings=tuple(said("allow-settings")),
        patience={**PATIENCE, **dict(said("patience"))},
        run_id=run_id,
        **_budgets(said, base_url),
    )


def _budgets(said: Callable[[str], Any], base_url: str) -> dict[str, int]:
    given = {name: said(name) for name in ("requests", "writes") if said(name) is not None}
    return {"requests": ANY_NUMBER, "writes": ANY_NUMBER, **given} if Target(base_url).on_loopback else given


def terminal_prompt() -> Callable[[str], str] | None:
    """A way to ask for a password, where a person sits at the terminal."""
    return getpass if sys.stdin.isatty() else None


def _address(text: str | None) -> str:
    if not text:
        raise BadOption("--base-url is needed, such as http://127.0.0.1:8080/api/v3")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOption(f"--base-url: not an http address: {text}")
    if parts.username or parts.password:
        raise BadOption("--base-url: leave the password out; it belongs in CONTRACTS_PASSWORD")
    return text.rstrip("/")


def _control(text: str) -> str:
    if text not in ("auto", "none") and not text.startswith(("http://", "https://")):
        raise BadOption(f"--control: auto, none or an http address, not {text!r}")
    return text


def _person(
    role: str, said: Callable[[str], Any], environment: Mapping[str, str], prompt: Callable[[str], str] | None
) -> Person | None:
    name = said(role.replace("_", "-"))
    if not name:
        return None
    partner_id = {"user": said("partner"), "second_user": said("second-partner"), "admin_user": said("partner")}
    return Person(name, password_of(name, PASSWORDS[role], environment, prompt), partner_id[role] or None)


def password_of(name: str, variable: str, environment: Mapping[str, str], prompt: Callable[[str], str] | None) -> str:
    """A user's password: from the environment, the sample world's, or asked for. Raises BadOption."""
    password = environment.get(variable)
    if password is None and name.endswith(SAMPLE_NAMES):
        password = SAMPLE_PASSWORD
    if password is None and prompt is not None:
        password = prompt(f"Password of {name}: ")
    if password is None:
        raise BadOption(f"no password for {name}: set {variable}")
    return password


SAMPLE_NAMES = (".example",)
"""Users of the mock's sample worlds: names that nobody can own, with one password that everybody knows."""
