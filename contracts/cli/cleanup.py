"""`contracts cleanup`: what a run that was killed has left on its target, undone from its ledger alone."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx2

from contracts.safety import ledger
from contracts.safety.ledger import LEDGER_DIR, Ledger, LedgerContents, LedgerError
from contracts.safety.owners import ActorClient
from contracts.safety.rate_limiter import RateLimiter
from contracts.safety.undo import UndoReport, undo
from contracts.spec.openapi import OpenApiSpec
from contracts.target import options
from contracts.target.target import TargetOptions, UserCredentials

TIMEOUT = httpx2.Timeout(30.0)
EXIT_NOT_UNDONE, USAGE_ERROR = 1, 2
PASSWORD_VARIABLES = {
    "partner": options.PASSWORD_VARIABLES["user"],
    "second": options.PASSWORD_VARIABLES["second_user"],
    "admin": options.PASSWORD_VARIABLES["admin_user"],
}
"""Where the password of each role comes from: a ledger holds none."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `contracts cleanup`."""
    parser.add_argument("--run", metavar="ID", help="the run; without it, list those that have left something")
    parser.add_argument(
        "--ledger-dir", default=LEDGER_DIR, metavar="DIR", help="where ledgers are (default: %(default)s)"
    )


def cleanup(arguments: argparse.Namespace) -> int:
    """Undo what a run left, or list the runs; exit 1 where not all could be undone, 2 where there is no such run."""
    folder = Path(arguments.ledger_dir)
    try:
        if arguments.run is None:
            return _list_runs(folder)
        return _clean_run(ledger.file_of(folder, arguments.run))
    except (LedgerError, options.OptionError) as error:
        print(f"contracts: {error}", file=sys.stderr)
        return USAGE_ERROR


def undo_ledger(
    open_ledger: Ledger, users: Mapping[str, UserCredentials], http: httpx2.Client, api_spec: OpenApiSpec
) -> UndoReport:
    """Undo what stands in a ledger, by these people, and note it there."""
    contents = ledger.read_contents(open_ledger.file)
    if contents is None or contents.ended:
        return UndoReport()
    target = str(contents.header["target"])
    rate_limiter = RateLimiter(unlimited=TargetOptions(target).on_loopback)
    return undo(contents, open_ledger, ActorClient(http, target, api_spec, users, rate_limiter.wait))


def load_users(
    contents: LedgerContents, environment: Mapping[str, str] = os.environ, prompt: Callable[[str], str] | None = None
) -> dict[str, UserCredentials]:
    """Who made the run, with their passwords. Raises OptionError."""
    return {
        role: UserCredentials(
            name, options.resolve_password(name, PASSWORD_VARIABLES[role], environment, prompt), partner_id
        )
        for role, (name, partner_id) in contents.header["users"].items()
    }


def _list_runs(folder: Path) -> int:
    unfinished = ledger.list_unfinished(folder)
    for contents in unfinished:
        print(
            f"{contents.run_id}  begun {contents.header['at']}  {len(contents.entries)} writes  {contents.header['target']}"
        )
    print(
        f"contracts cleanup --run {unfinished[0].run_id}"
        if unfinished
        else f"no run of {folder} has left anything to undo"
    )
    return 0


def _clean_run(file: Path) -> int:
    contents = ledger.read_contents(file)
    if contents is None or contents.ended:
        print(f"run {file.stem}: there is nothing to undo")
        return 0
    users = load_users(contents, prompt=options.terminal_prompt())
    open_ledger = Ledger.reopen(file)
    with httpx2.Client(timeout=TIMEOUT) as http:
        report = undo_ledger(open_ledger, users, http, OpenApiSpec.load())
    open_ledger.close()
    for line in report.permanent:
        print(f"stays: {line}")
    for failure in report.failed:
        print(f"not undone: {failure}")
    print(
        f"run {contents.run_id}: " + ("not all is undone; try again" if report.failed else "all is undone that can be")
    )
    return EXIT_NOT_UNDONE if report.failed else 0
