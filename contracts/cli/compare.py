"""`contracts compare`: what changed from one result to another."""

import argparse
import json
from pathlib import Path

from contracts.cli import output
from contracts.report import comparison as comparison_report
from contracts.report import comparison_markdown, comparison_page
from contracts.results import comparison
from contracts.results.comparison import Comparison
from contracts.results.result import Result
from contracts.spec import rules

USAGE_ERROR = 2
RESULT_FILE = "result.json"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `contracts compare`."""
    parser.add_argument("old", metavar="OLD", help="the earlier result: a result.json, or a report folder")
    parser.add_argument("new", metavar="NEW", help="the later result: a result.json, or a report folder")
    add_output_options(parser)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the forms in which a comparison is written."""
    parser.add_argument("--html", metavar="FILE", help="write the comparison as a page")
    parser.add_argument("--markdown", metavar="FILE", help="write the comparison as Markdown, for a comment")
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def compare(arguments: argparse.Namespace) -> int:
    """Print the comparison. Return 1 if a rule is newly broken, 0 if not, 2 if a file cannot be read or written."""
    try:
        old, new = (load_result(Path(name)) for name in (arguments.old, arguments.new))
        compared = comparison.compare(old, new, rules.load())
        write_files(compared, arguments)
    except (OSError, ValueError) as error:
        output.write_error(error)
        return USAGE_ERROR
    if arguments.json:
        output.write(json.dumps(comparison_report.to_json(compared), indent=1))
    else:
        width, colour = output.terminal_width(), output.has_colour()
        output.write(comparison_report.format_comparison(compared, width=width, colour=colour))
    return compared.exit_code


def write_files(compared: Comparison, arguments: argparse.Namespace) -> None:
    """Write the comparison to the files that the options name. Raises OSError."""
    if arguments.html:
        comparison_page.write(compared, Path(arguments.html))
    if arguments.markdown:
        comparison_markdown.write(compared, Path(arguments.markdown))


def load_result(path: Path) -> Result:
    """Load a result from its file, or from the report folder that contains it. Raises OSError or ValueError."""
    return Result.load(path / RESULT_FILE if path.is_dir() else path)
