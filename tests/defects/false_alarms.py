"""Run the suite on the mock without a defect and list the false alarms: `python -m tests.defects.false_alarms`."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests import measured
from tests.defects.forked_suite import FORK, run_suite, running_deployment
from tests.defects.serve_defect import NO_DEFECT
from tests.measured import MEASURED, Row

FILE = MEASURED / "alarms.jsonl"
"""Contains one row for each profile and seed. `verdicts` lists the rules with each verdict."""
PROFILES = ("smoke", "standard", "thorough")
ALARM_VERDICTS = ("fail", "error", "observation", "inconclusive", "blocked")


def run_without_defect(profile: str, seed: int) -> Row:
    """Run the suite once on a deployment without a defect, and return its figures and its false alarms."""
    with running_deployment(NO_DEFECT) as origin:
        result = run_suite(f"{origin}/api/v3", ["--profile", profile, "--seed", str(seed)])
    alarms = [
        f"{outcome['verdict']}: {outcome['contract']} {outcome['case']}: {outcome['reason']}"
        for outcome in result["outcomes"]
        if outcome["verdict"] in ALARM_VERDICTS
    ]
    passed = sum(rule["verdict"] == "pass" for rule in result["rules"])
    run = result["run"]
    return {
        "profile": profile,
        "seed": seed,
        "rules": len(result["rules"]),
        "passed": passed,
        "alarms": alarms,
        "requests": run["requests"],
        "seconds": run["seconds"],
        "verdicts": _rules_by_verdict(result["rules"]),
    }


def _rules_by_verdict(rules: Sequence[Row]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for rule in rules:
        ids.setdefault(rule["verdict"], []).append(rule["id"])
    return ids


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each run. Return 1 if there was a false alarm or if a rule did not pass, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", type=int, default=3, help="number of seeds for the smoke profile")
    parser.add_argument("--standard", type=int, default=20, help="number of seeds for the standard profile")
    parser.add_argument("--thorough", type=int, default=3, help="number of seeds for the thorough profile")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="merge the results into this file")
    arguments = parser.parse_args(argv)
    rounds = [(profile, seed) for profile in PROFILES for seed in range(1, getattr(arguments, profile) + 1)]

    runs = []
    with ProcessPoolExecutor(arguments.jobs, mp_context=FORK) as pool:
        for finished in pool.map(run_without_defect, *zip(*rounds, strict=True)):
            runs.append(finished)
            print(_format_line(finished), flush=True)
    if arguments.json:
        save_runs(arguments.json, runs)
    return 1 if any(run["alarms"] or run["passed"] < run["rules"] for run in runs) else 0


def save_runs(file: Path, runs: Sequence[Row]) -> None:
    """Merge the runs into the file. Runs of other profiles and seeds in the file are kept."""
    with measured.locked(file):
        run_by_key = {(run["profile"], run["seed"]): run for run in [*measured.read_rows(file), *runs]}
        measured.write_rows(file, [run_by_key[key] for key in sorted(run_by_key)])


def _format_line(run: Row) -> str:
    alarm_text = "; ".join(run["alarms"]) or "no false alarms"
    return (
        f"{run['profile']} seed {run['seed']}: {run['passed']} of {run['rules']} rules pass, "
        f"{run['requests']} requests, {run['seconds']:.0f} s: {alarm_text}"
    )


if __name__ == "__main__":
    sys.exit(main())
