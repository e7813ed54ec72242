"""The short form of the power losses (0.6 s of CPU), and `make soak`'s long form of 1,000 states.

With `synchronous=FULL`, nothing that was confirmed is lost. With NORMAL something must be lost, or the check is broken.
"""

from pathlib import Path

import pytest

from tests.storage.power_loss import run, trace
from tests.storage.power_loss.replay import DATABASE, Disk, check_states
from tests.storage.power_loss.trace import Event

STATES, TRANSACTIONS = 50, 60
REASON = trace.missing_reason()
needs_strace = pytest.mark.skipif(bool(REASON), reason=REASON)


@needs_strace
def test_full_loses_nothing_and_normal_does() -> None:
    full, normal = (run.measure(synchronous, STATES, TRANSACTIONS) for synchronous in ("FULL", "NORMAL"))
    assert (full.states, full.lost, full.corrupt) == (STATES, 0, 0)
    assert full.confirmed > STATES
    assert normal.lost > 0


@needs_strace
@pytest.mark.soak
def test_full_loses_nothing_in_a_thousand_states() -> None:
    full, normal = run.measure_and_record("FULL"), run.measure_and_record("NORMAL")
    assert (full["states"], full["lost"], full["corrupt"]) == (run.STATES, 0, 0)
    assert normal["lost"] > 0


def test_a_trace_is_read() -> None:
    lines = [
        r'7 openat(AT_FDCWD, "\x2f\x64\x2f\x61", O_RDWR|O_CREAT, 0600) = 4',
        r'7 pwrite64(4, "\x68\x69", 2, 512 <unfinished ...>',
        r'8 write(1, "\x6b\x65\x70\x74\x20\x31\x0a", 7) = 7',
        r"7 <... pwrite64 resumed>) = 2",
        r"7 fdatasync(4) = 0",
        r"7 ftruncate(4, 100) = 0",
        r'7 pwrite64(5, "\x68", 1, 0) = 1',
        r'7 unlink("\x2f\x64\x2f\x61") = -1 ENOENT (No such file or directory)',
        r'7 unlink("\x2f\x64\x2f\x61") = 0',
    ]
    assert list(trace.parse(lines, "/d")) == [
        Event("print", data=b"kept 1\n"),
        Event("write", "a", 512, b"hi"),
        Event("sync", "a"),
        Event("cut", "a", 100),
        Event("delete", "a"),
    ]


def test_only_what_was_synced_is_durable() -> None:
    disk = Disk()
    for event in (Event("write", "a", 0, b"one"), Event("sync", "a"), Event("write", "a", 0, b"two")):
        disk.apply(event)
    assert disk.durable == {"a": bytearray(b"one")}
    disk.apply(Event("sync", "a"))
    assert disk.durable == {"a": bytearray(b"two")}


def test_a_confirmed_transaction_that_is_not_on_the_disk_is_lost(tmp_path: Path) -> None:
    events = [Event("print", data=b"kept 1\n"), Event("write", DATABASE, 0, b""), Event("sync", DATABASE)]
    losses = check_states(events, tmp_path / "left", 20, seed=1)
    assert losses.lost == losses.confirmed == losses.corrupt == 20
