"""Send many inputs, valid and broken, to `mock-server serve` over sockets, and check that it stays well.

python -m tests.http.socket_fuzz [--inputs 100000] [--seed 1] [--store sqlite] [--json docs/measured/attack.jsonl]

Every READ_EVERY inputs, the journal is read, as a list, as HAR, by client checks and by a verification.
There is no response of 5xx, each response contains an id, every connection ends, memory grows by at most
MAX_GROWTH_MIB, and the log stays empty. Half of the inputs are parsed by httptools, half by h11. The counts are printed
and, with --json, written as a row, which replaces the row of the same kind of run.
"""

import argparse
import asyncio
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests import measured, plain_http
from tests.http.fuzz_inputs import FuzzInput, InputGenerator
from tests.http.server_process import FROZEN, MISSING_MODULES, PARSERS, start_server
from tests.storage import stores as store_kinds
from tests.storage.stores import IN_MEMORY, StoreKind, Stores, open_stores

CONCURRENCY = 24
QUIET_SECONDS = 0.1
"""How long the fuzzer waits for a response before it ends its side of the connection: some inputs get none."""
HANG_SECONDS = 60
"""If the server has not closed the connection after this time, it hangs."""
MAX_GROWTH_MIB = 96
"""The journal keeps 1,000 requests; without them, the rest is far less."""
READ_EVERY = 500
VERIFICATION = {
    "expectations": [
        {"operation": "listEvents", "query": {"city": "%"}, "at_least": 1},
        {"operation": "signIn", "body": {"username": "partner@acme.example"}},
        {"operation": "createPackage", "count": 1},
    ],
    "in_order": True,
}
JOURNAL_READS = (
    ("GET", "/journal", None),
    ("GET", "/journal.har", None),
    ("GET", "/conduct", None),
    ("POST", "/journal/verify", VERIFICATION),
)
HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r\n]+\r\n)*)\r\n")
LENGTH = re.compile(rb"content-length: (\d+)\r\n")


@dataclass
class Outcome:
    """What the inputs of one run led to."""

    inputs: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    without_answer: int = 0
    journal_reads: int = 0
    failures: list[str] = field(default_factory=list)
    start_mib: float = 0.0
    end_mib: float = 0.0

    def record(self, fuzz_input: FuzzInput, received: bytes) -> None:
        """Count the responses to an input."""
        self.inputs += 1
        self.kinds[fuzz_input.kind] += 1
        statuses = 0
        for status, headers in split_responses(received):
            statuses += 1
            self.answers[str(status)] += 1
            if status >= 500:
                self.failures.append(f"{status} for {fuzz_input}"[:2_000])
            if status >= 200 and b"x-request-id: " not in headers:
                self.failures.append(f"{status} without an id for {fuzz_input}"[:2_000])
        self.without_answer += not statuses

    def to_row(self, parser: str, seed: int, store: StoreKind) -> measured.Row:
        """The row of the results."""
        growth = {"start": round(self.start_mib, 1), "end": round(self.end_mib, 1)}
        return {
            "run": "sockets",
            "store": store,
            "parser": parser,
            "seed": seed,
            "inputs": self.inputs,
            "answers": dict(sorted(self.answers.items())),
            "without_answer": self.without_answer,
            "journal_reads": self.journal_reads,
            "failures": len(self.failures),
            "memory_mib": growth,
            "kinds": dict(sorted(self.kinds.items())),
        }


def split_responses(received: bytes) -> list[tuple[int, bytes]]:
    """Return the status and the headers of each response. The response to a HEAD request has no body."""
    responses, position = [], 0
    while (head := HEAD.match(received, position)) is not None:
        status, headers = int(head[1]), head[2]
        responses.append((status, headers))
        position = head.end()
        length = LENGTH.search(headers)
        if length is not None and not HEAD.match(received, position):
            position += int(length[1])
        elif length is None and b"transfer-encoding: chunked" in headers.lower():
            position = received.find(b"0\r\n\r\n", position) + 5
    return responses


