"""Simulates servers that share a database, their clients and their crashes, all in one thread and in a seeded order.

The servers are the real application with the real store. Only the database and the machine's time are simulated. There
is no model of what the servers should answer; what must hold is checked

- of the committed rows, after each commit (`watcher.py`),
- of what the clients sent and received (`history.py`),
- of the servers' memory: two that have the same version of a workspace have the same state.

    simulate(7)      # raises ViolationError, which names the seed
"""

from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from mock_server.storage.keeper import WorkspaceKeeper
from tests.example_requests import package_order
from tests.storage.kept_workspace import dump_everything
from tests.storage.simulation import servers
from tests.storage.simulation.clients import NAMES, Client, Known, get_settings
from tests.storage.simulation.database import SharedRows
from tests.storage.simulation.history import History
from tests.storage.simulation.machine import MACHINE
from tests.storage.simulation.scheduler import DeadlockError, Random, Scheduler
from tests.storage.simulation.servers import Server
from tests.storage.simulation.watcher import Watcher

CLIENTS = 4
REQUESTS = 6
"""How many requests each client sends, besides signing in."""
REQUESTS_ALONE = 16
"""The same, to a server alone, which needs fewer steps for a request."""
CRASH, CRASH_ALONE, RESTART, COMPARE, TICK = 0.006, 0.02, 0.1, 0.03, 0.1
MIN_STEPS, MAX_STEPS = 100, 20_000


class ViolationError(AssertionError):
    """Something happened that must not happen."""


@dataclass(frozen=True)
class Counts:
    """What a simulation has done."""

    steps: int
    requests: int
    commits: int
    crashes: int
    comparisons: int


