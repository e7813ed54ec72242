"""Read and write the measured results in `docs/measured`, which are files of JSON lines."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).resolve().parent.parent / "docs" / "measured"

Row = dict[str, Any]


def read_rows(file: Path) -> list[Row]:
    """Return the rows of a file, or an empty list if there is no such file."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write_rows(file: Path, rows: Iterable[Row]) -> None:
    """Replace the content of a file in one step, so that other processes see either the old rows or the new ones."""
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as written:
        written.write(text)
    Path(written.name).chmod(0o644)
    os.replace(written.name, file)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep other processes from merging results into files of the same folder until the block ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
