"""Which contracts catch which defects: `python -m tests.defects.run_defects [--matrix] [--seed N]… [--only NAME]…`.

The matrix takes every contract on every defect, in two halves, as their forks need other things at hand: first all but
those that drive schemathesis, which meet only the defects that were made for them, at full strength and on a server;
then these on every defect (`--schemathesis`).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from contracts.plugin import MAX_EXAMPLES
from tests.defects import forked_suite, registry
from tests.defects.registry import Defect

NEEDS_SOCKET = ("schema", "from_mutants")
"""The defects that only a server shows: to schemathesis, or to a client that goes away."""
KINDS = ["example", "law", "machine"]
"""What the matrix's first half takes of each defect."""
FEW_EXAMPLES = 5
"""How many examples a law draws, and how many walks are taken, for the matrix: every contract meets every defect."""
LINK_RUNS = 20
"""How many walks schemathesis takes for the matrix."""
BLACK_BOX_OPTIONS = ["--control", "none", "--partner", "partner-id-acme", "--admin-user", "admin@platform.example"]
BLACK_BOX_OPTIONS += ["--second-user", "agency@acme.example", "--second-partner", "partner-id-beta"]
BLACK_BOX_OPTIONS += ["--patience", "evaluation=4", "--patience", "build=8"]
"""Met as a real deployment is: by its users alone, and with patience in place of a clock."""


@dataclass(frozen=True)
class DefectResult:
    """What one run of the suite said of one defect. `broken` are the rules that failed, `by` the contracts that did."""

    defect: Defect
    seed: int
    broken_rules: tuple[str, ...]
    failed_contracts: tuple[str, ...]
    other_outcomes: tuple[str, ...]
    seconds: float
    missed_rules: tuple[str, ...] = ()
    """What stood in the way of the named rules, where they did not fail."""

    @property
    def killed(self) -> bool:
        """Whether a contract of a named rule failed."""
        return not set(self.broken_rules).isdisjoint(self.defect.rules)


def try_defect(defect: Defect, seed: int, options: Sequence[str] = (), *, socket: bool = True) -> DefectResult:
    """One defect against the suite, or a part of it: as a server, or without a socket, which is quicker."""
    suite_options = ["--seed", str(seed), *options]
    if socket:
        with forked_suite.running_deployment(defect.name) as origin:
            result = forked_suite.run_suite(f"{origin}/api/v3", suite_options)
    else:
        result = forked_suite.run_suite(forked_suite.UNUSED_BASE_URL, suite_options, defect.name)
    broken_rules = tuple(rule["id"] for rule in result["rules"] if rule["verdict"] == "fail")
    failed = [outcome for outcome in result["outcomes"] if outcome["verdict"] == "fail"]
    failed_contracts = tuple(dict.fromkeys(outcome["contract"] for outcome in failed))
    inconclusive = [
        outcome for outcome in result["outcomes"] if outcome["verdict"] in ("error", "blocked", "inconclusive")
    ]
    other_outcomes = tuple(
        f"{outcome['verdict']}: {outcome['contract']}: {outcome['reason']}" for outcome in inconclusive
    )
    missed = [rule for rule in result["rules"] if rule["id"] in defect.rules and rule["verdict"] != "fail"]
    missed_rules = tuple(
        f"{rule['id']} {rule['verdict']}" + (f": {rule['reason']}" * bool(rule["reason"])) for rule in missed
    )
    return DefectResult(
        defect, seed, broken_rules, failed_contracts, other_outcomes, result["run"]["seconds"], missed_rules
    )


