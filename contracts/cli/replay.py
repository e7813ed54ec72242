"""`contracts replay`: run the contract of a reproducer again, on the same target or another."""

import argparse
from pathlib import Path

from contracts.cli import output, run
from contracts.pytest_plugin.reproducer import Reproducer

USAGE_ERROR = 2
REPORT_DIR = "contracts-replay"
"""The default report folder.

It differs from the folder of `contracts run`, which deletes the reproducers in its folder.
"""


def replay(arguments: argparse.Namespace) -> int:
    """Run the reproducer's contract with its seed. Return the exit code, which is 1 if the rule is still broken."""
    file = Path(arguments.file)
    try:
        reproducer = Reproducer.load(file)
    except (OSError, ValueError, TypeError) as error:
        return _report_usage_error(f"{file} is not a reproducer: {error}")
    if arguments.plan:
        return _report_usage_error("--plan is an option of `contracts run` only")
    arguments.report_dir = arguments.report_dir or REPORT_DIR
    if file.resolve().is_relative_to(Path(arguments.report_dir).resolve()):
        return _report_usage_error(f"--report-dir: the run would delete the reproducer in {arguments.report_dir}")
    arguments.base_url = arguments.base_url or reproducer.target
    arguments.profile, arguments.seed, arguments.rule = reproducer.profile, reproducer.seed, list(reproducer.rules)
    arguments.all_cases = True
    arguments.reproducer = str(file) if reproducer.program else None
    output.write(f"{reproducer.contract} {reproducer.case}".rstrip() + f": {reproducer.reason}")
    return run.run(arguments, (_node_id(reproducer),))


def _node_id(reproducer: Reproducer) -> str:
    module, _, name = reproducer.contract.partition("::")
    case = f"[{reproducer.case}]" if reproducer.case else ""
    return f"{run.CASES / f'test_{module}.py'}::test_{name}{case}"


def _report_usage_error(problem: str) -> int:
    output.write_error(problem)
    return USAGE_ERROR
