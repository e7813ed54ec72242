"""One mutant against the suite: its server, and the contracts in stages from the cheap to the dear."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from contracts.spec import rules as catalogue
from contracts.target.clock import machine_seconds
from tests.mutants import aim
from tests.mutants.draw import PACKAGE, Mutant

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = (str(Path(sys.executable).parent / "contracts"), "run", "--user", "partner@acme.example", "--fail-fast")
CASES_AND_LAWS = ("--kind", "example", "--kind", "law")
STAGES = ((*CASES_AND_LAWS, "--profile", "smoke"), CASES_AND_LAWS, ("--kind", "machine"), ("--kind", "schema"))
"""After the contracts of the rules that the mutated code cites: all of them, the cheap ones first."""
PATIENCE = 120.0
"""Seconds that a stage, or a start, may take before the mutant counts as one that hangs."""

End = Literal["contract", "suite", "gone", "hangs", "does not start", "survived"]
"""How a trial ended: a contract failed; a contract could not even be judged; the server went away under it; …"""


@dataclass(frozen=True)
class Trial:
    """What became of one mutant. `by` is the contract, `kind` its kind, `rules` those that failed."""

    id: str
    file: str
    line: int
    operator: str
    before: str
    after: str
    end: End
    by: str = ""
    kind: str = ""
    rules: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    @property
    def killed(self) -> bool:
        return self.end != "survived"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, values: dict[str, Any]) -> "Trial":
        return cls(**{**values, "rules": tuple(values["rules"])})


def tried(mutant: Mutant, seed: int, patience: float = PATIENCE) -> Trial:
    """The mutant's trial: the stages until one of them notices it."""
    began = machine_seconds()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree(Path(folder), mutant)
        stages = (*aimed(mutant), *STAGES)
        found = _staged(Path(folder), [(*stage, "--seed", str(seed)) for stage in stages], patience)
    place = mutant.place
    about = (place.id, place.file, place.line, place.operator, mutant.before, mutant.after)
    return Trial(*about, **found, seconds=round(machine_seconds() - began, 1))


def tree(folder: Path, mutant: Mutant) -> None:
    """The package with the mutant in its place, and beside it the document that it publishes."""
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE)
    shutil.copy2(ROOT / "openapi.yaml", folder)
    file = folder / mutant.place.file
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
        compiled.unlink()
    file.write_text(mutant.source, encoding="utf-8")


def aimed(mutant: Mutant) -> list[tuple[str, ...]]:
    """The stage of the contracts that are likely to notice, where the code cites rules."""
    source = (ROOT / mutant.place.file).read_text(encoding="utf-8")
    known = catalogue.load().rules
    cited = [rule_id for rule_id in aim.rules(source, mutant.place.line) if rule_id in known]
    return [(*CASES_AND_LAWS, *(word for rule_id in cited for word in ("--rule", rule_id)))] if cited else []


def _staged(folder: Path, stages: Sequence[tuple[str, ...]], patience: float) -> dict[str, Any]:
    with _served(folder, patience) as origin:
        if not origin:
            return {"end": "does not start"}
        for stage in stages:
            found = _inspected(origin, folder / "report", stage, patience)
            if found["end"] != "survived":
                return found
    return {"end": "survived"}


@contextmanager
def _served(folder: Path, patience: float) -> Iterator[str]:
    """The mutant's server; gives its origin, or nothing where it does not start."""
    command = [sys.executable, "-m", "tests.mutants.deploy", str(folder)]
    path = os.pathsep.join([str(folder), str(ROOT)])
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        late = threading.Timer(patience, server.kill)
        late.start()
        origin = server.stdout.readline().strip()
        late.cancel()
        try:
            yield origin
        finally:
            _ended(server)


def _ended(server: "subprocess.Popen[str]") -> None:
    """Close its input, and end what no longer listens to that."""
    assert server.stdin is not None
    server.stdin.close()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _inspected(origin: str, folder: Path, options: tuple[str, ...], patience: float) -> dict[str, Any]:
    """What one stage of the suite said of the server."""
    command = [*CONTRACTS, "--base-url", f"{origin}/api/v3", "--report-dir", str(folder), *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    suite = subprocess.Popen(
        command, cwd=folder.parent, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        told, _ = suite.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(suite.pid, signal.SIGKILL)
        suite.communicate()
        return {"end": "hangs", "reason": f"{' '.join(options)}: no end after {patience:.0f} s"}
    file = folder / "result.json"
    if not file.exists():
        return {"end": "suite", "reason": told.decode(errors="replace")[-500:]}
    return verdict(json.loads(file.read_text(encoding="utf-8")))


def verdict(result: dict[str, Any]) -> dict[str, Any]:
    """How a stage ended, by its result: `survived` where the run conforms."""
    for wanted, end in (("fail", "contract"), ("error", "suite")):
        for outcome in result["outcomes"]:
            if outcome["verdict"] == wanted:
                by = f"{outcome['contract']}[{outcome['case']}]" if outcome.get("case") else outcome["contract"]
                rules = tuple(outcome["rules"])
                seen = outcome.get("seen", "")[:200]
                reason = f"{outcome['reason'][:300]}: {seen}" if seen else outcome["reason"][:300]
                return {"end": end, "by": by, "kind": outcome["kind"], "rules": rules, "reason": reason}
    if result["ended"]:
        return {"end": "gone", "reason": result["ended"]}
    return {"end": "survived"}
