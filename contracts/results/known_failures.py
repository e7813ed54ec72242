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
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict, worst

VERSION = "1"
COVERABLE_VERDICTS = frozenset({Verdict.FAIL, Verdict.OBSERVATION})
"""Verdicts that an expectation makes known."""
REQUIRED_KEYS, OPTIONAL_KEYS = {"rule", "owner", "reason", "expires"}, {"contract"}


class KnownFailuresError(Exception):
    """A file of expectations that cannot be trusted; says which entry and which key."""


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A rule that is expected to be broken, up to and on the day `expires`.

    By one contract, or by any where `contract` is empty.
    """

    rule: str
    owner: str
    reason: str
    expires: date
    contract: str = ""

    def matches(self, rule_id: str, contract: str) -> bool:
        """Whether it speaks of this rule, as this contract looks at it."""
        return self.rule == rule_id and self.contract in ("", contract)

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.expires


def load(file: Path, catalogue: Catalogue) -> tuple[KnownFailure, ...]:
    """The expectations in the file. Raises KnownFailuresError."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnownFailuresError(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:  # a day such as 2026-02-30 is a ValueError
        raise KnownFailuresError(f"{file.name} is not YAML: {error}") from error
    top_level = _parse_mapping(file.name, document, {"version", "expectations"}, set())
    if repr(top_level["version"]) != VERSION:
        raise KnownFailuresError(f"{file.name}: version is {top_level['version']!r}, not {VERSION}")
    entries = top_level["expectations"]
    if not isinstance(entries, list):
        raise KnownFailuresError(f"{file.name}: expectations is not a list")
    known_failures: dict[tuple[str, str], KnownFailure] = {}
    for position, value in enumerate(entries, start=1):
        entry = _parse_entry(f"{file.name}, entry {position}", value, catalogue)
        if known_failures.setdefault((entry.rule, entry.contract), entry) is not entry:
            raise KnownFailuresError(f"{file.name}, entry {position}: {_format_name(entry)} stands there twice")
    return tuple(known_failures.values())


def apply(
    outcomes: Iterable[Outcome], known_failures: Sequence[KnownFailure], today: date
) -> tuple[list[Outcome], list[str]]:
    """The outcomes, known where they are expected today, and what is stale, in words.

    What is known already stays so: it may be applied to each contract as it ends, and to them all at the end.
    """
    valid = [entry for entry in known_failures if not entry.is_expired(today)]
    results = [part for outcome in outcomes for part in _split_known(outcome, valid)]
    notices = (_stale_notice(entry, results, today) for entry in known_failures)
    return results, [notice for notice in notices if notice]


def _split_known(outcome: Outcome, valid: Sequence[KnownFailure]) -> list[Outcome]:
    """The outcome, in two parts where only some of its rules are expected to be broken."""
    if outcome.verdict not in COVERABLE_VERDICTS:
        return [outcome]
    matching = [entry for entry in valid if any(entry.matches(rule, outcome.contract) for rule in outcome.rules)]
    expected_rules = {entry.rule for entry in matching}
    known = tuple(rule for rule in outcome.rules if rule in expected_rules)
    rest = tuple(rule for rule in outcome.rules if rule not in expected_rules)
    if not known:
        return [outcome]
    reasons = "; ".join(f"{entry.owner}, until {entry.expires}: {entry.reason}" for entry in matching)
    as_known = replace(outcome, rules=known, verdict=Verdict.KNOWN, reason=f"[{reasons}] {outcome.reason}".rstrip())
    # The cost is counted once, with the part that comes first.
    return [replace(outcome, rules=rest), replace(as_known, seconds=0.0, requests=0)] if rest else [as_known]


def _stale_notice(entry: KnownFailure, outcomes: Iterable[Outcome], today: date) -> str:
    """What is to be done about an entry; empty where it holds, or this run cannot tell."""
    verdicts = [each.verdict for each in outcomes if any(entry.matches(rule, each.contract) for rule in each.rules)]
    if worst(verdicts) is Verdict.PASS:
        return f"{_format_name(entry)}, expected broken (owner {entry.owner}), is kept now: remove the entry"
    if entry.is_expired(today) and CHECKED_VERDICTS.intersection(verdicts):
        return f"{_format_name(entry)}, expected broken (owner {entry.owner}), expired on {entry.expires}: mend or renew it"
    return ""


def _format_name(entry: KnownFailure) -> str:
    return f"{entry.rule} by {entry.contract}" if entry.contract else entry.rule


def _parse_entry(name: str, value: object, catalogue: Catalogue) -> KnownFailure:
    values = _parse_mapping(name, value, REQUIRED_KEYS, OPTIONAL_KEYS)
    rule = _parse_text(name, values, "rule")
    if rule not in catalogue.rules:
        raise KnownFailuresError(f"{name}: rule is {rule!r}, which is not in the catalogue")
    expires = values["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise KnownFailuresError(f"{name}: expires is {expires!r}, not a day such as 2026-12-31, without quotes")
    return KnownFailure(
        rule=rule,
        owner=_parse_text(name, values, "owner"),
        reason=_parse_text(name, values, "reason"),
        expires=expires,
        contract=_parse_text(name, values, "contract") if "contract" in values else "",
    )


def _parse_mapping(name: str, value: object, required: set[str], optional: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise KnownFailuresError(f"{name} is not a mapping")
    for key in sorted(required - value.keys()):
        raise KnownFailuresError(f"{name}: {key} is missing")
    for key in sorted(map(str, value.keys() - required - optional)):
        raise KnownFailuresError(f"{name}: {key} is not a known key")
    return value


def _parse_text(name: str, values: Mapping[str, object], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value.strip():
        raise KnownFailuresError(f"{name}: {key} is not a text, or is empty")
    return value
