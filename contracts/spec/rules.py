"""The rules that the suite checks, from `requirements.yaml`, with the generated links from `trace.json`."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Literal, TypeVar

import yaml

from contracts.errors import ContractsError
from contracts.spec import trace
from contracts.spec.openapi import YAML_LOADER
from contracts.spec.trace import Home, RuleLinks, TraceError

DEFAULT_PATH = Path(str(resources.files("contracts"))) / "requirements.yaml"
VERSION = "1"
NOT_DOCUMENTED = "not documented"
ID_PATTERN = re.compile(r"[A-Z]+-\d{2}")


class CatalogueError(ContractsError):
    """The catalogue is invalid. The message names the entry and the key."""


class Level(StrEnum):
    """How binding a rule is, as in RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Basis(StrEnum):
    """Where a rule comes from.

    A deployment that differs from an assumed rule has not failed: the difference is an observation.
    """

    STATED = "stated"
    """The vendor's documentation states the rule."""
    SHOWN = "shown"
    """The rule appears only in a documented example."""
    RULED = "ruled"

    @property
    def label(self) -> str:
        """The word that reports and pages use."""
        return "assumed" if self is Basis.RULED else self.value

    """The documentation says nothing about the rule or contradicts itself, so this project decided."""


class Area(StrEnum):
    """The subject of a rule."""

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
    """One rule of the platform, and where it is checked and implemented.

    `assumed_parts` lists the assumed parts of a stated or shown rule. If no contract checks the rule,
    `unchecked_reason` says why; otherwise it is empty. `home` is None if the mock's sources do not name an
    implementation.
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
    home: Home | None = None
    unchecked_reason: str = ""

    def applies_to(self, operation_id: str) -> bool:
        """Return whether the rule concerns the operation."""
        return self.operations == "all" or operation_id in self.operations


@dataclass(frozen=True, slots=True)
class Gotcha:
    """A behaviour of the platform that surprises client developers, and the rules behind it."""

    id: str
    title: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quirk:
    """An option of the mock that enables an alternative documented behaviour, and the rules that it changes."""

    name: str
    effect: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rules and gotchas by id, and quirks by name, in the file's order."""

    rules: Mapping[str, PlatformRule]
    gotchas: Mapping[str, Gotcha]
    quirks: Mapping[str, Quirk]

    def rule(self, rule_id: str) -> PlatformRule:
        """Return the rule with this id. Raise CatalogueError if there is none."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise CatalogueError(f"{rule_id} is not in the catalogue") from None

    def operation_ids(self) -> frozenset[str]:
        """Return the operationIds that rules name. Rules about all operations do not name any operation."""
        named = (rule.operations for rule in self.rules.values() if rule.operations != "all")
        return frozenset(operation for operations in named for operation in operations)


Record = TypeVar("Record", PlatformRule, Gotcha, Quirk)
Choice = TypeVar("Choice", bound=StrEnum)


def load(path: Path | None = None) -> Catalogue:
    """Return the suite's catalogue. If `path` is given, read that file instead, without links. Raise CatalogueError."""
    if path is not None:
        return _read_catalogue(path, {})
    try:
        return _read_catalogue(DEFAULT_PATH, trace.load())
    except TraceError as error:
        raise CatalogueError(str(error)) from error


def compute_digest() -> str:
    """Return the SHA-256 of the suite's `requirements.yaml`, in hex."""
    return hashlib.sha256(DEFAULT_PATH.read_bytes()).hexdigest()


def _read_catalogue(file: Path, links: Mapping[str, RuleLinks]) -> Catalogue:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), YAML_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name} is not valid YAML: {error}") from error
    top_level = _parse_entry(file.name, document, {"version", "rules", "gotchas", "quirks"})
    if repr(top_level.values["version"]) != VERSION:
        raise top_level.error("version", f"is {top_level.values['version']!r}, not {VERSION}")

    def parse_rule(name: str, value: object) -> PlatformRule:
        return _parse_rule(name, value, links.get(name, RuleLinks()))

    rules = _parse_records(top_level, "rules", "id", parse_rule)
    gotchas = _parse_records(top_level, "gotchas", "id", _parse_gotcha)
    quirks = _parse_records(top_level, "quirks", "name", _parse_quirk)
    for name, entry in (gotchas | quirks).items():
        _check_rule_ids(name, entry.rules, rules)
    return Catalogue(rules, gotchas, quirks)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A mapping in the file, and the name that error messages use for it."""

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
            raise self.error(key, "is not a string, or is empty")
        return text

    def read_texts(self, key: str) -> tuple[str, ...]:
        texts = [item for item in self.read_list(key) if isinstance(item, str) and item.strip()]
        if len(texts) < len(self.read_list(key)):
            raise self.error(key, "has an item that is not a string, or is empty")
        if len(set(texts)) < len(texts):
            raise self.error(key, "has a duplicate item")
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
    """Parse a list into records by name. In errors, an entry without a name is identified by its position."""
    records: dict[str, Record] = {}
    for position, value in enumerate(top.read_list(key), start=1):
        name = value.get(name_key) if isinstance(value, dict) else None
        if not isinstance(name, str):
            name = f"number {position} of {key}"
        if name in records:
            raise CatalogueError(f"{name}: duplicate {name_key} in {key}")
        records[name] = parse(name, value)
    return records


def _parse_rule(name: str, value: object, links: RuleLinks) -> PlatformRule:
    required = {"id", "level", "basis", "area", "claim", "documented", "operations"}
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
        contracts=links.contracts,
        defects=links.defects,
        home=links.home,
        unchecked_reason=entry.read_text("unchecked") if "unchecked" in entry.values else "",
    )
    _check_consistency(entry, rule)
    return rule


def _check_consistency(entry: _Entry, rule: PlatformRule) -> None:
    """Check that an assumed rule has no assumed parts, and that all other rules name where they are documented."""
    if rule.basis is Basis.RULED and rule.assumed_parts:
        raise entry.error("ruled", "is for stated or shown rules; all of this rule is assumed")
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
            raise CatalogueError(f"{name}: rules contains {rule_id}, which is not a rule")
