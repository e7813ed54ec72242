"""A workspace is read beside the requests of others, and by a thread that changes nothing that others use."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.state.journal_budget import JournalBudget
from mock_server.storage import building
from mock_server.storage.keeper import WorkspaceKeeper
from tests.storage.stored_server import StoredServer, a_stored_server

LONG = 60
"""How many seconds the test waits for what would never happen."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredServer]:
    with a_stored_server(tmp_path_factory.mktemp("loading") / "tank.db") as started:
        for name in ("one", "two"):
            assert started.send("POST", "/_mock/workspaces", {"name": name}).status == 201
        yield started


def forget(server: StoredServer) -> None:
    """Let all workspaces be read again by their next requests."""
    for workspace in server.stored.registry:
        assert isinstance(workspace.keeper, WorkspaceKeeper)
        workspace.keeper.is_stale = True


def test_requests_of_other_workspaces_do_not_wait_for_a_workspace_that_is_read(
    server: StoredServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, others_are_answered = building.build, threading.Event()

    def build_slowly(head: Any, *arguments: Any) -> Any:
        if head.name == "one":
            assert others_are_answered.wait(LONG)
        return build(head, *arguments)

    monkeypatch.setattr(building, "build", build_slowly)
    forget(server)

    async def send_all() -> list[int]:
        slow = asyncio.create_task(server.driver.request("GET", "/w/one/_mock/status"))
        statuses = []
        for method, target, body in (
            ("GET", "/w/two/_mock/status", None),
            ("PUT", "/w/two/_mock/clock", {"mode": "frozen"}),
            ("POST", "/_mock/clock/advance", {"seconds": 1}),
            ("GET", "/_mock/health?ready", None),
        ):
            statuses.append((await server.driver.request(method, target, body)).status)
        assert not slow.done()
        others_are_answered.set()
        return [*statuses, (await slow).status]

    assert asyncio.run(send_all()) == [200] * 5


class WatchedBudget(JournalBudget):
    """A budget that notes which threads change it."""

    threads: set[int]

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__.setdefault("threads", set()).add(threading.get_ident())
        super().__setattr__(name, value)

    def join(self, journal: Any) -> None:
        self.threads.add(threading.get_ident())
        super().join(journal)

    def leave(self, journal: Any) -> None:
        self.threads.add(threading.get_ident())
        super().leave(journal)


def test_the_thread_that_reads_does_not_change_the_budget_of_the_journals(server: StoredServer) -> None:
    watched = WatchedBudget()
    for workspace in server.stored.registry:
        workspace.journal.join(watched)
    server.stored._opener.budget = watched
    for target in ("/api/v3/events/", "/w/one/api/v3/events/"):
        server.send("GET", target)
        server.send("GET", f"{target.partition('/api')[0]}/_mock/journal")
    kept = [len(workspace.journal) for workspace in server.stored.registry]
    forget(server)
    for target in ("/_mock/journal", "/w/one/_mock/journal", "/w/two/_mock/journal"):
        assert server.send("GET", target).status == 200
    journals = [workspace.journal for workspace in server.stored.registry]
    assert sorted(map(len, journals)) == sorted(kept)
    assert {id(journal.budget) for journal in journals} == {id(watched)}
    assert watched.used == sum(journal.size for journal in journals) > 0
    assert watched.threads == {threading.get_ident()}
