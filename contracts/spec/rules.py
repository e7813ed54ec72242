"""The rules that a deployment is inspected for, read from `requirements.yaml`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeVar

import yaml

from contracts.spec.openapi import YAML_LOADER

DEFAULT_PATH = Path(__file__).parents[1] / "requirements.yaml"
VERSION = "1"
NOT_DOCUMENTED = "not documented"
ID_PATTERN = re.compile(r"[A-Z]+-\d{2}")


class CatalogueError(Exception):
    """A catalogue that cannot be trusted; says which entry and which key."""


class Level(StrEnum):
    """How binding a rule is."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Basis(StrEnum):
    """Where a rule comes from; a difference in what is ruled is only an observation."""

    STATED = "stated"
    SHOWN = "shown"
    RULED = "ruled"


class Area(StrEnum):
    """What a rule is about."""

    BASE = "base"
    ERRORS = "errors"
    SIGN_IN = "sign-in"
    PARTNERS = "partners"
    EVENTS = "events"
    ATTRIBUTION_MODEL = "attribution-model"
    REVENUE = "revenue"
    CAMPAIGN_RESULTS = "campaign-results"
    JOBS = "jobs"
    PACKAGES = "packages"
    DEFAULTS = "defaults"
    EVALUATION = "evaluation"
    META = "meta"
    PERMISSIONS = "permissions"
    INGEST = "ingest"
    SALES_EDIT = "sales-edit"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True)
class PlatformRule:
    """One rule. `ruled` names the parts of a stated or shown rule that are ruled.

    `unchecked` says why no contract checks it; it is empty where contracts do.
    """

    id: str
    level: Level
    basis: Basis
    area: Area
    claim: str
    assumed_parts: tuple[str, ...]
    documented_in: str
    operations: tuple[str, ...] | Literal["all"]
    contracts: tuple[str, ...]
    defects: tuple[str, ...]
    unchecked_reason: str = ""

    def applies_to(self, operation_id: str) -> bool:
        """Whether the rule is about the operation."""
        return self.operations == "all" or operation_id in self.operations


@dataclass(frozen=True, slots=True)
class Gotcha:
    """What surprises whoever builds on the platform, and the rules that make it so."""

    id: str
    title: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quirk:
    """A switch of the mock for where the documents disagree, and the rules that it changes."""

    name: str
    effect: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rules and gotchas by id, quirks by name, each in the file's order."""

    rules: Mapping[str, PlatformRule]
    gotchas: Mapping[str, Gotcha]
    quirks: Mapping[str, Quirk]

    def rule(self, rule_id: str) -> PlatformRule:
        """The rule with this id. Raises CatalogueError."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise CatalogueError(f"{rule_id} is not in the catalogue") from None

    def operation_ids(self) -> frozenset[str]:
        """Every operationId that a rule names; rules about all operations name none."""
        named = (rule.operations for rule in self.rules.values() if rule.operations != "all")
        return frozenset(operation for operations in named for operation in operations)


Record = TypeVar("Record", PlatformRule, Gotcha, Quirk)
Choice = TypeVar("Choice", bound=StrEnum)


def load(path: Path | None = None) -> Catalogue:
    """The catalogue in the file, by default the one beside this module. Raises CatalogueError."""
    file = path or DEFAULT_PATH
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), YAML_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name} is not YAML: {error}") from error
    top_level = _parse_entry(file.name, document, {"version", "rules", "gotchas", "quirks"})
    if repr(top_level.values["version"]) != VERSION:
        raise top_level.error("version", f"is {top_level.values['version']!r}, not {VERSION}")
    rules = _parse_records(top_level, "rules", "id", _parse_rule)
    gotchas = _parse_records(top_level, "gotchas", "id", _parse_gotcha)
    quirks = _parse_records(top_level, "quirks", "name", _parse_quirk)
    for name, entry in (gotchas | quirks).items():
        _check_rule_ids(name, entry.rules, rules)
    return Catalogue(rules, gotchas, quirks)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A mapping of the file, under the name that its errors give it."""

    name: str
    values: Mapping[str, object]

    def error(self, key: str, problem: str) -> CatalogueError:
        return CatalogueError(f"{self.name}: {key} {problem}")

    def read_list(self, key: str) -> list[object]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, "is not a list")
        return value

    def read_text(self, key: str) -> str:
        text = self.values[key]
        if not isinstance(text, str) or not text.strip():
            raise self.error(key, "is not a text, or is empty")
        return text

    def read_texts(self, key: str) -> tuple[str, ...]:
        texts = [item for item in self.read_list(key) if isinstance(item, str) and item.strip()]
        if len(texts) < len(self.read_list(key)):
            raise self.error(key, "has an item that is not a text, or is empty")
        if len(set(texts)) < len(texts):
            raise self.error(key, "has an item twice")
        return tuple(texts)

    def read_nonempty_texts(self, key: str) -> tuple[str, ...]:
        texts = self.read_texts(key)
        if not texts:
            raise self.error(key, "is empty")
        return texts

    def read_id(self) -> str:
        text = self.read_text("id")
        if not ID_PATTERN.fullmatch(text):
            raise self.error("id", f"is {text!r}, not of the form {ID_PATTERN.pattern}")
        return text


