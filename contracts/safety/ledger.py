"""A run's ledger. It records each write and its undo before the write is sent, and the outcome afterwards.

A ledger is a file of JSON lines. The first line names the run, its target and its users, without passwords. Then come:

- `{"write": N, "operation": …, "call": …, "undo": …}` before a write is sent,
- `{"answer": N, "status": …, "created": …}` after the response,
- `{"undoing": KEY, "call": …}` and `{"undone": KEY}` around each undo,
- `{"remaining": […]}` when everything that can be undone has been undone, with the rest. A ledger without this line is
  unfinished.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from contracts.errors import ContractsError
from contracts.spec.redactor import REDACTOR, TOKEN
from contracts.target.clock import machine_now
from contracts.target.target import TargetOptions

FORMAT = "wavetank-ledger-1"


class LedgerError(ContractsError):
    """A ledger cannot be read or written, or another process has locked it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. `undo` contains the data to undo it, and `created` is the created object.

    `status` is None without a response.
    """

    number: int
    operation: str
    call: str
    undo: Mapping[str, Any]
    status: int | None = None
    created: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether the target answered with success."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_undecided(self) -> bool:
        """Whether the write may have had an effect although no response names the created object."""
        return not self.created and (self.status is None or self.is_accepted or self.status >= 500)


@dataclass(frozen=True, slots=True)
class LedgerContents:
    """The contents of a ledger. `header` is the first line. `undone_keys` are the keys of the completed undo tasks."""

    header: Mapping[str, Any]
    entries: tuple[Entry, ...]
    undone_keys: frozenset[str]
    ended: bool

    @property
    def run_id(self) -> str:
        """The id of the run that wrote the ledger."""
        return str(self.header["run"])

    def entries_undone_by(self, kind: str) -> list[Entry]:
        """Return the entries with this kind of undo, in order."""
        return [entry for entry in self.entries if entry.undo.get("kind") == kind]


class Ledger:
    """Writes a ledger, one JSON line at a time. Each line is on disk before the call returns.

    The file is created with the first line, so a run that writes nothing leaves no file. The writer holds a lock on the
    file.
    """

    def __init__(self, file: Path, header: Mapping[str, Any]) -> None:
        self.file = file
        self._header = {"ledger": FORMAT, "at": machine_now(), **header}
        self._stream: IO[bytes] | None = None
        self._entries = 0

    @classmethod
    def reopen(cls, file: Path) -> "Ledger":
        """Open an existing ledger to continue it. Raises LedgerError if its run is still in progress."""
        ledger = cls(file, {})
        ledger._stream = _open_locked(file)
        _remove_torn_line(ledger._stream)
        return ledger

    @property
    def is_started(self) -> bool:
        """Whether anything has been recorded."""
        return self._stream is not None

    def record_write(self, operation: str, call: str, undo: Mapping[str, Any]) -> int:
        """Record a write that is about to be sent. Return its number."""
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
                raise LedgerError(f"{self.file} already exists: each run needs its own run id")
            self._append(self._header)
        self._append({**line, "at": machine_now()})

    def close(self) -> None:
        """Close the file and release its lock."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self._stream is not None  # noqa: S101 - the callers have opened it
        self._stream.write(json.dumps(_hide_secrets(line)).encode() + b"\n")
        self._stream.flush()
        self.flush_to_disk(self._stream.fileno())

    def flush_to_disk(self, descriptor: int) -> None:
        """Wait until the data are on disk, so that they survive a crash of the machine."""
        os.fsync(descriptor)


def read_contents(file: Path) -> LedgerContents | None:
    """Read a ledger. Return None if its run was killed before the first line was complete. Raises LedgerError."""
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
            outcome = {"status": line["status"], "created": line["created"]}
            entries[entry.number] = Entry(entry.number, entry.operation, entry.call, entry.undo, **outcome)
        elif "undone" in line:
            undone_keys.add(line["undone"])
        ended = "remaining" in line
    return None if header is None else LedgerContents(header, tuple(entries.values()), frozenset(undone_keys), ended)


def create_for(target: TargetOptions, folder: Path) -> Ledger:
    """Return the ledger of a run. Its first line names the run, the target and the users, without passwords."""
    users = {role: [credentials.username, credentials.partner_id] for role, credentials in target.users.items()}
    header = {"run": target.run_id, "target": target.base_url, "users": users, "unpaced": target.unpaced}
    if target.new_password_users:
        header["new_password_users"] = [credentials.username for credentials in target.new_password_users]
    return Ledger(file_of(folder, target.run_id), header)


def file_of(folder: Path, run_id: str) -> Path:
    """Return the path of a run's ledger."""
    return folder / f"{run_id}.jsonl"


def list_unfinished(folder: Path) -> list[LedgerContents]:
    """Return the ledgers in a folder whose writes have not been undone. Raises LedgerError."""
    ledgers = (read_contents(file) for file in sorted(folder.glob("*.jsonl")))
    return [contents for contents in ledgers if contents is not None and not contents.ended]


def _hide_secrets(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line without secrets. Raises LedgerError if the undo needs a text that contains a token.

    A created object whose members contain a token is left out. The undo then identifies it by what the run wrote.
    """
    if _contains_token(line.get("undo")):
        raise LedgerError("the state to restore contains a token, which a ledger must not contain")
    created: dict[str, Any] = {"created": {}} if _contains_token(line.get("created")) else {}
    texts = {name: REDACTOR.hide_in(line[name]) for name in ("call", "remaining") if name in line}
    return {**line, **created, **texts}


def _contains_token(value: object) -> bool:
    text = json.dumps(value, default=str)
    return REDACTOR.hide(text).count(TOKEN) > text.count(TOKEN)


def _check_header(file: Path, line: Mapping[str, Any]) -> Mapping[str, Any]:
    if line.get("ledger") != FORMAT:
        raise LedgerError(f"{file} is not a ledger in the format {FORMAT}")
    return line


def _read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the complete lines. Ignore an incomplete last line, which a killed process may have left."""
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
            raise LedgerError(f"{file}: line {number} is not a JSON object")
        yield line


def _open_locked(file: Path) -> IO[bytes]:
    stream = file.open("ab+")
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            raise LedgerError(f"{file} is locked: its run or its cleanup is still in progress") from None
    return stream


def _remove_torn_line(stream: IO[bytes]) -> None:
    stream.seek(0)
    stream.truncate(stream.read().rfind(b"\n") + 1)
