"""A reproducer: a JSON file with one failure, from which `contracts replay` runs the contract again."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts import __version__
from contracts.results.result import Outcome
from contracts.spec.redactor import REDACTOR
from contracts.spec.rules import Catalogue
from contracts.spec.transcript import Exchange
from contracts.target.target import TargetOptions

FORMAT = "wavetank-reproducer-1"
FOLDER = "reproducers"
"""The folder of the reproducers, inside the report folder."""
STEPS_PROPERTY = "contracts_program"
"""The name of the pytest user property that holds the steps of a stateful test."""


@dataclass(frozen=True, slots=True)
class Reproducer:
    """One failure. `calls` is the shortest sequence of requests that shows the failure, as curl commands.

    `test` is pytest's name of the contract, with its parameters. `program` holds the steps of a stateful test and is
    empty for any other contract.
    """

    suite: str
    contract: str
    case: str
    test: str
    rules: tuple[str, ...]
    claims: tuple[str, ...]
    reason: str
    expected: str
    seen: str
    target: str
    profile: str
    seed: int
    calls: tuple[str, ...]
    exchanges: tuple[dict[str, Any], ...]
    program: tuple[dict[str, Any], ...] = ()

    def write(self, folder: Path) -> Path:
        """Write the reproducer without secrets to a new file in the folder. Return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{self.contract}-{self.case}".strip("-"))[:120]
        file, number = folder / f"{stem}.json", 1
        while file.exists():
            number += 1
            file = folder / f"{stem}-{number}.json"
        texts = {name: REDACTOR.hide_in(getattr(self, name)) for name in ("reason", "expected", "seen", "calls")}
        text = json.dumps({"format": FORMAT, **asdict(self), **texts}, ensure_ascii=False, indent=1)
        file.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")
        return file

    @classmethod
    def load(cls, file: Path) -> "Reproducer":
        """Load a reproducer. Raises OSError, and ValueError or TypeError if the file is not a reproducer."""
        values = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise ValueError(f"{file} does not have the format {FORMAT}")
        lists = ("rules", "claims", "calls", "exchanges", "program")
        members: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in values.items()}
        return cls(**members)


def build(
    outcome: Outcome, item: pytest.Item, exchanges: Sequence[Exchange], target: TargetOptions, catalogue: Catalogue
) -> Reproducer:
    """Build the reproducer of a failure. The steps of a stateful test are in `item.user_properties`."""
    program = next((value for name, value in item.user_properties if name == STEPS_PROPERTY), ())
    return Reproducer(
        suite=__version__,
        contract=outcome.contract,
        case=outcome.case,
        test=f"{item.path.name}::{item.name}",
        rules=outcome.rules,
        claims=tuple(catalogue.rule(rule_id).claim for rule_id in outcome.rules),
        reason=outcome.reason,
        expected=outcome.expected,
        seen=outcome.seen,
        target=target.base_url,
        profile=target.profile,
        seed=target.seed,
        calls=outcome.calls,
        exchanges=tuple(exchange.to_json() for exchange in exchanges),
        program=tuple(program),  # type: ignore[arg-type] # the steps of the stateful test
    )
