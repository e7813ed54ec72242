"""The suite as a pytest plugin, loaded by name: `pytest -p contracts.plugin --pyargs contracts.cases`.

This module contains the hooks; `contracts/pytest_plugin` contains the code that they call. The hooks affect contracts
only: other tests in the same session run as if the plugin were not loaded.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from contracts import report
from contracts.pytest_plugin import confirmation, early_starting, hypothesis_profile, item_outcomes, selection, startup
from contracts.pytest_plugin.collector import INTERRUPTED, OUTCOME_COLLECTOR
from contracts.pytest_plugin.early_starting import early_start
from contracts.pytest_plugin.fixtures import TARGET_SESSION, deployment, sandbox, target_session, writable
from contracts.pytest_plugin.selection import CATALOGUE, CONTRACTS_WITHOUT_TARGET, SELECTION, Selection
from contracts.report import terminal
from contracts.spec import rules
from contracts.spec.markers import MARK, is_contract
from contracts.spec.verdicts import TargetUnreachableError
from contracts.target import preflight
from contracts.target.stop_requests import STOP_REQUESTS

__all__ = ["deployment", "early_start", "sandbox", "target_session", "writable"]

CASES = Path(__file__).with_name("cases")
MARKER_HELP = (
    f"{MARK}(kind, parts, profile, writes, gotcha, documentation, early): a contract, and the rules that it checks"
)
NO_TARGET_HINT = "pass --contracts-base-url, such as http://127.0.0.1:8080/api/v3"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `contracts run`, prefixed with `contracts-`."""
    startup.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Load the rules, and open the target if there is one. Raises UsageError."""
    config.addinivalue_line("markers", MARKER_HELP)
    config.stash[CATALOGUE] = rules.load()
    hypothesis_profile.register(config)
    if config.getoption("contracts_base_url") is not None:
        startup.open_target(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the run id to a pytest-xdist worker and, if there is no target, the reason."""
    node.workerinput.update(startup.build_worker_input(node.config))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Check the target before any contract runs, and read the selection. Raises UsageError.

    If the check is interrupted, the session ends with a report.
    """
    config = session.config
    collector = config.stash.get(OUTCOME_COLLECTOR, None)
    if collector is not None:
        try:
            STOP_REQUESTS.admit()
            preflight.check_target(collector.target_session)
        except TargetUnreachableError as error:
            collector.ended = str(error)
        except KeyboardInterrupt:
            collector.target_session.control = None
            collector.ended = session.shouldstop = INTERRUPTED
    config.stash[SELECTION] = Selection.from_options(config, is_empty=bool(startup.stop_reason(config)))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the suite's modules without a selected contract. Pytest does not ask about modules that it is given."""
    if collection_path.parent != CASES or not collection_path.match("test_*.py"):
        return None
    source = collection_path.read_text(encoding="utf-8")
    return None if config.stash[SELECTION].may_include_module(source) else True


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Import the suite's modules under its Hypothesis profile, because property tests read their settings on import."""
    with hypothesis_profile.activate(collector.config, enabled=collector.path.is_relative_to(CASES)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run contracts under the suite's Hypothesis profile, because stateful tests read their settings when they run."""
    with hypothesis_profile.activate(item.config, enabled=is_contract(item)):
        result = yield
    if STOP_REQUESTS.was_requested:
        item.session.shouldstop = INTERRUPTED
    return result


@pytest.hookimpl(tryfirst=True, specname="pytest_runtest_protocol")
def pytest_runtest_contract(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a contract, and confirm what it finds broken. Other tests run as usual."""
    if not is_contract(item):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    early_starting.start_all(item)
    reports = confirmation.run(item, nextitem)
    for phase in reports:
        item.ihook.pytest_runtest_logreport(report=phase)
    item_outcomes.stop_at_failure(item, reports)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the selected contracts, the fastest kinds first. Keep none if there is no target. Raises UsageError."""
    catalogue = config.stash[CATALOGUE]
    selection.check_part_ids(items, catalogue)
    hypothesis_profile.seed_properties(items, config.getoption("contracts_seed"))
    selected, deselected = config.stash[SELECTION].partition(items)
    if deselected:
        config.hook.pytest_deselected(items=deselected)
    if TARGET_SESSION not in config.stash:
        config.stash[CONTRACTS_WITHOUT_TARGET] = sum(map(is_contract, selected))
    items[:] = selection.sort_by_kind(selected, catalogue)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start counting the test's requests."""
    item_outcomes.start_counting(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """End a contract that is only about a generation of the documentation that the target does not follow.

    This check runs after the fixtures. If a fixture is not applicable, that reason is reported on any target.
    """
    item_outcomes.require_documentation(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach a contract's outcomes to its report."""
    test_report = yield
    if not is_contract(item):
        return test_report
    if call.when == "setup":
        item.stash[item_outcomes.SETUP_SECONDS] = call.duration
    if call.when == "call" or call.excinfo is not None:
        item_outcomes.attach(test_report, item, item_outcomes.build(item, call))
    return test_report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the verdicts below pytest's own summary."""
    contract_count = config.stash.get(CONTRACTS_WITHOUT_TARGET, 0)
    if contract_count:
        terminalreporter.section("contracts")
        terminalreporter.write_line(
            f"{contract_count} contracts have no target, so nothing was checked: {NO_TARGET_HINT}"
        )
    collector = config.stash.get(OUTCOME_COLLECTOR, None)
    if collector is not None:
        summary = terminal.format_summary(collector.build_result(), collector.catalogue, width=100, colour=False)
        terminalreporter.section("contracts")
        terminalreporter.write(f"{summary}\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Complete the teardown of a test, which deletes its workspace, before a request to stop takes effect."""
    with STOP_REQUESTS.deferred():
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports and close the target, after the session's fixtures are torn down."""
    if session.exitstatus == pytest.ExitCode.OK and _nothing_was_checked(session):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    collector = session.config.stash.get(OUTCOME_COLLECTOR, None)
    if collector is not None:
        collector.ended = collector.ended or _end_reason(session)
        folder = session.config.getoption("contracts_report_dir")
        if folder is not None:
            report.write_all(collector.build_result(), collector.catalogue, Path(folder))
    opened = session.config.stash.get(TARGET_SESSION, None)
    if opened is not None:
        opened.close()


def _nothing_was_checked(session: pytest.Session) -> bool:
    """Whether the session contained only contracts, without a target. Such a session must not pass."""
    contract_count = session.config.stash.get(CONTRACTS_WITHOUT_TARGET, 0)
    return not session.config.getoption("collectonly") and contract_count == len(getattr(session, "items", ())) > 0


def _end_reason(session: pytest.Session) -> str:
    """Return why the session stopped early. The text is empty if it did not."""
    return str(session.shouldstop or ("stopped at the first failure (--fail-fast)" if session.shouldfail else ""))