def named_rule_options(defect: Defect) -> list[str]:
    """The options for the contracts of the rules that must catch a defect, until the first of them does."""
    return ["--fail-fast", *(word for rule_id in defect.rules for word in ("--rule", rule_id))]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each defect and seed; exit 1 where one survives, or the suite broke."""
    arguments = _arguments(argv)
    defects = [
        defect
        for defect in registry.all_defects().values()
        if not arguments.only or {defect.name, defect.area}.intersection(arguments.only)
    ]
    if arguments.sample:
        defects = defects[:: max(1, round(len(defects) / arguments.sample))]
    rounds = [(defect, seed) for seed in arguments.seed or [1, 2] for defect in defects]
    results: list[DefectResult] = []
    _warm_up(arguments)
    with ProcessPoolExecutor(arguments.jobs, mp_context=forked_suite.FORK) as pool:
        for defect_result in pool.map(partial(_run_one, arguments), rounds):
            results.append(defect_result)
            print(
                _format_schemathesis_line(defect_result) if arguments.schemathesis else _format_line(defect_result),
                flush=True,
            )
            if arguments.json and (len(results) % 25 == 0 or len(results) == len(rounds)):
                save_results(arguments.json, results)
    return _report_detected(results) if arguments.schemathesis else _report_survivors(results)


def _warm_up(arguments: argparse.Namespace) -> None:
    if arguments.matrix:
        forked_suite.warm_up(FEW_EXAMPLES, FEW_EXAMPLES, shrink=False)
        forked_suite.run_once_without_defect(KINDS)
    else:
        forked_suite.warm_up(MAX_EXAMPLES["standard"])
    if arguments.schemathesis:
        forked_suite.set_draw_counts(FEW_EXAMPLES, LINK_RUNS)
        forked_suite.run_once_without_defect(["schema"])


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matrix", action="store_true", help="all contracts but those that drive schemathesis")
    parser.add_argument("--schemathesis", action="store_true", help="the matrix of those that do")
    parser.add_argument("--black-box", action="store_true", help="without the control API, as a real deployment is met")
    parser.add_argument("--sample", type=int, metavar="N", help="only about N of them, spread evenly")
    parser.add_argument("--seed", action="append", type=int, default=[], help="default: 1 and 2")
    parser.add_argument("--only", action="append", default=[], help="only this defect, or those of this area")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write what was found into this file, beside what it has")
    parser.add_argument("options", nargs="*", help="after --: further options of `contracts run`")
    return parser.parse_args(argv)


def _report_survivors(results: Sequence[DefectResult]) -> int:
    survivors = [kill for kill in results if not kill.killed]
    print(f"{len(results) - len(survivors)} of {len(results)} killed by a contract of a named rule")
    return 1 if survivors else 0


def _report_detected(results: Sequence[DefectResult]) -> int:
    """What schemathesis is blind to is no fault of a run; that the suite breaks is."""
    broke = [kill for kill in results if any(outcome.startswith("error") for outcome in kill.other_outcomes)]
    seen = sum(bool(kill.failed_contracts) for kill in results)
    print(f"{seen} of {len(results)} seen; the suite broke on {len(broke)}")
    return 1 if broke else 0


def _run_one(arguments: argparse.Namespace, pair: tuple[Defect, int]) -> DefectResult:
    defect, seed = pair
    if arguments.schemathesis:
        return try_defect(defect, seed, ["--kind", "schema", *arguments.options], socket=False)
    if arguments.matrix:
        kinds = [*KINDS, "schema"] if defect.area == "schema" else KINDS
        kind_options = [word for kind in kinds for word in ("--kind", kind)]
        return try_defect(defect, seed, [*kind_options, *arguments.options], socket=defect.area in NEEDS_SOCKET)
    black_box = BLACK_BOX_OPTIONS if arguments.black_box else []
    return try_defect(defect, seed, [*named_rule_options(defect), *black_box, *arguments.options])


def _format_line(result: DefectResult) -> str:
    label = "killed  " if result.killed else "SURVIVED"
    line = f"{label} {result.defect.name} ({', '.join(result.defect.rules)}) seed {result.seed}, {result.seconds:.1f} s"
    line += f": {', '.join(result.failed_contracts[:3])}"
    return "\n    ".join([line, *result.other_outcomes[:3]]) if not result.killed else line


def _format_schemathesis_line(result: DefectResult) -> str:
    line = f"{len(result.failed_contracts)} failed {result.defect.name} seed {result.seed}, {result.seconds:.1f} s"
    line += f": {', '.join(result.broken_rules)}"
    return "\n    ".join([line, *result.other_outcomes])


def save_results(file: Path, results: Sequence[DefectResult]) -> None:
    """Write the runs down, beside those of other defects and seeds that stand there."""
    saved_runs = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    runs = {(run["seed"], run["defect"]): run for run in [*saved_runs, *map(_to_json, results)]}
    seeds = sorted({seed for seed, _ in runs})
    ordered_runs = [runs[seed, name] for seed in seeds for name in registry.all_defects() if (seed, name) in runs]
    file.write_text(f"{json.dumps(ordered_runs, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


def _to_json(result: DefectResult) -> dict[str, Any]:
    return {
        "defect": result.defect.name,
        "rules": result.defect.rules,
        "story": result.defect.story,
        "seed": result.seed,
        "killed": result.killed,
        "broken": result.broken_rules,
        "by": result.failed_contracts,
        "unseen": result.missed_rules,
        "seconds": result.seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
