"""Three servers behind nginx: clients that are sent to another one on each call, while one of them is killed.

The only error may be nginx's 502 for a POST that the killed server had received: it may have happened, so nginx does
not repeat it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.storage import postgres_cluster, replicas
from tests.storage.replicas import ServerProcess

MISSING = replicas.missing_reason()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
CLIENTS, ROUNDS, KILL_AFTER = 4, 8, 3
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
SETTINGS = {"backhaul_evaluation_model": "EVENTS_FROM_PACKAGE", "email_sent_date": "2026-09-01"}
ROWS = "/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme"
EVALUATION = "/package_builder/packages/{}/backhaul_evaluation_details"
PACKAGES = ("pkg_555", "pkg_556", "pkg_555", "pkg_556")
"""The package of each client; each client has a workspace of its own."""


@dataclass
class Loop:
    """A client that writes and reads what it has written. It notes the rows that may exist, and those that must."""

    origin: str
    number: int
    errors: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    unknown: int = 0

    def run(self, kill: Callable[[], None]) -> None:
        """Run all rounds. The first client kills a server in the middle, while the others send their requests."""
        with httpx2.Client(base_url=self.origin, verify=False, timeout=60) as client:
            name = f"loop-{self.number}"
            self._expect(client.post("/_mock/workspaces", json={"name": name, "now": "2026-09-01T12:00:00Z"}), 201)
            client.base_url = f"{self.origin}/w/{name}/api/v3"
            token = client.post("/auth", json=CREDENTIALS).json()["AccessToken"]
            client.headers["authorization"] = f"Bearer {token}"
            for turn in range(ROUNDS):
                if turn == KILL_AFTER and self.number == 0:
                    kill()
                self._write_and_read(client, turn)
            self._check_rows(client)

    def _write_and_read(self, client: httpx2.Client, turn: int) -> None:
        path = EVALUATION.format(PACKAGES[self.number])
        window = turn + 1
        self._expect(client.put(path, json=SETTINGS | {"backhaul_evaluation_attribution_window": window}), 200)
        read = client.get(path)
        self._expect(read, 200)
        if read.status_code == 200 and read.json()["backhaul_evaluation_attribution_window"] != window:
            self.errors.append(f"read {read.text} after a window of {window}")
        added = client.post(f"{ROWS}&purchase={1_000 + turn}&revenue=1")
        if added.status_code == 201:
            self.acknowledged.append(added.json()["id"])
        elif added.status_code == 502:
            self.unknown += 1
        else:
            self._expect(added, 201)

    def _check_rows(self, client: httpx2.Client) -> None:
        rows = [row["id"] for row in client.get(ROWS).json() if row["purchase"] >= 1_000]
        if len(set(rows)) != len(rows) or not set(self.acknowledged) <= set(rows):
            self.errors.append(f"{rows} instead of {self.acknowledged}")
        if len(rows) > len(self.acknowledged) + self.unknown:
            self.errors.append(f"{len(rows)} rows after {len(self.acknowledged)} additions")

    def _expect(self, response: httpx2.Response, status: int) -> None:
        if response.status_code != status:
            self.errors.append(f"{response.request.method} {response.url}: {response.status_code} {response.text}")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, list[ServerProcess]]]:
    with postgres_cluster.running_cluster(sync=False) as cluster:
        url = cluster.create_database("replicas")
        with replicas.running_replicas(tmp_path, url, 3) as origin_and_servers:
            yield origin_and_servers


def test_one_of_three_servers_is_killed_and_clients_see_only_their_connections_error(
    running: tuple[str, list[ServerProcess]],
) -> None:
    origin, servers = running
    loops = [Loop(origin, number) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        for finished in [clients.submit(loop.run, servers[1].kill) for loop in loops]:
            finished.result()
    assert [loop.errors for loop in loops] == [[]] * CLIENTS
    assert sum(len(loop.acknowledged) + loop.unknown for loop in loops) == CLIENTS * ROUNDS
    assert sum(loop.unknown for loop in loops) < CLIENTS  # those that were being answered
    assert servers[1].process.returncode == -9
    assert replicas.read_errors(servers) == []
