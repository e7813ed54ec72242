"""A baseline: the result of a run without what changes on each run, so that it can be kept in a repository.

It contains what a comparison reads: each rule's verdict, and the failures and observations that name a part.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

from contracts.results.result import DIFFERENCE_VERDICTS, Outcome, Result
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED_VERDICTS


def write(result: Result, catalogue: Catalogue, file: Path) -> None:
    """Write the result as a baseline, which `Result.load` reads. Raises OSError."""
    values = result.to_json(catalogue)
    values["outcomes"] = [asdict(outcome) for outcome in select_outcomes(result, catalogue)]
    text = json.dumps(values, ensure_ascii=False, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")


def select_outcomes(result: Result, catalogue: Catalogue) -> list[Outcome]:
    """Return the outcomes that a comparison needs, each once: all differences of a rule, else one outcome of it."""
    selected = dict[Outcome, None]()
    for rule_result in result.rule_results(catalogue):
        decisive = [outcome for outcome in rule_result.outcomes if outcome.verdict is rule_result.verdict]
        kept = decisive if rule_result.verdict in DIFFERENCE_VERDICTS else decisive[:1]
        selected |= dict.fromkeys(_without_measurements(outcome) for outcome in kept)
    return list(selected)


def is_checked(result: Result, catalogue: Catalogue) -> bool:
    """Return whether the result contains a verdict on at least one rule."""
    return any(each.verdict in CHECKED_VERDICTS for each in result.rule_results(catalogue))


def _without_measurements(outcome: Outcome) -> Outcome:
    """Return the outcome without what differs on each run: times, numbers of requests, calls and reproducers."""
    return replace(outcome, seconds=0.0, requests=0, calls=(), capsule="")
