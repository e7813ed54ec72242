"""`contracts cleanup`: undo the writes of a killed run, with the help of its ledger."""

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx2

from contracts.cli import output
from contracts.safety import ledger
from contracts.safety.actors import ActorClient
from contracts.safety.ledger import Ledger, LedgerContents, LedgerError
from contracts.safety.rate_limiter import RateLimiter
from contracts.safety.undo import UndoReport, undo
from contracts.spec.openapi import OpenApiSpec
from contracts.target import options
from contracts.target.connections import open_http
from contracts.target.stop_requests import STOP_REQUESTS
from contracts.target.target import UserCredentials

EXIT_NOT_UNDONE, USAGE_ERROR = 1, 2
PASSWORD_VARIABLES = {
    "partner": options.PASSWORD_VARIABLES["user"],
    "second": options.PASSWORD_VARIABLES["second_user"],
    "admin": options.PASSWORD_VARIABLES["admin_user"],
}
"""The environment variables with the passwords, by role. A ledger contains no passwords."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `contracts cleanup`."""
    parser.add_argument("--run", metavar="ID", help="id of the run; without it, list the runs that can be cleaned up")
    parser.add_argument(
        "--ledger-dir",
        default=options.LEDGER_DIR,
        metavar="DIR",
        help="folder of the ledgers (default: %(default)s)",
    )


def cleanup(arguments: argparse.Namespace) -> int:
    """Undo a run's writes, or list the runs. Return 0, 1 if a write could not be undone, or 2 for a usage error."""
    folder = Path(arguments.ledger_dir)
    STOP_REQUESTS.admit()
    try:
        if arguments.run is None:
            return _list_runs(folder)
        return _clean_run(ledger.file_of(folder, arguments.run))
    except (LedgerError, options.OptionError) as error:
        output.write_error(error)
        return USAGE_ERROR


def undo_ledger(
    open_ledger: Ledger, users: Mapping[str, UserCredentials], http: httpx2.Client, api_spec: OpenApiSpec
) -> UndoReport:
    """Undo the writes in a ledger as these users, and record the undo in the ledger."""
    contents = ledger.read_contents(open_ledger.file)
    if contents is None or contents.ended:
        return UndoReport()
    target = str(contents.header["target"])
    rate_limiter = RateLimiter(unlimited=bool(contents.header.get("unpaced")))
    return undo(contents, open_ledger, ActorClient(http, target, api_spec, users, rate_limiter.wait))


def load_users(
    contents: LedgerContents, environment: Mapping[str, str] = os.environ, prompt: Callable[[str], str] | None = None
) -> dict[str, UserCredentials]:
    """Load the run's users by role, with their passwords. Raises OptionError."""
    return {
        role: UserCredentials(
            name, options.resolve_password(name, PASSWORD_VARIABLES[role], environment, prompt), partner_id
        )
        for role, (name, partner_id) in contents.header["users"].items()
    }


def _list_runs(folder: Path) -> int:
    unfinished = ledger.list_unfinished(folder)
    for contents in unfinished:
        header = contents.header
        output.write(f"{contents.run_id}  started {header['at']}  {len(contents.entries)} writes  {header['target']}")
    if unfinished:
        output.write(f"contracts cleanup --run {unfinished[0].run_id}")
    else:
        output.write(f"no run in {folder} needs cleanup")
    return 0


def _clean_run(file: Path) -> int:
    contents = ledger.read_contents(file)
    if contents is None or contents.ended:
        output.write(f"run {file.stem}: nothing to undo")
        return 0
    users = load_users(contents, prompt=options.terminal_prompt())
    open_ledger = Ledger.reopen(file)
    with open_http(str(contents.header["target"])) as http:
        report = undo_ledger(open_ledger, users, http, OpenApiSpec.load())
    open_ledger.close()
    for line in report.permanent:
        output.write(f"remains: {line}")
    for failure in report.failed:
        output.write(f"not undone: {failure}")
    summary = "some writes are not undone; try again" if report.failed else "everything that can be undone is undone"
    output.write(f"run {contents.run_id}: {summary}")
    return EXIT_NOT_UNDONE if report.failed else 0
