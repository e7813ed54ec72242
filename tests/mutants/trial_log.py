"""A log of trials, so that an interrupted run can resume, and the summary of a run."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.measured import Row
from tests.mutants.equivalent import SortedSurvivors
from tests.mutants.trial import ROOT, Trial

TARGET_SCORE = 0.95
"""The fraction of behaviour-changing mutants that the suite must kill."""


def source_digest(root: Path = ROOT) -> str:
    """Return a digest of the sources of the mock and the suite. A trial is valid only for the sources it ran on."""
    digest = hashlib.sha256()
    for part in ("mock_server", "contracts"):
        for file in sorted((root / part).rglob("*")):
            if file.suffix in (".py", ".yaml", ".ini", ".json", ".toml"):
                digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


class TrialLog:
    """A file of trials. Its first line is the digest of the sources, and each further line is one trial."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def start(self, current_state: str, *, keep_kills: bool) -> dict[str, Trial]:
        """Open the log, and return the trials that are still valid, by mutant id.

        If the sources are unchanged, all trials are valid. Otherwise kills are valid, if `keep_kills` is true.
        """
        recorded_state, trials = self._read()
        if recorded_state != current_state:
            trials = {name: trial for name, trial in trials.items() if keep_kills and trial.killed}
        # The file is always rewritten, because an interrupted run may have left an incomplete last line.
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text("".join([f"{current_state}\n", *map(_to_line, trials.values())]), encoding="utf-8")
        return trials

    def add(self, trial: Trial) -> None:
        """Append a trial to the log."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(_to_line(trial))

    def _read(self) -> tuple[str, dict[str, Trial]]:
        if not self._file.exists():
            return "", {}
        recorded_state, *lines = self._file.read_text(encoding="utf-8").splitlines() or [""]
        trials = [Trial.from_json(json.loads(line)) for line in lines if line.endswith("}")]
        return recorded_state, {trial.id: trial for trial in trials}


def score(trials: Sequence[Trial], sorted_: SortedSurvivors) -> float:
    """Return the fraction of killed mutants among those that change the platform's behaviour."""
    counted = len(trials) - sorted_.count("equivalent") - sorted_.count("outside")
    return sum(trial.killed for trial in trials) / counted if counted else 1.0


def summarize(trials: Sequence[Trial], sorted_: SortedSurvivors, run_facts: Row) -> Row:
    """Return the figures of a run. `minutes` is the sum of the times of all trials."""
    killed = [trial for trial in trials if trial.killed]
    return {
        **run_facts,
        "minutes": round(sum(trial.seconds for trial in trials) / 60, 1),
        "drawn": len(trials),
        "killed": len(killed),
        "equivalent": sorted_.count("equivalent"),
        "outside": sorted_.count("outside"),
        "words": sorted_.count("words"),
        "open": len(sorted_.unexplained),
        "score": round(score(trials, sorted_), 4),
        "target": TARGET_SCORE,
        "ends": dict(Counter(trial.end for trial in trials).most_common()),
        "kinds": dict(Counter(trial.kind for trial in killed if trial.kind).most_common()),
    }


def mutant_rows(trials: Sequence[Trial], sorted_: SortedSurvivors) -> Iterator[Row]:
    """Yield one row for each mutant: first unexplained survivors, then explained ones, then killed mutants."""
    for trial in sorted_.unexplained:
        yield _to_row(trial)
    for trial, entry in sorted_.explained:
        yield {**_to_row(trial), "explained": entry.kind, "reason": entry.reason}
    for trial in trials:
        if trial.killed:
            yield {**_to_row(trial), "by": trial.by, "rules": list(trial.rules)}


def format_survivors(sorted_: SortedSurvivors) -> Iterable[str]:
    """Yield the survivors as lines of text."""
    for trial in sorted_.unexplained:
        yield f"SURVIVED {trial.id} {trial.file}:{trial.line} {trial.operator}"
        yield from (f"    - {line}" for line in trial.before.splitlines())
        yield from (f"    + {line}" for line in trial.after.splitlines())
    for trial, entry in sorted_.explained:
        yield f"{entry.kind:10} {trial.id} {trial.file}:{trial.line}: {entry.reason}"


def _to_line(trial: Trial) -> str:
    return json.dumps(trial.to_json(), ensure_ascii=False) + "\n"


def _to_row(trial: Trial) -> Row:
    return {
        "id": trial.id,
        "file": trial.file,
        "line": trial.line,
        "operator": trial.operator,
        "before": trial.before,
        "after": trial.after,
        "end": trial.end,
    }
