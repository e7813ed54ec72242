"""`contracts run`: one pytest session of the suite alone, whatever the folder holds that it is started in."""

import argparse
import os
import shutil
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts import report
from contracts.pytest_plugin import collector, reproducer
from contracts.report import terminal
from contracts.results import known_failures
from contracts.results.known_failures import KnownFailuresError
from contracts.results.result import Outcome, Result
from contracts.safety.plan import PlanPlugin
from contracts.spec import rules
from contracts.spec.markers import KINDS
from contracts.spec.rules import Catalogue
from contracts.target import options
from contracts.target.clock import machine_seconds
from contracts.target.options import OPTIONS

CASES = Path(__file__).parents[1] / "cases"
INI = Path(__file__).with_name("pytest.ini")
REPORT_DIR = "contracts-report"
USAGE_ERROR, NOTHING_CHECKED = 2, 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `contracts run`."""
    for option in OPTIONS:
        parser.add_argument(f"--{option.name}", help=option.help, **option.parser_arguments)
    parser.add_argument(
        "--workers",
        type=options.integer_between(1, 64),
        default=1,
        metavar="N",
        help="processes that share the work (default: 1)",
    )
    parser.add_argument("--plan", action="store_true", help="list what would be written, what of it stays, and end")
    parser.add_argument("--fail-fast", action="store_true", help="end with the first contract that fails")
    parser.add_argument("--kind", action="append", default=[], choices=KINDS, help="only contracts of this kind")


def run(arguments: argparse.Namespace, tests: Sequence[str] = (str(CASES),)) -> int:
    """Run the suite, or some tests of it; the exit code is that of its result, 2 where the question makes no sense."""
    rule_catalogue = rules.load()
    try:
        _validate_arguments(arguments, rule_catalogue)
        folder = Path(arguments.report_dir or REPORT_DIR)
        if not arguments.plan:
            _prepare_report_dir(folder)
    except (options.OptionError, KnownFailuresError) as bad:
        print(f"contracts: {bad}", file=sys.stderr)
        return USAGE_ERROR
    _isolate_pytest()
    if arguments.plan:
        return _print_plan(arguments, folder, tests)
    _run_session([*_pytest_arguments(arguments, folder), *tests])
    result = collector.load_last_result(folder)
    if result is None:
        print("contracts: the suite broke before it had a result; see above", file=sys.stderr)
        return NOTHING_CHECKED
    print(_format_summary(result, rule_catalogue, folder))
    return result.exit_code(rule_catalogue)


def _run_session(flags: Sequence[str]) -> None:
    """One session, watched; what breaks it is told, and is no verdict on the target."""
    listener = ProgressListener()
    try:
        pytest.main(list(flags), plugins=[listener])
    except Exception:  # whatever it is: an exit code of 1 would say that the target broke a rule
        traceback.print_exc()
    finally:
        listener.close()


def _format_summary(result: Result, rule_catalogue: Catalogue, folder: Path) -> str:
    """What a person sees first; where there was no target that is one sentence, not a rule."""
    if result.ended and not result.outcomes:
        return (
            f"{result.run.target}: nothing was checked\n{result.ended} (exit code {result.exit_code(rule_catalogue)})"
        )
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return terminal.format_summary(result, rule_catalogue, width=_terminal_width(), colour=colour, folder=folder)


def _print_plan(arguments: argparse.Namespace, folder: Path, tests: Sequence[str]) -> int:
    """Tell what the run would write, and end; 3 where there is no target that could be written to."""
    arguments.workers, planner = 1, PlanPlugin()
    flags = [flag for flag in _pytest_arguments(arguments, folder) if not flag.startswith("--contracts-report-dir")]
    pytest.main([*flags, *tests], plugins=[planner])
    print(planner.text)
    return planner.exit_code


class ProgressListener:
    """Shows how far a session is, as its reports come in."""

    def __init__(self) -> None:
        self._progress: terminal.Progress | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Where the session itself runs the contracts, it knows how many there are."""
        if session.items:
            self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Where workers run them, each has collected them all."""
        if self._progress is None and ids:
            self._begin(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One contract more."""
        outcomes: list[dict[str, Any]] = getattr(report, "contract_outcomes", [])
        if self._progress is not None and outcomes:
            self._progress.update([Outcome.from_json(values) for values in outcomes])

    def close(self) -> None:
        """Leave the line."""
        if self._progress is not None:
            self._progress.close()

    def _begin(self, total: int) -> None:
        self._progress = terminal.Progress(sys.stderr, total, sys.stderr.isatty(), machine_seconds)


def _validate_arguments(arguments: argparse.Namespace, rule_catalogue: Catalogue) -> None:
    """Refuse what makes no sense before anything is started, and ask for the passwords that are missing."""

    def get_option(name: str) -> Any:
        return getattr(arguments, name.replace("-", "_"))

    target = options.build_target(get_option, "run", prompt=options.terminal_prompt())
    unknown_rules = [rule_id for rule_id in arguments.rule if rule_id not in rule_catalogue.rules]
    if unknown_rules:
        raise options.OptionError(
            f"--rule: {unknown_rules[0]} is not in the catalogue; `contracts list` lists the rules"
        )
    unknown_gotchas = [gotcha_id for gotcha_id in arguments.gotcha if gotcha_id not in rule_catalogue.gotchas]
    if unknown_gotchas:
        raise options.OptionError(f"--gotcha: {unknown_gotchas[0]} is not in the catalogue, which has G-01 and so on")
    if arguments.expectations:
        known_failures.load(Path(arguments.expectations), rule_catalogue)
    for role, variable in options.PASSWORD_VARIABLES.items():
        credentials = getattr(target, role)
        if credentials is not None:
            os.environ[variable] = credentials.password


def _pytest_arguments(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """The session's arguments: the suite's own configuration, and the options, as pytest knows them."""
    flags = ["-c", str(INI), "--rootdir", str(CASES.parent), "--confcutdir", str(CASES.parent), "-p", "no:terminal"]
    flags += ["-p", "contracts.plugin"]
    if arguments.workers > 1:
        flags += ["-p", "xdist.plugin", "-n", str(arguments.workers), "--dist", "loadgroup"]
    if arguments.fail_fast:
        flags.append("--contracts-fail-fast")
    if arguments.fail_fast and arguments.workers > 1:
        flags.append("-x")
    for option in OPTIONS:
        value = getattr(arguments, option.name.replace("-", "_"))
        flags += _option_arguments(f"--contracts-{option.name}", str(folder) if option.name == "report-dir" else value)
    flags += _option_arguments("--contracts-reproducer", getattr(arguments, "reproducer", None))
    return flags + [f"--contracts-kind={kind}" for kind in arguments.kind]


def _option_arguments(name: str, value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return [name]
    if isinstance(value, list):
        return [flag for each in value for flag in _option_arguments(name, each)]
    if isinstance(value, tuple):
        return [f"{name}={'='.join(map(str, value))}"]
    return [f"{name}={value}"]


def _prepare_report_dir(folder: Path) -> None:
    """Make the folder, without what an earlier run left there. Raises OptionError where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("result.json", "summary.txt", *report.WRITER_BY_FILE_NAME):
            (folder / name).unlink(missing_ok=True)
        for file in (folder / reproducer.FOLDER).glob("*.json"):
            file.unlink()
    except OSError as error:
        raise options.OptionError(f"--report-dir: {folder} cannot be written to: {error.strerror}") from error


def _isolate_pytest() -> None:
    """Let no plugin, option or configuration of whoever starts the suite change what it checks."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)


def _terminal_width() -> int:
    return max(60, min(120, shutil.get_terminal_size().columns))
