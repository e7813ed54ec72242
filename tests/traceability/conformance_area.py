"""Render the conformance page of one area of rules, with the details behind `docs/conformance.md`."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from contracts.spec import rules as catalogue
from contracts.spec.rules import Area, PlatformRule, RulePart
from contracts.spec.trace import Home
from tests.defects import registry
from tests.defects.registry import Defect
from tests.traceability import kill_matrix, rule_references
from tests.traceability.kill_matrix import MatrixRow
from tests.traceability.rule_references import ListedContract

PAGE_WIDTH = 120
MAX_EXAMPLES = 3
"""The number of defects shown for each contract."""


@dataclass(frozen=True)
class AreaSummary:
    """The rules of an area, and the contracts and defects whose first rule is in the area."""

    area: Area
    rules: tuple[PlatformRule, ...]
    contracts: tuple[ListedContract, ...]
    defects: tuple[Defect, ...]
    detected: int
    """The number of these defects that are detected in the kill matrix."""


class AreaPages:
    """Renders the pages of all areas from the same data."""

    def __init__(self, verdicts: dict[str, str]) -> None:
        """Keep the verdict of each rule in the last run on the mock."""
        self._verdicts = verdicts
        self._rules = catalogue.load().rules
        self._contracts = rule_references.list_contracts()
        self._rows = kill_matrix.load_rows()

    @cached_property
    def summaries(self) -> list[AreaSummary]:
        """The summary of each area, in the order of the catalogue."""
        return [self._summarize(area) for area in Area]

    def render(self, summary: AreaSummary) -> str:
        """Return the page of an area."""
        return "\n".join(
            [*_head(summary), *self._rule_lines(summary), *self._matrix(summary), *self._used(summary), ""]
        )

    def _summarize(self, area: Area) -> AreaSummary:
        ids = {rule.id for rule in self._rules.values() if rule.area is area}
        killed = {row.defect.name for row in self._rows if row.run.killed}
        defects = tuple(each for each in registry.all_defects().values() if each.rules[0] in ids)
        return AreaSummary(
            area,
            tuple(self._rules[rule_id] for rule_id in self._rules if rule_id in ids),
            tuple(each for each in self._contracts.values() if each.rules[0] in ids),
            defects,
            sum(each.name in killed for each in defects),
        )

    def _rule_lines(self, summary: AreaSummary) -> Iterable[str]:
        places, code = rule_references.places_by_rule(), rule_references.code_by_rule()
        for rule in summary.rules:
            operations = "all" if rule.operations == "all" else ", ".join(rule.operations)
            yield from (f"## {rule.id}", "")
            yield f"{rule.level}, {rule.basis.label}. Documented: {rule.documented_in}."
            yield ""
            yield from (_format_part(part) for part in rule.parts)
            yield ""
            yield f"- Operations: {operations}."
            yield f"- In `openapi.yaml`: {', '.join(places.get(rule.id, ())) or 'not cited'}."
            yield f"- Implemented in: {_link_home(rule.home)}."
            yield f"- Cited in: {', '.join(map(_link_file, code.get(rule.id, ()))) or 'no file of the mock'}."
            yield f"- Defects: {', '.join(rule.defects) or rule.unchecked_reason.removesuffix('.')}."
            yield from (f"- Last verdict: {self._verdicts.get(rule.id, 'not run')}.", "")

    def _matrix(self, summary: AreaSummary) -> Iterable[str]:
        names = {defect.name for defect in summary.defects}
        yield from ("## Defects", "")
        yield from paragraph("The defects whose first rule is in this area, and the result of all contracts on each.")
        yield from ("| defect | what it does | breaks | failed contracts | failed rules |", f"|{' --- |' * 5}")
        yield from (_matrix_line(row) for row in self._rows if row.defect.name in names)

    def _used(self, summary: AreaSummary) -> Iterable[str]:
        detected, exemptions = kill_matrix.defects_by_contract(self._rows), kill_matrix.load_exemptions()
        yield from ("", "## Contracts", "")
        yield from paragraph(
            "The contracts whose first rule is in this area, and the number of defects that each detects."
        )
        yield from ("| contract | defects | defects, for example, or why the contract stays |", "| --- | --- | --- |")
        for contract in summary.contracts:
            names = detected.get(contract.id, [])
            examples = ", ".join(names[:MAX_EXAMPLES]) or exemptions.get(contract.id, "none")
            yield f"| {contract.id} | {len(names)} | {table_cell(examples)} |"


def _format_part(part: RulePart) -> str:
    checked_by = ", ".join(part.contracts) or part.unchecked_reason
    return f"- `{part.id}` ({part.basis.label}): {part.claim} Checked by: {checked_by.removesuffix('.')}."


def paragraph(*parts: str) -> list[str]:
    """Return the lines of a wrapped paragraph, and an empty line after it."""
    text = " ".join(part for part in parts if part)
    return [*textwrap.wrap(text, PAGE_WIDTH, break_long_words=False, break_on_hyphens=False), ""]


def table_cell(text: str) -> str:
    """Return the text as one line, with the column separator escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def _head(summary: AreaSummary) -> Iterable[str]:
    yield from (f"# Conformance: {summary.area}", "")
    yield from paragraph(
        "Generated by `make conformance`. The [summary](../conformance.md) covers all areas. The last verdict of a",
        "rule is from the standard profile, seed 1, on the mock.",
    )


def _matrix_line(row: MatrixRow) -> str:
    numbers = (", ".join(row.defect.rules), str(len(row.run.failed_contracts)), ", ".join(row.run.broken_rules))
    return f"| {row.defect.name} | {table_cell(row.defect.story)} | {' | '.join(numbers)} |"


def _link_home(home: Home | None) -> str:
    if home is None:
        return "not recorded"
    return f"{_link_file(home.file)}, `{home.name}`" if home.name else _link_file(home.file)


def _link_file(file: str) -> str:
    return f"[{file.removeprefix('mock_server/')}](../../{file})"
