"""Builds what a power loss may leave on the disk, and checks it.

At any moment of the trace, a file has what was synced, and of each later write any of its sectors of 512 bytes: all,
none or some. So writes are dropped, torn and reordered. A deletion, and that a file exists, is durable at once.

A database that lost power must open, be intact, and have every transaction that was confirmed before.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, and of the replay alone

from tests.storage.power_loss.trace import Event

SECTOR = 512
DATABASE = "tank.db"
IGNORED = (f"{DATABASE}-shm", f"{DATABASE}-lock")
"""Files that SQLite makes anew, or that the database does not consist of."""


@dataclass
class Disk:
    """The files: what of each is durable, and what was written to it since."""

    durable: dict[str, bytearray] = field(default_factory=dict)
    unsynced: dict[str, list[Event]] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Let an event happen."""
        if event.kind in ("write", "cut"):
            self.durable.setdefault(event.file, bytearray())
            self.unsynced.setdefault(event.file, []).append(event)
        elif event.kind == "sync":
            for earlier in self.unsynced.pop(event.file, []):
                _write(self.durable[event.file], earlier)
        elif event.kind == "delete":
            self.durable.pop(event.file, None)
            self.unsynced.pop(event.file, None)

    def lose_power(self, random: Random) -> Iterator[tuple[str, bytes]]:
        """Yield each file as it may be afterwards."""
        loss = random.choice([0.0, 0.2, 0.5, 0.8, 1.0])
        for file, content in self.durable.items():
            left = bytearray(content)
            for event in self.unsynced.get(file, []):
                for part in _survivors(event, loss, random):
                    _write(left, part)
            yield file, bytes(left)


def _survivors(event: Event, loss: float, random: Random) -> Iterator[Event]:
    """Yield what of a write is on the disk."""
    if event.kind == "cut" or random.random() < 0.5:  # all or nothing
        if random.random() >= loss:
            yield event
        return
    start = 0
    while start < len(event.data):
        end = min(len(event.data), (event.offset + start) // SECTOR * SECTOR + SECTOR - event.offset)
        if random.random() >= loss:
            yield Event("write", event.file, event.offset + start, event.data[start:end])
        start = end


def _write(content: bytearray, event: Event) -> None:
    if event.kind == "cut":
        del content[event.offset :]
        content.extend(bytes(event.offset - len(content)))
        return
    if len(content) < event.offset:
        content.extend(bytes(event.offset - len(content)))
    content[event.offset : event.offset + len(event.data)] = event.data


@dataclass
class Losses:
    """What was found. `confirmed` counts the transactions that had to be there, over all states."""

    states: int = 0
    confirmed: int = 0
    states_with_losses: int = 0
    lost: int = 0
    corrupt: int = 0


def check_states(events: Sequence[Event], folder: Path, states: int, seed: int) -> Losses:
    """Lose power at a number of moments, which the seed chooses, and check what is left."""
    random, losses, disk, confirmed = Random(seed), Losses(), Disk(), list[str]()
    moments = [0] * (len(events) + 1)
    for _ in range(states):
        moments[random.randrange(1, len(events) + 1)] += 1
    for moment, event in enumerate(events, 1):
        if event.kind == "print":
            confirmed += [line.split()[1] for line in event.data.decode().splitlines()]
        elif event.file not in IGNORED:
            disk.apply(event)
        for _ in range(moments[moment]):
            _check_state(disk, confirmed, folder, random, losses)
    return losses


def _check_state(disk: Disk, confirmed: list[str], folder: Path, random: Random, losses: Losses) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for file, content in disk.lose_power(random):
        (folder / file).write_bytes(content)
    losses.states += 1
    losses.confirmed += len(confirmed)
    connection = sqlite3.connect(folder / DATABASE)
    try:
        is_intact = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept = {row[0] for row in connection.execute("SELECT key FROM records")} if confirmed else set()
    except sqlite3.DatabaseError:
        is_intact, kept = not confirmed, set()
    finally:
        connection.close()
    lost = len(set(confirmed) - kept)
    losses.corrupt += not is_intact
    losses.lost += lost
    losses.states_with_losses += lost > 0
