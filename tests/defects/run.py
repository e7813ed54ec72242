"""Which contracts catch which defects: `python -m tests.defects.run [--matrix] [--seed N]… [--only NAME]…`.

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

from contracts.plugin import EXAMPLES
from tests.defects import forks, registry
from tests.defects.registry import Defect

ON_THE_WIRE = ("schema", "found")
"""The defects that only a server shows: to schemathesis, or to a client that goes away."""
KINDS = ["example", "law", "machine"]
"""What the matrix's first half takes of each defect."""
FEW = 5
"""How many examples a law draws, and how many walks are taken, for the matrix: every contract meets every defect."""
MORE = 20
"""How many walks schemathesis takes for the matrix."""
BLACK_BOX = ["--control", "none", "--partner", "partner-id-acme", "--admin-user", "admin@platform.example"]
BLACK_BOX += ["--second-user", "agency@acme.example", "--second-partner", "partner-id-beta"]
BLACK_BOX += ["--patience", "evaluation=4", "--patience", "build=8"]
"""Met as a real deployment is: by its users alone, and with patience in place of a clock."""


@dataclass(frozen=True)
class Kill:
    """What one run of the suite said of one defect. `broken` are the rules that failed, `by` the contracts that did."""

    defect: Defect
    seed: int
    broken: tuple[str, ...]
    by: tuple[str, ...]
    other: tuple[str, ...]
    seconds: float
    unseen: tuple[str, ...] = ()
    """What stood in the way of the named rules, where they did not fail."""

    @property
    def killed(self) -> bool:
        """Whether a contract of a named rule failed."""
        return not set(self.broken).isdisjoint(self.defect.rules)


def tried(defect: Defect, seed: int, options: Sequence[str] = (), *, socket: bool = True) -> Kill:
    """One defect against the suite, or a part of it: as a server, or without a socket, which is quicker."""
    asked = ["--seed", str(seed), *options]
    if socket:
        with forks.deployed(defect.name) as origin:
            result = forks.inspected(f"{origin}/api/v3", asked)
    else:
        result = forks.inspected(forks.NOWHERE, asked, defect.name)
    broken = tuple(rule["id"] for rule in result["rules"] if rule["verdict"] == "fail")
    failed = [outcome for outcome in result["outcomes"] if outcome["verdict"] == "fail"]
    by = tuple(dict.fromkeys(outcome["contract"] for outcome in failed))
    wrong = [outcome for outcome in result["outcomes"] if outcome["verdict"] in ("error", "blocked", "inconclusive")]
    other = tuple(f"{outcome['verdict']}: {outcome['contract']}: {outcome['reason']}" for outcome in wrong)
    named = [rule for rule in result["rules"] if rule["id"] in defect.rules and rule["verdict"] != "fail"]
    unseen = tuple(f"{rule['id']} {rule['verdict']}" + (f": {rule['reason']}" * bool(rule["reason"])) for rule in named)
    return Kill(defect, seed, broken, by, other, result["run"]["seconds"], unseen)


def of_named_rules(defect: Defect) -> list[str]:
    """The options for the contracts of the rules that must catch a defect, until the first of them does."""
    return ["--fail-fast", *(word for rule_id in defect.rules for word in ("--rule", rule_id))]


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each defect and seed; exit 1 where one survives, or the suite broke."""
    arguments = _arguments(argv)
    chosen = [
        defect
        for defect in registry.every().values()
        if not arguments.only or {defect.name, defect.area}.intersection(arguments.only)
    ]
    if arguments.sample:
        chosen = chosen[:: max(1, round(len(chosen) / arguments.sample))]
    rounds = [(defect, seed) for seed in arguments.seed or [1, 2] for defect in chosen]
    kills: list[Kill] = []
    _warm(arguments)
    with ProcessPoolExecutor(arguments.jobs, mp_context=forks.FORK) as pool:
        for kill in pool.map(partial(_one, arguments), rounds):
            kills.append(kill)
            print(_met(kill) if arguments.schemathesis else _line(kill), flush=True)
            if arguments.json and (len(kills) % 25 == 0 or len(kills) == len(rounds)):
                kept(arguments.json, kills)
    return _seen(kills) if arguments.schemathesis else _survived(kills)


def _warm(arguments: argparse.Namespace) -> None:
    if arguments.matrix:
        forks.warmed(FEW, FEW, shrink=False)
        forks.once_through(KINDS)
    else:
        forks.warmed(EXAMPLES["standard"])
    if arguments.schemathesis:
        forks.drawing(FEW, MORE)
        forks.once_through(["schema"])


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


def _survived(kills: Sequence[Kill]) -> int:
    survived = [kill for kill in kills if not kill.killed]
    print(f"{len(kills) - len(survived)} of {len(kills)} killed by a contract of a named rule")
    return 1 if survived else 0


def _seen(kills: Sequence[Kill]) -> int:
    """What schemathesis is blind to is no fault of a run; that the suite breaks is."""
    broke = [kill for kill in kills if any(told.startswith("error") for told in kill.other)]
    print(f"{sum(bool(kill.by) for kill in kills)} of {len(kills)} seen; the suite broke on {len(broke)}")
    return 1 if broke else 0


def _one(arguments: argparse.Namespace, pair: tuple[Defect, int]) -> Kill:
    defect, seed = pair
    if arguments.schemathesis:
        return tried(defect, seed, ["--kind", "schema", *arguments.options], socket=False)
    if arguments.matrix:
        kinds = [*KINDS, "schema"] if defect.area == "schema" else KINDS
        words = [word for kind in kinds for word in ("--kind", kind)]
        return tried(defect, seed, [*words, *arguments.options], socket=defect.area in ON_THE_WIRE)
    black_box = BLACK_BOX if arguments.black_box else []
    return tried(defect, seed, [*of_named_rules(defect), *black_box, *arguments.options])


def _line(kill: Kill) -> str:
    told = "killed  " if kill.killed else "SURVIVED"
    line = f"{told} {kill.defect.name} ({', '.join(kill.defect.rules)}) seed {kill.seed}, {kill.seconds:.1f} s"
    line += f": {', '.join(kill.by[:3])}"
    return "\n    ".join([line, *kill.other[:3]]) if not kill.killed else line


def _met(kill: Kill) -> str:
    line = f"{len(kill.by)} failed {kill.defect.name} seed {kill.seed}, {kill.seconds:.1f} s: {', '.join(kill.broken)}"
    return "\n    ".join([line, *kill.other])


def kept(file: Path, kills: Sequence[Kill]) -> None:
    """Write the runs down, beside those of other defects and seeds that stand there."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    runs = {(run["seed"], run["defect"]): run for run in [*known, *map(_record, kills)]}
    seeds = sorted({seed for seed, _ in runs})
    told = [runs[seed, name] for seed in seeds for name in registry.every() if (seed, name) in runs]
    file.write_text(f"{json.dumps(told, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


def _record(kill: Kill) -> dict[str, Any]:
    return {
        "defect": kill.defect.name,
        "rules": kill.defect.rules,
        "story": kill.defect.story,
        "seed": kill.seed,
        "killed": kill.killed,
        "broken": kill.broken,
        "by": kill.by,
        "unseen": kill.unseen,
        "seconds": kill.seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
