"""What trials came to: kept as they end, so that a run that was stopped goes on, and summed up at the end."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.mutants.equivalent import SortedSurvivors
from tests.mutants.trial import ROOT, Trial

TARGET_SCORE = 0.95
"""The part of the mutants that are not equivalent which the suite must kill."""


def source_digest(root: Path = ROOT) -> str:
    """A digest of the mock and of the suite: trials of another state prove nothing about this one."""
    digest = hashlib.sha256()
    for part in ("mock_server", "contracts"):
        for file in sorted((root / part).rglob("*")):
            if file.suffix in (".py", ".yaml", ".ini", ".json", ".toml"):
                digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


class TrialLog:
    """A file of trials, one a line, under the state that they were made in."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def start(self, current_state: str, *, keep_kills: bool) -> dict[str, Trial]:
        """What is known already: all trials of this state; of another one its kills, if these are to be believed."""
        recorded_state, trials = self._read()
        if recorded_state != current_state:
            trials = {name: trial for name, trial in trials.items() if keep_kills and trial.killed}
        # Written anew in any case: what a run that was stopped left half a line of would swallow the next one.
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text("".join([f"{current_state}\n", *map(_to_line, trials.values())]), encoding="utf-8")
        return trials

    def add(self, trial: Trial) -> None:
        """One more."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(_to_line(trial))

    def _read(self) -> tuple[str, dict[str, Trial]]:
        if not self._file.exists():
            return "", {}
        recorded_state, *lines = self._file.read_text(encoding="utf-8").splitlines() or [""]
        trials = [Trial.from_json(json.loads(line)) for line in lines if line.endswith("}")]
        return recorded_state, {trial.id: trial for trial in trials}


def score(trials: Sequence[Trial], sorted_: SortedSurvivors) -> float:
    """The killed part of those that are not equivalent, and change the platform."""
    counted = len(trials) - sorted_.count("equivalent") - sorted_.count("outside")
    return sum(trial.killed for trial in trials) / counted if counted else 1.0


def summarize(trials: Sequence[Trial], sorted_: SortedSurvivors, run_facts: dict[str, Any]) -> dict[str, Any]:
    """The run as data; `minutes` are those of all trials, one after the other."""
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
        "holes": [_to_json(trial) for trial in sorted_.unexplained],
        "explained": [
            {**_to_json(trial), "kind": entry.kind, "reason": entry.reason} for trial, entry in sorted_.explained
        ],
        "kills": [{**_to_json(trial), "end": trial.end, "by": trial.by, "rules": trial.rules} for trial in killed],
    }


def format_survivors(sorted_: SortedSurvivors) -> Iterable[str]:
    """The survivors as text."""
    for trial in sorted_.unexplained:
        yield f"SURVIVED {trial.id} {trial.file}:{trial.line} {trial.operator}"
        yield from (f"    - {line}" for line in trial.before.splitlines())
        yield from (f"    + {line}" for line in trial.after.splitlines())
    for trial, entry in sorted_.explained:
        yield f"{entry.kind:10} {trial.id} {trial.file}:{trial.line}: {entry.reason}"


def _to_line(trial: Trial) -> str:
    return json.dumps(trial.to_json(), ensure_ascii=False) + "\n"


def _to_json(trial: Trial) -> dict[str, Any]:
    return {
        "id": trial.id,
        "file": trial.file,
        "line": trial.line,
        "operator": trial.operator,
        "before": trial.before,
        "after": trial.after,
    }
