"""The command `make mutants`: draws mutants of the mock by a seed, tries the suite on each, lists what survived."""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants import draw, equivalent, record
from tests.mutants.draw import Mutant, Place
from tests.mutants.equivalent import Equivalent
from tests.mutants.record import TARGET, Record
from tests.mutants.trial import PATIENCE, ROOT, Trial, tried

RESULTS = ROOT / "build" / "mutants" / "trials.jsonl"
LAST = ROOT / "docs" / "measured" / "mutants.json"
"""Where `make conformance` looks for it."""
RIGHT = "mock_server/__init__.py"
"""Where the mutant stands that changes nothing: the suite must find nothing wrong with it."""


def main(argv: Sequence[str] | None = None) -> int:
    """0 where the target is met, 1 where it is not, 2 where the mock as it is does not conform."""
    arguments = _parser().parse_args(argv)
    mutants, places = draw.drawn(ROOT, arguments.number, arguments.seed)
    if arguments.only:
        mutants = [mutant for mutant in mutants if mutant.place.id in arguments.only]
    if arguments.draw:
        say(*(f"{m.place.id} {m.place.file}:{m.place.line}\n    - {m.before}\n    + {m.after}" for m in mutants))
        return 0
    known = equivalent.load()
    sound, *trials = _all(_holes_first(mutants, known), arguments)
    if sound.killed:
        return 2
    trials = equivalent.believed(trials, known)
    found = equivalent.sort((trial for trial in trials if not trial.killed), known)
    about = {"seed": arguments.seed, "suite_seed": arguments.suite_seed, "places": places}
    summed = record.summary(trials, found, about)
    say(*record.table(found))
    if not arguments.only:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(summed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        say(*(f"an explanation of no survivor: {each.file}: {each.before} -> {each.after}" for each in found.stale))
    say(
        f"{summed['drawn']} of {places} places drawn with seed {arguments.seed}: {summed['killed']} killed, "
        f"{summed['equivalent']} equivalent, {summed['outside']} outside the platform, {summed['words']} words alone, "
        f"{summed['open']} open; {summed['score']:.1%} (target {TARGET:.0%})"
    )
    return 0 if summed["score"] >= TARGET else 1


def say(*lines: str) -> None:
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
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for a stage (default: %(default)s)")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="try this mutant of the draw alone")
    parser.add_argument("--draw", action="store_true", help="show what is drawn, and try nothing")
    parser.add_argument(
        "--keep-kills",
        action="store_true",
        help="after a change of the suite: believe the kills of before, and try the survivors again",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="trials, as they end (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=LAST, help="the summary (default: %(default)s)")
    return parser


def _all(mutants: list[Mutant], arguments: argparse.Namespace) -> list[Trial]:
    """The trial of the mock as it is, then those of the mutants in their order; none where it fails.

    What is on record is not tried again.
    """
    kept = Record(arguments.results)
    known = kept.begin(record.state(), keep_kills=arguments.keep_kills)
    again = set(arguments.only)

    def one(mutant: Mutant) -> Trial:
        before = known.get(mutant.place.id)
        if before is not None and before.after == mutant.after and mutant.place.id not in again:
            return before
        trial = tried(mutant, arguments.suite_seed, arguments.patience)
        kept.add(trial)
        say(f"{trial.end:14} {trial.id} {trial.file}:{trial.line} {trial.seconds:5.1f} s  {trial.by or trial.reason}")
        return trial

    sound = one(_right())
    if sound.killed:
        say(f"the mock as it is does not pass: {sound.end}: {sound.by}: {sound.reason}")
        return [sound]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        return [sound, *pool.map(one, mutants)]


def _holes_first(mutants: list[Mutant], known: Sequence[Equivalent]) -> list[Mutant]:
    """In the order of the draw, but those last that are explained: they have to survive, and that takes longest."""

    def explained(mutant: Mutant) -> bool:
        return any(entry.explains(mutant.place.file, mutant.before, mutant.after) for entry in known)

    return sorted(mutants, key=explained)


def _right() -> Mutant:
    source = (ROOT / RIGHT).read_text(encoding="utf-8")
    return Mutant(Place(RIGHT, "none", 0, 1, "", 0), "", "", source)


if __name__ == "__main__":
    sys.exit(main())
