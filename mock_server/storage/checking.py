"""Says what a database contains, and whether a server could use all of it, for `mock-server store check`.

Each workspace is built from its rows by the code with which a server reads it, one after the other. Each world is read,
and its digest is computed again.
"""

from collections.abc import Iterator
from functools import partial

from mock_server.state.clock import machine_epoch
from mock_server.state.tokens import SigningKey, check_pem
from mock_server.state.workspace import WorkspaceHead as Head
from mock_server.storage import building, heads, journals, rows, schema, worlds
from mock_server.storage.building import Surroundings
from mock_server.storage.database import Cursor, StorageError, StorageSetupError, explain
from mock_server.storage.reading import Reader
from mock_server.worlds.digest import digest as digest_of
from mock_server.worlds.world import World

COUNTERS = ("starts", "epoch", "name", "content")
WRONG_VERSIONS = (
    "SELECT count(*) FROM records WHERE workspace = ? AND (since > ? OR until > ? OR until <= since OR since < 1)"
)
OVERLAPS = (
    "SELECT count(*) FROM records AS one JOIN records AS other ON other.workspace = one.workspace"
    " AND other.kind = one.kind AND other.key = one.key AND other.since > one.since"
    " WHERE one.workspace = ? AND (one.until IS NULL OR one.until > other.since)"
)
STRAY_RECORDS = (
    "SELECT count(*) FROM journal LEFT JOIN journals ON journals.workspace = journal.workspace"
    " WHERE journal.workspace = ? AND (journals.first IS NULL OR journal.epoch <> journals.epoch"
    " OR number NOT BETWEEN first AND last)"
)
UNUSED_ROWS = "SELECT count(*) FROM records WHERE workspace NOT IN (SELECT content FROM workspaces)"
COUNTS = "SELECT count(*), count(until) FROM records WHERE workspace = ?"


def describe(reader: Reader) -> Iterator[str]:
    """Yield lines about what the database contains. Raises StorageError."""
    version = schema.read_value(reader, "version")
    yield f"{reader.description}: version {version}, {_format_size(reader.measure())}"
    for head in heads.list_heads(reader):
        ((stored, ended),) = reader.execute(COUNTS, (head.content,))
        ((recorded,),) = reader.execute("SELECT count(*) FROM journal WHERE workspace = ?", (head.id,))
        yield (
            f"workspace {head.name}: version {head.version}, time {head.now}, {stored - ended} rows and {ended} of "
            f"earlier versions, {recorded} recorded requests"
        )
    ((unused_rows,),) = reader.execute(UNUSED_ROWS)
    if unused_rows and not reader.is_shared:
        yield f"{unused_rows} rows of no workspace, which the next start of a server deletes"
    used = set(list_digests(reader))
    for digest, parts, size in reader.execute(
        "SELECT digest, count(*), sum(length(value)) FROM worlds GROUP BY digest"
    ):
        unused = "" if digest in used else ", not used"
        yield f"world {digest}: {parts} parts, {_format_size(size)}{unused}"


def find_problems(reader: Reader) -> Iterator[str]:
    """Yield each problem in one line."""
    steps = [_check_pages, _check_server, _check_worlds, _check_orphans]
    try:
        known = _KnownWorlds()
        steps += [partial(_check_workspace, head=head, known=known) for head in heads.list_heads(reader)]
    except StorageError as error:
        yield explain(error)
    for step in steps:
        try:
            yield from step(reader)
        except StorageSetupError as error:
            yield str(error)
        except StorageError as error:
            yield explain(error)
            if reader.is_shared:  # the transaction has ended
                return


def list_digests(cursor: Cursor) -> Iterator[str]:
    """Yield the digests of the worlds that workspaces or their checkpoints started from."""
    origins = cursor.execute("SELECT value FROM records WHERE kind = 'part' AND key = 'origin'")
    for (value,) in origins:
        with building.reporting_damage("with a damaged origin"):
            yield rows.decode("part", "origin", value).digest


def _check_pages(reader: Reader) -> Iterator[str]:
    yield from reader.find_damage()


def _check_server(reader: Reader) -> Iterator[str]:
    key = schema.read_value(reader, "signing_key")
    try:
        if key is not None:  # else the next server generates one
            check_pem(key.encode())
    except ValueError:
        yield "the key that signs tokens is damaged"
    for name in COUNTERS:
        value = schema.read_value(reader, name)
        if value is not None and not value.isdecimal():
            yield f"the counter {name} is damaged"


def _check_worlds(reader: Reader) -> Iterator[str]:
    for (digest,) in reader.execute("SELECT DISTINCT digest FROM worlds"):
        with building.reporting_damage(f"of world {digest}"):
            world = worlds.load(reader, digest, "sample")
            if world is None or digest_of(world) != digest:
                yield f"the world {digest} has another content than its digest says"


def _check_orphans(reader: Reader) -> Iterator[str]:
    """Yield a problem if rows belong to no workspace. In a file, a server may be writing or deleting them."""
    ((count,),) = reader.execute(UNUSED_ROWS)
    if count and reader.is_shared:
        yield f"{count} rows belong to no workspace"


class _KnownWorlds:
    """Keeps the last world in memory, because most workspaces have the same."""

    def __init__(self) -> None:
        self._last: tuple[str, World] | None = None

    def find(self, cursor: Cursor, origin: rows.OriginPart) -> World:
        """Return the world of an origin. Raises StorageSetupError."""
        if self._last is None or self._last[0] != origin.digest:
            self._last = origin.digest, building.load_world(cursor, origin)
        return self._last[1]


def _check_workspace(reader: Reader, head: Head, known: _KnownWorlds) -> Iterator[str]:
    """Yield the problems of a workspace. Its rows are compared with its version before they are read."""
    name = f"workspace {head.name}"
    ((count,),) = reader.execute(WRONG_VERSIONS, (head.content, head.version, head.version))
    if count:
        yield f"{name}: {count} rows do not fit version {head.version}"
    ((count,),) = reader.execute(OVERLAPS, (head.content,))
    if count:
        yield f"{name}: {count} rows are valid at the same time as another row of their key"
    if head.pruned_to > head.version:
        yield f"{name}: version {head.pruned_to}, up to which rows were deleted, is later than version {head.version}"
    yield from _check_journal(reader, head)
    try:
        _build(reader, head, known)
    except StorageSetupError as error:
        text = str(error)
        yield text if text.startswith(name) else f"{name}: {text}"


def _build(reader: Reader, head: Head, known: _KnownWorlds) -> None:
    surroundings = Surroundings(lambda world: lambda seed, day: world, SigningKey(), machine_epoch())
    stored = heads.read_rows(reader, head.content)
    origin, _ = building.origin_of(head, stored)
    building.build(head, stored, known.find(reader, origin), surroundings)


def _check_journal(reader: Reader, head: Head) -> Iterator[str]:
    ((count,),) = reader.execute(STRAY_RECORDS, (head.id,))
    if count:
        yield f"workspace {head.name}: {count} recorded requests have numbers that its journal does not have"
    for number, value in reader.stream("SELECT number, value FROM journal WHERE workspace = ?", (head.id,)):
        try:
            journals.decode_record(value)
        except (ValueError, TypeError, LookupError, AttributeError):
            yield f"workspace {head.name}: the recorded request {number} cannot be read"


def _format_size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB" if size >= 1024 * 1024 else f"{size / 1024:.1f} KiB"
