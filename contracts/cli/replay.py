"""`contracts replay`: a capsule's failure once more, on the same target or another."""

import argparse
import sys
from pathlib import Path

from contracts.cli import run
from contracts.pytest_plugin.reproducer import Reproducer

USAGE_ERROR = 2
REPORT_DIR = "contracts-replay"
"""Not the run's own folder: a run clears the capsules that it finds there."""


def replay(arguments: argparse.Namespace) -> int:
    """Run the capsule's contract with its seed; exit 1 where the rule is still broken, 0 where it is kept."""
    try:
        reproducer = Reproducer.load(Path(arguments.file))
    except (OSError, ValueError, TypeError) as error:
        print(f"contracts: {arguments.file} is no capsule: {error}", file=sys.stderr)
        return USAGE_ERROR
    if arguments.plan:
        print("contracts: --plan is for `contracts run`", file=sys.stderr)
        return USAGE_ERROR
    arguments.report_dir = arguments.report_dir or REPORT_DIR
    if Path(arguments.file).resolve().is_relative_to(Path(arguments.report_dir).resolve()):
        print(
            f"contracts: --report-dir: the capsule is in {arguments.report_dir}, which would be cleared",
            file=sys.stderr,
        )
        return USAGE_ERROR
    arguments.base_url = arguments.base_url or reproducer.target
    arguments.profile, arguments.seed, arguments.rule = reproducer.profile, reproducer.seed, list(reproducer.rules)
    arguments.capsule = str(arguments.file) if reproducer.program else None
    print(f"{reproducer.contract} {reproducer.case}".rstrip() + f": {reproducer.reason}")
    module, _, name = reproducer.contract.partition("::")
    case = f"[{reproducer.case}]" if reproducer.case else ""
    return run.run(arguments, (f"{run.CASES / f'test_{module}.py'}::test_{name}{case}",))
