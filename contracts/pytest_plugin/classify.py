"""From how a test ended to the verdict on its rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis.errors import Flaky

from contracts.results.result import Outcome
from contracts.spec.markers import MARK, Kind
from contracts.spec.rules import Area, Basis, Catalogue
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import Broken, Undecided, Verdict

MOST_SHOWN = 2_000
BAD = frozenset({Verdict.FAIL, Verdict.OBSERVATION, Verdict.ERROR})
CLOSED = "/campaign_results/ is closed to partners here, as newer documentation has it (campaign_results_admin_only)"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract, as its mark describes it. `case` tells one set of its parameters from another."""

    id: str
    case: str
    kind: Kind
    rules: tuple[str, ...]
    ruled: bool


def contract_of(item: pytest.Item) -> Contract:
    """The contract that a test is; its id is `<module>::<name>`, both without `test_`."""
    mark = item.get_closest_marker(MARK)
    assert mark is not None  # noqa: S101 - nobody asks of a test that is none
    name, _, case = item.name.partition("[")
    told = mark.kwargs
    return Contract(
        f"{item.path.stem.removeprefix('test_')}::{name.removeprefix('test_')}",
        case.removesuffix("]"),
        told["kind"],
        tuple(told["rules"]),
        told["ruled"],
    )


def outcomes(contract: Contract, ended: BaseException | None, catalogue: Catalogue, *, our_mock: bool) -> list[Outcome]:
    """How the contract ended for its rules: one outcome for each verdict that its rules have.

    Where the target is not our mock, a difference in what is ruled is an observation.
    """
    if ended is None:
        return [_outcome(contract, contract.rules, Verdict.PASS)]
    if isinstance(ended, Undecided):
        return [_outcome(contract, contract.rules, ended.verdict, ended.reason)]
    if isinstance(ended, BaseExceptionGroup):
        return _several(contract, ended, catalogue, our_mock=our_mock)
    if isinstance(ended, AssertionError):
        return _broken(contract, ended, catalogue, our_mock=our_mock)
    if isinstance(ended, httpx.TransportError):
        return [_outcome(contract, contract.rules, Verdict.BLOCKED, f"no answer: {type(ended).__name__} {ended}")]
    told = "flaky: " if isinstance(ended, Flaky) else ""
    reason = f"{told}the suite broke: {type(ended).__name__}: {ended}"
    return [_outcome(contract, contract.rules, Verdict.ERROR, reason)]


def met_a_closed_door(found: Iterable[Outcome], transcript: Transcript) -> bool:
    """Whether a contract that did not pass was kept from campaign results on its way."""
    bad = any(outcome.verdict in BAD for outcome in found)
    return bad and any(
        each.status == 403 and urlsplit(each.url).path.endswith("/campaign_results/") for each in transcript.exchanges()
    )


def excused(found: Sequence[Outcome], catalogue: Catalogue) -> list[Outcome]:
    """The outcomes, blocked where a rule is about something else than the campaign results that are closed."""
    return [part for outcome in found for part in _excused(outcome, catalogue)]


def _excused(outcome: Outcome, catalogue: Catalogue) -> list[Outcome]:
    if outcome.verdict not in BAD:
        return [outcome]
    about = tuple(each for each in outcome.rules if catalogue.rule(each).area is Area.CAMPAIGN_RESULTS)
    others = tuple(each for each in outcome.rules if each not in about)
    blocked = replace(outcome, rules=others, verdict=Verdict.BLOCKED, reason=CLOSED, expected="", seen="")
    return ([replace(outcome, rules=about)] if about else []) + ([blocked] if others else [])


def _broken(contract: Contract, broken: AssertionError, catalogue: Catalogue, *, our_mock: bool) -> list[Outcome]:
    concerned = tuple(rule for rule in contract.rules if rule in broken.rules) if isinstance(broken, Broken) else ()
    found = []
    for rule_id in concerned or contract.rules:
        ruled = contract.ruled or catalogue.rule(rule_id).basis is Basis.RULED
        verdict = Verdict.OBSERVATION if ruled and not our_mock else Verdict.FAIL
        found.append((rule_id, verdict))
    found += [(rule_id, Verdict.PASS) for rule_id in contract.rules if concerned and rule_id not in concerned]
    return [
        _told(contract, tuple(rule_id for rule_id, its in found if its is verdict), verdict, broken)
        for verdict in dict.fromkeys(its for _, its in found)
    ]


def _told(contract: Contract, rules: tuple[str, ...], verdict: Verdict, broken: AssertionError) -> Outcome:
    if verdict is Verdict.PASS:
        return _outcome(contract, rules, verdict)
    if isinstance(broken, Broken):
        return _outcome(contract, rules, verdict, broken.what, _shown(broken.expected), _shown(broken.seen))
    return _outcome(contract, rules, verdict, str(broken)[:MOST_SHOWN])


def _several(
    contract: Contract, group: BaseExceptionGroup[BaseException], catalogue: Catalogue, *, our_mock: bool
) -> list[Outcome]:
    """Several things at once; a rule that one of them breaks does not pass because another leaves it alone."""
    found = [outcome for each in group.exceptions for outcome in outcomes(contract, each, catalogue, our_mock=our_mock)]
    bad = [outcome for outcome in found if outcome.verdict is not Verdict.PASS]
    touched = {rule_id for outcome in bad for rule_id in outcome.rules}
    kept = tuple(rule_id for rule_id in contract.rules if rule_id not in touched)
    return [*bad, _outcome(contract, kept, Verdict.PASS)] if kept else bad


def _outcome(  # noqa: PLR0913 - the fields of an outcome, in their order
    contract: Contract,
    rules: tuple[str, ...],
    verdict: Verdict,
    reason: str = "",
    expected: str = "",
    seen: str = "",
) -> Outcome:
    return Outcome(contract.id, contract.case, contract.kind, rules, verdict, reason, expected, seen)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
