"""Where a server under test keeps its state: in memory, in a SQLite file, or in a PostgreSQL database.

with open_stores("sqlite") as stores:
    stores.settings()   # of a server with an empty database of its own
    stores.flags()      # the same for the command line
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Literal, get_args

from tests.storage import postgres_cluster
from tests.storage.postgres_cluster import PostgresCluster

StoreKind = Literal["memory", "sqlite", "postgresql"]
KINDS: tuple[StoreKind, ...] = get_args(StoreKind)
TITLES: dict[StoreKind, str] = {"memory": "", "sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Stores:
    """Gives each server a database of its own. `cluster` is None without PostgreSQL."""

    def __init__(self, kind: StoreKind, folder: Path, cluster: PostgresCluster | None) -> None:
        self.kind = kind
        self._folder = folder
        self._cluster = cluster
        self._numbers = count(1)

    @property
    def suffix(self) -> str:
        """What tells figures of these databases from those of servers in memory."""
        return f", with {TITLES[self.kind]}" if TITLES[self.kind] else ""

    def command(self, command: str) -> str:
        """Return the command that repeats a run of `make` with these databases."""
        return command if self.kind == "memory" else f"{command} STORE={self.kind}"

    def settings(self) -> dict[str, Any]:
        """Return what settings of a server name a new database: none in memory."""
        number = next(self._numbers)
        if self._cluster is not None:
            return {"database_url": self._cluster.create_database(f"store{number}")}
        return {"data": self._folder / f"{number}.db"} if self.kind == "sqlite" else {}

    def flags(self) -> tuple[str, ...]:
        """Return the flags of `mock-server serve` for a new database: none in memory."""
        names = {"data": "--data", "database_url": "--database-url"}
        return tuple(part for name, value in self.settings().items() for part in (names[name], str(value)))


IN_MEMORY = Stores("memory", Path(), None)


@contextmanager
def open_stores(kind: StoreKind) -> Iterator[Stores]:
    """Yield databases of a kind, which are deleted afterwards. PostgreSQL is started for them."""
    with tempfile.TemporaryDirectory(prefix="wavetank-stores-", ignore_cleanup_errors=True) as folder:
        if kind != "postgresql":
            yield Stores(kind, Path(folder), None)
            return
        with postgres_cluster.running_cluster() as cluster:
            yield Stores(kind, Path(folder), cluster)
