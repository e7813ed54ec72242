"""Measure the cost of refusing a body of 1 MiB of unknown members, compared with the cost of reading it as JSON."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench import processes
from bench.client import RequestFailedError
from bench.peers import OUR_SERVER
from bench.processes import RunningServer

REFUSAL_COUNT = 50
BODY_SIZE = 2**20
BODY = json.dumps({f"m{index:06d}": 0 for index in range(BODY_SIZE // 12 - 1)}, separators=(",", ":")).encode()
"""Every member is unknown to the operation, which is `POST /_mock/reset`."""


@dataclass(frozen=True, slots=True)
class RefusalCost:
    """CPU milliseconds of one refusal in the server, and of reading its body once with Python's `json`."""

    refusal: float
    reading: float

    @property
    def ratio(self) -> float:
        """The ratio of the refusal to reading the body."""
        return self.refusal / self.reading


def measure_cost(home: Path) -> RefusalCost:
    """Measure a server that is started only for this measurement. Raises StartError, RequestFailedError."""
    port = processes.free_port()
    server_process = processes.start(OUR_SERVER.command(port, home, {}), port, OUR_SERVER.probe, home)
    try:
        _refuse(server_process)
        before = server_process.cpu_seconds()
        for _ in range(REFUSAL_COUNT):
            _refuse(server_process)
        refusal = server_process.cpu_seconds() - before
    finally:
        processes.stop(server_process.process)
    before = time.process_time()
    for _ in range(REFUSAL_COUNT):
        json.loads(BODY)
    reading = time.process_time() - before
    return RefusalCost(refusal * 1000 / REFUSAL_COUNT, reading * 1000 / REFUSAL_COUNT)


def _refuse(server_process: RunningServer) -> None:
    connection = HTTPConnection("127.0.0.1", server_process.port, timeout=10)
    try:
        connection.request("POST", "/_mock/reset", BODY, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    except (OSError, HTTPException) as failure:
        raise RequestFailedError(f"{type(failure).__name__}: {failure}") from failure
    finally:
        connection.close()
    if response.status != 400:
        raise RequestFailedError(f"the response to a body of unknown members is {response.status}: {content[:200]!r}")
