"""Try one mutant: serve it, and run the contracts against it in stages, the fastest first."""

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
from tests.mutants import cited_rules as aim
from tests.mutants.draw import PACKAGE, Mutant

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = (str(Path(sys.executable).parent / "contracts"), "run", "--user", "partner@acme.example", "--fail-fast")
EXAMPLES_AND_PROPERTIES = ("--kind", "example", "--kind", "law")
STAGES = (
    (*EXAMPLES_AND_PROPERTIES, "--profile", "smoke"),
    EXAMPLES_AND_PROPERTIES,
    ("--kind", "machine"),
    ("--kind", "schema"),
)
"""All contracts, the fastest kinds first. The contracts of the rules that the mutated code cites run before them."""
STAGE_TIMEOUT = 120.0
"""The seconds that the start or a stage may take; a mutant that takes longer counts as hanging."""

End = Literal["contract", "suite", "gone", "hangs", "does not start", "survived"]
"""The end of a trial: a failed contract or suite, a server that disappeared, hung or did not start, or no failure."""


@dataclass(frozen=True)
class Trial:
    """The result of one mutant. `by` is the contract that failed, `kind` its kind, `rules` the rules that failed."""

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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Trial":
        return cls(**{**values, "rules": tuple(values["rules"])})


def try_mutant(mutant: Mutant, seed: int, timeout: float = STAGE_TIMEOUT) -> Trial:
    """Try a mutant: run the stages until one of them detects it."""
    start_time = machine_seconds()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        write_package(Path(folder), mutant)
        stages = (*targeted_stages(mutant), *STAGES)
        stage_result = _run_stages(Path(folder), [(*stage, "--seed", str(seed)) for stage in stages], timeout)
    place = mutant.place
    identity = (place.id, place.file, place.line, place.operator, mutant.before, mutant.after)
    return Trial(*identity, **stage_result, seconds=round(machine_seconds() - start_time, 1))


def write_package(folder: Path, mutant: Mutant) -> None:
    """Write the package with the mutated file, and the `openapi.yaml` that it publishes."""
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE)
    shutil.copy2(ROOT / "openapi.yaml", folder)
    file = folder / mutant.place.file
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
        compiled.unlink()
    file.write_text(mutant.source, encoding="utf-8")


def targeted_stages(mutant: Mutant) -> list[tuple[str, ...]]:
    """Return the stage with the contracts of the rules that the mutated code cites, or none if it cites none."""
    source = (ROOT / mutant.place.file).read_text(encoding="utf-8")
    known_rules = catalogue.load().rules
    cited_rules = [rule_id for rule_id in aim.cited_rules(source, mutant.place.line) if rule_id in known_rules]
    return (
        [(*EXAMPLES_AND_PROPERTIES, *(word for rule_id in cited_rules for word in ("--rule", rule_id)))]
        if cited_rules
        else []
    )


def _run_stages(folder: Path, stages: Sequence[tuple[str, ...]], timeout: float) -> dict[str, Any]:
    with _running_server(folder, timeout) as origin:
        if not origin:
            return {"end": "does not start"}
        for stage in stages:
            stage_result = _run_stage(origin, folder / "report", stage, timeout)
            if stage_result["end"] != "survived":
                return stage_result
    return {"end": "survived"}


@contextmanager
def _running_server(folder: Path, timeout: float) -> Iterator[str]:
    """Run the mutant's server and yield its origin, or an empty string if it does not start."""
    command = [sys.executable, "-m", "tests.mutants.serve_mutant", str(folder)]
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
        kill_timer = threading.Timer(timeout, server.kill)
        kill_timer.start()
        origin = server.stdout.readline().strip()
        kill_timer.cancel()
        try:
            yield origin
        finally:
            _stop(server)


def _stop(server: "subprocess.Popen[str]") -> None:
    """Close the server's standard input; kill the server if it does not end then."""
    assert server.stdin is not None
    server.stdin.close()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _run_stage(origin: str, folder: Path, options: tuple[str, ...], timeout: float) -> dict[str, Any]:
    """Run one stage of the suite on the server, and return how it ended."""
    command = [*CONTRACTS, "--base-url", f"{origin}/api/v3", "--report-dir", str(folder), *options]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    suite = subprocess.Popen(
        command, cwd=folder.parent, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        output, _ = suite.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(suite.pid, signal.SIGKILL)
        suite.communicate()
        return {"end": "hangs", "reason": f"{' '.join(options)}: not finished after {timeout:.0f} s"}
    file = folder / "result.json"
    if not file.exists():
        return {"end": "suite", "reason": output.decode(errors="replace")[-500:]}
    return stage_end(json.loads(file.read_text(encoding="utf-8")))


def stage_end(result: dict[str, Any]) -> dict[str, Any]:
    """Return how a stage ended, from the result of its run: `survived` if the run conforms."""
    for verdict, end in (("fail", "contract"), ("error", "suite")):
        for outcome in result["outcomes"]:
            if outcome["verdict"] == verdict:
                by = f"{outcome['contract']}[{outcome['case']}]" if outcome.get("case") else outcome["contract"]
                rules = tuple(outcome["rules"])
                seen = outcome.get("seen", "")[:200]
                reason = f"{outcome['reason'][:300]}: {seen}" if seen else outcome["reason"][:300]
                return {"end": end, "by": by, "kind": outcome["kind"], "rules": rules, "reason": reason}
    if result["ended"]:
        return {"end": "gone", "reason": result["ended"]}
    return {"end": "survived"}
