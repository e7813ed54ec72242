"""The result of a run, from which every report is made. Its JSON follows `result.schema.json`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from contracts.spec.redactor import REDACTOR
from contracts.spec.rules import Basis, Catalogue, PlatformRule, RulePart
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict, worst

FORMAT = "wavetank-result-1"
RESPONSE_KIND = "response"
"""The kind of an outcome that no contract for the rule produced: a contract for other rules met it in a response."""
STRICT_REASON = "assumed, and the run is strict"
DIFFERENCE_VERDICTS = frozenset({Verdict.FAIL, Verdict.OBSERVATION, Verdict.KNOWN})
"""The verdicts of a target that differs from a rule."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict of one contract, with one set of its parameters, on some of its rules.

    `contract` is its id, such as `evaluation::a_purchase_on_the_last_day_counts`; `case` names its parameters. `calls`
    are the requests of a failure as curl commands, without secrets. `capsule` is the path of the reproducer for
    `contracts replay`, empty if there is none. In result.json, the field has the same name.

    `parts` are all the parts of rules that the contract checks, such as `BASE-05.comma_list`; `broken_parts` are those
    of the outcome's rules that the target did not keep, if the failure names them. Results of earlier versions contain
    neither.
    """

    contract: str
    case: str
    kind: str
    rules: tuple[str, ...]
    verdict: Verdict
    reason: str = ""
    expected: str = ""
    seen: str = ""
    seconds: float = 0.0
    requests: int = 0
    calls: tuple[str, ...] = ()
    capsule: str = ""
    parts: tuple[str, ...] = ()
    broken_parts: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Outcome":
        """Build an outcome from its JSON in a result file. Members that earlier versions lack may be absent."""
        lists = {name: tuple(values.get(name, ())) for name in ("rules", "calls", "parts", "broken_parts")}
        return cls(**{**values, **lists, "verdict": Verdict(values["verdict"])})

    def parts_of(self, rule: PlatformRule) -> tuple[RulePart, ...]:
        """Return the parts of the rule that the contract checks; the rule's links tell them for earlier results."""
        if self.parts:
            return tuple(part for part in rule.parts if part.id in self.parts)
        return tuple(part for part in rule.parts if self.contract in part.contracts)

    def without_secrets(self) -> "Outcome":
        """Return the outcome with a placeholder for each secret of this process."""
        texts = {name: REDACTOR.hide_in(getattr(self, name)) for name in ("reason", "expected", "seen", "calls")}
        return replace(self, **texts)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule's verdict, which is the worst of its outcomes, and how much of the rule was checked."""

    rule: PlatformRule
    verdict: Verdict
    outcomes: tuple[Outcome, ...]

    @property
    def decided_contracts(self) -> tuple[str, ...]:
        """The ids of the contracts that ran and decided about the rule."""
        decided = (outcome.contract for outcome in self._of_contracts if outcome.verdict in CHECKED_VERDICTS)
        return tuple(dict.fromkeys(decided))

    @property
    def contract_count(self) -> int:
        """The number of all contracts that check the rule, in any profile and on any target."""
        return len({*self.rule.contracts, *(outcome.contract for outcome in self._of_contracts)})

    @property
    def _of_contracts(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.kind != RESPONSE_KIND)

    @property
    def unchecked_parts(self) -> tuple[RulePart, ...]:
        """The documented parts that no contract of this run checked, although contracts for them exist."""
        checked = {
            part.id
            for outcome in self.outcomes
            if outcome.verdict in CHECKED_VERDICTS
            for part in outcome.parts_of(self.rule)
        }
        documented = (part for part in self.rule.parts if part.basis is not Basis.RULED and not part.unchecked_reason)
        return tuple(part for part in documented if part.contracts and part.id not in checked)

    @property
    def is_partial(self) -> bool:
        """Whether the rule passes, although a documented part of it was not checked."""
        return self.verdict is Verdict.PASS and bool(self.unchecked_parts)

    @property
    def broken_parts(self) -> tuple[RulePart, ...]:
        """The parts that the target did not keep: as the failures name them, else as the first failed contract checks.

        For a rule that is neither broken, known nor an observation, there are none.
        """
        if self.verdict not in DIFFERENCE_VERDICTS:
            return ()
        failed = [outcome for outcome in self.outcomes if outcome.verdict is self.verdict]
        named = {part_id for outcome in failed for part_id in outcome.broken_parts}
        parts = tuple(part for part in self.rule.parts if part.id in named)
        return parts or failed[0].parts_of(self.rule) or self.rule.parts

    @property
    def reason(self) -> str:
        """The reason for the rule's verdict, in one line. The text is empty if the rule passes."""
        reasons = [outcome.reason for outcome in self.outcomes if outcome.verdict == self.verdict and outcome.reason]
        return reasons[0] if reasons else ""


