"""The options of a run. They are the same for `contracts run` and for pytest, and are read once."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from getpass import getpass
from typing import Any
from urllib.parse import urlsplit

from contracts.errors import ContractsError
from contracts.spec.markers import KINDS, PROFILES
from contracts.spec.redactor import CODE, CONTROL_TOKEN, PASSWORD, REDACTOR
from contracts.spec.rules import Area, Documentation
from contracts.target.documentation import AUTO
from contracts.target.target import (
    DEFAULT_JOB_TIMEOUTS,
    SAMPLE_CODE,
    SAMPLE_PASSWORD,
    TargetOptions,
    UserCredentials,
)

PASSWORD_VARIABLES = {
    "user": "CONTRACTS_PASSWORD",
    "second_user": "CONTRACTS_SECOND_PASSWORD",
    "admin_user": "CONTRACTS_ADMIN_PASSWORD",
}
"""The environment variables with the passwords. There are no options for passwords."""
SPECIAL_PASSWORD_VARIABLES = {
    "second_factor_user": "CONTRACTS_SECOND_FACTOR_PASSWORD",
    "new_password_user": "CONTRACTS_INITIAL_PASSWORD",
    "disabled_user": "CONTRACTS_DISABLED_PASSWORD",
    "external_user": "CONTRACTS_EXTERNAL_PASSWORD",
}
"""The variables with the passwords of users who cannot sign in with only a password, or belong to no partner."""
CODE_VARIABLE = "CONTRACTS_SECOND_FACTOR_CODE"
CONTROL_TOKEN_VARIABLE = "CONTRACTS_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
SAMPLE_USER_SUFFIXES = (".example",)
"""The domains of the sample users, which are reserved names. All sample users have the same published password."""
LONGEST_JOB_TIMEOUT = 7 * 86_400
"""Seconds. In a week, each day of the schedule comes once."""
LEDGER_DIR = "contracts-ledger"
MAX_BUDGET = 10**7
"""A budget that no run exhausts."""
CONSOLE_HELP = "send the result to the console of a mock at this address, such as http://127.0.0.1:8080"
KIND_HELP = "run only contracts of this kind (`law` is a property test, `machine` a stateful test); may be repeated"
FAIL_FAST_HELP = "stop at the first failure"


class OptionError(ContractsError):
    """An option is invalid. The message is one line."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name without dashes, its help, and its arguments for argparse and pytest."""

    name: str
    help: str
    parser_arguments: Mapping[str, Any] = field(default_factory=dict)


def _parse_job_timeout(text: str) -> tuple[str, float]:
    kind, _, seconds = text.partition("=")
    try:
        timeout = float(seconds)
    except ValueError:
        timeout = 0.0
    if kind not in DEFAULT_JOB_TIMEOUTS or not 0 < timeout <= LONGEST_JOB_TIMEOUT:
        forms = " or ".join(f"{name}=SECONDS" for name in DEFAULT_JOB_TIMEOUTS)
        raise ArgumentTypeError(f"must be {forms}, at most {LONGEST_JOB_TIMEOUT}: {text!r}")
    return kind, timeout


