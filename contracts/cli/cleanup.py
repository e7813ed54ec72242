"""`contracts cleanup`: what a run that was killed has left on its target, undone from its ledger alone."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from contracts.safety import ledger
from contracts.safety.ledger import LEDGER_DIR, Book, Ledger, LedgerError
from contracts.safety.owners import Keepers
from contracts.safety.rate_limiter import Pace
from contracts.safety.undo import Left, undo
from contracts.spec.openapi import Promises
from contracts.target import options
from contracts.target.target import Person, Target

TIMEOUT = httpx.Timeout(30.0)
NOT_UNDONE, USAGE = 1, 2
VARIABLES = {
    "partner": options.PASSWORDS["user"],
    "second": options.PASSWORDS["second_user"],
    "admin": options.PASSWORDS["admin_user"],
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
            return _listed(folder)
        return _cleaned(ledger.place(folder, arguments.run))
    except (LedgerError, options.BadOption) as bad:
        print(f"contracts: {bad}", file=sys.stderr)
        return USAGE


def undone(continued: Ledger, people: Mapping[str, Person], http: httpx.Client, promises: Promises) -> Left:
    """Undo what stands in a ledger, by these people, and note it there."""
    book = ledger.read(continued.file)
    if book is None or book.ended:
        return Left()
    target = str(book.head["target"])
    pace = Pace(free=Target(target).on_loopback)
    return undo(book, continued, Keepers(http, target, promises, people, pace.keep))


def people_of(
    book: Book, environment: Mapping[str, str] = os.environ, prompt: Callable[[str], str] | None = None
) -> dict[str, Person]:
    """Who made the run, with their passwords. Raises BadOption."""
    return {
        role: Person(name, options.password_of(name, VARIABLES[role], environment, prompt), partner_id)
        for role, (name, partner_id) in book.head["people"].items()
    }


def _listed(folder: Path) -> int:
    books = ledger.unfinished(folder)
    for book in books:
        print(f"{book.run_id}  begun {book.head['at']}  {len(book.entries)} writes  {book.head['target']}")
    print(f"contracts cleanup --run {books[0].run_id}" if books else f"no run of {folder} has left anything to undo")
    return 0


def _cleaned(file: Path) -> int:
    book = ledger.read(file)
    if book is None or book.ended:
        print(f"run {file.stem}: there is nothing to undo")
        return 0
    people = people_of(book, prompt=options.terminal_prompt())
    continued = Ledger.again(file)
    with httpx.Client(timeout=TIMEOUT) as http:
        left = undone(continued, people, http, Promises.load())
    continued.close()
    for line in left.forever:
        print(f"stays: {line}")
    for trouble in left.failed:
        print(f"not undone: {trouble}")
    print(f"run {book.run_id}: " + ("not all is undone; try again" if left.failed else "all is undone that can be"))
    return NOT_UNDONE if left.failed else 0
