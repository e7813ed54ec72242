"""Shows the progress of a run: one line that is rewritten, or a new line for each area and failure."""

from collections.abc import Callable, Sequence
from typing import TextIO

from contracts.report.sanitizer import truncate
from contracts.report.summary import format_count, title
from contracts.results.result import RESPONSE_KIND, Outcome
from contracts.spec.verdicts import Verdict

WIDTH = 78
FAILED_VERDICTS = frozenset({Verdict.FAIL, Verdict.ERROR})


class Progress:
    """The progress of a run. `seconds` returns the time of a monotonic clock.

    A stream that is not a terminal gets a line for each new area and for each failure.
    """

    def __init__(self, stream: TextIO, total: int, is_terminal: bool, seconds: Callable[[], float]) -> None:
        self._stream, self._total, self._is_terminal, self._seconds = stream, total, is_terminal, seconds
        self._started_at = seconds()
        self._finished: set[tuple[str, str]] = set()
        self._failed: set[tuple[str, str]] = set()
        self._areas: set[str] = set()

    def update(self, outcomes: Sequence[Outcome]) -> None:
        """Add the outcomes of a contract that has ended."""
        of_contract = [outcome for outcome in outcomes if outcome.kind != RESPONSE_KIND]
        self._finished.update((outcome.contract, outcome.case) for outcome in of_contract)
        failures = [outcome for outcome in outcomes if outcome.verdict in FAILED_VERDICTS]
        new_failures = [outcome for outcome in failures if (outcome.contract, outcome.case) not in self._failed]
        self._failed.update((outcome.contract, outcome.case) for outcome in failures)
        for outcome in of_contract[:1]:
            area = outcome.contract.partition("::")[0]
            if self._is_terminal:
                self._rewrite(self._format_status(area))
            elif area not in self._areas:
                self._write(self._format_status(area))
            self._areas.add(area)
        if not self._is_terminal:
            for outcome in new_failures:
                self._write(truncate(f"{outcome.verdict}: {title(outcome)} ({', '.join(outcome.rules)})", WIDTH))

    def close(self) -> None:
        """Write the final numbers and end the line."""
        if self._is_terminal:
            self._rewrite(self._format_status("done"))
            self._stream.write("\n")
            self._stream.flush()
        else:
            self._write(self._format_status("done"))

    def _format_status(self, current: str) -> str:
        count, failed = f"{len(self._finished)}/{self._total}", format_count(len(self._failed), "failure")
        return truncate(f"{count}, {failed}, {self._seconds() - self._started_at:.0f} s: {current}", WIDTH)

    def _rewrite(self, text: str) -> None:
        self._stream.write(f"\r{text:{WIDTH}}")
        self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