def _read_choice(entry: _Entry, key: str, choices: type[Choice]) -> Choice:
    text = entry.read_text(key)
    if text not in set(choices):
        raise entry.error(key, f"is {text!r}, not one of {', '.join(choices)}")
    return choices(text)


def _parse_entry(name: str, value: object, required: set[str], optional: frozenset[str] = frozenset()) -> _Entry:
    if not isinstance(value, dict):
        raise CatalogueError(f"{name} is not a mapping")
    entry = _Entry(name, value)
    for key in sorted(required - value.keys()):
        raise entry.error(key, "is missing")
    for key in sorted(map(str, value.keys() - required - optional)):
        raise entry.error(key, "is not a known key")
    return entry


def _parse_records(top: _Entry, key: str, name_key: str, parse: Callable[[str, object], Record]) -> dict[str, Record]:
    """The records of one list by name, each read under its name, or its place where it has none."""
    records: dict[str, Record] = {}
    for position, value in enumerate(top.read_list(key), start=1):
        name = value.get(name_key) if isinstance(value, dict) else None
        if not isinstance(name, str):
            name = f"number {position} of {key}"
        if name in records:
            raise CatalogueError(f"{name}: {name_key} stands twice in {key}")
        records[name] = parse(name, value)
    return records


def _parse_rule(name: str, value: object) -> PlatformRule:
    required = {"id", "level", "basis", "area", "claim", "documented", "operations", "contracts", "defects"}
    entry = _parse_entry(name, value, required, frozenset({"ruled", "unchecked"}))
    rule = PlatformRule(
        id=entry.read_id(),
        level=_read_choice(entry, "level", Level),
        basis=_read_choice(entry, "basis", Basis),
        area=_read_choice(entry, "area", Area),
        claim=entry.read_text("claim"),
        assumed_parts=entry.read_texts("ruled"),
        documented_in=entry.read_text("documented"),
        operations="all" if entry.values["operations"] == "all" else entry.read_nonempty_texts("operations"),
        contracts=entry.read_texts("contracts"),
        defects=entry.read_texts("defects"),
        unchecked_reason=entry.read_text("unchecked") if "unchecked" in entry.values else "",
    )
    _check_consistency(entry, rule)
    return rule


def _check_consistency(entry: _Entry, rule: PlatformRule) -> None:
    """A ruled rule is ruled as a whole and documented nowhere; any other is documented somewhere."""
    if rule.basis is Basis.RULED and rule.assumed_parts:
        raise entry.error("ruled", "is for rules that are stated or shown; this one is ruled as a whole")
    if (rule.basis is Basis.RULED) != (rule.documented_in == NOT_DOCUMENTED):
        raise entry.error("documented", f"is {rule.documented_in!r}, while the basis is {rule.basis}")


def _parse_gotcha(name: str, value: object) -> Gotcha:
    entry = _parse_entry(name, value, {"id", "title", "rules"})
    return Gotcha(entry.read_id(), entry.read_text("title"), entry.read_nonempty_texts("rules"))


def _parse_quirk(name: str, value: object) -> Quirk:
    entry = _parse_entry(name, value, {"name", "effect", "rules"})
    return Quirk(entry.read_text("name"), entry.read_text("effect"), entry.read_nonempty_texts("rules"))


def _check_rule_ids(name: str, rule_ids: tuple[str, ...], rules: Mapping[str, PlatformRule]) -> None:
    for rule_id in rule_ids:
        if rule_id not in rules:
            raise CatalogueError(f"{name}: rules names {rule_id}, which is no rule")
