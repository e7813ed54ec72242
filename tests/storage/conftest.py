"""A PostgreSQL cluster that all tests of a process share."""

from collections.abc import Iterator

import pytest

from tests.storage import postgres_cluster
from tests.storage.postgres_cluster import PostgresCluster


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[PostgresCluster]:
    """Run a cluster until all tests have ended. It does not sync, because tests kill processes and not the machine."""
    if reason := postgres_cluster.missing_reason():
        pytest.skip(reason)
    with postgres_cluster.running_cluster(sync=False) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: PostgresCluster) -> PostgresCluster:
    """Return the cluster, which runs even if the test before has killed it."""
    shared_cluster.start()
    return shared_cluster
