"""The clusters of a package are stored once, however often its record changes."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mock_server.domain.pieces import steps_of
from mock_server.operations import due_jobs
from mock_server.state import change_cause
from mock_server.state.record_history import MAX_VERSIONS
from mock_server.storage import cluster_rows, rows
from tests.operations.test_time_step_independence import a_busy_workspace, perform_step
from tests.storage.kept_workspace import KeptWorkspace, dump_everything

CHANGES = MAX_VERSIONS + 3


@pytest.fixture(name="kept")
def open_busy_workspace(tmp_path: Path) -> Any:
    kept = KeptWorkspace(tmp_path, a_busy_workspace())
    perform_step(kept.workspace, ("package", 0, 3, 0))
    advance(kept, timedelta(hours=2))
    yield kept
    kept.database.close()


def advance(kept: KeptWorkspace, duration: timedelta) -> None:
    """Move the clock, perform the jobs that are due, and commit."""
    workspace = kept.workspace
    workspace.clock.set(workspace.clock.now() + duration)
    list(steps_of(due_jobs.run_due_jobs, workspace, workspace.clock.now()))
    kept.commit()


def built_package(kept: KeptWorkspace) -> Any:
    package = next(each for each in kept.workspace.store.packages if each.clusters)
    assert sum(len(cluster.customers) for cluster in package.clusters) > 1
    return package


def change(kept: KeptWorkspace, package_id: str, **changes: Any) -> None:
    """Change a package, as a request does, and commit."""
    store = kept.workspace.store
    cause = change_cause.request_cause(store, kept.workspace.clock.now(), "request", "test", ("PUT /x", "req-1"))
    store.packages.put(replace(store.packages.require(package_id), **changes), cause)
    kept.commit()


def stored(kept: KeptWorkspace, kind: str) -> list[tuple[str, str]]:
    """Return the keys and values of the present rows of a kind."""
    statement = "SELECT key, value FROM records WHERE kind = ? AND until IS NULL"
    return kept.database.run_now(lambda cursor: [(row[0], row[1]) for row in cursor.execute(statement, (kind,))])


def test_a_change_of_a_package_does_not_write_its_clusters_again(kept: KeptWorkspace) -> None:
    package = built_package(kept)
    for number in range(CHANGES):
        change(kept, package.id, title=f"title {number}")
    versions = [value for key, value in stored(kept, "history:packages") if key.endswith(f" {package.id}")]
    assert len(versions) == MAX_VERSIONS
    customer = package.clusters[0].customers[0]
    assert not any(customer in value for value in versions)
    distinct = {cluster_rows.compute_digest(each.clusters) for each in kept.workspace.store.packages if each.clusters}
    assert {key for key, _ in stored(kept, cluster_rows.KIND)} == distinct


def test_another_server_keeps_the_clusters_once_in_memory(kept: KeptWorkspace) -> None:
    package, follower = built_package(kept), kept.reopen()
    for number in range(CHANGES):
        change(kept, package.id, title=f"title {number}")
        follower = kept.pull(follower)
    for workspace in (follower, kept.reopen()):
        history = workspace.store.packages.history.versions_of(package.id)
        objects = {id(version.record.clusters) for version in history if version.record}
        assert objects == {id(workspace.store.packages.require(package.id).clusters)}
        assert len(history) == MAX_VERSIONS


def test_clusters_that_no_row_has_any_more_end(kept: KeptWorkspace) -> None:
    package = built_package(kept)
    other = (package.clusters[0],)
    for number in range(CHANGES):
        change(kept, package.id, clusters=other, title=f"title {number}")
    old, new = cluster_rows.compute_digest(package.clusters), cluster_rows.compute_digest(other)
    keys = {key for key, _ in stored(kept, cluster_rows.KIND)}
    assert new in keys
    assert old not in keys
    change(kept, package.id, clusters=package.clusters)
    assert old in {key for key, _ in stored(kept, cluster_rows.KIND)}
    assert dump_everything(kept.reopen()) == dump_everything(kept.workspace)


def test_rows_that_contain_the_clusters_are_read_and_replaced(kept: KeptWorkspace) -> None:
    package = built_package(kept)
    change(kept, package.id, title="before")
    before = dump_everything(kept.workspace)
    present = kept.workspace.store.packages.require(package.id)
    text = json.dumps(rows.PACKAGE.write(present))

    def put_back(cursor: Any) -> None:
        statement = "UPDATE records SET value = ? WHERE kind = 'packages' AND key = ? AND until IS NULL"
        cursor.execute(statement, (text, package.id))

    kept.database.run_now(put_back)
    assert dump_everything(kept.reopen()) == before
    change(kept, package.id, title="after")
    assert dump_everything(kept.reopen()) == dump_everything(kept.workspace)


def test_what_follows_is_the_same_in_all_servers(kept: KeptWorkspace) -> None:
    follower = kept.reopen()
    for days in (1, 40, 400):
        advance(kept, timedelta(days=days))
        follower = kept.pull(follower)
        assert dump_everything(follower) == dump_everything(kept.workspace) == dump_everything(kept.reopen())