@dataclass(frozen=True, slots=True)
class Run:
    """The facts of a run. Timestamps are RFC 3339 in UTC. Digests are SHA-256 in hex."""

    suite: str
    document: str
    catalogue: str
    target: str
    is_our_mock: bool
    profile: str
    seed: int
    strict: bool
    run_id: str
    start: str
    end: str
    requests: int
    seconds: float
    undone: tuple[str, ...] = ()
    """Writes that could not be undone; always empty for the mock."""
    documentation: str = ""
    """The generation of the vendor's documentation that the target follows; empty in results of earlier versions."""
    documentation_source: str = ""
    """How the generation was determined, in a few words."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run. `stale` contains the notices about known failures that pass now or have expired."""

    run: Run
    outcomes: tuple[Outcome, ...]
    stale: tuple[str, ...] = ()
    ended: str = ""
    """Why the run stopped early. The text is empty if it did not."""
    selected: tuple[str, ...] = field(default=())
    """The ids of the selected rules. If there are none, all rules are selected."""

    def without_secrets(self) -> "Result":
        """Return the result with a placeholder for each secret of this process."""
        return replace(
            self,
            run=replace(self.run, undone=REDACTOR.hide_in(self.run.undone)),
            outcomes=tuple(outcome.without_secrets() for outcome in self.outcomes),
            ended=REDACTOR.hide(self.ended),
        )

    def rule_results(self, catalogue: Catalogue) -> list[RuleResult]:
        """Return the verdict on each selected rule, in the catalogue's order. If strict, observations are failures."""
        outcomes_by_rule: dict[str, list[Outcome]] = {}
        for outcome in map(self._apply_strict, self.outcomes):
            for rule_id in outcome.rules:
                outcomes_by_rule.setdefault(rule_id, []).append(outcome)
        rule_ids = self.selected or tuple(catalogue.rules)
        return [_build_rule_result(catalogue.rule(rule_id), outcomes_by_rule.get(rule_id, [])) for rule_id in rule_ids]

    def exit_code(self, catalogue: Catalogue) -> int:
        """Return the exit code: 0 (conforms), 1 (a rule is broken) or 3 (the run proves nothing).

        The code is 3 if the run stopped early or checked nothing, if the suite itself failed, or if a known failure is
        stale.
        """
        verdicts = {rule_result.verdict for rule_result in self.rule_results(catalogue)}
        if Verdict.FAIL in verdicts:
            return 1
        if self.ended or self.stale or Verdict.ERROR in verdicts or not verdicts & CHECKED_VERDICTS:
            return 3
        return 0

    def write(self, file: Path, catalogue: Catalogue) -> None:
        """Write the result as JSON."""
        text = json.dumps(self.to_json(catalogue), ensure_ascii=False, indent=1)
        # UTF-8 cannot encode a lone surrogate. It is written as \udxxx, which is also its escape sequence in JSON.
        file.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")

    def to_json(self, catalogue: Catalogue) -> dict[str, Any]:
        """Return the result as JSON that follows `result.schema.json`."""
        rules = [_rule_to_json(rule_result) for rule_result in self.rule_results(catalogue)]
        return {
            "format": FORMAT,
            "exit_code": self.exit_code(catalogue),
            "run": asdict(self.run),
            "ended": self.ended,
            "stale": list(self.stale),
            "selected": list(self.selected),
            "rules": rules,
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }

    @classmethod
    def load(cls, file: Path) -> "Result":
        """Load a result. Raises OSError, or ValueError if the file is not a result in this format."""
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{file} is not JSON: {error}") from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise ValueError(f"{file} is not a result in the format {FORMAT}")
        try:
            run = Run(**{**values["run"], "undone": tuple(values["run"]["undone"])})
            outcomes = tuple(Outcome.from_json(outcome) for outcome in values["outcomes"])
            return cls(run, outcomes, tuple(values["stale"]), values["ended"], tuple(values["selected"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is not a complete result: {error!r}") from error

    def _apply_strict(self, outcome: Outcome) -> Outcome:
        if outcome.verdict is not Verdict.OBSERVATION or not self.run.strict:
            return outcome
        return replace(outcome, verdict=Verdict.FAIL, reason=f"{STRICT_REASON}: {outcome.reason}")


def _build_rule_result(rule: PlatformRule, outcomes: Iterable[Outcome]) -> RuleResult:
    rule_outcomes = tuple(outcomes)
    return RuleResult(rule, worst(outcome.verdict for outcome in rule_outcomes), rule_outcomes)


def _rule_to_json(rule_result: RuleResult) -> dict[str, Any]:
    return {
        "id": rule_result.rule.id,
        "verdict": rule_result.verdict,
        "reason": rule_result.reason,
        "contracts_decided": len(rule_result.decided_contracts),
        "contracts": rule_result.contract_count,
        "unchecked_parts": [part.id for part in rule_result.unchecked_parts],
    }
