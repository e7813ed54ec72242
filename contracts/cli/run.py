"""`contracts run`: run the suite in a pytest session that ignores the configuration of the current folder."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from contracts import report
from contracts.cli import console, output
from contracts.pytest_plugin import collector, har_recording, reproducer
from contracts.report import terminal
from contracts.results import known_failures
from contracts.results.known_failures import KnownFailuresError
from contracts.results.result import Outcome, Result
from contracts.safety.plan import PlanPlugin
from contracts.spec import rules
from contracts.spec.rules import Catalogue
from contracts.target import options
from contracts.target.clock import machine_seconds
from contracts.target.connections import open_http
from contracts.target.options import COMMAND_OPTIONS, OPTIONS

CASES = Path(__file__).parents[1] / "cases"
INI = Path(__file__).with_name("pytest.ini")
REPORT_DIR = "contracts-report"
USAGE_ERROR, NOTHING_CHECKED = 2, 3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `contracts run`."""
    for option in (*OPTIONS, *COMMAND_OPTIONS):
        parser.add_argument(f"--{option.name}", help=option.help, **option.parser_arguments)


def run(arguments: argparse.Namespace, tests: Sequence[str] = (str(CASES),)) -> int:
    """Run the suite, or some of its tests. Return the exit code of the result, or 2 for a usage error."""
    rule_catalogue = rules.load()
    folder = Path(arguments.report_dir or REPORT_DIR)
    try:
        _validate_arguments(arguments, rule_catalogue)
        if not arguments.plan:
            _prepare_report_dir(folder)
            _prepare_har_file(arguments.har)
    except (options.OptionError, KnownFailuresError) as error:
        output.write_error(error)
        return USAGE_ERROR
    _isolate_pytest()
    if arguments.plan:
        return _print_plan(arguments, folder, tests)
    _run_session([*_pytest_arguments(arguments, folder), *tests])
    result = collector.load_last_result(folder)
    if result is None:
        output.write_error("the suite itself failed before it produced a result; see above")
        return NOTHING_CHECKED
    output.write(_format_summary(result, rule_catalogue, folder))
    if arguments.console:
        _send_to_console(arguments.console, folder)
    return result.exit_code(rule_catalogue)


def _send_to_console(address: str, folder: Path) -> None:
    """Send the result to a console. If that fails, say why: it is no verdict on the target."""
    reason = console.send(
        console.parse_address(address), folder / "result.json", os.environ.get(options.CONTROL_TOKEN_VARIABLE) or None
    )
    if reason:
        output.write_error(f"the console at {address} did not take the result: {reason}")


def _run_session(flags: Sequence[str]) -> None:
    """Run pytest and show progress. A crash of the session is printed, because it is not a verdict on the target."""
    listener = ProgressListener()
    try:
        pytest.main(list(flags), plugins=[listener])
    except Exception:  # An uncaught exception would exit with 1, which means that a rule is broken.
        output.write_error(traceback.format_exc())
    finally:
        listener.close()


def _format_summary(result: Result, rule_catalogue: Catalogue, folder: Path) -> str:
    """Format the summary for the terminal: two lines if there was no target to check."""
    if result.ended and not result.outcomes:
        code = result.exit_code(rule_catalogue)
        return f"{result.run.target}: nothing was checked\n{result.ended} (exit code {code})"
    width, colour = output.terminal_width(), output.has_colour()
    return terminal.format_summary(result, rule_catalogue, width=width, colour=colour, folder=folder)


def _print_plan(arguments: argparse.Namespace, folder: Path, tests: Sequence[str]) -> int:
    """Print the writes that the run would make. Return the exit code, which is 3 if there is no target."""
    arguments.workers, planner = 1, PlanPlugin()
    flags = [flag for flag in _pytest_arguments(arguments, folder) if not flag.startswith("--contracts-report-dir")]
    pytest.main([*flags, *tests], plugins=[planner])
    output.write(planner.text)
    return planner.exit_code


class ProgressListener:
    """A pytest plugin that shows the progress of the session, and nothing else: no tracebacks, which take long."""

    def __init__(self) -> None:
        self._progress: terminal.Progress | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Leave tracebacks out of the reports of tests, also of the workers, because no report of a run shows them."""
        config.option.tbstyle = "value"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the number of contracts from a session that runs them in its own process."""
        if session.items:
            self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Read the number of contracts from the first worker. Each worker collects all contracts."""
        if self._progress is None and ids:
            self._begin(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a finished contract."""
        outcomes: list[dict[str, Any]] = getattr(report, "contract_outcomes", [])
        if self._progress is not None and outcomes:
            with suppress(BrokenPipeError):
                self._progress.update([Outcome.from_json(values) for values in outcomes])

    def close(self) -> None:
        """End the line of progress."""
        if self._progress is not None:
            with suppress(BrokenPipeError):
                self._progress.close()

    def _begin(self, total: int) -> None:
        self._progress = terminal.Progress(sys.stderr, total, sys.stderr.isatty(), machine_seconds)


def _validate_arguments(arguments: argparse.Namespace, rule_catalogue: Catalogue) -> None:
    """Check the options and the environment's proxies before anything starts, and ask for missing passwords.

    Passwords go to the session in environment variables. Raises OptionError and KnownFailuresError.
    """

    def get_option(name: str) -> Any:
        return getattr(arguments, name.replace("-", "_"))

    target = options.build_target(get_option, "run", prompt=options.terminal_prompt())
    open_http(target.base_url, *target.control_roots()).close()
    for rule_id in arguments.rule:
        if rule_id not in rule_catalogue.rules:
            problem = rules.describe_unknown(rule_id, rule_catalogue.rules)
            raise options.OptionError(f"--rule: {problem}; `contracts list` lists the rules")
    for gotcha_id in arguments.gotcha:
        if gotcha_id not in rule_catalogue.gotchas:
            problem = rules.describe_unknown(gotcha_id, rule_catalogue.gotchas)
            raise options.OptionError(f"--gotcha: {problem}; the ids are G-01 and so on")
    if arguments.console:
        open_http(console.parse_address(arguments.console)).close()
    if arguments.expectations:
        known_failures.load(Path(arguments.expectations), rule_catalogue)
    os.environ.update(options.list_secrets(target))


def _pytest_arguments(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Build pytest's arguments: the suite's own configuration, and the options with the prefix `contracts-`."""
    flags = ["-c", str(INI), "--rootdir", str(CASES.parent), "--confcutdir", str(CASES.parent), "-p", "no:terminal"]
    flags += ["-p", "contracts.plugin"]
    if arguments.workers > 1:
        flags += ["-p", "xdist.plugin", "-n", str(arguments.workers), "--dist", "loadgroup"]
    if arguments.fail_fast:
        flags += ["--contracts-fail-fast", *(["-x"] if arguments.workers > 1 else [])]
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
    """Create the folder and delete the reports of an earlier run. Raises OptionError if it is not writable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("result.json", "summary.txt", *report.WRITER_BY_FILE_NAME):
            (folder / name).unlink(missing_ok=True)
        for file in (folder / reproducer.FOLDER).glob("*.json"):
            file.unlink()
    except OSError as error:
        raise options.OptionError(f"--report-dir: {folder} cannot be written to: {error.strerror}") from error


def _prepare_har_file(name: str | None) -> None:
    try:
        if name:
            har_recording.prepare(Path(name))
    except OSError as error:
        raise options.OptionError(f"--har: {name} cannot be written to: {error.strerror}") from error


def _isolate_pytest() -> None:
    """Keep plugins and options of the user's environment out of the session."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
