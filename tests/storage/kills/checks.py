"""All checks of what servers kept that were killed. They share no code with the servers.

Each check returns how much it has checked and what is wrong. `test_checks.py` shows for each of them a log that it
accepts and logs that it refuses.
"""

from collections.abc import Callable, Mapping

from tests.storage.kills import check_answers, check_evaluations, check_time, check_writes
from tests.storage.kills.evidence import Evidence, Finding

CHECKS: Mapping[str, Callable[[Evidence], Finding]] = {
    "resets": check_writes.check_resets,
    "results": check_writes.check_results,
    "packages": check_writes.check_packages,
    "settings": check_writes.check_settings,
    "reads": check_writes.check_reads,
    "evaluations": check_evaluations.check_evaluations,
    "stale evaluations": check_evaluations.check_stale_evaluations,
    "clock": check_time.check_clock,
    "moves": check_time.check_moves,
    "runs": check_time.check_runs,
    "sales": check_time.check_sales,
    "jobs": check_time.check_jobs,
    "ids": check_answers.check_ids,
    "tokens": check_answers.check_tokens,
    "answers": check_answers.check_answers,
    "agreement": check_answers.check_agreement,
}

CHECKED_WRITES = ("add result", "delete result", "create package", "put settings", "sell", "move", "reset", "sign in")
"""The operations of which the checks look for each that was acknowledged."""


def check_all(evidence: Evidence) -> dict[str, Finding]:
    """Perform all checks."""
    return {name: check(evidence) for name, check in CHECKS.items()}