class Cluster:
    """The servers of one database: two or three, or one that has it alone, as with SQLite."""

    def __init__(self, seed: int, content: bytes | None, *, is_shared: bool = True) -> None:
        self.is_shared = is_shared
        MACHINE.seconds = MACHINE.step = 0.0
        self.scheduler = Scheduler(seed)
        self.random = self.scheduler.random
        self.loop = self.scheduler.loop
        self.numbers = count(1)
        self.rows = SharedRows(content)
        self.history = History()
        self.known = dict[str, Known]()
        self.crashes = self.comparisons = 0
        self.dumps = dict[tuple[int, int], list[Any]]()
        number = self.random.choice([2, 3]) if is_shared else 1
        self.servers = [self._start(str(each)) for each in range(number)]
        self.watcher = Watcher(self.rows)
        self.rows.on_commit = self.watcher.look

    def _start(self, name: str) -> Server:
        return Server(name, self.rows, self.scheduler, is_shared=self.is_shared)

    def choose(self, random: Random) -> Server:
        """Return any server that is alive."""
        return random.choice([server for server in self.servers if server.is_alive])

    def client(self, number: int) -> Client:
        """Return a client that chooses as its number and the seed say."""
        return Client(self, self.history, self.known, Random(self.random.random() + number))

    def run(self) -> None:
        """Let the clients send their requests, while servers crash and start again."""
        while self.scheduler.taken < MIN_STEPS:
            self._run_clients()

    def _run_clients(self) -> None:
        requests = REQUESTS if self.is_shared else REQUESTS_ALONE
        tasks = [self.loop.create_task(self.client(number).send_many(requests)) for number in range(CLIENTS)]
        self.loop.drain()
        while not all(task.done() for task in tasks) and self.scheduler.taken < MAX_STEPS:
            self._happen()
            if not all(task.done() for task in tasks):
                self._take()
        self.require(all(task.done() for task in tasks), "the clients wait for ever")

    def finish(self) -> None:
        """End the crashes, and read everything through each server and through one that has just started."""
        for server in self.servers:
            server.database.is_healthy = False
            if not server.is_alive or not self.is_shared:
                server.crash()
        self.servers = [server for server in self.servers if server.is_alive]
        self.servers.append(self._start("last"))
        self.loop.drain()
        reader = Client(self, self.history, self.known, Random(0))
        for server in list(self.servers):
            server.database.is_healthy = False
            reader.servers = OnlyServer(self.loop, self.numbers, server)
            self.await_all(self._read_all(reader))
        while self.scheduler.waiting:
            self._take()
        self.compare()

    def await_all(self, coroutine: Any) -> None:
        """Take steps until a coroutine has ended."""
        task = self.loop.create_task(coroutine)
        self.loop.drain()
        while not task.done():
            self._take()
        task.result()

    async def _read_all(self, reader: Client) -> None:
        for name in NAMES:
            for kind in ("clock", "jobs", "list", "packages"):
                await reader.act(kind, name)
            for package in reader.known(name).packages[:4]:
                await get_settings(reader, name, package)

    def _take(self) -> None:
        try:
            has_steps = self.scheduler.take()
        except DeadlockError as error:
            raise ViolationError(f"deadlock: {error}") from error
        self.require(has_steps, "nothing can happen any more")

    def _happen(self) -> None:
        """Let time pass, a server crash or start, now and then."""
        random = self.random
        if random.random() < TICK:
            MACHINE.seconds += random.choice([0.1, 1.0, 7.0])
        alive = sum(server.is_alive for server in self.servers)
        if random.random() < (CRASH if self.is_shared else CRASH_ALONE) and (alive > 1 or not self.is_shared):
            self.choose(random).crash()
            self.crashes += 1
            if not self.is_shared:
                self.servers[0] = self._start("again")
            self.loop.drain()
        crashed = [number for number, server in enumerate(self.servers) if not server.is_alive]
        if crashed and random.random() < RESTART:
            self.servers[crashed[0]] = self._start(f"{crashed[0]} again")
        if random.random() < COMPARE:
            self.compare()

    def compare(self) -> None:
        """Compare the workspaces of all servers that have the same version, now and before."""
        for server in self.servers:
            for workspace in server.stored.registry if server.is_alive else ():
                keeper = workspace.keeper
                if not isinstance(keeper, WorkspaceKeeper) or keeper.is_stale:
                    continue
                if workspace.turn.busy or keeper.has_changes():
                    continue
                self.comparisons += 1
                at = keeper.head.id, keeper.head.version
                dump = dump_everything(workspace)
                if self.dumps.setdefault(at, dump) != dump:
                    raise ViolationError(f"{workspace.name} differs at {at}: {_difference(self.dumps[at], dump)}")

    def check(self) -> None:
        """Raise ViolationError if something was not as it must be."""
        for failure in self.loop.failures:
            raise ViolationError(f"a server failed: {failure!r}") from failure
        for violation in [*self.watcher.violations, *self.history.violations()]:
            raise ViolationError(violation)

    def close(self) -> None:
        """End all tasks."""
        for server in self.servers:
            if server.is_alive:
                server.crash()
        self.loop.drain()
        self.rows.activate(None)
        self.rows.connection.close()

    def counts(self) -> Counts:
        """Return what the simulation has done."""
        requests = len(self.history.operations)
        return Counts(self.scheduler.taken, requests, self.watcher.commits, self.crashes, self.comparisons)

    def require(self, holds: bool, message: str) -> None:
        """Raise ViolationError, with what went before, if something does not hold."""
        if not holds:
            self.check()
            raise ViolationError(message)


@dataclass
class OnlyServer:
    """Sends all requests to one server."""

    loop: Any
    numbers: "count[int]"
    server: Server

    def _start(self, name: str) -> Server:
        return Server(name, self.rows, self.scheduler, is_shared=self.is_shared)

    def choose(self, random: Random) -> Server:
        """Return the server."""
        return self.server


def simulate(seed: int) -> Counts:
    """Run the simulation of a seed. Each fifth one is of a server alone. Raises ViolationError."""
    with servers.simulated_machine():
        cluster = Cluster(seed, _first_content(), is_shared=seed % 5 != 4)
        try:
            cluster.run()
            cluster.finish()
            cluster.check()
        except ViolationError as error:
            raise ViolationError(f"seed {seed}: {error}") from error
        finally:
            cluster.close()
        return cluster.counts()


@cache
def _first_content() -> bytes:
    """Return a database that has the default workspace and a package, because that takes longest to create."""
    rows, scheduler = SharedRows(), Scheduler(0)
    server = Server("first", rows, scheduler)
    server.database.is_healthy = False
    client = Client(OnlyServer(scheduler.loop, count(1), server), History(), {}, Random(0))
    scheduler.loop.create_task(client.control("package", "default", "POST", "/packages", package_order()))
    scheduler.loop.drain()
    while scheduler.take():
        pass
    rows.activate(None)
    return rows.connection.serialize()


def _difference(one: Any, other: Any, path: str = "") -> str:
    """Return where two dumps differ first."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            if mine != theirs:
                return _difference(mine, theirs, f"{path}.{index}")
    return f"{path}: {one!r} and {other!r}"
