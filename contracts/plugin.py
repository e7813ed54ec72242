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

import httpx
import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from contracts import report
from contracts.pytest_plugin import classify, reproducer
from contracts.pytest_plugin import collector as gathering
from contracts.pytest_plugin.collector import Gathering
from contracts.pytest_plugin.fixtures import INSPECTION, TRANSCRIPT, deployment, inspection, sandbox, writable
from contracts.report import terminal
from contracts.results import known_failures
from contracts.results.known_failures import Expectation, ExpectationError
from contracts.results.result import Outcome
from contracts.safety import session
from contracts.schemathesis_runner.background import Ahead
from contracts.spec import rules
from contracts.spec.markers import KINDS, MARK, PROFILES
from contracts.spec.openapi import Promises
from contracts.spec.rules import Catalogue, CatalogueError
from contracts.spec.verdicts import Unreachable, Verdict
from contracts.target import options, preflight
from contracts.target.session import Inspection

__all__ = ["deployment", "inspection", "sandbox", "writable"]

CASES = Path(__file__).with_name("cases")
HYPOTHESIS = "contracts"
"""The name of the suite's settings of Hypothesis."""
EXAMPLES = {"smoke": 5, "standard": 25, "thorough": 200}
"""How many examples Hypothesis draws for a law, by profile."""
GATHERING = pytest.StashKey[Gathering]()
CATALOGUE = pytest.StashKey[Catalogue]()
EXPECTATIONS = pytest.StashKey[Sequence[Expectation]]()
SCRATCH = pytest.StashKey[TemporaryDirectory[str]]()
"""Where Hypothesis keeps what it has worked out, so that a run leaves nothing where it was started."""
UNTRIED = pytest.StashKey[int]()
"""How many contracts there are, where no target was named."""
COUNTED = pytest.StashKey[int]()
"""How many requests had been made when a test began."""
PREPARED = pytest.StashKey[float]()
"""How long a test's fixtures took."""
CLOSED = pytest.StashKey[bool]()
"""Whether the target keeps partners from campaign results; known once somebody asked."""
RUN_ID = "contracts_run_id"
ENDED = "contracts_ended"
"""What a process that shares the work is told: there is no target."""
NO_TARGET = "name one by --contracts-base-url, such as http://127.0.0.1:8080/api/v3"
GONE = "the target no longer answers"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `contracts run`, with `contracts-` before their names."""
    group = parser.getgroup("contracts", "the platform's contracts")
    for option in options.OPTIONS:
        group.addoption(f"--contracts-{option.name}", help=option.help, **option.how)
    group.addoption("--contracts-kind", action="append", default=[], choices=KINDS, help="only contracts of this kind")
    group.addoption("--contracts-fail-fast", action="store_true", help="end with the first contract that fails")
    group.addoption("--contracts-capsule", default=None, help="walk this capsule's program, and no other")
    group.addoption("--contracts-run-id", help="what the run's writes carry (default: drawn)", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Read what was asked for. Raises UsageError."""
    config.addinivalue_line(
        "markers", f"{MARK}(kind, rules, ruled, profile, gotcha): a contract, and the rules that it checks"
    )
    config.stash[CATALOGUE] = rules.load()
    config.stash[SCRATCH] = TemporaryDirectory()
    config.add_cleanup(config.stash[SCRATCH].cleanup)
    hypothesis.settings.register_profile(HYPOTHESIS, settings(config.getoption("contracts_profile")))
    if config.getoption("contracts_base_url") is None:
        return
    config.stash[INSPECTION] = _inspection(config)
    if _told_to_end(config):
        config.stash[INSPECTION].control = None
    config.stash[EXPECTATIONS] = _expectations(config, config.stash[CATALOGUE])
    if not hasattr(config, "workerinput"):
        config.stash[GATHERING] = _gathering(config)
        if not config.getoption("contracts_fail_fast"):
            config.pluginmanager.register(Ahead(config.stash[INSPECTION]), "contracts-ahead")
    session.guard(config, config.stash[INSPECTION], config.stash.get(GATHERING, None))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """One run id for all of the session's processes; where there is no target, none of them looks for it."""
    held = node.config.stash.get(INSPECTION, None)
    if held is not None:
        node.workerinput[RUN_ID] = held.target.run_id
        node.workerinput[ENDED] = node.config.stash[GATHERING].ended


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look whether there is a target at all, before anything is judged."""
    gathered = session.config.stash.get(GATHERING, None)
    if gathered is None:
        return
    try:
        preflight.look(gathered.inspection)
    except Unreachable as unreachable:
        gathered.ended = str(unreachable)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Laws take their settings where they are loaded: the suite's own get the profile's, other people's keep theirs."""
    with _drawing(collector.config, collector.path.is_relative_to(CASES)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Walks take their settings where they run."""
    with _drawing(item.config, item.get_closest_marker(MARK) is not None):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the contracts that were asked for, the quick kinds first. Raises UsageError."""
    known = config.stash[CATALOGUE]
    chosen = frozenset(_selected(config, known))
    gotchas = frozenset(config.getoption("contracts_gotcha"))
    kinds = frozenset(config.getoption("contracts_kind") or KINDS)
    profiles = PROFILES[: PROFILES.index(config.getoption("contracts_profile")) + 1]
    gone = _told_to_end(config) or getattr(config.stash.get(GATHERING, None), "ended", "")
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        mark = item.get_closest_marker(MARK)
        if mark is None:
            kept.append(item)
            continue
        for rule_id in mark.kwargs["rules"]:
            if rule_id not in known.rules:
                raise pytest.UsageError(f"{item.nodeid}: {rule_id} is not in the catalogue")
        asked = mark.kwargs["profile"] in profiles and mark.kwargs["kind"] in kinds
        named = mark.kwargs["gotcha"] in gotchas or chosen.intersection(mark.kwargs["rules"])
        (kept if asked and not gone and named else dropped).append(item)
        if hasattr(getattr(item, "obj", None), "hypothesis"):
            hypothesis.seed(config.getoption("contracts_seed"))(item.obj)  # type: ignore[attr-defined] # a function
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    if INSPECTION not in config.stash:
        config.stash[UNTRIED] = sum(item.get_closest_marker(MARK) is not None for item in kept)
    order = {rule_id: place for place, rule_id in enumerate(known.rules)}
    items[:] = sorted(kept, key=lambda item: _place(item, order))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Count from here."""
    held = item.config.stash.get(INSPECTION, None)
    item.stash[COUNTED] = held.total.count if held is not None else 0


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Give a contract's report its outcomes; what is known or only observed does not fail the session."""
    outcome = yield
    if item.get_closest_marker(MARK) is None:
        return
    told = outcome.get_result()
    ended = call.excinfo.value if call.excinfo is not None else None
    if call.when == "setup":
        item.stash[PREPARED] = call.duration
    if call.when != "call" and ended is None:
        return
    found = _outcomes(item, call, ended)
    if item.config.getoption("contracts_fail_fast") and any(each.verdict is Verdict.FAIL for each in found):
        item.session.shouldfail = "a contract failed"
    told.contract_target_gone = str(item.session.shouldstop or "")
    told.contract_outcomes = [gathering.as_report(each) for each in found]
    if told.outcome == "failed" and not any(each.verdict in (Verdict.FAIL, Verdict.ERROR) for each in found):
        told.outcome = "skipped"
        told.longrepr = (str(item.path), 0, f"{found[0].verdict}: {found[0].reason}")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what became of the rules, where pytest itself reports."""
    untried = config.stash.get(UNTRIED, 0)
    if untried:
        terminalreporter.section("contracts")
        terminalreporter.write_line(f"nothing was checked: {untried} contracts, and no target: {NO_TARGET}")
    gathered = config.stash.get(GATHERING, None)
    if gathered is not None:
        terminalreporter.section("contracts")
        terminalreporter.write(terminal.summary(gathered.result(), gathered.rules, width=100, colour=False) + "\n")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, and let go of the target, which fixtures of the session needed until now."""
    if session.exitstatus == pytest.ExitCode.OK and _nothing_was_tried(session):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    held = session.config.stash.get(INSPECTION, None)
    gathered = session.config.stash.get(GATHERING, None)
    folder = session.config.getoption("contracts_report_dir")
    if gathered is not None:
        first = "at the first failure, as it was asked to" if session.shouldfail else ""
        gathered.ended = gathered.ended or str(session.shouldstop or first)
        if folder is not None:
            report.write_all(gathered.result(), gathered.rules, Path(folder))
    if held is not None:
        held.close()


class Gatherer:
    """Takes the outcomes out of the tests' reports as they come in, from whichever process."""

    def __init__(self, gathered: Gathering) -> None:
        self._gathered = gathered

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the report says of a contract, and of the target, if that went away."""
        self._gathered.add(getattr(report, "contract_outcomes", []))
        self._gathered.ended = self._gathered.ended or getattr(report, "contract_target_gone", "")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be loaded has checked nothing."""
        if report.failed:
            last_line = str(report.longrepr).strip().rpartition("\n")[2]
            self._gathered.ended = f"the suite could not be loaded: {report.nodeid}: {last_line}"

    def pytest_keyboard_interrupt(self) -> None:
        """A run that somebody ended has not seen all."""
        self._gathered.ended = self._gathered.ended or "interrupted"


@contextmanager
def _drawing(config: pytest.Config, as_contracts: bool) -> Iterator[None]:
    """Hypothesis with the suite's settings for a while, if it is the suite's own code that draws."""
    if not as_contracts:
        yield
        return
    before = hypothesis.settings.get_current_profile_name()
    hypothesis.settings.load_profile(HYPOTHESIS)
    set_hypothesis_home_dir(config.stash[SCRATCH].name)
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
        hypothesis.settings.load_profile(before)


def settings(profile: str) -> hypothesis.settings:
    """How laws draw in a profile: without deadlines, for a target may be slow, and without a memory of other runs.

    What fails is made small, and that is all: to find out which of its parts matter takes hundreds of requests more.
    """
    return hypothesis.settings(
        max_examples=EXAMPLES[profile],
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )


def _inspection(config: pytest.Config) -> Inspection:
    given = getattr(config, "workerinput", {}).get(RUN_ID) or config.getoption("contracts_run_id")
    run_id = given or secrets.token_hex(4)

    def said(name: str) -> Any:
        return config.getoption(f"contracts_{name.replace('-', '_')}")

    try:
        target = options.target(said, run_id, prompt=options.terminal_prompt())
        return Inspection(target, Promises.load())
    except options.BadOption as bad:
        raise pytest.UsageError(str(bad)) from bad


def _nothing_was_tried(session: pytest.Session) -> bool:
    """Whether there was nothing but contracts without a target: such a session shall not look green."""
    listing = session.config.getoption("collectonly")
    return not listing and session.config.stash.get(UNTRIED, 0) == len(getattr(session, "items", ())) > 0


def _told_to_end(config: pytest.Config) -> str:
    return str(getattr(config, "workerinput", {}).get(ENDED, ""))


def _gathering(config: pytest.Config) -> Gathering:
    known = config.stash[CATALOGUE]
    selected = dict.fromkeys([*_selected(config, known), *_of_gotchas(config, known)])
    gathered = Gathering(config.stash[INSPECTION], known, tuple(selected), config.stash[EXPECTATIONS])
    config.pluginmanager.register(Gatherer(gathered), "contracts-gatherer")
    return gathered


def _expectations(config: pytest.Config, known: Catalogue) -> Sequence[Expectation]:
    file = config.getoption("contracts_expectations")
    try:
        return known_failures.load(Path(file), known) if file else ()
    except ExpectationError as bad:
        raise pytest.UsageError(f"--expectations: {bad}") from bad


def _selected(config: pytest.Config, known: Catalogue) -> tuple[str, ...]:
    """The rules that were asked for: those named, and those of the areas named; all where nothing is."""
    named, areas = config.getoption("contracts_rule"), config.getoption("contracts_area")
    try:
        wanted = {known.rule(rule_id).id for rule_id in named}
    except CatalogueError as unknown:
        raise pytest.UsageError(f"--rule: {unknown}; `contracts list` lists the rules") from unknown
    everything = not named and not areas and not config.getoption("contracts_gotcha")
    return tuple(rule.id for rule in known.rules.values() if everything or rule.id in wanted or rule.area in areas)


def _of_gotchas(config: pytest.Config, known: Catalogue) -> list[str]:
    """The rules of the gotchas that were asked for. Raises UsageError."""
    asked: list[str] = config.getoption("contracts_gotcha")
    unknown = [gotcha_id for gotcha_id in asked if gotcha_id not in known.gotchas]
    if unknown:
        raise pytest.UsageError(f"--gotcha: {unknown[0]} is not in the catalogue")
    return [rule_id for gotcha_id in asked for rule_id in known.gotchas[gotcha_id].rules]


def _place(item: pytest.Item, order: Mapping[str, int]) -> tuple[int, int]:
    """Where a test stands in a session: other people's first, then by kind and in the catalogue's order."""
    mark = item.get_closest_marker(MARK)
    if mark is None:
        return -1, 0
    return KINDS.index(mark.kwargs["kind"]), min(order[rule_id] for rule_id in mark.kwargs["rules"])


def _outcomes(item: pytest.Item, call: pytest.CallInfo[None], ended: BaseException | None) -> list[Outcome]:
    """The outcomes of one phase of a contract, with what was said on the line and, for a failure, its capsule."""
    held = item.config.stash.get(INSPECTION, None)
    found = classify.outcomes(
        classify.contract_of(item), ended, item.config.stash[CATALOGUE], our_mock=held is not None and held.is_our_mock
    )
    if isinstance(ended, httpx.TransportError) and held is not None and not preflight.answers(held):
        item.session.shouldstop = f"{GONE}: {ended or type(ended).__name__}"
    found = classify.excused(found, item.config.stash[CATALOGUE]) if _met_a_closed_door(item, found) else found
    requests = held.total.count - item.stash.get(COUNTED, 0) if held is not None else 0
    seconds = call.duration + (item.stash.get(PREPARED, 0.0) if call.when == "call" else 0.0)
    first = replace(found[0], seconds=round(seconds, 4), requests=requests)
    expected = item.config.stash.get(EXPECTATIONS, ())
    return [_bottled(item, each) for each in gathering.judged([first, *found[1:]], expected)]


def _met_a_closed_door(item: pytest.Item, found: Sequence[Outcome]) -> bool:
    """Whether a contract broke on a target that keeps partners from campaign results, and was kept from them."""
    held, transcript = item.config.stash.get(INSPECTION, None), item.stash.get(TRANSCRIPT, None)
    if held is None or transcript is None or not classify.met_a_closed_door(found, transcript):
        return False
    if CLOSED not in item.config.stash:
        item.config.stash[CLOSED] = preflight.closed_to_partners(held)
    return item.config.stash[CLOSED]


def _bottled(item: pytest.Item, outcome: Outcome) -> Outcome:
    """A failure with its calls, in a capsule where there is a place for one."""
    if outcome.verdict not in (Verdict.FAIL, Verdict.OBSERVATION):
        return outcome
    transcript = item.stash.get(TRANSCRIPT, None)
    exchanges = transcript.exchanges() if transcript is not None else []
    told = replace(outcome, calls=tuple(exchange.curl() for exchange in exchanges))
    folder = item.config.getoption("contracts_report_dir")
    if folder is None:
        return told
    known = item.config.stash[CATALOGUE]
    bottle = reproducer.filled(told, item, exchanges, item.config.stash[INSPECTION].target, known)
    return replace(told, capsule=str(bottle.write(Path(folder) / "capsules")))
