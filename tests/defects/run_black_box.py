"""Run the properties of the suite against the defects as against real deployments (`black_box.py`).

Run `python -m tests.defects.run_black_box [--only NAME]… [--sample N]`. A defect first meets the properties of the
rules that it names, with all their cases. If they do not find it, it meets all properties, then those of its rules in
the profile thorough, and then the schemathesis runs that only read. A defect of a documented part meets them all until
a rule that it names is broken; any other one until a difference is seen. Each run waits for the attribution runs of
four days, of which the last one is on a Saturday. A defect whose row is in the file already is skipped, unless
`--again` is given, so an interrupted command continues where it ended.
"""

import argparse
import gc
import sys
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

from contracts.pytest_plugin.hypothesis_profile import MAX_EXAMPLES
from tests.defects import black_box, black_box_results, forked_suite, registry
from tests.defects.black_box_results import End
from tests.defects.registry import Defect
from tests.measured import Row

OPTIONS = ("--allow-writes", "partner-id-beta", "--requests", "100000", "--packages", "1000")
OPTIONS += ("--job-timeout", "attribution=345600")
FIRST_STAGE, SECOND_STAGE, SCHEMATHESIS_STAGE = "named rules", "all properties", "schemathesis"
THOROUGH_STAGE = "named rules, thorough"
DIFFERENCES = ("fail", "observation")


def run_defect(defect: Defect, seed: int, options: Sequence[str] = ()) -> Row:
    """Run the suite in up to four stages, until the defect is found. Return the row of the defect."""
    row: Row = {"defect": defect.name, "seed": seed, "seconds": 0.0, "requests": 0}
    for stage, stage_options in _list_stages(defect):
        result = black_box.run_suite(
            partial(forked_suite.make_patch, defect.name),
            defect.documentation,
            [*OPTIONS, "--seed", str(seed), *stage_options, *options],
        )
        _add_result(row, stage, defect, result)
        if _is_found(defect, End(row["end"])):
            break
    return row


def _is_found(defect: Defect, end: End) -> bool:
    """Return whether another stage would tell nothing new. A documented part should break a rule of the defect."""
    if end in (End.NAMED, End.NOT_SEEN):
        return end is End.NAMED
    return not black_box_results.is_documented(defect)


def _list_stages(defect: Defect) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the options of each stage, the cheapest one first."""
    rule_options = [word for rule_id in defect.rules for word in ("--rule", rule_id)]
    yield FIRST_STAGE, ["--kind", "law", "--fail-fast", "--all-cases", *rule_options]
    yield SECOND_STAGE, ["--kind", "law"]
    yield THOROUGH_STAGE, ["--kind", "law", "--fail-fast", "--profile", "thorough", *rule_options]
    yield SCHEMATHESIS_STAGE, ["--kind", "schema"]


def _add_result(row: Row, stage: str, defect: Defect, result: dict[str, Any]) -> None:
    """Merge the result of one more stage into the row."""
    outcomes = [outcome for outcome in result["outcomes"] if outcome["verdict"] in DIFFERENCES]
    for verdict, key in zip(DIFFERENCES, ("broken", "observed"), strict=True):
        rules = [rule["id"] for rule in result["rules"] if rule["verdict"] == verdict]
        row[key] = _merge(row.get(key, []), rules)
    row["by"] = _merge(row.get("by", []), [outcome["contract"] for outcome in outcomes])
    row["parts"] = _merge(row.get("parts", []), [part for each in outcomes for part in each.get("broken_parts", [])])
    if stage != SCHEMATHESIS_STAGE:
        row["missed"] = _list_missed(defect, row["broken"], result)
    row["errors"] = _merge(
        row.get("errors", []),
        [f"{each['contract']}: {each['reason'][:200]}" for each in result["outcomes"] if each["verdict"] == "error"],
    )
    row["ended"] = row.get("ended") or result.get("ended", "")
    row["stage"], row["end"] = stage, black_box_results.decide(defect, row["broken"], row["observed"])
    row["requests"] += result["run"]["requests"]
    row["seconds"] = round(row["seconds"] + result["run"]["seconds"], 2)


def _list_missed(defect: Defect, broken: Collection[str], result: dict[str, Any]) -> list[str]:
    return [
        f"{rule['id']} {rule['verdict']}" + f": {rule['reason'][:200]}" * bool(rule["reason"])
        for rule in result["rules"]
        if rule["id"] in defect.rules and rule["id"] not in broken
    ]


def _merge(old: list[str], new: list[str]) -> list[str]:
    return list(dict.fromkeys([*old, *new]))


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each defect. Return 1 if the suite itself broke on one, else 0."""
    arguments = _arguments(argv)
    defects = _choose(arguments)
    done = {(row["defect"], row["seed"]) for row in black_box_results.load(arguments.json) if not arguments.again}
    planned = [defect for defect in defects if (defect.name, arguments.seed) not in done]
    if planned:
        _warm_up()
    broke = 0
    with ProcessPoolExecutor(arguments.jobs, mp_context=forked_suite.FORK) as pool:
        futures = [pool.submit(run_defect, defect, arguments.seed, arguments.options) for defect in planned]
        for future in as_completed(futures):
            row = future.result()
            broke += bool(row["errors"])
            print(_format_line(row), flush=True)
            black_box_results.save(row, arguments.json)
    print(f"{len(planned)} run, {len(defects) - len(planned)} skipped; the suite broke on {broke}")
    return 1 if broke else 0


def _choose(arguments: argparse.Namespace) -> list[Defect]:
    defects = [
        defect
        for defect in registry.all_defects().values()
        if not arguments.only or {defect.name, defect.area}.intersection(arguments.only)
    ]
    return defects[:: max(1, round(len(defects) / arguments.sample))] if arguments.sample else defects


def _warm_up() -> None:
    """Import everything, and build before the fork what the mock builds on first use."""
    forked_suite.warm_up(MAX_EXAMPLES["standard"])
    gc.collect()
    gc.freeze()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="run only this defect or area; may be repeated")
    parser.add_argument("--sample", type=int, metavar="N", help="run only about N defects, spread evenly over the list")
    parser.add_argument("--again", action="store_true", help="also repeat the runs that are in the file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE", default=black_box_results.FILE)
    parser.add_argument("options", nargs="*", help="after --: options for `contracts run`")
    return parser.parse_args(argv)


def _format_line(row: Row) -> str:
    line = f"{row['end']:11} {row['defect']} ({row['stage']}, {row['seconds']:.1f} s)"
    found = ", ".join([*row["broken"][:4], *(row["parts"] or row["observed"])[:4]])
    details = [*row["missed"][:3], *([row["ended"]] if row["ended"] else [])] if row["end"] != End.NAMED else []
    return "\n    ".join([f"{line}: {found}", *details, *row["errors"][:2]])


if __name__ == "__main__":
    sys.exit(main())
