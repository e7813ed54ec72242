"""A run's ledger: what it is about to write, on the disk before it is sent, and what came of it."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from contracts.errors import ContractsError
from contracts.target.clock import machine_now
from contracts.target.target import TargetOptions

FORMAT = "wavetank-ledger-1"


class LedgerError(ContractsError):
    """A ledger that cannot be read, or that another process holds; says which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. `undo` is what undoing it needs, `made` what it made; `status` is None where no answer was noted."""

    number: int
    operation: str
    call: str
    undo: Mapping[str, Any]
    status: int | None = None
    made: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerContents:
    """What stands in a ledger. `head` says whose it is; `done` are the keys of what is undone already."""

    header: Mapping[str, Any]
    entries: tuple[Entry, ...]
    undone_keys: frozenset[str]
    ended: bool

    @property
    def run_id(self) -> str:
        """The run that wrote it."""
        return str(self.header["run"])

    def entries_undone_by(self, kind: str) -> list[Entry]:
        """The entries that are undone in this way, in their order."""
        return [entry for entry in self.entries if entry.undo.get("kind") == kind]


class Ledger:
    """Writes a ledger, a JSON line at a time, each on the disk before the call returns.

    The file is made with the first line: a run that writes nothing leaves none. Whoever writes it holds its lock.
    """

    def __init__(self, file: Path, header: Mapping[str, Any]) -> None:
        self.file = file
        self._header = {"ledger": FORMAT, "at": machine_now(), **header}
        self._stream: IO[bytes] | None = None
        self._entries = 0

    @classmethod
    def reopen(cls, file: Path) -> "Ledger":
        """A ledger that exists, to be continued. Raises LedgerError where its run is still going."""
        ledger = cls(file, {})
        ledger._stream = _open_locked(file)
        _remove_torn_line(ledger._stream)
        return ledger

    @property
    def is_started(self) -> bool:
        """Whether anything stands in it."""
        return self._stream is not None

    def record_write(self, operation: str, call: str, undo: Mapping[str, Any]) -> int:
        """Note a write that is about to be made; gives its number."""
        self._entries += 1
        self.record(write=self._entries, operation=operation, call=call, undo=undo)
        return self._entries

    def record(self, **line: Any) -> None:
        """Append one line."""
        if self._stream is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._stream = _open_locked(self.file)
            if self.file.stat().st_size:
                self.close()
                raise LedgerError(f"{self.file} is there already: a run id is good for one run")
            self._append(self._header)
        self._append({**line, "at": machine_now()})

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self._stream is not None  # noqa: S101 - opened by whoever calls
        self._stream.write(json.dumps(line).encode() + b"\n")
        self._stream.flush()
        self.flush_to_disk(self._stream.fileno())

    def flush_to_disk(self, descriptor: int) -> None:
        """Wait until what was written would outlive the machine too."""
        os.fsync(descriptor)


def read_contents(file: Path) -> LedgerContents | None:
    """What stands in a ledger; None where its run was killed before the first line was whole. Raises LedgerError."""
    header: Mapping[str, Any] | None = None
    entries: dict[int, Entry] = {}
    undone_keys: set[str] = set()
    ended = False
    for line in _read_lines(file):
        if header is None:
            header = _check_header(file, line)
        elif "write" in line:
            entries[line["write"]] = Entry(line["write"], line["operation"], line["call"], line["undo"])
        elif "answer" in line:
            entry = entries[line["answer"]]
            outcome = {"status": line["status"], "made": line["made"]}
            entries[entry.number] = Entry(entry.number, entry.operation, entry.call, entry.undo, **outcome)
        elif "undone" in line:
            undone_keys.add(line["undone"])
        ended = "left" in line
    return None if header is None else LedgerContents(header, tuple(entries.values()), frozenset(undone_keys), ended)


def create_for(target: TargetOptions, folder: Path) -> Ledger:
    """The ledger of a run: its first line says whose it is, and who can clean up after it. No password, no token."""
    users = {role: [credentials.username, credentials.partner_id] for role, credentials in target.users.items()}
    return Ledger(file_of(folder, target.run_id), {"run": target.run_id, "target": target.base_url, "people": users})


def file_of(folder: Path, run_id: str) -> Path:
    """Where a run's ledger is."""
    return folder / f"{run_id}.jsonl"


def list_unfinished(folder: Path) -> list[LedgerContents]:
    """The ledgers of a folder whose runs have not undone what they wrote. Raises LedgerError."""
    ledgers = (read_contents(file) for file in sorted(folder.glob("*.jsonl")))
    return [contents for contents in ledgers if contents is not None and not contents.ended]


def _check_header(file: Path, line: Mapping[str, Any]) -> Mapping[str, Any]:
    if line.get("ledger") != FORMAT:
        raise LedgerError(f"{file} is no ledger in the format {FORMAT}")
    return line


def _read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The file's whole lines; what stands behind the last line's end was torn off with its process."""
    try:
        complete_lines = file.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise LedgerError(f"cannot read {file}: {error.strerror}") from error
    for number, text in enumerate(complete_lines, start=1):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            raise LedgerError(f"{file}: line {number} is no JSON object")
        yield line


def _open_locked(file: Path) -> IO[bytes]:
    stream = file.open("ab+")
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            raise LedgerError(f"{file} is in use: its run, or its cleanup, is still going") from None
    return stream


def _remove_torn_line(stream: IO[bytes]) -> None:
    stream.seek(0)
    stream.truncate(stream.read().rfind(b"\n") + 1)
