"""`contracts replay`: a capsule's failure once more, on the same target or another."""

import argparse
import sys
from pathlib import Path

from contracts.cli import run
from contracts.pytest_plugin.reproducer import Capsule

USAGE = 2
REPORT_DIR = "contracts-replay"
"""Not the run's own folder: a run clears the capsules that it finds there."""


def replay(arguments: argparse.Namespace) -> int:
    """Run the capsule's contract with its seed; exit 1 where the rule is still broken, 0 where it is kept."""
    try:
        bottle = Capsule.read(Path(arguments.file))
    except (OSError, ValueError, TypeError) as bad:
        print(f"contracts: {arguments.file} is no capsule: {bad}", file=sys.stderr)
        return USAGE
    if arguments.plan:
        print("contracts: --plan is for `contracts run`", file=sys.stderr)
        return USAGE
    arguments.report_dir = arguments.report_dir or REPORT_DIR
    if Path(arguments.file).resolve().is_relative_to(Path(arguments.report_dir).resolve()):
        print(
            f"contracts: --report-dir: the capsule is in {arguments.report_dir}, which would be cleared",
            file=sys.stderr,
        )
        return USAGE
    arguments.base_url = arguments.base_url or bottle.target
    arguments.profile, arguments.seed, arguments.rule = bottle.profile, bottle.seed, list(bottle.rules)
    arguments.capsule = str(arguments.file) if bottle.program else None
    print(f"{bottle.contract} {bottle.case}".rstrip() + f": {bottle.reason}")
    module, _, name = bottle.contract.partition("::")
    case = f"[{bottle.case}]" if bottle.case else ""
    return run.run(arguments, (f"{run.CASES / f'test_{module}.py'}::test_{name}{case}",))
