"""Render the conformance pages from the rules and measured results: `python -m tests.traceability.conformance_page`."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

from contracts.spec.markers import KINDS
from mock_server.state.documentation import GENERATIONS
from tests import measured
from tests.defects import false_alarms, registry, saved_results
from tests.defects.run_defects import FEW_EXAMPLES, LINK_RUNS
from tests.defects.saved_results import RunKind
from tests.measured import Row
from tests.mutants import run_mutants
from tests.mutants.draw import MUTATED_PACKAGES
from tests.traceability import conformance_black_box, kill_matrix, rule_references
from tests.traceability.conformance_area import AreaPages, AreaSummary, paragraph, table_cell
from tests.variants import run_variants
from tests.variants.run_variants import VariantRun

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "conformance.md"
AREA_FOLDER = DOCS / "conformance"
KIND_NAMES = {"example": "examples", "law": "properties", "machine": "stateful test", "schema": "schemathesis runs"}


def render_pages() -> dict[Path, str]:
    """Return the text of each page: the summary, and one page for each area of rules."""
    runs = measured.read_rows(false_alarms.FILE)
    areas = AreaPages(_last_verdicts(runs))
    sections = [
        *_head(areas.summaries),
        *_defects(),
        *_matrix(),
        *conformance_black_box.render_section(),
        *_mutants(measured.read_rows(run_mutants.RESULTS_FILE)),
        *_alarms(runs),
        *_variants(measured.read_rows(run_variants.FILE)),
        "",
    ]
    pages = {AREA_FOLDER / f"{summary.area}.md": areas.render(summary) for summary in areas.summaries}
    return {PAGE: "\n".join(sections), **pages}


def write_pages() -> None:
    """Write all pages, and delete pages of areas that no longer exist."""
    AREA_FOLDER.mkdir(exist_ok=True)
    pages = render_pages()
    for file in set(AREA_FOLDER.glob("*.md")) - pages.keys():
        file.unlink()
    for file, text in pages.items():
        file.write_text(text, encoding="utf-8")


def _last_verdicts(runs: list[Row]) -> dict[str, str]:
    verdicts: dict[str, list[str]] = next((run["verdicts"] for run in runs if run["profile"] == "standard"), {})
    return {rule_id: verdict for verdict, rule_ids in verdicts.items() for rule_id in rule_ids}


def _head(summaries: list[AreaSummary]) -> Iterable[str]:
    contracts = rule_references.list_contracts().values()
    kinds = ", ".join(f"{sum(each.kind == kind for each in contracts)} {KIND_NAMES[kind]}" for kind in KINDS)
    yield from ("# Conformance", "")
    yield from paragraph(
        "This page shows which rules the contract suite checks, and how well it detects a deployment that breaks one.",
        "`make conformance` generates this page from the rules, the contracts, the defects and the results in",
        "`docs/measured/`.",
    )
    yield from paragraph(
        f"{sum(len(each.rules) for each in summaries)} rules, {len(contracts)} contracts ({kinds}),",
        f"{len(registry.all_defects())} defects. A defect is a deployment of the mock with one rule broken, patched",
        "from outside (`tests/defects/`). It is detected if a contract of a rule that it breaks fails.",
    )
    yield from paragraph(
        "The page of each area has the rules one by one: their sources, code, contracts, defects and last verdict.",
        "A contract or a defect counts in the area of its first rule.",
    )
    yield from ("| area | rules | contracts | defects | detected |", f"|{' --- |' * 5}")
    for each in summaries:
        link = f"[{each.area}](conformance/{each.area}.md)"
        yield f"| {link} | {len(each.rules)} | {len(each.contracts)} | {len(each.defects)} | {each.detected} |"


def _defects() -> Iterable[str]:
    runs = saved_results.load(RunKind.NAMED_RULES)
    seeds = " and ".join(str(seed) for seed in sorted({run.seed for run in runs}))
    survivors = [f"{run.defect} (seed {run.seed})" for run in runs if not run.killed]
    yield from ("", "## Defects: `make defects`", "")
    yield from paragraph(
        f"Each defect ran against the contracts of the rules that it names, with seeds {seeds}.",
        f"**{len(runs) - len(survivors)} of {len(runs)}** runs detected the defect. The runs took",
        f"{sum(run.seconds for run in runs) / 60:.0f} minutes in total.",
        f"Not detected: {', '.join(survivors)}." if survivors else "",
    )


def _matrix() -> Iterable[str]:
    rows, contracts = kill_matrix.load_rows(), rule_references.list_contracts()
    schema_contracts = {contract for contract, each in contracts.items() if each.kind == "schema"}
    by_schemathesis = sum(not schema_contracts.isdisjoint(row.run.failed_contracts) for row in rows)
    by_others = sum(not schema_contracts.issuperset(row.run.failed_contracts) for row in rows)
    yield from ("## Kill matrix: `make matrix`", "")
    yield from paragraph(
        f"Every contract ran against every defect, {len(rows)} in all, except contracts that run no code that the",
        "defect replaces, which cannot detect it. To limit the time, each property and the stateful test ran",
        f"{FEW_EXAMPLES} examples, and schemathesis {FEW_EXAMPLES} requests for each operation and",
        f"{LINK_RUNS} link sequences. The contracts that use schemathesis detect **{by_schemathesis}** defects, all",
        f"other contracts together **{by_others}**.",
        f"The runs took {sum(row.run.seconds for row in rows) / 3600:.1f} hours in total.",
    )
    yield from paragraph("These contracts detect no defect, neither in the matrix nor in a black box:")
    yield from ("| contract | why the contract stays |", "| --- | --- |")
    used = kill_matrix.defects_by_contract(rows)
    for contract, reason in kill_matrix.load_exemptions().items():
        if contract not in used:
            yield f"| {contract} | {table_cell(reason)} |"


def _mutants(rows: list[Row]) -> Iterable[str]:
    yield from ("## Random mutants: `make mutants`", "")
    if not rows:
        yield from paragraph("Not measured yet.")
        return
    summary, *_ = rows
    counted = summary["drawn"] - summary["equivalent"]
    yield from paragraph(
        f"Mutants are random changes of the code in `mock_server/` ({', '.join(MUTATED_PACKAGES)}).",
        f"Of {summary['places']} possible mutants, {summary['drawn']} were drawn with seed {summary['seed']}.",
        f"The suite detects {summary['killed']} of them, and {summary['open']} are unexplained.",
        "`tests/mutants/equivalent.yaml` explains the others:",
        f"{summary['equivalent']} do not change the behaviour,",
        f"{summary['outside']} change only the mock's own pages or its control API,",
        f"and {summary['words']} change only message texts, which no rule covers. These count as not detected. So",
        f"the suite detects **{summary['score']:.1%}** of the mutants that change the platform's behaviour",
        f"(target {summary['target']:.0%}), and {summary['killed'] / counted:.1%} if the mock's own pages and control",
        "API are counted too.",
    )


def _alarms(all_runs: list[Row]) -> Iterable[str]:
    yield from ("## False alarms and times: `make alarms`", "")
    yield from paragraph("The suite ran on the mock without a defect, where anything that it reports is a false alarm.")
    columns = ("profile", "documentation", "seeds", "false alarms", "rules that pass", "requests", "seconds")
    yield from (f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}")
    for profile, documentation in product(false_alarms.SEEDS, GENERATIONS):
        runs = [run for run in all_runs if (run["profile"], run["documentation"]) == (profile, documentation)]
        if runs:
            passed = f"{_format_range(runs, 'passed')} of {runs[0]['rules']}"
            alarms = sum(len(run["alarms"]) for run in runs)
            times = f"{_format_range(runs, 'requests')} | {_format_range(runs, 'seconds')}"
            yield f"| {profile} | {documentation} | {len(runs)} | {alarms} | {passed} | {times} |"


def _variants(rows: list[Row]) -> Iterable[str]:
    row_by_key = {(row["variant"], row["seed"]): row for row in rows}
    runs_by_group: dict[str, list[tuple[VariantRun, Row | None]]] = {}
    for run in run_variants.list_runs(run_variants.SEED):
        row = row_by_key.get(run.key)
        is_current = row is not None and row["parts"] == run.parts
        runs_by_group.setdefault(run.group, []).append((run, row if is_current else None))
    yield from ("", "## Variants: `make variants`", "")
    yield from paragraph(
        "A variant is a deployment that differs from the mock only in assumed parts of rules. The suite ran without",
        "the control API. It must call no rule broken, blocked or an error: each is a false alarm. Each variant ran",
        "alone with the profile smoke; all together and random mixtures ran with the profile standard. The last column",
        "counts the runs that report an observation on a rule of one of their parts.",
    )
    columns = ("variants", "profile", "runs", "not run yet", "without false alarm", "observed on their rules")
    yield from (f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}")
    for group, runs in runs_by_group.items():
        done = [(run, row) for run, row in runs if row is not None]
        fair = sum(run_variants.is_fair(row) for _, row in done)
        seen = sum(not run.rules.isdisjoint(row["observations"]) for run, row in done)
        counts = f"{len(done)} | {len(runs) - len(done)} | {fair} | {seen}"
        yield f"| {group} | {runs[0][0].profile} | {counts} |"
    yield from _unfair_variants(row for runs in runs_by_group.values() for _, row in runs if row is not None)


def _unfair_variants(rows: Iterable[Row]) -> Iterable[str]:
    """Yield a table of the rules with false alarms, if there are any."""
    unfair = [row for row in rows if not run_variants.is_fair(row)]
    if unfair:
        yield from ("", "| run with false alarms | broken | blocked | errors |", f"|{' --- |' * 4}")
    for row in unfair:
        rules = " | ".join(", ".join(row[name]) or "none" for name in ("broken", "blocked", "errors"))
        yield f"| {row['variant']} | {rules} |"


def _format_range(runs: list[Row], key: str) -> str:
    values = sorted(run[key] for run in runs)
    low, high = round(values[0]), round(values[-1])
    return str(low) if low == high else f"{low}–{high}"


if __name__ == "__main__":
    write_pages()
