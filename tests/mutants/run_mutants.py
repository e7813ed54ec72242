"""The command `make mutants`: draws mutants of the mock by a seed, tries the suite on each, lists what survived."""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants import draw, equivalent
from tests.mutants import trial_log as record
from tests.mutants.draw import Mutant, MutationPlace
from tests.mutants.equivalent import Explanation
from tests.mutants.trial import ROOT, STAGE_TIMEOUT, Trial, try_mutant
from tests.mutants.trial_log import TARGET_SCORE, TrialLog

TRIALS_FILE = ROOT / "build" / "mutants" / "trials.jsonl"
SUMMARY_FILE = ROOT / "docs" / "measured" / "mutants.json"
"""Where `make conformance` looks for it."""
UNMUTATED_FILE = "mock_server/__init__.py"
"""Where the mutant stands that changes nothing: the suite must find nothing wrong with it."""


def main(argv: Sequence[str] | None = None) -> int:
    """0 where the target is met, 1 where it is not, 2 where the mock as it is does not conform."""
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
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print_lines(
            *(
                f"an explanation of no survivor: {explanation.file}: {explanation.before} -> {explanation.after}"
                for explanation in survivors.stale
            )
        )
    print_lines(
        f"{summary['drawn']} of {places} places drawn with seed {arguments.seed}: {summary['killed']} killed, "
        f"{summary['equivalent']} equivalent, {summary['outside']} outside the platform, {summary['words']} words alone, "
        f"{summary['open']} open; {summary['score']:.1%} (target {TARGET_SCORE:.0%})"
    )
    return 0 if summary["score"] >= TARGET_SCORE else 1


def print_lines(*lines: str) -> None:
    """Tell whoever waits."""
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=200, help="how many are drawn (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which are drawn (default: %(default)s)")
    parser.add_argument("--suite-seed", type=int, default=1, help="the suite's own seed (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="trials at once (default: %(default)s)")
    parser.add_argument(
        "--stage-timeout", type=float, default=STAGE_TIMEOUT, help="seconds for a stage (default: %(default)s)"
    )
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="try this mutant of the draw alone")
    parser.add_argument("--draw", action="store_true", help="show what is drawn, and try nothing")
    parser.add_argument(
        "--keep-kills",
        action="store_true",
        help="after a change of the suite: believe the kills of before, and try the survivors again",
    )
    parser.add_argument("--results", type=Path, default=TRIALS_FILE, help="trials, as they end (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=SUMMARY_FILE, help="the summary (default: %(default)s)")
    return parser


def _try_all(mutants: list[Mutant], arguments: argparse.Namespace) -> list[Trial]:
    """The trial of the mock as it is, then those of the mutants in their order; none where it fails.

    What is on record is not tried again.
    """
    trial_log = TrialLog(arguments.results)
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
        print_lines(f"the mock as it is does not pass: {baseline.end}: {baseline.by}: {baseline.reason}")
        return [baseline]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        return [baseline, *pool.map(try_one, mutants)]


def _unexplained_first(mutants: list[Mutant], explanations: Sequence[Explanation]) -> list[Mutant]:
    """In the order of the draw, but those last that are explained: they have to survive, and that takes longest."""

    def is_explained(mutant: Mutant) -> bool:
        return any(entry.explains(mutant.place.file, mutant.before, mutant.after) for entry in explanations)

    return sorted(mutants, key=is_explained)


def _unmutated() -> Mutant:
    source = (ROOT / UNMUTATED_FILE).read_text(encoding="utf-8")
    return Mutant(MutationPlace(UNMUTATED_FILE, "none", 0, 1, "", 0), "", "", source)


if __name__ == "__main__":
    sys.exit(main())
