"""False alarms: the suite on the right mock, seed by seed: `python -m tests.defects.false_alarms --json FILE`."""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.defects.forked_suite import FORK, run_suite, running_deployment
from tests.defects.serve_defect import NO_DEFECT

ALARM_VERDICTS = ("fail", "error", "observation", "inconclusive", "blocked")


def run_without_defect(profile: str, seed: int) -> dict[str, Any]:
    """One run on a deployment without a defect, and whatever it found nevertheless."""
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
        "passed": passed,
        "verdicts": {rule["id"]: rule["verdict"] for rule in result["rules"]},
        "rules": len(result["rules"]),
        "alarms": alarms,
        "seconds": run["seconds"],
        "requests": run["requests"],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each run; exit 1 where there was an alarm, or a rule did not pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", type=int, default=3, help="how many seeds of the smoke profile")
    parser.add_argument("--standard", type=int, default=20, help="how many seeds of the standard profile")
    parser.add_argument("--thorough", type=int, default=3, help="how many seeds of the thorough profile")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write what was found into this file")
    arguments = parser.parse_args(argv)
    rounds = [
        (profile, seed)
        for profile in ("smoke", "standard", "thorough")
        for seed in range(1, getattr(arguments, profile) + 1)
    ]

    runs = []
    with ProcessPoolExecutor(arguments.jobs, mp_context=FORK) as pool:
        for finished in pool.map(run_without_defect, *zip(*rounds, strict=True)):
            runs.append(finished)
            print(_format_line(finished), flush=True)
    if arguments.json:
        _save_runs(arguments.json, runs)
    return 1 if any(run["alarms"] or run["passed"] < run["rules"] for run in runs) else 0


def _save_runs(file: Path, runs: Sequence[dict[str, Any]]) -> None:
    """Write the runs down, beside those of other profiles and seeds that stand there."""
    saved_runs = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    run_by_key = {(run["profile"], run["seed"]): run for run in [*saved_runs, *runs]}
    text = json.dumps([run_by_key[key] for key in sorted(run_by_key)], indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def _format_line(run: dict[str, Any]) -> str:
    alarm_text = "; ".join(run["alarms"]) or "no alarm"
    return (
        f"{run['profile']} seed {run['seed']}: {run['passed']} of {run['rules']} rules pass, "
        f"{run['requests']} requests, {run['seconds']:.0f} s: {alarm_text}"
    )


if __name__ == "__main__":
    sys.exit(main())
