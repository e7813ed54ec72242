"""Adds what variables and pyproject.toml set to a command line, for the commands that take the options of a run."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts.cli import output
from contracts.target.options import COMMAND_OPTIONS, OPTIONS, Option

GATE_OPTIONS = (
    Option(
        "baseline",
        "result to compare with, which you keep in your repository (default: %(default)s)",
        {"default": "contracts-baseline.json", "metavar": "FILE"},
    ),
    Option("report-dir", "report of the run (default: %(default)s)", {"default": "contracts-report", "metavar": "DIR"}),
)
NOT_REPLAYED = frozenset(
    {
        "all-cases",
        "area",
        "base-url",
        "expectations",
        "gotcha",
        "har",
        "profile",
        "report-dir",
        "rule",
        "seed",
        "strict",
    }
)
"""The options that a reproducer sets, or that are only about a whole run."""
OPTIONS_BY_COMMAND = {
    "run": (*OPTIONS, *COMMAND_OPTIONS),
    "replay": tuple(option for option in OPTIONS if option.name not in NOT_REPLAYED),
    "gate": GATE_OPTIONS,
    "cleanup": tuple(option for option in OPTIONS if option.name == "ledger-dir"),
    "list": GATE_OPTIONS[1:],
    "explain": GATE_OPTIONS[1:],
}
"""The options of each command that variables and pyproject.toml can set."""


def complete_command(
    argv: Sequence[str], environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> list[str]:
    """Return the command line with the options that it does not give itself. Raises OptionError.

    If any are added, a line on standard error says where they come from.
    """
    place = next((place for place, word in enumerate(argv) if not word.startswith("-")), None)
    if place is None or argv[place] not in OPTIONS_BY_COMMAND or {"-h", "--help"} & set(argv):
        return list(argv)
    from contracts.cli import option_sources

    known = {option.name for options in OPTIONS_BY_COMMAND.values() for option in options}
    file = option_sources.find_file((folder or Path.cwd()).absolute(), known)
    options = OPTIONS_BY_COMMAND[argv[place]]
    words, sources = option_sources.complete(argv[place + 1 :], options, environment, file)
    if sources:
        output.write_error(f"options from {', '.join(sources)}")
    return [*argv[: place + 1], *words, *argv[place + 1 :]]
