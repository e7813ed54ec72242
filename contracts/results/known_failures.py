"""What a target is known to break: read from a file, laid over what a run found.

An entry has an owner, a reason and a last day, so that nothing stays broken unseen. One that no longer holds is stale.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import yaml

from contracts.results.result import Outcome
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED, Verdict, worst

VERSION = "1"
COVERED = frozenset({Verdict.FAIL, Verdict.OBSERVATION})
"""Verdicts that an expectation makes known."""
REQUIRED, OPTIONAL = {"rule", "owner", "reason", "expires"}, {"contract"}


class ExpectationError(Exception):
    """A file of expectations that cannot be trusted; says which entry and which key."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A rule that is expected to be broken, up to and on the day `expires`.

    By one contract, or by any where `contract` is empty.
    """

    rule: str
    owner: str
    reason: str
    expires: date
    contract: str = ""

    def concerns(self, rule_id: str, contract: str) -> bool:
        """Whether it speaks of this rule, as this contract looks at it."""
        return self.rule == rule_id and self.contract in ("", contract)

    def expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.expires


def load(file: Path, catalogue: Catalogue) -> tuple[Expectation, ...]:
    """The expectations in the file. Raises ExpectationError."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExpectationError(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:  # a day such as 2026-02-30 is a ValueError
        raise ExpectationError(f"{file.name} is not YAML: {error}") from error
    top = _mapping(file.name, document, {"version", "expectations"}, set())
    if repr(top["version"]) != VERSION:
        raise ExpectationError(f"{file.name}: version is {top['version']!r}, not {VERSION}")
    entries = top["expectations"]
    if not isinstance(entries, list):
        raise ExpectationError(f"{file.name}: expectations is not a list")
    found: dict[tuple[str, str], Expectation] = {}
    for place, value in enumerate(entries, start=1):
        entry = _entry(f"{file.name}, entry {place}", value, catalogue)
        if found.setdefault((entry.rule, entry.contract), entry) is not entry:
            raise ExpectationError(f"{file.name}, entry {place}: {_name(entry)} stands there twice")
    return tuple(found.values())


def applied(
    outcomes: Iterable[Outcome], expectations: Sequence[Expectation], today: date
) -> tuple[list[Outcome], list[str]]:
    """The outcomes, known where they are expected today, and what is stale, in words.

    What is known already stays so: it may be applied to each contract as it ends, and to them all at the end.
    """
    valid = [entry for entry in expectations if not entry.expired(today)]
    found = [part for outcome in outcomes for part in _covered(outcome, valid)]
    told = (_stale(entry, found, today) for entry in expectations)
    return found, [words for words in told if words]


def _covered(outcome: Outcome, valid: Sequence[Expectation]) -> list[Outcome]:
    """The outcome, in two parts where only some of its rules are expected to be broken."""
    if outcome.verdict not in COVERED:
        return [outcome]
    speaking = [entry for entry in valid if any(entry.concerns(rule, outcome.contract) for rule in outcome.rules)]
    expected = {entry.rule for entry in speaking}
    known = tuple(rule for rule in outcome.rules if rule in expected)
    rest = tuple(rule for rule in outcome.rules if rule not in expected)
    if not known:
        return [outcome]
    told = "; ".join(f"{entry.owner}, until {entry.expires}: {entry.reason}" for entry in speaking)
    as_known = replace(outcome, rules=known, verdict=Verdict.KNOWN, reason=f"[{told}] {outcome.reason}".rstrip())
    # The cost is counted once, with the part that comes first.
    return [replace(outcome, rules=rest), replace(as_known, seconds=0.0, requests=0)] if rest else [as_known]


def _stale(entry: Expectation, found: Iterable[Outcome], today: date) -> str:
    """What is to be done about an entry; empty where it holds, or this run cannot tell."""
    ends = [each.verdict for each in found if any(entry.concerns(rule, each.contract) for rule in each.rules)]
    if worst(ends) is Verdict.PASS:
        return f"{_name(entry)}, expected broken (owner {entry.owner}), is kept now: remove the entry"
    if entry.expired(today) and CHECKED.intersection(ends):
        return f"{_name(entry)}, expected broken (owner {entry.owner}), expired on {entry.expires}: mend or renew it"
    return ""


def _name(entry: Expectation) -> str:
    return f"{entry.rule} by {entry.contract}" if entry.contract else entry.rule


def _entry(name: str, value: object, catalogue: Catalogue) -> Expectation:
    values = _mapping(name, value, REQUIRED, OPTIONAL)
    rule = _text(name, values, "rule")
    if rule not in catalogue.rules:
        raise ExpectationError(f"{name}: rule is {rule!r}, which is not in the catalogue")
    expires = values["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise ExpectationError(f"{name}: expires is {expires!r}, not a day such as 2026-12-31, without quotes")
    return Expectation(
        rule=rule,
        owner=_text(name, values, "owner"),
        reason=_text(name, values, "reason"),
        expires=expires,
        contract=_text(name, values, "contract") if "contract" in values else "",
    )


def _mapping(name: str, value: object, required: set[str], optional: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ExpectationError(f"{name} is not a mapping")
    for key in sorted(required - value.keys()):
        raise ExpectationError(f"{name}: {key} is missing")
    for key in sorted(map(str, value.keys() - required - optional)):
        raise ExpectationError(f"{name}: {key} is not a known key")
    return value


def _text(name: str, values: Mapping[str, object], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value.strip():
        raise ExpectationError(f"{name}: {key} is not a text, or is empty")
    return value
