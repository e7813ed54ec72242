"""The rules that the suite checks, from `requirements.yaml`, with the generated links from `trace.json`."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal, TypeVar

import yaml

from contracts.spec import trace
from contracts.spec.catalogue_entry import CatalogueError, Entry, parse_entry, read_choice
from contracts.spec.openapi import YAML_LOADER
from contracts.spec.trace import Home, RuleLinks, TraceError

DEFAULT_PATH = Path(str(resources.files("contracts"))) / "requirements.yaml"
VERSION = "2"
NOT_DOCUMENTED = "not documented"

PART_NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
ID_PATTERN = re.compile(r"([A-Za-z]+)[-_ ]?([0-9]{1,4})")


class Level(StrEnum):
    """How binding a rule is, as in RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Basis(StrEnum):
    """The origin of a part of a rule, from the firmest basis to the weakest.

    A deployment that differs from an assumed part has not failed: the difference is an observation.
    """

    STATED = "stated"
    """The vendor's documentation states the part."""
    SHOWN = "shown"
    """The part appears only in a documented example."""
    RULED = "ruled"
    """The documentation is silent or contradicts itself, and this project decided."""

    @property
    def label(self) -> str:
        """The word that reports and pages use."""
        return "assumed" if self is Basis.RULED else self.value


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
class RulePart:
    """A part of a rule: a claim with its own basis. `id` is like `BASE-05.comma_list`.

    `unchecked_reason` says why no contract checks the part; it is empty if contracts do.
    """

    id: str
    basis: Basis
    claim: str
    contracts: tuple[str, ...] = ()
    unchecked_reason: str = ""


@dataclass(frozen=True, slots=True)
class PlatformRule:
    """One rule of the platform, and where it is checked and implemented.

    `parts` contains at least one part, in the order of `Basis`. `home` is None if the mock's sources do not name an
    implementation.
    """

    id: str
    level: Level
    area: Area
    parts: tuple[RulePart, ...]
    documented_in: str
    operations: tuple[str, ...] | Literal["all"]
    defects: tuple[str, ...]
    home: Home | None = None

    @property
    def basis(self) -> Basis:
        """The firmest basis among the parts."""
        return self.parts[0].basis

    @property
    def claim(self) -> str:
        """The claims of all parts, as one text."""
        return " ".join(part.claim for part in self.parts)

    @property
    def contracts(self) -> tuple[str, ...]:
        """The ids of the contracts that check a part of the rule, without duplicates."""
        return tuple(dict.fromkeys(contract for part in self.parts for contract in part.contracts))

    @property
    def unchecked_reason(self) -> str:
        """Why no contract checks any part of the rule; empty if contracts do."""
        return "" if self.contracts else self.parts[0].unchecked_reason

    @property
    def binds_the_suite(self) -> bool:
        """Whether the rule is about the suite itself, so that no contract needs to check any of its parts."""
        return all(part.unchecked_reason for part in self.parts)

    def applies_to(self, operation_id: str) -> bool:
        """Return whether the rule concerns the operation."""
        return self.operations == "all" or operation_id in self.operations


class Documentation(StrEnum):
    """A generation of the vendor's documentation."""

    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Gotcha:
    """A behaviour of the platform that surprises client developers, and the rules behind it.

    `documentation` lists the generations of the documentation in which it holds.
    """

    id: str
    title: str
    rules: tuple[str, ...]
    documentation: tuple[Documentation, ...]


@dataclass(frozen=True, slots=True)
class Quirk:
    """An option of the mock that enables an alternative documented behaviour, and the rules that it changes."""

    name: str
    effect: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentationDifference:
    """A difference between the generations of the documentation: which of them documents the behaviour of a quirk."""

    quirk: str
    older: bool
    newer: bool

    def enabled_in(self, documentation: Documentation) -> bool:
        """Return whether this generation documents the behaviour of the quirk."""
        return self.older if documentation is Documentation.OLDER else self.newer


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rules and gotchas by id, quirks and documentation differences by the quirk's name, in the file's order."""

    rules: Mapping[str, PlatformRule]
    gotchas: Mapping[str, Gotcha]
    quirks: Mapping[str, Quirk]
    differences: Mapping[str, DocumentationDifference]

    def rule(self, rule_id: str) -> PlatformRule:
        """Return the rule with this id. Raise CatalogueError if there is none."""
        try:
            return self.rules[rule_id]
        except KeyError:
            raise CatalogueError(describe_unknown(rule_id, self.rules)) from None

    def part(self, part_id: str) -> RulePart:
        """Return the part with this id, such as `BASE-05.comma_list`. Raise CatalogueError if there is none."""
        for part in self.rule(part_id.partition(".")[0]).parts:
            if part.id == part_id:
                return part
        raise CatalogueError(f"{part_id} is not in the catalogue")

    def is_assumed(self, rule_id: str, part_ids: Iterable[str]) -> bool:
        """Return whether all of the parts that belong to the rule are assumed."""
        own = [part_id for part_id in part_ids if part_id.partition(".")[0] == rule_id]
        return all(self.part(part_id).basis is Basis.RULED for part_id in own)

    def list_parts(self, rule_ids: Iterable[str], bases: Iterable[Basis] = Basis) -> tuple[str, ...]:
        """Return the ids of the rules' parts with one of the bases."""
        wanted = frozenset(bases)
        return tuple(part.id for rule_id in rule_ids for part in self.rule(rule_id).parts if part.basis in wanted)

    def operation_ids(self) -> frozenset[str]:
        """Return the operationIds that rules name. Rules about all operations do not name any operation."""
        named = (rule.operations for rule in self.rules.values() if rule.operations != "all")
        return frozenset(operation for operations in named for operation in operations)


