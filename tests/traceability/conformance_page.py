"""The conformance page, made from the catalogue and from what was measured: `python -m tests.traceability.conformance_page`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from contracts.spec import rules as catalogue
from contracts.spec.markers import KINDS
from tests.defects import registry
from tests.defects.run_defects import FEW_EXAMPLES, LINK_RUNS
from tests.traceability import rule_references

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
EXEMPTIONS_FILE = ROOT / "tests" / "defects" / "contracts_without_defect.yaml"
MEASURED = ROOT / "docs" / "measured"
MATRIX_HALVES = ("matrix", "schemathesis")
"""What `make matrix` wrote down: of all contracts but those that drive schemathesis, and of these."""
MAX_REASON_LENGTH = 120
RunRecords = list[dict[str, Any]]


def render_page() -> str:
    """The page as it has to stand today."""
    return "\n".join([*_head(), *_defects(), *_black_box(), *_mutants(), *_alarms(), *_rules(), *_matrix(), ""])


def load_measured(name: str) -> Any:
    """What one of the commands wrote down; an empty list where it has not been run."""
    file = MEASURED / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _head() -> Iterable[str]:
    rules, listed = catalogue.load().rules, rule_references.list_contracts()
    kinds = ", ".join(f"{sum(each.kind == kind for each in listed.values())} {kind}" for kind in KINDS)
    yield "# Conformance"
    yield ""
    yield "Which rule is checked by what, and how well the checks check. Made by `make conformance` from the catalogue,"
    yield "the contracts' marks, the defects, and the figures that the commands named below left in `docs/measured/`."
    yield ""
    yield f"{len(rules)} rules, {len(listed)} contracts ({kinds}), {len(registry.all_defects())} defects."


def _defects() -> Iterable[str]:
    runs: RunRecords = load_measured("defects")
    seeds = sorted({kill["seed"] for kill in runs})
    killed = sum(kill["killed"] for kill in runs)
    yield from ("", "## Defects: `make defects`", "")
    yield "Each defect is a deployment of the mock with one rule broken, patched from outside (`tests/defects/`)."
    yield f"With seeds {_join(seeds)},"
    yield f"**{killed} of {len(runs)}** runs ended with a failed contract of a rule that the defect names;"
    yield f"the runs took {sum(kill['seconds'] for kill in runs) / 60:.0f} minutes of the suite's time together."
    survivors = [f"{kill['defect']} (seed {kill['seed']})" for kill in runs if not kill["killed"]]
    if survivors:
        yield f"Survived: {', '.join(survivors)}."


def _black_box() -> Iterable[str]:
    runs: RunRecords = load_measured("blackbox")
    killed_runs = [kill for kill in runs if kill["killed"]]
    observed_runs = [kill for kill in runs if not kill["killed"] and " observation" in " ".join(kill["unseen"])]
    yield from ("", "## A black box: `make black-box`", "")
    yield "A sample of the defects, met as a real deployment is: by its users alone, with patience in place of a clock."
    yield f"**{len(killed_runs)} of {len(runs)}** fall then. {len(observed_runs)} more are seen, and told as observations: what they"
    yield "break is ruled by this project, so off the mock it fails under `--strict` only. The rest is not seen:"
    yield from ("", "| defect | what its rules come to |", "| --- | --- |")
    for kill in runs:
        if not kill["killed"]:
            yield f"| {kill['defect']} | {_table_cell('; '.join(map(_survival_reason, kill['unseen'])))} |"


def _survival_reason(unseen: str) -> str:
    """Why a rule that is broken did not fail: what catches it was not applicable, if nothing else is said."""
    reason = f"{unseen}: what catches it needs arranged data or a clock" if unseen.endswith(" pass") else unseen
    return reason if len(reason) <= MAX_REASON_LENGTH else f"{reason[:MAX_REASON_LENGTH]}…"


def _mutants() -> Iterable[str]:
    summary = load_measured("mutants")
    yield from ("", "## Defects that nobody chose: `make mutants`", "")
    if not summary:
        yield "Not measured yet."
        return
    drawn, killed = summary["drawn"], summary["killed"]
    yield f"Of {summary['places']} places in `mock_server/domain`, `operations` and `api` that can be mutated,"
    yield f"{drawn} were drawn with seed {summary['seed']}: {killed} killed, {summary['open']} open, the rest explained in"
    yield f"`tests/mutants/equivalent.yaml`: {summary['equivalent']} that nobody can tell from the mock,"
    yield f"{summary['outside']} that change only its own pages or its control API, and {summary['words']} that change only"
    yield "words of which no rule speaks. The last count as survivors:"
    yield f"**{summary['score']:.1%}** of what changes the platform is killed (target {summary['target']:.0%}). With"
    yield f"the mock's own pages and control API counted too it is {killed / (drawn - summary['equivalent']):.1%}."


def _alarms() -> Iterable[str]:
    all_runs: RunRecords = load_measured("alarms")
    yield from ("", "## False alarms and times: `make alarms`", "")
    yield "The suite on the mock as it is: whatever it finds there is a false alarm."
    yield from (
        "",
        "| profile | seeds | alarms | rules that pass | requests | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    for profile in ("smoke", "standard", "thorough"):
        runs = [run for run in all_runs if run["profile"] == profile]
        if runs:
            yield (
                f"| {profile} | {len(runs)} | {sum(len(run['alarms']) for run in runs)} | {_format_range(runs, 'passed')} of "
                f"{runs[0]['rules']} | {_format_range(runs, 'requests')} | {_format_range(runs, 'seconds')} |"
            )


def _rules() -> Iterable[str]:
    last: dict[str, str] = next(
        (run["verdicts"] for run in load_measured("alarms") if run["profile"] == "standard"), {}
    )
    places, code = rule_references.places_by_rule(), rule_references.code_by_rule()
    yield from ("", "## Rule by rule", "")
    yield "The last verdict is that of the standard profile, seed 1, on the mock."
    for rule in catalogue.load().rules.values():
        named = places.get(rule.id, [])
        where = ", ".join(named) or ("all operations" if rule.operations == "all" else "—")
        yield from ("", f"### {rule.id}", "", rule.claim, "")
        yield f"- {rule.level}, {rule.basis}; documented: {rule.documented_in}"
        yield f"- `openapi.yaml`: {where}"
        yield f"- code: {', '.join(code.get(rule.id, ())) or '—'}"
        yield f"- contracts: {', '.join(rule.contracts) or rule.unchecked_reason}"
        yield f"- defects: {', '.join(rule.defects) or rule.unchecked_reason}"
        yield f"- last verdict: {last.get(rule.id, 'not run')}"


def load_matrix() -> RunRecords:
    """What every contract said of each defect, from both halves of `make matrix`."""
    first, second = ({kill["defect"]: kill for kill in load_measured(half)} for half in MATRIX_HALVES)
    return [_merge_halves(kill, second.get(name, kill)) for name, kill in first.items()]


def _merge_halves(kill: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = {key: list(dict.fromkeys([*kill[key], *other[key]])) for key in ("by", "broken")}
    return {**kill, **merged, "killed": kill["killed"] or other["killed"]}


def _matrix() -> Iterable[str]:
    kills = load_matrix()
    listed, exemptions = rule_references.list_contracts(), load_exemptions()
    defects_by_contract: dict[str, list[str]] = {contract: [] for contract in listed}
    for kill in kills:
        for contract in kill["by"]:
            defects_by_contract.setdefault(contract, []).append(kill["defect"])
    schemathesis_contracts = {contract for contract, each in listed.items() if each.kind == "schema"}
    seen_count = sum(not schemathesis_contracts.isdisjoint(kill["by"]) for kill in kills)
    seen_by_others = sum(not schemathesis_contracts.issuperset(kill["by"]) for kill in kills)
    tried_count = len(load_measured(MATRIX_HALVES[1]))
    hours = sum(kill["seconds"] for half in MATRIX_HALVES for kill in load_measured(half)) / 3600
    yield from ("", "## Kill matrix: `make matrix`", "")
    yield "Each defect against every contract. As there are so many of them, a law draws"
    yield f"{FEW_EXAMPLES} examples here and the walk is taken {FEW_EXAMPLES} times; schemathesis draws {FEW_EXAMPLES} requests for each operation"
    yield f"and takes {LINK_RUNS} walks along the links. The contracts that drive schemathesis met {tried_count} of"
    yield f"the {len(kills)} defects and see **{seen_count}**; all others together met {len(kills)} and see **{seen_by_others}**."
    yield f"The runs took {hours:.1f} hours of the suite's time together, side by side on two cores."
    yield "How many contracts fail, and the rules that they name:"
    yield from ("", "| defect | what it does | to be caught by | failed contracts | broken rules |", f"|{' --- |' * 5}")
    for kill in kills:
        caught = (", ".join(kill["rules"]), str(len(kill["by"])), ", ".join(kill["broken"]))
        yield f"| {kill['defect']} | {_table_cell(kill['story'])} | {' | '.join(caught)} |"
    yield from ("", "Each contract, and how many defects it fails on:", "")
    yield from ("| contract | defects | such as, or why it stays |", "| --- | --- | --- |")
    for contract, defects in defects_by_contract.items():
        yield f"| {contract} | {len(defects)} | {_table_cell(', '.join(defects[:3]) or exemptions.get(contract, 'none'))} |"


def load_exemptions() -> dict[str, str]:
    """Contracts that no defect needs, and why they stay."""
    return dict(yaml.safe_load(EXEMPTIONS_FILE.read_text(encoding="utf-8")) or {})


def _format_range(runs: RunRecords, key: str) -> str:
    values = sorted(run[key] for run in runs)
    low, high = round(values[0]), round(values[-1])
    return str(low) if low == high else f"{low}–{high}"


def _join(values: Iterable[object]) -> str:
    return " and ".join(map(str, values)) or "none"


def _table_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
