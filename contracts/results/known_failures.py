"""Known failures of a target. They are read from a file and applied to the outcomes of a run.

Each entry has an owner, a reason and an expiry date, so that it cannot be forgotten. An entry is stale if its rule
passes, or if it has expired.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import yaml

from contracts.errors import ContractsError
from contracts.results.result import Outcome
from contracts.spec.rules import Catalogue
from contracts.spec.verdicts import CHECKED_VERDICTS, Verdict, worst

VERSION = "1"
COVERABLE_VERDICTS = frozenset({Verdict.FAIL, Verdict.OBSERVATION})
"""The verdicts that a known failure changes to `known`."""
REQUIRED_KEYS, OPTIONAL_KEYS = {"rule", "owner", "reason", "expires"}, {"contract"}


class KnownFailuresError(ContractsError):
    """The file of known failures is invalid. The message names the entry and the key."""


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A rule that the target breaks. The entry covers one contract, or all contracts if `contract` is empty.

    The entry applies up to and including the day `expires`.
    """

    rule: str
    owner: str
    reason: str
    expires: date
    contract: str = ""

    def matches(self, rule_id: str, contract: str) -> bool:
        """Whether the entry covers this rule in this contract."""
        return self.rule == rule_id and self.contract in ("", contract)

    def is_expired(self, today: date) -> bool:
        """Whether the entry has expired."""
        return today > self.expires


def load(file: Path, catalogue: Catalogue) -> tuple[KnownFailure, ...]:
    """Load the known failures from a file. Raises KnownFailuresError."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnownFailuresError(f"{file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError) as error:  # PyYAML raises ValueError for a date such as 2026-02-30.
        raise KnownFailuresError(f"{file.name} is not valid YAML: {error}") from error
    top_level = _parse_mapping(file.name, document, {"version", "expectations"}, set())
    if repr(top_level["version"]) != VERSION:
        raise KnownFailuresError(f"{file.name}: version must be {VERSION}, but is {top_level['version']!r}")
    entries = top_level["expectations"]
    if not isinstance(entries, list):
        raise KnownFailuresError(f"{file.name}: expectations must be a list")
    known_failures: dict[tuple[str, str], KnownFailure] = {}
    for position, value in enumerate(entries, start=1):
        entry = _parse_entry(f"{file.name}, entry {position}", value, catalogue)
        if known_failures.setdefault((entry.rule, entry.contract), entry) is not entry:
            raise KnownFailuresError(f"{file.name}, entry {position}: duplicate entry for {_format_name(entry)}")
    return tuple(known_failures.values())


def apply(
    outcomes: Iterable[Outcome], known_failures: Sequence[KnownFailure], today: date
) -> tuple[list[Outcome], list[str]]:
    """Mark outcomes as known if entries cover them. Return all outcomes, and a notice for each stale entry.

    The function is called when each contract ends, and again with all outcomes at the end of the run. It is idempotent.
    """
    valid = [entry for entry in known_failures if not entry.is_expired(today)]
    results = [part for outcome in outcomes for part in _split_known(outcome, valid)]
    notices = (_stale_notice(entry, results, today) for entry in known_failures)
    return results, [notice for notice in notices if notice]


def _split_known(outcome: Outcome, valid: Sequence[KnownFailure]) -> list[Outcome]:
    """Mark the outcome as known, or split it into two outcomes if entries cover only some of its rules."""
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
    # Only the first part keeps the duration and the requests, so that they are counted once.
    return [replace(outcome, rules=rest), replace(as_known, seconds=0.0, requests=0)] if rest else [as_known]


def _stale_notice(entry: KnownFailure, outcomes: Iterable[Outcome], today: date) -> str:
    """Return what to do about a stale entry; an empty text if it is not stale, or if its rule was not checked."""
    verdicts = [each.verdict for each in outcomes if any(entry.matches(rule, each.contract) for rule in each.rules)]
    if worst(verdicts) is Verdict.PASS:
        return f"{_format_name(entry)} (owner {entry.owner}) passes now: remove the entry"
    if entry.is_expired(today) and CHECKED_VERDICTS.intersection(verdicts):
        return (
            f"{_format_name(entry)} (owner {entry.owner}) expired on {entry.expires}: fix the target or renew the entry"
        )
    return ""


def _format_name(entry: KnownFailure) -> str:
    return f"{entry.rule} in {entry.contract}" if entry.contract else entry.rule


def _parse_entry(name: str, value: object, catalogue: Catalogue) -> KnownFailure:
    values = _parse_mapping(name, value, REQUIRED_KEYS, OPTIONAL_KEYS)
    rule = _parse_text(name, values, "rule")
    if rule not in catalogue.rules:
        raise KnownFailuresError(f"{name}: the rule {rule!r} is not in the catalogue")
    expires = values["expires"]
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise KnownFailuresError(
            f"{name}: expires must be a date such as 2026-12-31, without quotes, but is {expires!r}"
        )
    return KnownFailure(
        rule=rule,
        owner=_parse_text(name, values, "owner"),
        reason=_parse_text(name, values, "reason"),
        expires=expires,
        contract=_parse_text(name, values, "contract") if "contract" in values else "",
    )


def _parse_mapping(name: str, value: object, required: set[str], optional: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise KnownFailuresError(f"{name} must be a mapping")
    for key in sorted(required - value.keys()):
        raise KnownFailuresError(f"{name}: {key} is missing")
    for key in sorted(map(str, value.keys() - required - optional)):
        raise KnownFailuresError(f"{name}: {key} is not a known key")
    return value


def _parse_text(name: str, values: Mapping[str, object], key: str) -> str:
    value = values[key]
    if not isinstance(value, str) or not value.strip():
        raise KnownFailuresError(f"{name}: {key} must be a string that is not empty")
    return value
