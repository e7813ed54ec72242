"""Builds a workspace from its rows, for a server and for `mock-server store check`."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from mock_server.domain import formats
from mock_server.state.clock import WorkspaceClock
from mock_server.state.journal_budget import JournalBudget
from mock_server.state.json_codec import RecordDecodeError
from mock_server.state.request_journal import Journal
from mock_server.state.tokens import SigningKey
from mock_server.state.workspace import Workspace, WorldFactory
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.state.workspace_registry import WORKSPACE_PREFIX
from mock_server.storage import loading, rows
from mock_server.storage.database import Cursor, StorageSetupError
from mock_server.storage.loading import StoredRow
from mock_server.storage.mirror import Mirror
from mock_server.worlds.world import World


class Surroundings(NamedTuple):
    """What a workspace needs besides its rows: its world, from what it is reset, and what it shares with others.

    `find_world` returns the world of an origin and a seed. Raises StorageSetupError if it is missing.
    """

    find_world: Callable[[Cursor, rows.OriginPart, int], World]
    factory: Callable[[World], WorldFactory]
    key: SigningKey
    budget: JournalBudget
    epoch_seconds: Callable[[], float]


def build(cursor: Cursor, head: Head, stored: list[StoredRow], surroundings: Surroundings) -> tuple[Workspace, Mirror]:
    """Return the workspace whose rows these are, without its journal's records. Raises StorageSetupError."""
    parts = {row.key: row.value for row in stored if row.kind == "part" and row.until is None}
    with reporting_damage(head.name):
        origin, settings = (rows.decode("part", key, parts[key]) for key in ("origin", "settings"))
        seed = rows.decode("part", "counters", parts["counters"]).seed
        world = surroundings.find_world(cursor, origin, seed)
        clock = WorkspaceClock(origin.created_at, settings.initial_mode, settings.initial_speed)
        factory = surroundings.factory(world)
        workspace = Workspace(head.name, clock, factory, settings.initial_timing, surroundings.key)
        workspace.prefix = "" if head.ttl is None else f"{WORKSPACE_PREFIX}/{head.name}"
        workspace.journal = Journal(settings.journal_capacity, surroundings.budget)
        workspace.reset(replace(world, partners={}, events={}), seed, origin.created_at)
        workspace.world = world
        mirror = Mirror()
        loading.replay(workspace, mirror, stored, -1, surroundings.epoch_seconds())
        workspace.clock.hold_at(formats.parse_timestamp(head.now))  # this machine's clock may be behind
    return workspace, mirror


@contextmanager
def reporting_damage(name: str) -> Iterator[None]:
    """Raise StorageSetupError if what is stored of this workspace cannot be read in this block."""
    try:
        yield
    except LookupError as error:
        raise StorageSetupError(f"workspace {name} cannot be read: {error} is missing or unknown") from error
    except (RecordDecodeError, ValueError, TypeError, AttributeError, zlib.error) as error:
        raise StorageSetupError(f"workspace {name} cannot be read: {error}") from error
