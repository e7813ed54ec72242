"""A PostgreSQL cluster that all tests of a process share."""

from collections.abc import Iterator

import pytest

from tests.storage import postgres_cluster
from tests.storage.postgres_cluster import PostgresCluster


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[PostgresCluster]:
    """Run a cluster until all tests have ended."""
    if reason := postgres_cluster.missing_reason():
        pytest.skip(reason)
    with postgres_cluster.running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: PostgresCluster) -> PostgresCluster:
    """Return the cluster, which runs even if the test before has killed it."""
    shared_cluster.start()
    return shared_cluster
