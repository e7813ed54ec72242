"""False alarms: the suite on the right mock, seed by seed: `python -m tests.defects.alarms --json FILE`."""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tests.defects.deploy import RIGHT
from tests.defects.forks import FORK, deployed, inspected

BAD = ("fail", "error", "observation", "inconclusive", "blocked")


def quiet(profile: str, seed: int) -> dict[str, Any]:
    """One run on a deployment without a defect, and whatever it found nevertheless."""
    with deployed(RIGHT) as origin:
        result = inspected(f"{origin}/api/v3", ["--profile", profile, "--seed", str(seed)])
    alarms = [
        f"{outcome['verdict']}: {outcome['contract']} {outcome['case']}: {outcome['reason']}"
        for outcome in result["outcomes"]
        if outcome["verdict"] in BAD
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
        for found in pool.map(quiet, *zip(*rounds, strict=True)):
            runs.append(found)
            print(_line(found), flush=True)
    if arguments.json:
        _kept(arguments.json, runs)
    return 1 if any(run["alarms"] or run["passed"] < run["rules"] for run in runs) else 0


def _kept(file: Path, runs: Sequence[dict[str, Any]]) -> None:
    """Write the runs down, beside those of other profiles and seeds that stand there."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    kept = {(run["profile"], run["seed"]): run for run in [*known, *runs]}
    text = json.dumps([kept[key] for key in sorted(kept)], indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def _line(found: dict[str, Any]) -> str:
    told = "; ".join(found["alarms"]) or "no alarm"
    return (
        f"{found['profile']} seed {found['seed']}: {found['passed']} of {found['rules']} rules pass, "
        f"{found['requests']} requests, {found['seconds']:.0f} s: {told}"
    )


if __name__ == "__main__":
    sys.exit(main())
