"""The outcomes of one finished test: its verdicts, its cost, and the reproducer of its failure."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contracts.pytest_plugin import collector, reproducer
from contracts.pytest_plugin.classify import ContractJudge
from contracts.pytest_plugin.fixtures import TARGET_SESSION, TRANSCRIPT
from contracts.pytest_plugin.selection import CATALOGUE, select_gotcha_rules, select_rules
from contracts.results.known_failures import KnownFailure
from contracts.results.result import RESPONSE_KIND, Outcome
from contracts.spec import breaches
from contracts.spec.breaches import BreachLog
from contracts.spec.markers import MARK, parse_contract
from contracts.spec.verdicts import NotApplicableError, Verdict
from contracts.target import preflight

KNOWN_FAILURES = pytest.StashKey[Sequence[KnownFailure]]()
BREACH_LOG = pytest.StashKey[BreachLog]()
REPORTED_RESPONSES = pytest.StashKey[set[tuple[str, str]]]()
"""The breaches of responses that already have a reproducer, by the name of the check and what differs."""
REQUESTS_BEFORE = pytest.StashKey[int]()
"""The number of the run's requests before the test."""
SETUP_SECONDS = pytest.StashKey[float]()
"""The duration of the test's fixtures, in seconds."""
TARGET_GONE = "the target no longer answers"


def start_counting(item: pytest.Item) -> None:
    """Remember the number of requests before the test."""
    item.stash[REQUESTS_BEFORE] = _request_count(item)


def require_documentation(item: pytest.Item) -> None:
    """Raise NotApplicableError if the contract is about a generation of the documentation that is not the target's."""
    mark, target_session = item.get_closest_marker(MARK), item.config.stash.get(TARGET_SESSION, None)
    wanted = mark.kwargs["documentation"] if mark is not None else ""
    if target_session is None or not wanted:
        return
    followed = target_session.documentation
    if wanted != followed.generation:
        reason = f"only in the {wanted} documentation; the target follows the {followed.generation} one"
        raise NotApplicableError(f"{reason} ({followed.source})")


@contextmanager
def recording_breaches(item: pytest.Item) -> Iterator[None]:
    """Record the breaches that the contract meets, from its fixtures on."""
    log = item.stash[BREACH_LOG] = BreachLog(
        item.config.stash[CATALOGUE], is_open=not _is_our_mock(item), parts=parse_contract(item).parts
    )
    with breaches.recording(log):
        yield


def build(item: pytest.Item, call: pytest.CallInfo[None]) -> list[Outcome]:
    """Build the outcomes of one phase of a contract. Stop the session if the target no longer answers."""
    exception = call.excinfo.value if call.excinfo is not None else None
    judge = ContractJudge(
        parse_contract(item), item.stash[BREACH_LOG], item.config.stash[CATALOGUE], our_mock=_is_our_mock(item)
    )
    outcomes = judge.build_outcomes(exception)
    if isinstance(exception, httpx2.TransportError):
        _stop_if_target_is_gone(item, exception)
    outcomes = [_add_cost(item, call, outcomes[0]), *outcomes[1:]]
    known_failures = item.config.stash.get(KNOWN_FAILURES, ())
    return [_attach_reproducer(item, each) for each in collector.mark_known_failures(outcomes, known_failures)]


def attach(report: Any, item: pytest.Item, outcomes: Sequence[Outcome]) -> None:
    """Attach the outcomes to the test's report. The test fails if a rule is broken, else it passes or is skipped.

    `report` is a pytest.TestReport, which is sent to the main process with all of its attributes.
    """
    verdicts = {outcome.verdict for outcome in outcomes}
    report.contract_target_gone = str(item.session.shouldstop or "")
    report.contract_outcomes = [collector.outcome_to_json(outcome) for outcome in outcomes]
    if verdicts & {Verdict.FAIL, Verdict.ERROR}:
        broken = next(each for each in outcomes if each.verdict in (Verdict.FAIL, Verdict.ERROR))
        report.longrepr = report.longrepr if report.outcome == "failed" else f"{broken.rules[0]}: {broken.reason}"
        report.outcome = "failed"
    elif report.outcome == "failed":
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"{outcomes[0].verdict}: {outcomes[0].reason}")


def stop_at_failure(item: pytest.Item, reports: Iterable[Any]) -> None:
    """With --fail-fast, end the session after a contract that found a selected rule broken."""
    if not item.config.getoption("contracts_fail_fast"):
        return
    outcomes = [each for report in reports for each in getattr(report, "contract_outcomes", ())]
    broken = {rule_id for each in outcomes if each["verdict"] == Verdict.FAIL for rule_id in each["rules"]}
    if broken.intersection([*select_rules(item.config), *select_gotcha_rules(item.config)]):
        item.session.shouldfail = "a contract failed"


def _is_our_mock(item: pytest.Item) -> bool:
    target_session = item.config.stash.get(TARGET_SESSION, None)
    return target_session is not None and target_session.is_our_mock


def _request_count(item: pytest.Item) -> int:
    target_session = item.config.stash.get(TARGET_SESSION, None)
    return 0 if target_session is None else target_session.request_counter.count


def _add_cost(item: pytest.Item, call: pytest.CallInfo[None], outcome: Outcome) -> Outcome:
    seconds = call.duration + (item.stash.get(SETUP_SECONDS, 0.0) if call.when == "call" else 0.0)
    requests = _request_count(item) - item.stash.get(REQUESTS_BEFORE, 0)
    return replace(outcome, seconds=round(seconds, 4), requests=requests)


def _stop_if_target_is_gone(item: pytest.Item, error: httpx2.TransportError) -> None:
    target_session = item.config.stash.get(TARGET_SESSION, None)
    if target_session is not None and not preflight.is_reachable(target_session):
        item.session.shouldstop = f"{TARGET_GONE}: {error or type(error).__name__}"


def _attach_reproducer(item: pytest.Item, outcome: Outcome) -> Outcome:
    """Add the calls of a failure, and write its reproducer if there is a report folder."""
    if outcome.verdict not in (Verdict.FAIL, Verdict.OBSERVATION):
        return outcome
    transcript = item.stash.get(TRANSCRIPT, None)
    exchanges = transcript.exchanges() if transcript is not None else []
    failure = replace(outcome, calls=tuple(exchange.to_curl() for exchange in exchanges))
    folder = item.config.getoption("contracts_report_dir")
    if folder is None or _is_reported(item, outcome):
        return failure
    target = item.config.stash[TARGET_SESSION].target
    saved = reproducer.build(failure, item, exchanges, target, item.config.stash[CATALOGUE])
    return replace(failure, capsule=str(saved.write(Path(folder) / reproducer.FOLDER)))


def _is_reported(item: pytest.Item, outcome: Outcome) -> bool:
    """Whether this breach of a response was met before, by another contract of this process."""
    if outcome.kind != RESPONSE_KIND:
        return False
    reported, key = item.config.stash.setdefault(REPORTED_RESPONSES, set()), (outcome.contract, outcome.reason)
    was_reported = key in reported
    reported.add(key)
    return was_reported
