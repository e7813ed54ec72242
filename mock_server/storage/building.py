"""Builds a workspace from its rows, for a server and for `mock-server store check`."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from mock_server.domain import formats
from mock_server.state.clock import WorkspaceClock
from mock_server.state.json_codec import RecordDecodeError
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace, WorldFactory
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.state.workspace_registry import WORKSPACE_PREFIX
from mock_server.storage import heads, journals, loading, rows, worlds
from mock_server.storage.database import Cursor, StorageSetupError
from mock_server.storage.journals import Found
from mock_server.storage.loading import StoredRow
from mock_server.storage.mirror import Mirror
from mock_server.worlds.world import World


class StoredWorkspace(NamedTuple):
    """A workspace as the database has it: its row, the rows of its content, and the epoch and records of its journal.

    The rows are not decoded yet.
    """

    head: Head
    rows: list[StoredRow]
    journal_epoch: int
    journal: Found


class Surroundings(NamedTuple):
    """What a workspace needs besides its rows: from what it is reset, its key, and the machine's time."""

    factory: Callable[[World], WorldFactory]
    key: SigningKey
    epoch_seconds: float


def read(cursor: Cursor, name: str) -> StoredWorkspace | None:
    """Read a workspace, None if there is none. Raises StorageSetupError."""
    present = heads.read_present(cursor, name)
    if present is None:
        return None
    head, stored = present
    with reporting_damage(name):
        epoch, journal = journals.read_stored(cursor, head.id)
    return StoredWorkspace(head, stored, epoch, journal)


def origin_of(head: Head, stored: list[StoredRow]) -> tuple[rows.OriginPart, int]:
    """Return from which world a workspace has started, and the seed. Raises StorageSetupError."""
    parts = {row.key: row.value for row in stored if row.kind == "part" and row.until is None}
    with reporting_damage(head.name):
        origin, counters = (rows.decode("part", key, parts[key]) for key in ("origin", "counters"))
        return origin, counters.seed


def load_world(cursor: Cursor, origin: rows.OriginPart) -> World:
    """Return a stored world. Raises StorageSetupError if it is missing or damaged."""
    with reporting_damage(f"of world {origin.digest}"):
        world = worlds.load(cursor, origin.digest, origin.source)
    if world is None:
        raise StorageSetupError(f"the world {origin.digest} is not in the database")
    world.cache.digest = origin.digest
    return world


def build(head: Head, stored: list[StoredRow], world: World, surroundings: Surroundings) -> tuple[Workspace, Mirror]:
    """Return the workspace whose rows these are, without its journal's records. Raises StorageSetupError.

    It shares nothing with other workspaces that changes, so it can be built in a thread. Its journal has a budget of
    its own.
    """
    origin, seed = origin_of(head, stored)
    parts = {row.key: row.value for row in stored if row.kind == "part" and row.until is None}
    with reporting_damage(head.name):
        settings = rows.decode("part", "settings", parts["settings"])
        clock = WorkspaceClock(origin.created_at, settings.initial_mode, settings.initial_speed)
        factory = surroundings.factory(world)
        workspace = Workspace(head.name, clock, factory, settings.initial_timing, surroundings.key)
        workspace.prefix = "" if head.ttl is None else f"{WORKSPACE_PREFIX}/{head.name}"
        workspace.journal = Journal(settings.journal_capacity)
        workspace.reset(replace(world, partners={}, events={}), seed, origin.created_at)
        workspace.world = world
        mirror = Mirror()
        loading.replay(workspace, mirror, stored, -1, surroundings.epoch_seconds)
        workspace.clock.hold_at(formats.parse_timestamp(head.now))  # this machine's clock may be behind
    return workspace, mirror


@contextmanager
def reporting_damage(name: str) -> Iterator[None]:
    """Raise StorageSetupError if what is stored of this workspace cannot be read in this block."""
    try:
        yield
    except LookupError as error:
        raise StorageSetupError(f"workspace {name} cannot be read: {error} is missing or unknown") from error
    except (RecordDecodeError, ValueError, TypeError, AttributeError, OverflowError, zlib.error) as error:
        raise StorageSetupError(f"workspace {name} cannot be read: {error}") from error
