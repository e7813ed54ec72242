"""Run the suite against the defects.

Run `python -m tests.defects.run_defects [--matrix] [--seed N]… [--only NAME]…`. By default each defect runs against the
contracts of the rules that it names. The kill matrix runs every contract against every defect, in two halves, because
different modules must be imported before the fork for the two kinds of contracts: `--matrix` runs all contracts except
those that use schemathesis, and `--schemathesis` runs those. The first half leaves out the contracts that cannot detect
a defect, because they run no code that it replaces (`reach.py`). The defects in `schema.py` also run against the
schemathesis contracts in the first half, on a real server and with the standard number of examples.

With `--json FILE`, a run whose result is in the file already is skipped, unless `--again` is given, so an interrupted
command continues where it ended.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from contracts.pytest_plugin.hypothesis_profile import MAX_EXAMPLES
from tests.defects import forked_suite, reach, registry, saved_results
from tests.defects.reach import Reach, ReachedDeployment
from tests.defects.registry import Defect
from tests.defects.saved_results import RunKind, SavedRun

SAVE_INTERVAL = 25
"""Results are saved after this many runs, and at the end."""
NEEDS_SOCKET = ("schema", "from_mutants")
"""Areas with defects that only schemathesis or a disconnecting client can detect, on a real server."""
KINDS = ["example", "law", "machine"]
"""The kinds of contracts in the first half of the matrix."""
FEW_EXAMPLES = 5
"""The number of examples for each property, and of runs for the stateful test, in the matrix."""
SEEDS = [1, 2]
"""The seeds of the runs if no seed is given."""
LINK_RUNS = 20
"""The number of link sequences that schemathesis runs in the matrix."""


@dataclass(frozen=True)
class DefectResult:
    """The result of one run of the suite against one defect.

    `missed_rules` contains the verdict and the reason for each rule that the defect names but that did not fail.
    """

    defect: Defect
    seed: int
    broken_rules: tuple[str, ...]
    failed_contracts: tuple[str, ...]
    other_outcomes: tuple[str, ...]
    seconds: float
    missed_rules: tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        """Whether at least one failed contract belongs to a rule that the defect names."""
        return not set(self.broken_rules).isdisjoint(self.defect.rules)

    def to_saved_run(self) -> SavedRun:
        """Return the part of the result that is saved in the file."""
        return SavedRun(
            self.defect.name,
            self.seed,
            self.killed,
            self.broken_rules,
            self.failed_contracts,
            self.missed_rules,
            self.seconds,
        )


def try_defect(
    defect: Defect, seed: int, options: Sequence[str] = (), *, socket: bool = True, reached: Reach | None = None
) -> DefectResult:
    """Run the suite, or part of it, against one defect: on a real server, or without a socket, which is faster.

    Without a socket, `reached` leaves out the contracts that cannot detect the defect.
    """
    suite_options = ["--seed", str(seed), "--documentation", defect.documentation, *options]
    if socket:
        with forked_suite.running_deployment(defect.name) as origin:
            result = forked_suite.run_suite(f"{origin}/api/v3", suite_options)
    else:
        deployment = ReachedDeployment(defect.name, reached) if reached else defect.name
        result = forked_suite.run_suite(forked_suite.UNUSED_BASE_URL, suite_options, deployment)
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
    """Return the options that select the contracts of a defect's rules and stop at the first failure."""
    return ["--fail-fast", *(word for rule_id in defect.rules for word in ("--rule", rule_id))]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each defect and seed. Return 1 if a defect survives or the suite breaks, else 0."""
    arguments = _arguments(argv)
    defects = [
        defect
        for defect in registry.all_defects().values()
        if not arguments.only or {defect.name, defect.area}.intersection(arguments.only)
    ]
    if arguments.sample:
        defects = defects[:: max(1, round(len(defects) / arguments.sample))]
    rounds = [(defect, seed) for seed in arguments.seed or SEEDS for defect in defects]
    done = _find_done(arguments)
    planned = [(defect, seed) for defect, seed in rounds if (defect.name, seed) not in done]
    results, unsaved, misfits = list[DefectResult](), list[DefectResult](), 0
    reached = _warm_up(arguments) if planned else None
    with ProcessPoolExecutor(arguments.jobs, mp_context=forked_suite.FORK) as pool:
        futures = [pool.submit(_run_one, arguments, each, reached) for each in planned]
        for future in as_completed(futures):
            if isinstance(error := future.exception(), AssertionError):  # the defect's own code has failed
                print(error, flush=True)
                misfits += 1
                continue
            results.append(future.result())
            unsaved.append(future.result())
            print(
                _format_schemathesis_line(results[-1]) if arguments.schemathesis else _format_line(results[-1]),
                flush=True,
            )
            if arguments.json and len(unsaved) == SAVE_INTERVAL:
                save_results(arguments.json, _run_kind(arguments), unsaved)
                unsaved = []
    if arguments.json:
        save_results(arguments.json, _run_kind(arguments), unsaved)
        print(f"{len(planned)} run, {len(rounds) - len(planned)} skipped; {misfits} do not fit the mock")
    return max(bool(misfits), _report_detected(results) if arguments.schemathesis else _report_survivors(results))


def _find_done(arguments: argparse.Namespace) -> set[tuple[str, int]]:
    """Return the defects and the seeds whose results are in the file."""
    if arguments.again or arguments.json is None:
        return set()
    return {(run.defect, run.seed) for run in saved_results.load(_run_kind(arguments), arguments.json)}


def _run_kind(arguments: argparse.Namespace) -> RunKind:
    if arguments.schemathesis:
        return RunKind.SCHEMATHESIS
    return RunKind.MATRIX if arguments.matrix else RunKind.NAMED_RULES


def _warm_up(arguments: argparse.Namespace) -> Reach | None:
    """Prepare what each fork would do again. For the first half of the matrix, return what its contracts run."""
    reached = None
    if arguments.matrix:
        forked_suite.warm_up(FEW_EXAMPLES, FEW_EXAMPLES, shrink=False)
        forked_suite.run_once_without_defect(KINDS)
        reached = reach.record(arguments.seed or SEEDS, KINDS)
    else:
        forked_suite.warm_up(MAX_EXAMPLES["standard"])
    if arguments.schemathesis:
        forked_suite.set_draw_counts(FEW_EXAMPLES, LINK_RUNS)
        forked_suite.run_once_without_defect(["schema"])
    return reached


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matrix", action="store_true", help="run all contracts except those that use schemathesis")
    parser.add_argument("--schemathesis", action="store_true", help="run the contracts that use schemathesis")
    parser.add_argument("--sample", type=int, metavar="N", help="run only about N defects, spread evenly over the list")
    parser.add_argument("--seed", action="append", type=int, default=[], help="may be repeated (default: 1 and 2)")
    parser.add_argument("--only", action="append", default=[], help="run only this defect or area; may be repeated")
    parser.add_argument("--again", action="store_true", help="also repeat the runs that are in the file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="merge the results into this file")
    parser.add_argument("options", nargs="*", help="after --: options for `contracts run`")
    return parser.parse_args(argv)


def _report_survivors(results: Sequence[DefectResult]) -> int:
    survivors = [kill for kill in results if not kill.killed]
    print(f"{len(results) - len(survivors)} of {len(results)} killed by a contract of a named rule")
    return 1 if survivors else 0


def _report_detected(results: Sequence[DefectResult]) -> int:
    """Print how many defects schemathesis detects. Return 1 only if the suite broke; a survivor is not an error."""
    broke = [kill for kill in results if any(outcome.startswith("error") for outcome in kill.other_outcomes)]
    print(
        f"{sum(bool(kill.failed_contracts) for kill in results)} of {len(results)} detected; "
        f"the suite broke on {len(broke)}"
    )
    return 1 if broke else 0


def _run_one(arguments: argparse.Namespace, pair: tuple[Defect, int], reached: Reach | None) -> DefectResult:
    defect, seed = pair
    if arguments.schemathesis:
        return try_defect(defect, seed, ["--kind", "schema", *arguments.options], socket=False)
    if arguments.matrix:
        kinds = [*KINDS, "schema"] if defect.area == "schema" else KINDS
        kind_options = [word for kind in kinds for word in ("--kind", kind)]
        needs_socket = defect.area in NEEDS_SOCKET
        return try_defect(defect, seed, [*kind_options, *arguments.options], socket=needs_socket, reached=reached)
    return try_defect(defect, seed, [*named_rule_options(defect), *arguments.options])


def _format_line(result: DefectResult) -> str:
    label = "killed  " if result.killed else "SURVIVED"
    line = f"{label} {result.defect.name} ({', '.join(result.defect.rules)}) seed {result.seed}, {result.seconds:.1f} s"
    line += f": {', '.join(result.failed_contracts[:3])}"
    return "\n    ".join([line, *result.other_outcomes[:3]]) if not result.killed else line


def _format_schemathesis_line(result: DefectResult) -> str:
    line = f"{len(result.failed_contracts)} failed {result.defect.name} seed {result.seed}, {result.seconds:.1f} s"
    return "\n    ".join([f"{line}: {', '.join(result.broken_rules)}", *result.other_outcomes])


def save_results(file: Path, kind: RunKind, results: Sequence[DefectResult]) -> None:
    """Merge the results into the file, as runs of the given kind."""
    saved_results.save(kind, [result.to_saved_run() for result in results], file)


if __name__ == "__main__":
    sys.exit(main())
