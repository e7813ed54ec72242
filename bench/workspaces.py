"""Measure the cost of a workspace: the time of creating, using and deleting one, and its memory."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles

from bench import processes
from bench.cases import CAMPAIGN_RESULTS, NOW
from bench.client import CREDENTIALS, PREFIX, RequestFailedError
from bench.peers import OUR_SERVER
from bench.processes import RunningServer

WORKSPACE_COUNT = 200
STATUS, MAKE, SIGN_IN, FIRST_READ, DELETE = "GET /status/", "create", "sign in", "first data", "delete"
STEPS = (STATUS, MAKE, SIGN_IN, FIRST_READ, DELETE)
NEW_WORKSPACE = json.dumps({"mode": "frozen", "now": NOW}).encode()


@dataclass(frozen=True, slots=True)
class WorkspaceCost:
    """The milliseconds of each step in each cycle. `kib` is the memory of one unchanged workspace, the mean of many."""

    steps: dict[str, list[float]]
    kib: float

    def median(self, step: str) -> float:
        """Return the median of a step, in milliseconds."""
        return median(self.steps[step])

    def p99(self, step: str) -> float:
        """Return the 99th percentile of a step, in milliseconds."""
        return quantiles(self.steps[step], n=100)[-1]

    def status_ratio(self, step: str) -> float:
        """Return the median ratio of a step to `GET /status/` in the same cycle."""
        return median(one / other for one, other in zip(self.steps[step], self.steps[STATUS], strict=True))


def measure_cost(home: Path) -> WorkspaceCost:
    """Start a server, measure it, and stop it. Raises StartError, RequestFailedError."""
    port = processes.free_port()
    server_process = processes.start(OUR_SERVER.command(port, home, {}), port, OUR_SERVER.probe, home)
    try:
        return _measure(server_process)
    finally:
        processes.stop(server_process.process)


def _measure(server_process: RunningServer) -> WorkspaceCost:
    connection = HTTPConnection("127.0.0.1", server_process.port, timeout=10)
    try:
        list(_run_cycle(connection))
        cycles = [dict(_run_cycle(connection)) for _ in range(WORKSPACE_COUNT)]
        memory_before = server_process.memory_mib()
        for _ in range(WORKSPACE_COUNT):
            _timed_request(connection, "POST", "/_mock/workspaces", NEW_WORKSPACE)
        return WorkspaceCost(
            {step: [cycle[step] for cycle in cycles] for step in STEPS},
            (server_process.memory_mib() - memory_before) * 1024 / WORKSPACE_COUNT,
        )
    except (OSError, HTTPException) as failure:
        raise RequestFailedError(f"{type(failure).__name__}: {failure}") from failure
    finally:
        connection.close()


def _run_cycle(connection: HTTPConnection) -> Iterator[tuple[str, float]]:
    """Create, use and delete one workspace; yield each step and its milliseconds."""
    elapsed, _ = _timed_request(connection, "GET", f"{PREFIX}/status/")
    yield STATUS, elapsed
    elapsed, body = _timed_request(connection, "POST", "/_mock/workspaces", NEW_WORKSPACE)
    yield MAKE, elapsed
    workspace = json.loads(body)
    elapsed, body = _timed_request(connection, "POST", f"{workspace['base_path']}/auth", CREDENTIALS)
    yield SIGN_IN, elapsed
    token = json.loads(body)["AccessToken"]
    elapsed, _ = _timed_request(connection, "GET", workspace["base_path"] + CAMPAIGN_RESULTS.target, token=token)
    yield FIRST_READ, elapsed
    elapsed, _ = _timed_request(connection, "DELETE", f"/_mock/workspaces/{workspace['name']}")
    yield DELETE, elapsed


def _timed_request(
    connection: HTTPConnection, method: str, target: str, body: bytes | None = None, token: str = ""
) -> tuple[float, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    start_time = time.perf_counter()
    connection.request(method, target, body, headers | ({"Content-Type": "application/json"} if body else {}))
    response = connection.getresponse()
    content = response.read()
    elapsed = (time.perf_counter() - start_time) * 1000
    if response.status not in (200, 201, 204):
        raise RequestFailedError(
            f"{method} {target} answered {response.status}: {content[:200].decode(errors='replace')}"
        )
    return elapsed, content
