"""`contracts gate`: decide whether the last run breaks a rule that a committed baseline keeps."""

import argparse
import json
from pathlib import Path

from contracts.cli import compare, output
from contracts.cli.configuration import GATE_OPTIONS
from contracts.report import comparison as comparison_report
from contracts.report import summary
from contracts.results import baseline, comparison
from contracts.results.comparison import Comparison
from contracts.results.result import Result
from contracts.spec import rules
from contracts.spec.rules import Catalogue

NEWLY_BROKEN, USAGE_ERROR, NO_RESULT = 1, 2, 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `contracts gate`."""
    for option in GATE_OPTIONS:
        parser.add_argument(f"--{option.name}", help=option.help, **option.parser_arguments)
    parser.add_argument("--update", action="store_true", help="write the baseline from the run, and exit")
    compare.add_output_options(parser)


def gate(arguments: argparse.Namespace) -> int:
    """Print what changed since the baseline. Return 0, 1 if a rule is newly broken, 2 if a file cannot be used, or 3.

    3 means that the run has no result: it stopped early, checked nothing, or has a known failure that is out of date.
    """
    file, report = Path(arguments.baseline), Path(arguments.report_dir)
    rule_catalogue = rules.load()
    try:
        new = compare.load_result(report)
        if arguments.update:
            return _update(new, file, rule_catalogue)
        compared = comparison.compare(_load_baseline(file), new, rule_catalogue)
        compare.write_files(compared, arguments)
    except (OSError, ValueError) as error:
        output.write_error(error)
        return USAGE_ERROR
    code, reason = _decide(compared, new, rule_catalogue)
    _print(compared, arguments, code, reason)
    return code


def _load_baseline(file: Path) -> Result:
    try:
        return Result.load(file)
    except FileNotFoundError as error:
        raise ValueError(
            f"there is no baseline {file}; `contracts gate --update` writes it from the last run"
        ) from error


def _update(new: Result, file: Path, catalogue: Catalogue) -> int:
    if new.ended or not baseline.is_checked(new, catalogue):
        output.write_error(f"no baseline was written: {new.ended or 'the run checked no rule'}")
        return NO_RESULT
    baseline.write(new, catalogue, file)
    output.write(f"wrote {file}: {_describe(new, catalogue)}")
    return 0


def _describe(result: Result, catalogue: Catalogue) -> str:
    """Return how many rules have each verdict, as the summary of the run does: `2 broken, 60 pass`."""
    rows = summary.summarize(result, catalogue).count_rows()
    return ", ".join(f"{row.count} {row.name}" for row in rows)


def _decide(compared: Comparison, new: Result, catalogue: Catalogue) -> tuple[int, str]:
    """Return the exit code, and why it is not that of the comparison."""
    if compared.broken:
        return NEWLY_BROKEN, ""
    if new.exit_code(catalogue) == NO_RESULT:
        return NO_RESULT, new.ended or "; ".join(
            new.stale
        ) or "the run has no result: it checked no rule, or failed itself"
    return 0, ""


def _print(compared: Comparison, arguments: argparse.Namespace, code: int, reason: str) -> None:
    if arguments.json:
        output.write(json.dumps(comparison_report.to_json(compared) | {"exit_code": code}, indent=1))
    else:
        width, colour = output.terminal_width(), output.has_colour()
        output.write(comparison_report.format_comparison(compared, width=width, colour=colour, code=code))
    if reason:
        output.write_error(f"no result: {reason} (exit code {code})")
