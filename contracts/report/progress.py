"""How far a run has come, told while it runs: one line that is rewritten, or a short line now and then."""

from collections.abc import Callable, Sequence
from typing import TextIO

from contracts.report.sanitizer import cut
from contracts.report.summary import many, title
from contracts.results.result import Outcome
from contracts.spec.verdicts import Verdict

WIDTH = 78
BAD = frozenset({Verdict.FAIL, Verdict.ERROR})


class Progress:
    """Tells of each contract as it ends. `seconds` is the caller's monotonic clock.

    Where the stream is no terminal it gets a line for each area that is entered and for each failure.
    """

    def __init__(self, stream: TextIO, total: int, is_terminal: bool, seconds: Callable[[], float]) -> None:
        self._stream, self._total, self._is_terminal, self._seconds = stream, total, is_terminal, seconds
        self._began = seconds()
        self._ended: set[tuple[str, str]] = set()
        self._failed: set[tuple[str, str]] = set()
        self._areas: set[str] = set()

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """One contract has ended, with these outcomes."""
        for outcome in outcomes:
            self._ended.add((outcome.contract, outcome.case))
        bad = [outcome for outcome in outcomes if outcome.verdict in BAD]
        self._failed.update((outcome.contract, outcome.case) for outcome in bad)
        for outcome in outcomes[:1]:
            area = outcome.contract.partition("::")[0]
            if self._is_terminal:
                self._rewrite(self._told(area))
            elif area not in self._areas:
                self._write(self._told(area))
            self._areas.add(area)
        if not self._is_terminal:
            for outcome in bad:
                self._write(cut(f"{outcome.verdict}: {title(outcome)} ({', '.join(outcome.rules)})", WIDTH))

    def close(self) -> None:
        """Say the last number, and leave the line."""
        if self._is_terminal:
            self._rewrite(self._told("done"))
            self._stream.write("\n")
            self._stream.flush()
        else:
            self._write(self._told("done"))

    def _told(self, where: str) -> str:
        count, failed = f"{len(self._ended)}/{self._total}", many(len(self._failed), "failure")
        return cut(f"{count}, {failed}, {self._seconds() - self._began:.0f} s: {where}", WIDTH)

    def _rewrite(self, text: str) -> None:
        self._stream.write(f"\r{text:{WIDTH}}")
        self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
