"""Confirms a broken rule by one repetition of the contract. What does not come again is intermittent.

A real deployment may answer wrongly once, while it restarts or under load. The mock is deterministic: there, nothing is
repeated.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from contracts.dsl import measurements
from contracts.pytest_plugin import item_outcomes
from contracts.pytest_plugin.fixtures import TARGET_SESSION
from contracts.results.result import Outcome
from contracts.spec.verdicts import Verdict
from contracts.target.stop_requests import STOP_REQUESTS

NOT_AGAIN = "broken once, but not when the contract was repeated"


def run(item: pytest.Item, nextitem: pytest.Item | None) -> Sequence[pytest.TestReport]:
    """Run a contract, a second time if it finds a broken rule on a target other than our mock. Return the reports."""
    target_session = item.config.stash.get(TARGET_SESSION, None)
    if target_session is not None:
        measurements.begin_contract(target_session.shared)
    with item_outcomes.recording_breaches(item):
        reports: list[pytest.TestReport] = runtestprotocol(item, nextitem=nextitem, log=False)
    first = _read_outcomes(reports)
    if target_session is None or target_session.is_our_mock or not _list_broken(first):
        return reports
    if item.session.shouldstop or STOP_REQUESTS.was_requested:
        return reports
    measurements.forget_readings(target_session.shared)
    with item_outcomes.recording_breaches(item):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    _attach(reports, item, first)
    return reports


def merge(first: Sequence[Outcome], second: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of the repetition. A rule that was broken the first time only is intermittent.

    The first of them carries the cost of both: what contracts share, such as a schemathesis run, is not sent again.
    """
    confirmed = {rule_id for outcome in _list_broken(second) for rule_id in outcome.rules}
    merged = [_add_cost(second[0], first), *second[1:]] if second else []
    for outcome in _list_broken(first):
        rules = tuple(rule_id for rule_id in outcome.rules if rule_id not in confirmed)
        if rules:
            reason = f"{NOT_AGAIN}: {outcome.reason}"
            merged.append(
                replace(outcome, rules=rules, verdict=Verdict.INTERMITTENT, reason=reason, seconds=0.0, requests=0)
            )
    return merged


def _add_cost(outcome: Outcome, others: Sequence[Outcome]) -> Outcome:
    seconds = round(outcome.seconds + sum(other.seconds for other in others), 4)
    return replace(outcome, seconds=seconds, requests=outcome.requests + sum(other.requests for other in others))


def _attach(reports: Sequence[pytest.TestReport], item: pytest.Item, first: Sequence[Outcome]) -> None:
    """Put the merged outcomes on the report that carries outcomes."""
    for report in reports:
        second = getattr(report, "contract_outcomes", None)
        if second is not None:
            item_outcomes.attach(report, item, merge(first, [Outcome.from_json(each) for each in second]))


def _list_broken(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.verdict is Verdict.FAIL]


def _read_outcomes(reports: Sequence[Any]) -> list[Outcome]:
    return [Outcome.from_json(values) for report in reports for values in getattr(report, "contract_outcomes", ())]