def integer_between(minimum: int, maximum: int) -> Callable[[str], int]:
    """Build an argparse type that accepts an integer within the bounds, both included."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and minimum <= int(text[:20]) <= maximum):
            raise ArgumentTypeError(f"must be an integer from {minimum} to {maximum}: {text!r}")
        return int(text)

    return parse


OPTIONS = (
    Option("base-url", "base URL of the deployment, such as http://127.0.0.1:8080/api/v3", {"metavar": "URL"}),
    Option("user", "a user of the partner; password in CONTRACTS_PASSWORD", {"metavar": "NAME"}),
    Option("partner", "the user's partner; required if the user has several", {"metavar": "ID"}),
    Option("second-user", "a user of another partner; password in CONTRACTS_SECOND_PASSWORD", {"metavar": "NAME"}),
    Option("second-partner", "the second user's partner; required if that user has several", {"metavar": "ID"}),
    Option("admin-user", "an admin; password in CONTRACTS_ADMIN_PASSWORD", {"metavar": "NAME"}),
    Option(
        "second-factor-user",
        "a user whose sign-in asks for a second factor; password in CONTRACTS_SECOND_FACTOR_PASSWORD, and the code, if "
        "it is always the same, in CONTRACTS_SECOND_FACTOR_CODE",
        {"metavar": "NAME"},
    ),
    Option(
        "new-password-user",
        "a user who must choose a new password, which the run may change for good if it may write (--allow-writes); "
        "may be repeated, because each user serves one change; their password in CONTRACTS_INITIAL_PASSWORD",
        {"action": "append", "default": [], "metavar": "NAME"},
    ),
    Option("disabled-user", "a disabled user; password in CONTRACTS_DISABLED_PASSWORD", {"metavar": "NAME"}),
    Option(
        "external-user",
        "a user who belongs to no partner; password in CONTRACTS_EXTERNAL_PASSWORD",
        {"metavar": "NAME"},
    ),
    Option(
        "profile",
        "smoke: seconds; standard: one or two minutes; thorough: many more examples (default: standard)",
        {"choices": PROFILES, "default": "standard"},
    ),
    Option(
        "area",
        f"check only the rules of this area; may be repeated. Areas: {', '.join(Area)}",
        {"action": "append", "choices": [str(area) for area in Area], "default": [], "metavar": "AREA"},
    ),
    Option(
        "rule",
        "check only this rule, such as BEV-07; may be repeated",
        {"action": "append", "default": [], "metavar": "ID"},
    ),
    Option(
        "gotcha",
        "run only the contracts of this gotcha, such as G-07; may be repeated",
        {"action": "append", "default": [], "metavar": "ID"},
    ),
    Option("strict", "count a difference from an assumed rule as a failure", {"action": "store_true"}),
    Option(
        "seed",
        "seed of all random data (default: 1)",
        {"type": integer_between(0, 2**53), "default": 1, "metavar": "N"},
    ),
    Option("control", "auto, none, or the URL of the mock's control API (default: auto)", {"default": "auto"}),
    Option(
        "documentation",
        "generation of the vendor's documentation that the target follows; auto detects it (default: auto)",
        {"choices": (*Documentation, AUTO), "default": AUTO},
    ),
    Option("report-dir", "folder for reports and reproducers (default: contracts-report)", {"metavar": "DIR"}),
    Option("har", "file for all requests and responses of the run, without secrets, as HAR 1.2", {"metavar": "FILE"}),
    Option(
        "allow-writes",
        "allow writes to this partner of a target without control API (default: read-only); may be repeated",
        {"action": "append", "default": [], "metavar": "PARTNER"},
    ),
    Option(
        "allow-settings",
        "allow saving the settings of this package although the run did not create it; may be repeated",
        {"action": "append", "default": [], "metavar": "PACKAGE"},
    ),
    Option(
        "allow-rows",
        "allow deleting the automated rows of this event, and changing its model over the next attribution runs, both "
        "for good (needs --job-timeout attribution=SECONDS); may be repeated",
        {"action": "append", "default": [], "metavar": "EVENT"},
    ),
    Option(
        "disposable-event",
        "an event of an --allow-writes partner whose sales the run may clear, import and overwrite; nothing of it is "
        "undone; may be repeated",
        {"action": "append", "default": [], "metavar": "EVENT"},
    ),
    Option(
        "ledger-dir",
        f"folder for the ledger of writes, which `contracts cleanup` reads (default: {LEDGER_DIR})",
        {"default": LEDGER_DIR, "metavar": "DIR"},
    ),
    Option(
        "job-timeout",
        "seconds to wait for a job if the clock cannot be advanced, as build=SECONDS (default: "
        f"{DEFAULT_JOB_TIMEOUTS['build']:g}), evaluation=SECONDS (default: {DEFAULT_JOB_TIMEOUTS['evaluation']:g}), "
        f"import=SECONDS, until imported sales appear (default: {DEFAULT_JOB_TIMEOUTS['import']:g}), "
        "token=SECONDS, to wait for the end of a token (default: do not wait), attribution=SECONDS, to wait for the "
        "next attribution runs (default: do not wait; two take up to two days), or session=SECONDS, to wait for the "
        f"end of a challenge of --second-factor-user (default: {DEFAULT_JOB_TIMEOUTS['session']:g})",
        {"action": "append", "type": _parse_job_timeout, "default": [], "metavar": "KIND=SECONDS"},
    ),
    Option(
        "requests",
        "maximum number of requests to a target without control API (default: 5000)",
        {"type": integer_between(1, MAX_BUDGET), "metavar": "N"},
    ),
    Option(
        "writes",
        "maximum number of accepted writes to a target without control API (default: 300)",
        {"type": integer_between(0, MAX_BUDGET), "metavar": "N"},
    ),
    Option(
        "packages",
        "maximum number of packages that stay on a target without control API (default: 16)",
        {"type": integer_between(0, MAX_BUDGET), "metavar": "N"},
    ),
    Option(
        "all-cases",
        "send all cases of each contract to a target without control API, three times as many requests; "
        "the profile thorough always does",
        {"action": "store_true"},
    ),
    Option(
        "no-rate-limits",
        "do not wait to keep the documented limits of calls per minute: for a target of your own that has none",
        {"action": "store_true"},
    ),
    Option(
        "exceed-limits",
        "exceed the limit of sign-ins once; for about a minute, the target then refuses all sign-ins from this address",
        {"action": "store_true"},
    ),
    Option("expectations", "file of the target's known failures", {"metavar": "FILE"}),
)
COMMAND_OPTIONS = (
    Option(
        "workers",
        "number of processes that run contracts (default: 1)",
        {"type": integer_between(1, 64), "default": 1, "metavar": "N"},
    ),
    Option("plan", "list the writes that the run would make, and exit", {"action": "store_true"}),
    Option("fail-fast", FAIL_FAST_HELP, {"action": "store_true"}),
    Option("kind", KIND_HELP, {"action": "append", "default": [], "choices": KINDS}),
    Option("console", CONSOLE_HELP, {"metavar": "URL"}),
)
"""The options that `contracts run` has in addition."""


def build_target(
    get_option: Callable[[str], Any],
    run_id: str,
    environment: Mapping[str, str] = os.environ,
    prompt: Callable[[str], str] | None = None,
) -> TargetOptions:
    """Build the target from the options. `get_option` returns the value of an option. Raises OptionError.

    `prompt` asks for a password that is not in the environment. It is None if there is no terminal.
    """
    base_url = _parse_base_url(get_option("base-url"))
    control_token = environment.get(CONTROL_TOKEN_VARIABLE) or None
    if control_token is not None:
        REDACTOR.learn(control_token, CONTROL_TOKEN)
    variables = {**PASSWORD_VARIABLES, **SPECIAL_PASSWORD_VARIABLES}
    users = {
        role: tuple(_build_credentials(role, get_option, variable, environment, prompt))
        for role, variable in variables.items()
    }
    single = {role: next(iter(people), None) for role, people in users.items() if role != "new_password_user"}
    return TargetOptions(
        base_url=base_url,
        user=single["user"],
        second_user=single["second_user"],
        admin_user=single["admin_user"],
        second_factor_user=single["second_factor_user"],
        second_factor_code=_find_code(single["second_factor_user"], environment),
        new_password_users=users["new_password_user"],
        disabled_user=single["disabled_user"],
        external_user=single["external_user"],
        control=_parse_control(get_option("control")),
        control_token=control_token,
        documentation=get_option("documentation"),
        profile=get_option("profile"),
        seed=get_option("seed"),
        strict=bool(get_option("strict")),
        allow_writes=tuple(get_option("allow-writes")),
        allow_settings=tuple(get_option("allow-settings")),
        disposable_events=tuple(dict.fromkeys(get_option("disposable-event"))),
        allow_rows=tuple(get_option("allow-rows")),
        job_timeouts={**DEFAULT_JOB_TIMEOUTS, **dict(get_option("job-timeout"))},
        run_id=run_id,
        unpaced=bool(get_option("no-rate-limits")),
        all_cases=bool(get_option("all-cases")),
        exceeds_limits=bool(get_option("exceed-limits")),
        **{name: get_option(name) for name in ("requests", "writes", "packages") if get_option(name) is not None},
    )


def terminal_prompt() -> Callable[[str], str] | None:
    """Return a function that asks for a password, or None if standard input is not a terminal."""
    return getpass if sys.stdin.isatty() else None


def _parse_base_url(text: str | None) -> str:
    if not text:
        raise OptionError("--base-url is required, such as http://127.0.0.1:8080/api/v3")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OptionError(f"--base-url: not an HTTP URL: {text}")
    if parts.username or parts.password:
        raise OptionError("--base-url must not contain a password; set CONTRACTS_PASSWORD instead")
    return text.rstrip("/")


def _parse_control(text: str) -> str:
    if text not in ("auto", "none") and not text.startswith(("http://", "https://")):
        raise OptionError(f"--control must be 'auto', 'none' or an HTTP URL: {text!r}")
    return text


def list_secrets(target: TargetOptions) -> dict[str, str]:
    """Return the passwords of a target's users, and the code, by the variables in which a session reads them."""
    variables = {**PASSWORD_VARIABLES, **SPECIAL_PASSWORD_VARIABLES}
    people = {role: getattr(target, role) for role in variables if role != "new_password_user"}
    people["new_password_user"] = next(iter(target.new_password_users), None)
    passwords = {variables[role]: person.password for role, person in people.items() if person is not None}
    return passwords | ({CODE_VARIABLE: target.second_factor_code} if target.second_factor_code else {})


