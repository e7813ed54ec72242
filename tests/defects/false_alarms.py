"""Run the suite on the mock without a defect and list the false alarms: `python -m tests.defects.false_alarms`."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from contracts.spec import rules
from mock_server.state.documentation import GENERATIONS, Documentation
from tests import measured
from tests.defects.forked_suite import FORK, run_suite, running_deployment
from tests.defects.serve_defect import NO_DEFECT
from tests.measured import MEASURED, Row

FILE = MEASURED / "alarms.jsonl"
"""Contains one row for each profile, generation of the documentation and seed.

`verdicts` lists the rules with each verdict.
"""
SEEDS = {"smoke": 3, "standard": 10, "thorough": 2}
"""The profiles, and with how many seeds each runs for each documentation."""
ALARM_VERDICTS = ("fail", "error", "observation", "inconclusive", "blocked")
RULES_OF_THE_NEWER = frozenset({"META-03"})
"""The rules that only the newer documentation has."""


def list_checked_rules(documentation: Documentation) -> set[str]:
    """Return the rules that a mock without a defect must pass: those with contracts, in this documentation."""
    checked = {rule_id for rule_id, rule in rules.load().rules.items() if rule.contracts}
    return checked - RULES_OF_THE_NEWER if documentation == "older" else checked


def run_without_defect(profile: str, documentation: Documentation, seed: int) -> Row:
    """Run the suite once on a deployment without a defect, and return its figures and its false alarms."""
    options = ["--profile", profile, "--documentation", documentation, "--seed", str(seed)]
    with running_deployment(NO_DEFECT) as origin:
        result = run_suite(f"{origin}/api/v3", options)
    checked = list_checked_rules(documentation)
    alarms = [
        f"{outcome['verdict']}: {outcome['contract']} {outcome['case']}: {outcome['reason']}"
        for outcome in result["outcomes"]
        if outcome["verdict"] in ALARM_VERDICTS
    ]
    passed = sum(rule["verdict"] == "pass" for rule in result["rules"] if rule["id"] in checked)
    run = result["run"]
    return {
        "profile": profile,
        "documentation": documentation,
        "seed": seed,
        "rules": len(checked),
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
    for profile, seeds in SEEDS.items():
        help_text = f"number of seeds for the {profile} profile, with each documentation (default: {seeds})"
        parser.add_argument(f"--{profile}", type=int, default=seeds, metavar="N", help=help_text)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="merge the results into this file")
    arguments = parser.parse_args(argv)
    rounds = [
        (profile, documentation, seed)
        for profile in SEEDS
        for documentation in GENERATIONS
        for seed in range(1, getattr(arguments, profile) + 1)
    ]

    runs = []
    with ProcessPoolExecutor(arguments.jobs, mp_context=FORK) as pool:
        for finished in pool.map(run_without_defect, *zip(*rounds, strict=True)):
            runs.append(finished)
            print(_format_line(finished), flush=True)
    if arguments.json:
        save_runs(arguments.json, runs)
    return 1 if any(run["alarms"] or run["passed"] < run["rules"] for run in runs) else 0


def save_runs(file: Path, runs: Sequence[Row]) -> None:
    """Merge the runs into the file. Runs of other profiles, documentations and seeds stay in it."""
    with measured.locked(file):
        all_runs = [*measured.read_rows(file), *runs]
        run_by_key = {(run["profile"], run["documentation"], run["seed"]): run for run in all_runs}
        measured.write_rows(file, [run_by_key[key] for key in sorted(run_by_key)])


def _format_line(run: Row) -> str:
    alarm_text = "; ".join(run["alarms"]) or "no false alarms"
    return (
        f"{run['profile']}, {run['documentation']}, seed {run['seed']}: {run['passed']} of {run['rules']} rules pass, "
        f"{run['requests']} requests, {run['seconds']:.0f} s: {alarm_text}"
    )


if __name__ == "__main__":
    sys.exit(main())