def run(parser: str, seed: int, inputs: int, stores: Stores = IN_MEMORY) -> Outcome:
    """Send inputs to a new server."""
    outcome = Outcome()
    with start_server(MISSING_MODULES[parser], (*FROZEN, *stores.flags())) as server:
        assert server.stdout is not None
        try:
            origin = server.stdout.readline().split()[1].removesuffix("/api/v3")
            generator = InputGenerator(seed, _sign_in(origin))
            outcome.start_mib = _resident_mib(server.pid)
            asyncio.run(_send_all(origin, generator, inputs, outcome))
            if plain_http.get(f"{origin}/api/v3/status/").status_code != 200:
                outcome.failures.append("the server is not well after the run")
            outcome.end_mib = _resident_mib(server.pid)
        finally:
            server.terminate()
        log = server.communicate(timeout=HANG_SECONDS)[1]
    if log:
        outcome.failures.append(f"the log is not empty: {log[:5_000]}")
    if outcome.end_mib - outcome.start_mib > MAX_GROWTH_MIB:
        outcome.failures.append(f"memory has grown from {outcome.start_mib:.0f} to {outcome.end_mib:.0f} MiB")
    return outcome


def _sign_in(origin: str) -> bytes:
    credentials = {"username": "partner@acme.example", "password": "wavetank"}
    token: str = plain_http.post(f"{origin}/api/v3/auth", json=credentials).json()["AccessToken"]
    return token.encode()


async def _send_all(origin: str, generator: InputGenerator, inputs: int, outcome: Outcome) -> None:
    host, _, port = origin.removeprefix("http://").rpartition(":")
    remaining = iter(range(inputs))

    async def send_some() -> None:
        for _ in remaining:
            fuzz_input = generator.draw()
            try:
                received = await asyncio.wait_for(_exchange(host, int(port), fuzz_input), HANG_SECONDS)
            except TimeoutError:
                outcome.failures.append(f"no end of {fuzz_input}"[:2_000])
                received = b""
            outcome.record(fuzz_input, received)
            if outcome.inputs % READ_EVERY == 0:
                await _read_journal(client, outcome)

    async with httpx2.AsyncClient(base_url=f"{origin}/_mock", verify=False, timeout=HANG_SECONDS) as client:
        await asyncio.gather(*(send_some() for _ in range(CONCURRENCY)))


async def _read_journal(client: httpx2.AsyncClient, outcome: Outcome) -> None:
    """Read the journal in one of the ways, in turn. What the inputs have left in it must not break any."""
    method, path, body = JOURNAL_READS[outcome.journal_reads % len(JOURNAL_READS)]
    outcome.journal_reads += 1
    try:
        response = await client.request(method, path, json=body)
        if response.status_code != 200 or not response.json():
            outcome.failures.append(f"{method} {path}: {response.status_code} {response.text[:500]}")
    except (httpx2.HTTPError, ValueError) as error:
        outcome.failures.append(f"{method} {path}: {error!r}")


async def _exchange(host: str, port: int, fuzz_input: FuzzInput) -> bytes:
    """Send an input, and return what the server sends until it closes the connection."""
    reader, writer = await asyncio.open_connection(host, port)
    received = b""
    with suppress(ConnectionError):
        for segment in fuzz_input.segments:
            writer.write(segment)
            await writer.drain()
        with suppress(TimeoutError):
            while part := await asyncio.wait_for(reader.read(65_536), QUIET_SECONDS):
                received += part
        if not reader.at_eof():
            writer.write_eof()
            received += await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return received


def _resident_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def _run_of(row: measured.Row) -> tuple[object, object]:
    return row.get("run"), row.get("store", "memory")


def main() -> None:
    """Run with both parsers. Exit with 1 if the server fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=store_kinds.KINDS, default="memory", help="where the server keeps its state")
    parser.add_argument("--json", type=Path)
    arguments: Any = parser.parse_args()
    rows, failures = [], []
    with open_stores(arguments.store) as stores:
        for index, name in enumerate(PARSERS):
            seed, title = arguments.seed + index, "httptools" if name == PARSERS[0] else "h11"
            outcome = run(name, seed, arguments.inputs // len(PARSERS), stores)
            rows.append(outcome.to_row(title, seed, arguments.store))
            failures += outcome.failures
            print(rows[-1], *outcome.failures[:20], sep="\n", flush=True)
    if arguments.json is not None:
        with measured.locked(arguments.json):
            key = "sockets", arguments.store
            others = [row for row in measured.read_rows(arguments.json) if _run_of(row) != key]
            measured.write_rows(arguments.json, [*others, *rows])
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
