"""The suite as a pytest plugin, loaded by name: `pytest -p contracts.plugin --pyargs contracts.cases`.

Options, markers, the choice of contracts, their verdicts and the reports. It touches contracts only: other tests of
the same session run as if it were not there.
"""

import secrets
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from contracts import report
from contracts.pytest_plugin import classify, reproducer
from contracts.pytest_plugin import collector as gathering
from contracts.pytest_plugin.collector import OutcomeCollector
from contracts.pytest_plugin.fixtures import TARGET_SESSION, TRANSCRIPT, deployment, sandbox, target_session, writable
from contracts.report import terminal
from contracts.results import known_failures
from contracts.results.known_failures import KnownFailure, KnownFailuresError
from contracts.results.result import Outcome
from contracts.safety import session
from contracts.schemathesis_runner.background import EarlyReadsPlugin
from contracts.spec import rules
from contracts.spec.markers import KINDS, MARK, PROFILES
from contracts.spec.openapi import OpenApiSpec
from contracts.spec.rules import Catalogue, CatalogueError
from contracts.spec.verdicts import TargetUnreachableError, Verdict
from contracts.target import options, preflight
from contracts.target.session import TargetSession

__all__ = ["deployment", "sandbox", "target_session", "writable"]

CASES = Path(__file__).with_name("cases")
HYPOTHESIS_PROFILE = "contracts"
"""The name of the suite's settings of Hypothesis."""
MAX_EXAMPLES = {"smoke": 5, "standard": 25, "thorough": 200}
"""How many examples Hypothesis draws for a law, by profile."""
OUTCOME_COLLECTOR = pytest.StashKey[OutcomeCollector]()
CATALOGUE = pytest.StashKey[Catalogue]()
KNOWN_FAILURES = pytest.StashKey[Sequence[KnownFailure]]()
HYPOTHESIS_HOME = pytest.StashKey[TemporaryDirectory[str]]()
"""Where Hypothesis keeps what it has worked out, so that a run leaves nothing where it was started."""
CONTRACTS_WITHOUT_TARGET = pytest.StashKey[int]()
"""How many contracts there are, where no target was named."""
REQUESTS_BEFORE = pytest.StashKey[int]()
"""How many requests had been made when a test began."""
SETUP_SECONDS = pytest.StashKey[float]()
"""How long a test's fixtures took."""
CAMPAIGN_RESULTS_CLOSED = pytest.StashKey[bool]()
"""Whether the target keeps partners from campaign results; known once somebody asked."""
RUN_ID_KEY = "contracts_run_id"
STOP_REASON_KEY = "contracts_ended"
"""What a process that shares the work is told: there is no target."""
NO_TARGET_HINT = "name one by --contracts-base-url, such as http://127.0.0.1:8080/api/v3"
TARGET_GONE = "the target no longer answers"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `contracts run`, with `contracts-` before their names."""
    group = parser.getgroup("contracts", "the platform's contracts")
    for option in options.OPTIONS:
        group.addoption(f"--contracts-{option.name}", help=option.help, **option.parser_arguments)
    group.addoption("--contracts-kind", action="append", default=[], choices=KINDS, help="only contracts of this kind")
    group.addoption("--contracts-fail-fast", action="store_true", help="end with the first contract that fails")
    group.addoption("--contracts-capsule", default=None, help="walk this capsule's program, and no other")
    group.addoption("--contracts-run-id", help="what the run's writes carry (default: drawn)", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Read what was asked for. Raises UsageError."""
    config.addinivalue_line(
        "markers", f"{MARK}(kind, rules, assumed, profile, writes, gotcha): a contract, and the rules that it checks"
    )
    config.stash[CATALOGUE] = rules.load()
    config.stash[HYPOTHESIS_HOME] = TemporaryDirectory()
    config.add_cleanup(config.stash[HYPOTHESIS_HOME].cleanup)
    hypothesis.settings.register_profile(HYPOTHESIS_PROFILE, hypothesis_settings(config.getoption("contracts_profile")))
    if config.getoption("contracts_base_url") is None:
        return
    config.stash[TARGET_SESSION] = _open_target_session(config)
    if _worker_stop_reason(config):
        config.stash[TARGET_SESSION].control = None
    config.stash[KNOWN_FAILURES] = _load_known_failures(config, config.stash[CATALOGUE])
    if not hasattr(config, "workerinput"):
        config.stash[OUTCOME_COLLECTOR] = _start_outcome_collector(config)
        if not config.getoption("contracts_fail_fast"):
            config.pluginmanager.register(EarlyReadsPlugin(config.stash[TARGET_SESSION]), "contracts-ahead")
    session.install_guard(config, config.stash[TARGET_SESSION], config.stash.get(OUTCOME_COLLECTOR, None))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """One run id for all of the session's processes; where there is no target, none of them looks for it."""
    target_session = node.config.stash.get(TARGET_SESSION, None)
    if target_session is not None:
        node.workerinput[RUN_ID_KEY] = target_session.target.run_id
        node.workerinput[STOP_REASON_KEY] = node.config.stash[OUTCOME_COLLECTOR].ended


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look whether there is a target at all, before anything is judged."""
    outcome_collector = session.config.stash.get(OUTCOME_COLLECTOR, None)
    if outcome_collector is None:
        return
    try:
        preflight.check_target(outcome_collector.target_session)
    except TargetUnreachableError as unreachable:
        outcome_collector.ended = str(unreachable)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Laws take their settings where they are loaded: the suite's own get the profile's, other people's keep theirs."""
    with _suite_hypothesis_profile(collector.config, collector.path.is_relative_to(CASES)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Walks take their settings where they run."""
    with _suite_hypothesis_profile(item.config, item.get_closest_marker(MARK) is not None):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the contracts that were asked for, the quick kinds first. Raises UsageError."""
    rule_catalogue = config.stash[CATALOGUE]
    selected_rules = frozenset(_select_rules(config, rule_catalogue))
    gotchas = frozenset(config.getoption("contracts_gotcha"))
    kinds = frozenset(config.getoption("contracts_kind") or KINDS)
    profiles = PROFILES[: PROFILES.index(config.getoption("contracts_profile")) + 1]
    stop_reason = _worker_stop_reason(config) or getattr(config.stash.get(OUTCOME_COLLECTOR, None), "ended", "")
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        mark = item.get_closest_marker(MARK)
        if mark is None:
            selected.append(item)
            continue
        for rule_id in mark.kwargs["rules"]:
            if rule_id not in rule_catalogue.rules:
                raise pytest.UsageError(f"{item.nodeid}: {rule_id} is not in the catalogue")
        is_enabled = mark.kwargs["profile"] in profiles and mark.kwargs["kind"] in kinds
        is_requested = mark.kwargs["gotcha"] in gotchas or selected_rules.intersection(mark.kwargs["rules"])
        (selected if is_enabled and not stop_reason and is_requested else deselected).append(item)
        if hasattr(getattr(item, "obj", None), "hypothesis"):
            hypothesis.seed(config.getoption("contracts_seed"))(item.obj)  # type: ignore[attr-defined] # a function
    if deselected:
        config.hook.pytest_deselected(items=deselected)
    if TARGET_SESSION not in config.stash:
        config.stash[CONTRACTS_WITHOUT_TARGET] = sum(item.get_closest_marker(MARK) is not None for item in selected)
    rule_order = {rule_id: position for position, rule_id in enumerate(rule_catalogue.rules)}
    items[:] = sorted(selected, key=lambda item: _sort_key(item, rule_order))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Count from here."""
    target_session = item.config.stash.get(TARGET_SESSION, None)
    item.stash[REQUESTS_BEFORE] = target_session.request_counter.count if target_session is not None else 0


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Give a contract's report its outcomes; what is known or only observed does not fail the session."""
    outcome = yield
    if item.get_closest_marker(MARK) is None:
        return
    test_report = outcome.get_result()
    exception = call.excinfo.value if call.excinfo is not None else None
    if call.when == "setup":
        item.stash[SETUP_SECONDS] = call.duration
    if call.when != "call" and exception is None:
        return
    outcomes = _build_outcomes(item, call, exception)
    if item.config.getoption("contracts_fail_fast") and any(each.verdict is Verdict.FAIL for each in outcomes):
        item.session.shouldfail = "a contract failed"
    test_report.contract_target_gone = str(item.session.shouldstop or "")
    test_report.contract_outcomes = [gathering.outcome_to_json(each) for each in outcomes]
    if test_report.outcome == "failed" and not any(each.verdict in (Verdict.FAIL, Verdict.ERROR) for each in outcomes):
        test_report.outcome = "skipped"
        test_report.longrepr = (str(item.path), 0, f"{outcomes[0].verdict}: {outcomes[0].reason}")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what became of the rules, where pytest itself reports."""
    contract_count = config.stash.get(CONTRACTS_WITHOUT_TARGET, 0)
    if contract_count:
        terminalreporter.section("contracts")
        terminalreporter.write_line(f"nothing was checked: {contract_count} contracts, and no target: {NO_TARGET_HINT}")
    outcome_collector = config.stash.get(OUTCOME_COLLECTOR, None)
    if outcome_collector is not None:
        terminalreporter.section("contracts")
        terminalreporter.write(
            terminal.format_summary(
                outcome_collector.build_result(), outcome_collector.catalogue, width=100, colour=False
            )
            + "\n"
        )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, and let go of the target, which fixtures of the session needed until now."""
    if session.exitstatus == pytest.ExitCode.OK and _nothing_was_checked(session):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    target_session = session.config.stash.get(TARGET_SESSION, None)
    outcome_collector = session.config.stash.get(OUTCOME_COLLECTOR, None)
    folder = session.config.getoption("contracts_report_dir")
    if outcome_collector is not None:
        fail_fast_reason = "at the first failure, as it was asked to" if session.shouldfail else ""
        outcome_collector.ended = outcome_collector.ended or str(session.shouldstop or fail_fast_reason)
        if folder is not None:
            report.write_all(outcome_collector.build_result(), outcome_collector.catalogue, Path(folder))
    if target_session is not None:
        target_session.close()


class ReportListener:
    """Takes the outcomes out of the tests' reports as they come in, from whichever process."""

    def __init__(self, outcome_collector: OutcomeCollector) -> None:
        self._outcome_collector = outcome_collector

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the report says of a contract, and of the target, if that went away."""
        self._outcome_collector.add(getattr(report, "contract_outcomes", []))
        self._outcome_collector.ended = self._outcome_collector.ended or getattr(report, "contract_target_gone", "")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be loaded has checked nothing."""
        if report.failed:
            last_line = str(report.longrepr).strip().rpartition("\n")[2]
            self._outcome_collector.ended = f"the suite could not be loaded: {report.nodeid}: {last_line}"

    def pytest_keyboard_interrupt(self) -> None:
        """A run that somebody ended has not seen all."""
        self._outcome_collector.ended = self._outcome_collector.ended or "interrupted"


@contextmanager
def _suite_hypothesis_profile(config: pytest.Config, is_contract: bool) -> Iterator[None]:
    """Hypothesis with the suite's settings for a while, if it is the suite's own code that draws."""
    if not is_contract:
        yield
        return
    previous_profile = hypothesis.settings.get_current_profile_name()
    hypothesis.settings.load_profile(HYPOTHESIS_PROFILE)
    set_hypothesis_home_dir(config.stash[HYPOTHESIS_HOME].name)
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
        hypothesis.settings.load_profile(previous_profile)


def hypothesis_settings(profile: str) -> hypothesis.settings:
    """How laws draw in a profile: without deadlines, for a target may be slow, and without a memory of other runs.

    What fails is made small, and that is all: to find out which of its parts matter takes hundreds of requests more.
    """
    return hypothesis.settings(
        max_examples=MAX_EXAMPLES[profile],
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )


def _open_target_session(config: pytest.Config) -> TargetSession:
    given_run_id = getattr(config, "workerinput", {}).get(RUN_ID_KEY) or config.getoption("contracts_run_id")
    run_id = given_run_id or secrets.token_hex(4)

    def get_option(name: str) -> Any:
        return config.getoption(f"contracts_{name.replace('-', '_')}")

    try:
        target = options.build_target(get_option, run_id, prompt=options.terminal_prompt())
        return TargetSession(target, OpenApiSpec.load())
    except options.OptionError as bad:
        raise pytest.UsageError(str(bad)) from bad


def _nothing_was_checked(session: pytest.Session) -> bool:
    """Whether there was nothing but contracts without a target: such a session shall not look green."""
    only_collects = session.config.getoption("collectonly")
    return (
        not only_collects
        and session.config.stash.get(CONTRACTS_WITHOUT_TARGET, 0) == len(getattr(session, "items", ())) > 0
    )


def _worker_stop_reason(config: pytest.Config) -> str:
    return str(getattr(config, "workerinput", {}).get(STOP_REASON_KEY, ""))


def _start_outcome_collector(config: pytest.Config) -> OutcomeCollector:
    rule_catalogue = config.stash[CATALOGUE]
    selected_rules = dict.fromkeys(
        [*_select_rules(config, rule_catalogue), *_select_gotcha_rules(config, rule_catalogue)]
    )
    outcome_collector = OutcomeCollector(
        config.stash[TARGET_SESSION], rule_catalogue, tuple(selected_rules), config.stash[KNOWN_FAILURES]
    )
    config.pluginmanager.register(ReportListener(outcome_collector), "contracts-gatherer")
    return outcome_collector


def _load_known_failures(config: pytest.Config, rule_catalogue: Catalogue) -> Sequence[KnownFailure]:
    file = config.getoption("contracts_expectations")
    try:
        return known_failures.load(Path(file), rule_catalogue) if file else ()
    except KnownFailuresError as bad:
        raise pytest.UsageError(f"--expectations: {bad}") from bad


def _select_rules(config: pytest.Config, rule_catalogue: Catalogue) -> tuple[str, ...]:
    """The rules that were asked for: those named, and those of the areas named; all where nothing is."""
    named, areas = config.getoption("contracts_rule"), config.getoption("contracts_area")
    try:
        wanted = {rule_catalogue.rule(rule_id).id for rule_id in named}
    except CatalogueError as unknown:
        raise pytest.UsageError(f"--rule: {unknown}; `contracts list` lists the rules") from unknown
    everything = not named and not areas and not config.getoption("contracts_gotcha")
    return tuple(
        rule.id for rule in rule_catalogue.rules.values() if everything or rule.id in wanted or rule.area in areas
    )


def _select_gotcha_rules(config: pytest.Config, rule_catalogue: Catalogue) -> list[str]:
    """The rules of the gotchas that were asked for. Raises UsageError."""
    gotcha_ids: list[str] = config.getoption("contracts_gotcha")
    unknown = [gotcha_id for gotcha_id in gotcha_ids if gotcha_id not in rule_catalogue.gotchas]
    if unknown:
        raise pytest.UsageError(f"--gotcha: {unknown[0]} is not in the catalogue")
    return [rule_id for gotcha_id in gotcha_ids for rule_id in rule_catalogue.gotchas[gotcha_id].rules]


def _sort_key(item: pytest.Item, rule_order: Mapping[str, int]) -> tuple[int, int]:
    """Where a test stands in a session: other people's first, then by kind and in the catalogue's order."""
    mark = item.get_closest_marker(MARK)
    if mark is None:
        return -1, 0
    return KINDS.index(mark.kwargs["kind"]), min(rule_order[rule_id] for rule_id in mark.kwargs["rules"])


def _build_outcomes(item: pytest.Item, call: pytest.CallInfo[None], exception: BaseException | None) -> list[Outcome]:
    """The outcomes of one phase of a contract, with what was said on the line and, for a failure, its capsule."""
    target_session = item.config.stash.get(TARGET_SESSION, None)
    outcomes = classify.build_outcomes(
        classify.parse_contract(item),
        exception,
        item.config.stash[CATALOGUE],
        our_mock=target_session is not None and target_session.is_our_mock,
    )
    if (
        isinstance(exception, httpx2.TransportError)
        and target_session is not None
        and not preflight.is_reachable(target_session)
    ):
        item.session.shouldstop = f"{TARGET_GONE}: {exception or type(exception).__name__}"
    outcomes = (
        classify.block_unrelated_rules(outcomes, item.config.stash[CATALOGUE])
        if _was_denied_campaign_results(item, outcomes)
        else outcomes
    )
    requests = (
        target_session.request_counter.count - item.stash.get(REQUESTS_BEFORE, 0) if target_session is not None else 0
    )
    seconds = call.duration + (item.stash.get(SETUP_SECONDS, 0.0) if call.when == "call" else 0.0)
    first = replace(outcomes[0], seconds=round(seconds, 4), requests=requests)
    known_failure_entries = item.config.stash.get(KNOWN_FAILURES, ())
    return [
        _attach_reproducer(item, each)
        for each in gathering.mark_known_failures([first, *outcomes[1:]], known_failure_entries)
    ]


def _was_denied_campaign_results(item: pytest.Item, outcomes: Sequence[Outcome]) -> bool:
    """Whether a contract broke on a target that keeps partners from campaign results, and was kept from them."""
    target_session, transcript = item.config.stash.get(TARGET_SESSION, None), item.stash.get(TRANSCRIPT, None)
    if target_session is None or transcript is None or not classify.was_denied_campaign_results(outcomes, transcript):
        return False
    if CAMPAIGN_RESULTS_CLOSED not in item.config.stash:
        item.config.stash[CAMPAIGN_RESULTS_CLOSED] = preflight.denies_campaign_results(target_session)
    return item.config.stash[CAMPAIGN_RESULTS_CLOSED]


def _attach_reproducer(item: pytest.Item, outcome: Outcome) -> Outcome:
    """A failure with its calls, in a capsule where there is a place for one."""
    if outcome.verdict not in (Verdict.FAIL, Verdict.OBSERVATION):
        return outcome
    transcript = item.stash.get(TRANSCRIPT, None)
    exchanges = transcript.exchanges() if transcript is not None else []
    failure = replace(outcome, calls=tuple(exchange.to_curl() for exchange in exchanges))
    folder = item.config.getoption("contracts_report_dir")
    if folder is None:
        return failure
    rule_catalogue = item.config.stash[CATALOGUE]
    reproduction = reproducer.build(failure, item, exchanges, item.config.stash[TARGET_SESSION].target, rule_catalogue)
    return replace(failure, capsule=str(reproduction.write(Path(folder) / "capsules")))
