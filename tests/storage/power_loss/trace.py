"""Records what a process writes to its files, with strace."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CALLS = "openat,close,write,pwrite64,fsync,fdatasync,ftruncate,unlink"
LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>)?(.*)")
CALL = re.compile(r"(\w+)\((.*)", re.DOTALL)
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
NUMBERS = re.compile(r"(?<![\\\w])-?\d+")


@dataclass(frozen=True, slots=True)
class Event:
    """A write, a cut to a length (`offset`), a sync or a deletion of a file, or a line that the process printed."""

    kind: Literal["write", "cut", "sync", "delete", "print"]
    file: str = ""
    offset: int = 0
    data: bytes = b""


def missing_reason() -> str:
    """Return why nothing can be recorded, or "" if it can."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "strace may not trace processes here"


def record(command: list[str], folder: Path) -> list[Event]:
    """Run a command, and return what it did to the files in a folder and what it printed, in order."""
    file = folder.with_suffix(".trace")
    strace = ["strace", "-f", "-xx", "-s", "100000", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(file)]
    subprocess.run([*strace, *command], check=True, capture_output=True)
    return list(parse(file.read_text(encoding="ascii").splitlines(), str(folder)))


def parse(lines: Iterable[str], folder: str) -> Iterator[Event]:
    """Yield the events of a trace. A call that took long is on two lines; it had its effect at the second one."""
    begun, files = dict[str, str](), dict[int, str]()
    for line in lines:
        matched = LINE.fullmatch(line)
        if matched is None:
            continue
        process, resumed, rest = matched.groups()
        if rest.endswith("<unfinished ...>"):
            begun[process] = rest.removesuffix("<unfinished ...>")
            continue
        text = begun.pop(process, "") + rest if resumed else rest
        call, is_result, result = text.rpartition(" = ")
        found = CALL.fullmatch(call)
        if found is not None and is_result and not result.startswith("-1"):
            yield from _to_events(found[1], found[2], result, files, folder)


def _to_events(name: str, arguments: str, result: str, files: dict[int, str], folder: str) -> Iterator[Event]:
    texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(arguments)]
    numbers = [int(number) for number in NUMBERS.findall(TEXT.sub('""', arguments))]
    if name in ("openat", "unlink"):
        path = texts[0].decode()
        if path.startswith(folder):
            file = path[len(folder) + 1 :]
            if name == "unlink":
                yield Event("delete", file)
            else:
                files[int(result.split()[0])] = file
    elif name == "close":
        files.pop(numbers[0], None)
    elif name == "write" and numbers[0] == 1:
        yield Event("print", data=texts[0])
    elif numbers[0] in files:
        yield from _to_change(name, files[numbers[0]], numbers[-1], texts)


def _to_change(name: str, file: str, number: int, texts: list[bytes]) -> Iterator[Event]:
    if name == "pwrite64":
        yield Event("write", file, number, texts[0])
    elif name in ("fsync", "fdatasync"):
        yield Event("sync", file)
    elif name == "ftruncate":
        yield Event("cut", file, number)