def _build_credentials(
    role: str,
    get_option: Callable[[str], Any],
    variable: str,
    environment: Mapping[str, str],
    prompt: Callable[[str], str] | None,
) -> Iterator[UserCredentials]:
    """Yield the users of a role, of which only `new_password_user` can have several. They have the same password."""
    given = get_option(role.replace("_", "-"))
    names = [given] if isinstance(given, str) else given or []
    partner_id = get_option("second-partner" if role == "second_user" else "partner") or None
    password = ""
    for name in filter(None, names):
        password = password or resolve_password(name, variable, environment, prompt)
        yield UserCredentials(name, password, partner_id if role in PASSWORD_VARIABLES else None)


def _find_code(user: UserCredentials | None, environment: Mapping[str, str]) -> str | None:
    """Return the code of the second factor, that of the sample's user if none is set. None if it is not known."""
    code = environment.get(CODE_VARIABLE) or None
    if user is None:
        return None
    if code is None and user.username.endswith(SAMPLE_USER_SUFFIXES):
        return SAMPLE_CODE
    if code is not None and code != SAMPLE_CODE:
        REDACTOR.learn(code, CODE)
    return code


def resolve_password(
    name: str, variable: str, environment: Mapping[str, str], prompt: Callable[[str], str] | None
) -> str:
    """Find a user's password: in the environment, else the sample password, else by prompt. Raises OptionError.

    From now on, the password is removed from all output, except the published one of the sample users.
    An empty variable counts as not set.
    """
    password = environment.get(variable) or None
    if password is None and name.endswith(SAMPLE_USER_SUFFIXES):
        password = SAMPLE_PASSWORD
    if password is None and prompt is not None:
        password = prompt(f"Password of {name}: ")
    if password is None:
        raise OptionError(f"no password for {name}: set {variable}")
    if password != SAMPLE_PASSWORD:
        REDACTOR.learn(password, PASSWORD)
    return password
