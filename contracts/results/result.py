"""What a run found: the one record that every report is made from; as JSON it follows `result.schema.json`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from contracts.spec.rules import Catalogue, PlatformRule
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict, worst

FORMAT = "wavetank-result-1"
STRICT_REASON = "ruled, and the run is strict"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one contract (one set of its parameters) ended for some of its rules.

    `contract` is its id, such as `evaluation::a_purchase_on_the_last_day_counts`; `case` tells its parameters apart.
    `seconds` are the machine's; `calls` are the exchanges of a failure, secrets replaced; `capsule` is the file
    that `contracts replay` takes, "" where there is none.
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

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Outcome":
        """An outcome as it stands in a result file."""
        members = {**values, "rules": tuple(values["rules"]), "calls": tuple(values["calls"])}
        return cls(**{**members, "verdict": Verdict(values["verdict"])})


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule's verdict, and the outcomes that it is the worst of."""

    rule: PlatformRule
    verdict: Verdict
    outcomes: tuple[Outcome, ...]

    @property
    def reason(self) -> str:
        """Why the verdict is what it is, in a line; empty where it passes."""
        reasons = [outcome.reason for outcome in self.outcomes if outcome.verdict == self.verdict and outcome.reason]
        return reasons[0] if reasons else ""


@dataclass(frozen=True, slots=True)
class Run:
    """What was run, against what: instants are RFC 3339 in UTC, digests SHA-256 in hex."""

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
    """What was written and could not be undone; empty where the target was the suite's own."""


@dataclass(frozen=True, slots=True)
class Result:
    """A whole run. `stale` are expectations that no longer hold, or have expired, in words."""

    run: Run
    outcomes: tuple[Outcome, ...]
    stale: tuple[str, ...] = ()
    ended: str = ""
    """Why the run ended before its end; empty where it did not."""
    selected: tuple[str, ...] = field(default=())
    """The rules that were asked about; all where it is empty."""

    def rule_results(self, catalogue: Catalogue) -> list[RuleResult]:
        """Each rule that was asked about, in the catalogue's order. Where the run is strict an observation fails."""
        outcomes_by_rule: dict[str, list[Outcome]] = {}
        for outcome in map(self._apply_strict, self.outcomes):
            for rule_id in outcome.rules:
                outcomes_by_rule.setdefault(rule_id, []).append(outcome)
        rule_ids = self.selected or tuple(catalogue.rules)
        return [_build_rule_result(catalogue.rule(rule_id), outcomes_by_rule.get(rule_id, [])) for rule_id in rule_ids]

    def exit_code(self, catalogue: Catalogue) -> int:
        """0 conforms, 1 a rule is broken, 3 nothing is proved.

        3 is for a target that went away, a run that checked nothing, a suite that broke, expectations out of date.
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
        # A lone surrogate, which UTF-8 has no bytes for, becomes \udxxx: so it is written in JSON too.
        file.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")

    def to_json(self, catalogue: Catalogue) -> dict[str, Any]:
        """The result as `result.schema.json` describes it."""
        rules = [
            {"id": rule_result.rule.id, "verdict": rule_result.verdict, "reason": rule_result.reason}
            for rule_result in self.rule_results(catalogue)
        ]
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
        """The result in a file. Raises ValueError for what is no result of this format."""
        values = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise ValueError(f"{file} is no result in the format {FORMAT}")
        try:
            run = Run(**{**values["run"], "undone": tuple(values["run"]["undone"])})
            outcomes = tuple(Outcome.from_json(outcome) for outcome in values["outcomes"])
            return cls(run, outcomes, tuple(values["stale"]), values["ended"], tuple(values["selected"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is no whole result: {error!r}") from error

    def _apply_strict(self, outcome: Outcome) -> Outcome:
        if outcome.verdict is not Verdict.OBSERVATION or not self.run.strict:
            return outcome
        return replace(outcome, verdict=Verdict.FAIL, reason=f"{STRICT_REASON}: {outcome.reason}")


def _build_rule_result(rule: PlatformRule, outcomes: Iterable[Outcome]) -> RuleResult:
    rule_outcomes = tuple(outcomes)
    return RuleResult(rule, worst(outcome.verdict for outcome in rule_outcomes), rule_outcomes)
