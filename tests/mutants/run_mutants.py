"""The command `make mutants`: draw mutants of the mock by seed, run the suite on each, and list the survivors."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import measured
from tests.measured import MEASURED
from tests.mutants import draw, equivalent
from tests.mutants import trial_log as record
from tests.mutants.draw import Mutant, MutationPlace
from tests.mutants.equivalent import Explanation
from tests.mutants.trial import ROOT, STAGE_TIMEOUT, Trial, try_mutant
from tests.mutants.trial_log import TARGET_SCORE, TrialLog

TRIALS_FILE = ROOT / "build" / "mutants" / "trials.jsonl"
RESULTS_FILE = MEASURED / "mutants.jsonl"
"""The first row contains the figures of the last run, and each further row describes a mutant.

`make conformance` reads the file.
"""
UNMUTATED_FILE = "mock_server/__init__.py"
"""The file of the baseline, a mutant without any change. The suite must pass on it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Return 0 if the target is met, 1 if it is missed, 2 if the mock fails without any mutation."""
    arguments = _parser().parse_args(argv)
    mutants, places = draw.draw_mutants(ROOT, arguments.number, arguments.seed)
    if arguments.only:
        mutants = [mutant for mutant in mutants if mutant.place.id in arguments.only]
    if arguments.draw:
        print_lines(
            *(f"{m.place.id} {m.place.file}:{m.place.line}\n    - {m.before}\n    + {m.after}" for m in mutants)
        )
        return 0
    explanations = equivalent.load()
    baseline, *trials = _try_all(_unexplained_first(mutants, explanations), arguments)
    if baseline.killed:
        return 2
    trials = equivalent.discount_timeouts(trials, explanations)
    survivors = equivalent.sort_survivors((trial for trial in trials if not trial.killed), explanations)
    run_facts = {"seed": arguments.seed, "suite_seed": arguments.suite_seed, "places": places}
    summary = record.summarize(trials, survivors, run_facts)
    print_lines(*record.format_survivors(survivors))
    if not arguments.only:
        with measured.locked(arguments.out):
            measured.write_rows(arguments.out, [summary, *record.mutant_rows(trials, survivors)])
        print_lines(
            *(f"unused explanation: {entry.file}: {entry.before} -> {entry.after}" for entry in survivors.stale)
        )
    print_lines(
        f"{summary['drawn']} of {places} places drawn with seed {arguments.seed}: {summary['killed']} killed, "
        f"{summary['equivalent']} equivalent, {summary['outside']} outside the platform, "
        f"{summary['words']} in message texts only, {summary['open']} unexplained; "
        f"{summary['score']:.1%} (target {TARGET_SCORE:.0%})"
    )
    return 0 if summary["score"] >= TARGET_SCORE else 1


def print_lines(*lines: str) -> None:
    """Print lines and flush the output, so that progress is visible."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=200, help="number of mutants to draw (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw (default: %(default)s)")
    parser.add_argument("--suite-seed", type=int, default=1, help="seed of the suite (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="trials to run in parallel (default: %(default)s)")
    parser.add_argument(
        "--stage-timeout", type=float, default=STAGE_TIMEOUT, help="seconds per stage (default: %(default)s)"
    )
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="try only this mutant of the draw")
    parser.add_argument("--draw", action="store_true", help="list the drawn mutants and exit")
    parser.add_argument(
        "--keep-kills",
        action="store_true",
        help="after a change of the suite: keep earlier kills, and try only earlier survivors again",
    )
    parser.add_argument("--trials", type=Path, default=TRIALS_FILE, help="log of the trials (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS_FILE, help="results of the run (default: %(default)s)")
    return parser


def _try_all(mutants: list[Mutant], arguments: argparse.Namespace) -> list[Trial]:
    """Run the baseline, then the mutants in the given order, and return their trials. Logged trials are not repeated.

    If the baseline fails, only its trial is returned.
    """
    trial_log = TrialLog(arguments.trials)
    known_trials = trial_log.start(record.source_digest(), keep_kills=arguments.keep_kills)
    to_repeat = set(arguments.only)

    def try_one(mutant: Mutant) -> Trial:
        before = known_trials.get(mutant.place.id)
        if before is not None and before.after == mutant.after and mutant.place.id not in to_repeat:
            return before
        trial = try_mutant(mutant, arguments.suite_seed, arguments.stage_timeout)
        trial_log.add(trial)
        print_lines(
            f"{trial.end:14} {trial.id} {trial.file}:{trial.line} {trial.seconds:5.1f} s  {trial.by or trial.reason}"
        )
        return trial

    baseline = try_one(_unmutated())
    if baseline.killed:
        print_lines(f"the mock fails without any mutation: {baseline.end}: {baseline.by}: {baseline.reason}")
        return [baseline]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        return [baseline, *pool.map(try_one, mutants)]


def _unexplained_first(mutants: list[Mutant], explanations: Sequence[Explanation]) -> list[Mutant]:
    """Return the mutants in the order of the draw, but explained ones last, because survivors take longest."""

    def is_explained(mutant: Mutant) -> bool:
        return any(entry.explains(mutant.place.file, mutant.before, mutant.after) for entry in explanations)

    return sorted(mutants, key=is_explained)


def _unmutated() -> Mutant:
    source = (ROOT / UNMUTATED_FILE).read_text(encoding="utf-8")
    return Mutant(MutationPlace(UNMUTATED_FILE, "none", 0, 1, "", 0), "", "", source)


if __name__ == "__main__":
    sys.exit(main())
