"""Run the suite against the variants, which it must not call broken.

Run `python -m tests.variants.run_variants [--only NAME]… [--json FILE]`. Each variant is run with the profile smoke.
All variants together and ten random mixtures are run with the profile standard. A run whose row is in the file already
is skipped, unless `--again` is given, so an interrupted command continues where it ended.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.pytest_plugin.hypothesis_profile import MAX_EXAMPLES
from tests import measured
from tests.defects import black_box, forked_suite
from tests.measured import Row
from tests.variants import exercise, registry
from tests.variants.registry import Variant
from tests.variants.wire import VariantPatch

FILE = measured.MEASURED / "variants.jsonl"
SEED = 1
ALL_TOGETHER = "all together"
MIXTURE_SEEDS = range(1, 11)
WRONG_VERDICTS = ("fail", "blocked", "error")


@dataclass(frozen=True)
class VariantRun:
    """A run of the suite against one variant, or against several at once."""

    name: str
    chosen: tuple[Variant, ...]
    profile: str
    seed: int

    @property
    def key(self) -> tuple[str, int]:
        """What identifies the row of the run in the file."""
        return self.name, self.seed

    @property
    def parts(self) -> list[str]:
        """The parts in which the deployment differs from the mock, sorted."""
        return sorted({part for variant in self.chosen for part in variant.parts})

    @property
    def group(self) -> str:
        """The group of the run in tables: the area of its only variant, all together, or mixtures."""
        if len(self.chosen) == 1:
            return self.chosen[0].area.replace("_", " ")
        return ALL_TOGETHER if self.name == ALL_TOGETHER else "mixtures"

    @property
    def rules(self) -> frozenset[str]:
        """The rules on which observations are expected."""
        return frozenset(rule for variant in self.chosen for rule in variant.rules)


def list_runs(seed: int) -> Iterator[VariantRun]:
    """Yield a run for each variant, then one for all together, then one for each mixture."""
    for variant in registry.all_variants().values():
        yield VariantRun(variant.name, (variant,), "smoke", seed)
    yield VariantRun(ALL_TOGETHER, registry.all_together(), "standard", seed)
    for mixture_seed in MIXTURE_SEEDS:
        yield VariantRun(f"mixture {mixture_seed}", registry.mixture(mixture_seed), "standard", seed)


def run_variant(planned: VariantRun, options: Sequence[str] = ()) -> Row:
    """Run the suite, and return the row of the run."""
    seed_options = ["--profile", planned.profile, "--seed", str(planned.seed), *options]
    result = black_box.run_suite(lambda: _make_patch(planned.chosen), planned.chosen[0].documentation, seed_options)
    return {
        "variant": planned.name,
        "seed": planned.seed,
        "profile": planned.profile,
        "parts": planned.parts,
        "broken": _rules_with(result, "fail"),
        "blocked": _rules_with(result, "blocked"),
        "errors": _rules_with(result, "error"),
        "observations": _rules_with(result, "observation"),
        "alarms": _list_alarms(result),
        "ended": result.get("ended", ""),
        "requests": result["run"]["requests"],
        "seconds": result["run"]["seconds"],
    }


def _make_patch(chosen: Sequence[Variant]) -> VariantPatch:
    patch = exercise.new_patch()
    for variant in chosen:
        variant.apply(patch)
    return patch


def _rules_with(result: dict[str, Any], verdict: str) -> list[str]:
    return [rule["id"] for rule in result["rules"] if rule["verdict"] == verdict]


def _list_alarms(result: dict[str, Any]) -> list[str]:
    """Return a line for each contract with a verdict that a variant must not get."""
    return [
        f"{outcome['verdict']}: {outcome['contract']} {outcome['case']} ({', '.join(outcome['rules'])}): "
        f"{outcome['reason'][:300]}" + _format_sides(outcome)
        for outcome in result["outcomes"]
        if outcome["verdict"] in WRONG_VERDICTS
    ]


def _format_sides(outcome: dict[str, Any]) -> str:
    expected, seen = outcome.get("expected", "")[:160], outcome.get("seen", "")[:160]
    return f" [expected {expected}, seen {seen}]" if expected or seen else ""


def is_fair(row: Row) -> bool:
    """Whether the suite checked the deployment, and called nothing broken, blocked or an error."""
    return not (row["ended"] or row["broken"] or row["blocked"] or row["errors"] or row["alarms"])


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each run. Return 1 if a rule was broken, blocked or an error, else 0."""
    arguments = _arguments(argv)
    rows = measured.read_rows(arguments.json) if arguments.json else []
    done = {(row["variant"], row["seed"]) for row in rows if not arguments.again}
    planned = [run for run in list_runs(arguments.seed) if _is_wanted(run, arguments.only) and run.key not in done]
    forked_suite.warm_up(MAX_EXAMPLES["standard"])
    unfair = 0
    with ProcessPoolExecutor(arguments.jobs, mp_context=forked_suite.FORK) as pool:
        for finished in as_completed([pool.submit(run_variant, run, arguments.options) for run in planned]):
            row = finished.result()
            unfair += not is_fair(row)
            print(format_line(row), flush=True)
            if arguments.json:
                save_row(arguments.json, row)
    print(f"{len(planned) - unfair} of {len(planned)} runs without a false alarm, {len(done)} skipped")
    return 1 if unfair else 0


def _is_wanted(run: VariantRun, only: Sequence[str]) -> bool:
    names = {run.name, *(variant.area for variant in run.chosen if len(run.chosen) == 1)}
    return not only or not names.isdisjoint(only)


def format_line(row: Row) -> str:
    """Return the line of a run, followed by its false alarms."""
    observed = ", ".join(row["observations"]) or "none"
    label = "fair  " if is_fair(row) else "UNFAIR"
    line = f"{label} {row['variant']} seed {row['seed']}, {row['seconds']:.1f} s: observations: {observed}"
    return "\n    ".join([line, *([row["ended"]] if row["ended"] else []), *row["alarms"]])


def save_row(file: Path, row: Row) -> None:
    """Merge a row into the file, sorted by variant and seed."""
    with measured.locked(file):
        row_by_key = {(old["variant"], old["seed"]): old for old in [*measured.read_rows(file), row]}
        measured.write_rows(file, [row_by_key[key] for key in sorted(row_by_key)])


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", action="append", default=[], help="run only this variant or area; may be repeated")
    parser.add_argument("--again", action="store_true", help="also repeat the runs that are in the file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", help="merge the rows into this file")
    parser.add_argument("options", nargs="*", help="after --: options for `contracts run`")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
