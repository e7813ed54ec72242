"""What a workspace costs: made, signed in to, asked and deleted on one connection, and what one weighs."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles

from bench import processes
from bench.cases import CAMPAIGN_RESULTS, NOW
from bench.client import CREDENTIALS, PREFIX, NotAnswered
from bench.peers import OUR_SERVER
from bench.processes import Served

MANY = 200
STATUS, MADE, SIGNED_IN, ASKED, DELETED = "GET /status/", "make", "sign in", "first data", "delete"
STEPS = (STATUS, MADE, SIGNED_IN, ASKED, DELETED)
ORDER = json.dumps({"mode": "frozen", "now": NOW}).encode()


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of each step, one of each in turn; `kib` is what one that is unchanged weighs, of many at once."""

    steps: dict[str, list[float]]
    kib: float

    def median(self, step: str) -> float:
        """The step's median, in milliseconds."""
        return median(self.steps[step])

    def p99(self, step: str) -> float:
        """What 99 of 100 are within, in milliseconds."""
        return quantiles(self.steps[step], n=100)[-1]

    def of_status(self, step: str) -> float:
        """The step relative to `GET /status/` in the same turn, the median."""
        return median(one / other for one, other in zip(self.steps[step], self.steps[STATUS], strict=True))


def cost(home: Path) -> Cost:
    """Measure a server that stands for this alone. Raises DidNotStart, NotAnswered."""
    port = processes.free_port()
    served = processes.start(OUR_SERVER.command(port, home, {}), port, OUR_SERVER.probe, home)
    try:
        return _measured(served)
    finally:
        processes.stop(served.process)


def _measured(served: Served) -> Cost:
    line = HTTPConnection("127.0.0.1", served.port, timeout=10)
    try:
        list(_turn(line))
        turns = [dict(_turn(line)) for _ in range(MANY)]
        before = served.mib()
        for _ in range(MANY):
            _ask(line, "POST", "/_mock/workspaces", ORDER)
        return Cost({step: [turn[step] for turn in turns] for step in STEPS}, (served.mib() - before) * 1024 / MANY)
    except (OSError, HTTPException) as failure:
        raise NotAnswered(f"{type(failure).__name__}: {failure}") from failure
    finally:
        line.close()


def _turn(line: HTTPConnection) -> Iterator[tuple[str, float]]:
    """One workspace's life: each step and its milliseconds."""
    taken, _ = _ask(line, "GET", f"{PREFIX}/status/")
    yield STATUS, taken
    taken, body = _ask(line, "POST", "/_mock/workspaces", ORDER)
    yield MADE, taken
    made = json.loads(body)
    taken, body = _ask(line, "POST", f"{made['base_path']}/auth", CREDENTIALS)
    yield SIGNED_IN, taken
    token = json.loads(body)["AccessToken"]
    taken, _ = _ask(line, "GET", made["base_path"] + CAMPAIGN_RESULTS.target, token=token)
    yield ASKED, taken
    taken, _ = _ask(line, "DELETE", f"/_mock/workspaces/{made['name']}")
    yield DELETED, taken


def _ask(
    line: HTTPConnection, method: str, target: str, body: bytes | None = None, token: str = ""
) -> tuple[float, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    begun = time.perf_counter()
    line.request(method, target, body, headers | ({"Content-Type": "application/json"} if body else {}))
    response = line.getresponse()
    content = response.read()
    taken = (time.perf_counter() - begun) * 1000
    if response.status not in (200, 201, 204):
        raise NotAnswered(f"{method} {target} answered {response.status}: {content[:200].decode(errors='replace')}")
    return taken, content
