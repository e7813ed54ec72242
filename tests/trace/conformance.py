"""The conformance page, made from the catalogue and from what was measured: `python -m tests.trace.conformance`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from contracts.spec import rules as catalogue
from contracts.spec.markers import KINDS
from tests.defects import registry
from tests.defects.run import FEW, MORE
from tests.trace import evidence

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
KEPT = ROOT / "tests" / "defects" / "kept.yaml"
MEASURED = ROOT / "docs" / "measured"
HALVES = ("matrix", "schemathesis")
"""What `make matrix` wrote down: of all contracts but those that drive schemathesis, and of these."""
MOST_TOLD = 120
Found = list[dict[str, Any]]


def page() -> str:
    """The page as it has to stand today."""
    return "\n".join([*_head(), *_defects(), *_black_box(), *_mutants(), *_alarms(), *_rules(), *_matrix(), ""])


def measured(name: str) -> Any:
    """What one of the commands wrote down; an empty list where it has not been run."""
    file = MEASURED / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _head() -> Iterable[str]:
    rules, listed = catalogue.load().rules, evidence.contracts()
    kinds = ", ".join(f"{sum(each.kind == kind for each in listed.values())} {kind}" for kind in KINDS)
    yield "# Conformance"
    yield ""
    yield "Which rule is checked by what, and how well the checks check. Made by `make conformance` from the catalogue,"
    yield "the contracts' marks, the defects, and the figures that the commands named below left in `docs/measured/`."
    yield ""
    yield f"{len(rules)} rules, {len(listed)} contracts ({kinds}), {len(registry.every())} defects."


def _defects() -> Iterable[str]:
    found: Found = measured("defects")
    seeds = sorted({kill["seed"] for kill in found})
    killed = sum(kill["killed"] for kill in found)
    yield from ("", "## Defects: `make defects`", "")
    yield "Each defect is a deployment of the mock with one rule broken, patched from outside (`tests/defects/`)."
    yield f"With seeds {_and(seeds)},"
    yield f"**{killed} of {len(found)}** runs ended with a failed contract of a rule that the defect names;"
    yield f"the runs took {sum(kill['seconds'] for kill in found) / 60:.0f} minutes of the suite's time together."
    survivors = [f"{kill['defect']} (seed {kill['seed']})" for kill in found if not kill["killed"]]
    if survivors:
        yield f"Survived: {', '.join(survivors)}."


def _black_box() -> Iterable[str]:
    found: Found = measured("blackbox")
    fell = [kill for kill in found if kill["killed"]]
    told = [kill for kill in found if not kill["killed"] and " observation" in " ".join(kill["unseen"])]
    yield from ("", "## A black box: `make black-box`", "")
    yield "A sample of the defects, met as a real deployment is: by its users alone, with patience in place of a clock."
    yield f"**{len(fell)} of {len(found)}** fall then. {len(told)} more are seen, and told as observations: what they"
    yield "break is ruled by this project, so off the mock it fails under `--strict` only. The rest is not seen:"
    yield from ("", "| defect | what its rules come to |", "| --- | --- |")
    for kill in found:
        if not kill["killed"]:
            yield f"| {kill['defect']} | {_cell('; '.join(map(_why, kill['unseen'])))} |"


def _why(unseen: str) -> str:
    """Why a rule that is broken did not fail: what catches it was not applicable, if nothing else is said."""
    told = f"{unseen}: what catches it needs arranged data or a clock" if unseen.endswith(" pass") else unseen
    return told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"


def _mutants() -> Iterable[str]:
    found = measured("mutants")
    yield from ("", "## Defects that nobody chose: `make mutants`", "")
    if not found:
        yield "Not measured yet."
        return
    drawn, killed = found["drawn"], found["killed"]
    yield f"Of {found['places']} places in `mock_server/domain`, `operations` and `api` that can be mutated,"
    yield f"{drawn} were drawn with seed {found['seed']}: {killed} killed, {found['open']} open, the rest explained in"
    yield f"`tests/mutants/equivalent.yaml`: {found['equivalent']} that nobody can tell from the mock,"
    yield f"{found['outside']} that change only its own pages or its control API, and {found['words']} that change only"
    yield "words of which no rule speaks. The last count as survivors:"
    yield f"**{found['score']:.1%}** of what changes the platform is killed (target {found['target']:.0%}). With"
    yield f"the mock's own pages and control API counted too it is {killed / (drawn - found['equivalent']):.1%}."


def _alarms() -> Iterable[str]:
    found: Found = measured("alarms")
    yield from ("", "## False alarms and times: `make alarms`", "")
    yield "The suite on the mock as it is: whatever it finds there is a false alarm."
    yield from (
        "",
        "| profile | seeds | alarms | rules that pass | requests | seconds |",
        "| --- | --- | --- | --- | --- | --- |",
    )
    for profile in ("smoke", "standard", "thorough"):
        runs = [run for run in found if run["profile"] == profile]
        if runs:
            yield (
                f"| {profile} | {len(runs)} | {sum(len(run['alarms']) for run in runs)} | {_span(runs, 'passed')} of "
                f"{runs[0]['rules']} | {_span(runs, 'requests')} | {_span(runs, 'seconds')} |"
            )


def _rules() -> Iterable[str]:
    last: dict[str, str] = next((run["verdicts"] for run in measured("alarms") if run["profile"] == "standard"), {})
    places, code = evidence.places_by_rule(), evidence.code_by_rule()
    yield from ("", "## Rule by rule", "")
    yield "The last verdict is that of the standard profile, seed 1, on the mock."
    for rule in catalogue.load().rules.values():
        named = places.get(rule.id, [])
        where = ", ".join(named) or ("all operations" if rule.operations == "all" else "—")
        yield from ("", f"### {rule.id}", "", rule.claim, "")
        yield f"- {rule.level}, {rule.basis}; documented: {rule.documented}"
        yield f"- `openapi.yaml`: {where}"
        yield f"- code: {', '.join(code.get(rule.id, ())) or '—'}"
        yield f"- contracts: {', '.join(rule.contracts) or rule.unchecked}"
        yield f"- defects: {', '.join(rule.defects) or rule.unchecked}"
        yield f"- last verdict: {last.get(rule.id, 'not run')}"


def matrix() -> Found:
    """What every contract said of each defect, from both halves of `make matrix`."""
    first, second = ({kill["defect"]: kill for kill in measured(half)} for half in HALVES)
    return [_both(kill, second.get(name, kill)) for name, kill in first.items()]


def _both(kill: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    seen = {key: list(dict.fromkeys([*kill[key], *other[key]])) for key in ("by", "broken")}
    return {**kill, **seen, "killed": kill["killed"] or other["killed"]}


def _matrix() -> Iterable[str]:
    found = matrix()
    listed, kept = evidence.contracts(), why_kept()
    killing: dict[str, list[str]] = {contract: [] for contract in listed}
    for kill in found:
        for contract in kill["by"]:
            killing.setdefault(contract, []).append(kill["defect"])
    driving = {contract for contract, each in listed.items() if each.kind == "schema"}
    seen = sum(not driving.isdisjoint(kill["by"]) for kill in found)
    others = sum(not driving.issuperset(kill["by"]) for kill in found)
    met = len(measured(HALVES[1]))
    hours = sum(kill["seconds"] for half in HALVES for kill in measured(half)) / 3600
    yield from ("", "## Kill matrix: `make matrix`", "")
    yield "Each defect against every contract. As there are so many of them, a law draws"
    yield f"{FEW} examples here and the walk is taken {FEW} times; schemathesis draws {FEW} requests for each operation"
    yield f"and takes {MORE} walks along the links. The contracts that drive schemathesis met {met} of"
    yield f"the {len(found)} defects and see **{seen}**; all others together met {len(found)} and see **{others}**."
    yield f"The runs took {hours:.1f} hours of the suite's time together, side by side on two cores."
    yield "How many contracts fail, and the rules that they name:"
    yield from ("", "| defect | what it does | to be caught by | failed contracts | broken rules |", f"|{' --- |' * 5}")
    for kill in found:
        caught = (", ".join(kill["rules"]), str(len(kill["by"])), ", ".join(kill["broken"]))
        yield f"| {kill['defect']} | {_cell(kill['story'])} | {' | '.join(caught)} |"
    yield from ("", "Each contract, and how many defects it fails on:", "")
    yield from ("| contract | defects | such as, or why it stays |", "| --- | --- | --- |")
    for contract, defects in killing.items():
        yield f"| {contract} | {len(defects)} | {_cell(', '.join(defects[:3]) or kept.get(contract, 'none'))} |"


def why_kept() -> dict[str, str]:
    """Contracts that no defect needs, and why they stay."""
    return dict(yaml.safe_load(KEPT.read_text(encoding="utf-8")) or {})


def _span(runs: Found, key: str) -> str:
    values = sorted(run[key] for run in runs)
    low, high = round(values[0]), round(values[-1])
    return str(low) if low == high else f"{low}–{high}"


def _and(values: Iterable[object]) -> str:
    return " and ".join(map(str, values)) or "none"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
