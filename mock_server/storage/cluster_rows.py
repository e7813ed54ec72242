"""The clusters of packages, each stored once however many rows of a workspace have them.

A package's clusters list its customers, so they are most of its record. A new version of the record, as each `PUT` of
settings makes one, has the clusters of the version before. So their rows have only the digest of the clusters, and a
row of the kind `clusters` has the clusters. Its key is the digest. It ends when no row has the digest any more.

In memory, records that have equal clusters have the same object, as they have in the server that wrote them.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from mock_server.domain.causes import RecordVersion
from mock_server.domain.models import Cluster, Package

Clusters: TypeAlias = tuple[Cluster, ...]
KIND = "clusters"
KINDS = frozenset({"packages", "history:packages"})
"""The kinds of rows that have clusters."""


class Row(Protocol):
    """A stored row. Its value is a record or a version of a record."""

    @property
    def value(self) -> Any:
        """The value."""


@dataclass(frozen=True, slots=True)
class PackedPackage:
    """A package without its clusters, and their digest."""

    package: Package
    digest: str


@dataclass(slots=True)
class _Shared:
    """Clusters, and how many rows have them."""

    clusters: Clusters
    count: int = 0


class ClusterSets:
    """The clusters of a workspace's stored rows, by their digests.

    `changed` lists the digests that rows have had or lost since it was emptied.
    """

    def __init__(self) -> None:
        self.changed: dict[str, None] = {}
        self._shared: dict[str, _Shared] = {}
        self._digests: dict[int, tuple[Clusters, str]] = {}
        """The digests by the ids of the objects, and the objects, so that no other one gets the id."""

    def find_changed(self) -> Mapping[str, Clusters]:
        """Return the clusters that are listed as changed and that rows have."""
        changed = {digest: self._shared[digest] for digest in self.changed}
        return {digest: shared.clusters for digest, shared in changed.items() if shared.count}

    def note(self, kind: str, old: Row | None, new: Row | None) -> None:
        """Note that another row takes the place of a row. None is no row."""
        if kind not in KINDS:
            return
        gone, added = (None if row is None else clusters_of(row.value) for row in (old, new))
        if gone is added:
            return
        for clusters, difference in ((added, 1), (gone, -1)):
            if clusters is not None:
                digest = self._digest(clusters)
                self._shared[digest].count += difference
                self.changed[digest] = None

    def add_stored(self, digest: str, clusters: Clusters) -> None:
        """Note clusters that were read. The customers' ids are shared with other workspaces."""
        if digest not in self._shared:
            interned = tuple(replace(each, customers=tuple(map(sys.intern, each.customers))) for each in clusters)
            self._shared[digest] = _Shared(interned)
            self._digests[id(interned)] = interned, digest

    def forget_unused(self, digests: Iterable[str] | None = None) -> None:
        """Forget those of the clusters that no row has any more. None means all of them. Empty `changed`."""
        candidates = list(self._shared if digests is None else digests)
        unused = [digest for digest in candidates if not self._shared[digest].count]
        for digest in unused:
            del self._shared[digest]
        if unused:
            self._digests = {at: known for at, known in self._digests.items() if known[1] in self._shared}
        self.changed = {}

    def pack(self, value: Any) -> Any:
        """Return what is written in place of a record or of its version."""
        clusters = clusters_of(value)
        if clusters is None:
            return value
        if isinstance(value, RecordVersion):
            return value._replace(record=self.pack(value.record))
        return PackedPackage(replace(value, clusters=None), self._digest(clusters))

    def unpack(self, value: Any) -> Any:
        """Return the record, or its version, of which a row was read. Raises KeyError for unknown clusters."""
        if isinstance(value, RecordVersion):
            return value._replace(record=self.unpack(value.record))
        if isinstance(value, PackedPackage):
            return replace(value.package, clusters=self._shared[value.digest].clusters)
        return value

    def _digest(self, clusters: Clusters) -> str:
        known = self._digests.get(id(clusters))
        if known is None:
            known = self._digests[id(clusters)] = clusters, compute_digest(clusters)
            self._shared.setdefault(known[1], _Shared(clusters))
        return known[1]


def clusters_of(value: Any) -> Clusters | None:
    """Return the clusters of a record, or of a version of a record."""
    record = value.record if isinstance(value, RecordVersion) else value
    return record.clusters if isinstance(record, Package) else None


def compute_digest(clusters: Clusters) -> str:
    """Return a digest of the contents. No text contains a control character, so they separate the parts."""
    digest = hashlib.blake2b(digest_size=16)
    for cluster in clusters:
        text = "\0".join((cluster.tc, cluster.label, *cluster.customers))
        digest.update(f"{text}\1".encode())
    return digest.hexdigest()