Record = TypeVar("Record", PlatformRule, Gotcha, Quirk, DocumentationDifference)


def load(path: Path | None = None) -> Catalogue:
    """Return the suite's catalogue. If `path` is given, read that file instead, without links. Raise CatalogueError.

    The suite's own file is read once in a process.
    """
    if path is not None and path != DEFAULT_PATH:
        return _read_catalogue(path, {})
    return _load_own(is_linked=path is None)


@cache
def _load_own(*, is_linked: bool) -> Catalogue:
    try:
        return _read_catalogue(DEFAULT_PATH, trace.load() if is_linked else {})
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
    top_level = parse_entry(file.name, document, {"version", "rules", "gotchas", "quirks", "documentation"})
    if repr(top_level.values["version"]) != VERSION:
        raise top_level.error("version", f"is {top_level.values['version']!r}, not {VERSION}")

    def parse_rule(name: str, value: object) -> PlatformRule:
        return _parse_rule(name, value, links.get(name, RuleLinks()))

    rules = _parse_records(top_level, "rules", "id", parse_rule)
    gotchas = _parse_records(top_level, "gotchas", "id", _parse_gotcha)
    quirks = _parse_records(top_level, "quirks", "name", _parse_quirk)
    for name, entry in (gotchas | quirks).items():
        _check_rule_ids(name, entry.rules, rules)
    differences = _parse_records(top_level, "documentation", "quirk", _parse_difference)
    for name in differences:
        if name not in quirks:
            raise top_level.error("documentation", f"names {name}, which is not a quirk")
    return Catalogue(rules, gotchas, quirks, differences)


def _parse_records(top: Entry, key: str, name_key: str, parse: Callable[[str, object], Record]) -> dict[str, Record]:
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
    required = {"id", "level", "area", "documented", "operations"}
    entry = parse_entry(name, value, required, frozenset({*Basis, "unchecked"}))
    rule_id = entry.read_id()
    rule = PlatformRule(
        id=rule_id,
        level=read_choice(entry, "level", Level),
        area=read_choice(entry, "area", Area),
        parts=_parse_parts(entry, rule_id, links),
        documented_in=entry.read_text("documented"),
        operations="all" if entry.values["operations"] == "all" else entry.read_nonempty_texts("operations"),
        defects=links.defects,
        home=links.home,
    )
    if (rule.basis is Basis.RULED) != (rule.documented_in == NOT_DOCUMENTED):
        raise entry.error("documented", f"is {rule.documented_in!r}, which contradicts the basis {rule.basis}")
    return rule


def _parse_parts(rule: Entry, rule_id: str, links: RuleLinks) -> tuple[RulePart, ...]:
    """Parse the parts of a rule. Check that there is at least one part, and that their names are distinct."""
    parts: dict[str, RulePart] = {}
    reasons = rule.read_mapping("unchecked")
    for basis in Basis:
        if basis not in rule.values:
            continue
        claims = rule.read_mapping(basis)
        for name in claims.values:
            if not isinstance(name, str) or not PART_NAME_PATTERN.fullmatch(name):
                raise rule.error(
                    basis, f"contains the part {name!r}, whose name is not of the form {PART_NAME_PATTERN.pattern}"
                )
            if name in parts:
                raise rule.error(basis, f"contains the part {name}, which is also under {parts[name].basis}")
            reason = reasons.read_text(name) if name in reasons.values else ""
            contracts = links.contracts.get(name, ())
            parts[name] = RulePart(f"{rule_id}.{name}", basis, claims.read_text(name), contracts, reason)
    if not parts:
        raise rule.error("ruled", "must be present, because stated and shown are missing too")
    for name in reasons.values:
        if name not in parts:
            raise rule.error("unchecked", f"names {name}, which is not a part of the rule")
    return tuple(parts.values())


def _parse_gotcha(name: str, value: object) -> Gotcha:
    entry = parse_entry(name, value, {"id", "title", "rules"}, frozenset({"documentation"}))
    generations = tuple(Documentation)
    if "documentation" in entry.values:
        generations = (read_choice(entry, "documentation", Documentation),)
    return Gotcha(entry.read_id(), entry.read_text("title"), entry.read_nonempty_texts("rules"), generations)


def _parse_quirk(name: str, value: object) -> Quirk:
    entry = parse_entry(name, value, {"name", "effect", "rules"})
    return Quirk(entry.read_text("name"), entry.read_text("effect"), entry.read_nonempty_texts("rules"))


def _parse_difference(name: str, value: object) -> DocumentationDifference:
    entry = parse_entry(name, value, {"quirk", "older", "newer"})
    older, newer = entry.values["older"], entry.values["newer"]
    if not isinstance(older, bool) or not isinstance(newer, bool) or older is newer:
        raise entry.error("newer", "must be true if older is false, and false if older is true")
    return DocumentationDifference(entry.read_text("quirk"), older, newer)


def _check_rule_ids(name: str, rule_ids: tuple[str, ...], rules: Mapping[str, PlatformRule]) -> None:
    for rule_id in rule_ids:
        if rule_id not in rules:
            raise CatalogueError(f"{name}: rules contains {rule_id}, which is not a rule")


def describe_unknown(sought: str, known: Iterable[str]) -> str:
    """Return the message for an id that no rule or gotcha has. It names the one with the same letters and number."""
    written = ID_PATTERN.fullmatch(sought)
    nearest = f"{written[1].upper()}-{int(written[2]):02}" if written else ""
    return f"{sought} is not in the catalogue{f'; did you mean {nearest}?' if nearest in known else ''}"
