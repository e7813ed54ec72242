"""The servers of a simulation: the real application over the simulated database, and what stands in for the machine."""

import contextvars
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from fastapi import FastAPI
from jwt.algorithms import RSAAlgorithm

from mock_server import app
from mock_server.domain import passwords
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.storage import journals, workspaces
from mock_server.storage.opening import WorldSources
from mock_server.storage.workspaces import StoredWorkspaces
from mock_server.worlds.world import World
from tests.builders import START_TIME
from tests.example_requests import two_partners
from tests.storage.simulation.database import SharedRows, SimulatedDatabase
from tests.storage.simulation.machine import EPOCH_SECONDS, MACHINE
from tests.storage.simulation.scheduler import Scheduler

MAX_SKEW = 5.0
"""By how many seconds the clocks of two servers may differ."""
WORLD = two_partners()
SETTINGS = Settings(now=START_TIME)
current_server: contextvars.ContextVar["Server | None"] = contextvars.ContextVar("server", default=None)


class Server:
    """One server. `skew` is how many seconds its machine's clock is ahead, by default a random number."""

    def __init__(
        self,
        name: str,
        rows: SharedRows,
        scheduler: Scheduler,
        *,
        is_shared: bool = True,
        skew: float | None = None,
    ) -> None:
        self.name = name
        self.skew = scheduler.random.uniform(-MAX_SKEW / 2, MAX_SKEW / 2) if skew is None else skew
        self.database = SimulatedDatabase(rows, scheduler, is_shared=is_shared)
        self.context = contextvars.copy_context()
        self.context.run(current_server.set, self)
        self.app, self.stored = self.context.run(self._start)
        self.is_alive = True

    def crash(self) -> None:
        """Let the server crash."""
        self.is_alive = False
        self.database.crash()

    def _start(self) -> tuple[FastAPI, StoredWorkspaces]:
        def world_of(seed: int, day: date) -> World:
            return WORLD

        sources = WorldSources({WORLD.source: world_of})
        stored = StoredWorkspaces(self.database, sources, lambda: EPOCH_SECONDS + MACHINE.seconds + self.skew)
        journal = Journal()
        workspace, _ = stored.open_default(
            lambda key: app.create_workspace(SETTINGS, key=key, world_factory=world_of, journal=journal), journal
        )
        return app.create_app(SETTINGS, workspace, MACHINE.monotonic, stored), stored


@cache
def _parsed_key(pem: bytes | None = None) -> SigningKey:
    """Return the same object for the same key, because parsing it takes longer than a request."""
    return SigningKey(pem)


def _sign(algorithm: RSAAlgorithm, message: bytes, key: RSAPrivateKey) -> bytes:
    """Return a digest instead of a signature, which takes as long as a request. Another key gives another one."""
    return _digest(message, key.public_key())


def _verify(algorithm: RSAAlgorithm, message: bytes, key: RSAPublicKey, signature: bytes) -> bool:
    return signature == _digest(message, key)


def _digest(message: bytes, key: RSAPublicKey) -> bytes:
    return hashlib.sha256(b"%d %b" % (key.public_numbers().n, message)).digest()


async def _pause(seconds: float) -> None:
    server = current_server.get()
    assert server is not None
    await server.database.scheduler.wait(server.database, "pause", lambda: None)


@contextmanager
def simulated_machine() -> Iterator[None]:
    """Let all servers that start within the block use the simulated machine's time, and cheap cryptography."""
    names = WorkspaceClock.__init__.__defaults__ or ()
    defaults: tuple[object, ...] = (*names[:2], MACHINE.monotonic, *names[3:])
    with (
        patch.object(WorkspaceClock.__init__, "__defaults__", defaults),
        patch.object(journals, "machine_pause", _pause),
        patch.object(workspaces, "SigningKey", _parsed_key),
        patch.multiple(RSAAlgorithm, sign=_sign, verify=_verify),
        patch.object(passwords, "ITERATIONS", 1),
    ):
        yield
