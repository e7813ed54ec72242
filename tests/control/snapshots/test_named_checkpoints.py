"""Named checkpoints: states that a client asked to keep, which survive a reset, a restore and a rewind."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server.control.snapshots.named import MAX_OF_WORKSPACE
from mock_server.control.snapshots.schemas import MAX_NAME
from mock_server.state.reports import MAX_NAMED_CHECKPOINTS, MemoryReports, Reports
from mock_server.storage import schema
from mock_server.storage.reports import StoredReports
from mock_server.storage.sqlite import SqliteDatabase
from tests.example_requests import a_client
from tests.mock_harness import Client
from tests.storage.stored_server import StoredServer, a_stored_server

NAMED = "/points/named"


@pytest.fixture
def client() -> Client:
    return a_client()


def keep(client: Client, name: str = "here") -> dict[str, Any]:
    response = client.control("POST", NAMED, json={"name": name})
    assert response.status_code == 201
    kept: dict[str, Any] = response.json()
    return kept


def list_named(client: Client) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.control("GET", NAMED).json()
    return listed


def reset(client: Client) -> None:
    client.control("POST", "/reset", json={"seed": 9, "now": "2027-01-01T00:00:00Z"})


def restore_another(client: Client) -> None:
    saved = client.control("GET", "/snapshot").json()
    client.control("POST", "/clock/advance", json={"days": 3})
    client.control("PUT", "/snapshot", json=saved)


def rewind(client: Client) -> None:
    first = client.control("GET", "/points").json()["checkpoints"][0]["at"]
    client.control("POST", "/rewind", json={"to": first})


@pytest.mark.parametrize("lose", [reset, restore_another, rewind])
def test_the_state_before_a_loss_comes_back(client: Client, lose: Callable[[Client], None]) -> None:
    client.control("POST", "/clock/advance", json={"days": 1})
    before = client.control("GET", "/snapshot").json()
    kept = keep(client, "before a loss")
    lose(client)
    assert list_named(client) == [kept]
    restored = client.control("POST", f"{NAMED}/{kept['id']}/restore")
    assert restored.json()["clock"]["now"] == kept["at"] == before["clock"]["now"]
    after = client.control("GET", "/snapshot").json()
    assert {**after, "counters": None} == {**before, "counters": None}
    assert list_named(client) == [kept]


def test_the_latest_of_a_workspace_are_kept_newest_first(client: Client) -> None:
    for number in range(MAX_OF_WORKSPACE + 2):
        keep(client, str(number))
    assert [each["name"] for each in list_named(client)] == [str(number) for number in range(6, 1, -1)]


def test_a_workspace_does_not_have_those_of_another_even_of_the_same_name(client: Client) -> None:
    kept = keep(client)
    for _ in range(2):
        client.control("POST", "/workspaces", json={"name": "other"})
        other = client.for_workspace("other")
        assert list_named(other) == []
        assert other.control("POST", f"{NAMED}/{kept['id']}/restore").status_code == 404
        keep(other)
        client.control("DELETE", "/workspaces/other")
    assert list_named(client) == [kept]


def test_a_server_keeps_a_limited_number(client: Client) -> None:
    kept = keep(client)
    for number in range(MAX_NAMED_CHECKPOINTS // MAX_OF_WORKSPACE):
        client.control("POST", "/workspaces", json={"name": f"w{number}"})
        for _ in range(MAX_OF_WORKSPACE):
            keep(client.for_workspace(f"w{number}"))
    assert list_named(client) == []
    assert client.control("POST", f"{NAMED}/{kept['id']}/restore").status_code == 404


@pytest.mark.parametrize("checkpoint_id", ["x", "0", "-1", "1.0", "9" * 30, "%00"])
def test_an_unknown_one_is_404_and_changes_nothing(client: Client, checkpoint_id: str) -> None:
    keep(client)
    before = client.control("GET", "/snapshot").content
    answer = client.control("POST", f"{NAMED}/{checkpoint_id}/restore")
    assert (answer.status_code, answer.json()["validation_errors"][0]["field"]) == (404, "checkpoint_id")
    assert client.control("GET", "/snapshot").content == before


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": 1}, {"name": "x" * (MAX_NAME + 1)}, {"name": "x", "at": 1}]
)
def test_an_invalid_name_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert client.control("POST", NAMED, json=body).status_code == 400
    assert list_named(client) == []


def test_any_text_is_a_name(client: Client) -> None:
    name = "<img src=x onerror=alert(1)> 😀 '; DROP TABLE server; %s"
    kept = keep(client, name)
    assert list_named(client) == [kept]
    assert kept["name"] == name


def test_one_survives_a_restart_with_a_file(tmp_path: Path) -> None:
    with a_stored_server(tmp_path / "tank.db") as server:
        kept = server.send("POST", f"/_mock{NAMED}", {"name": "before"}).json()
        server.send("POST", "/_mock/reset", {"now": "2027-01-01T00:00:00Z"})
    with a_stored_server(tmp_path / "tank.db") as server:
        asyncio.run(return_to(server, kept))


async def return_to(server: StoredServer, kept: dict[str, Any]) -> None:
    """Return to a checkpoint that another server kept."""
    assert (await server.driver.request("GET", f"/_mock{NAMED}")).json() == [kept]
    restored = await server.driver.request("POST", f"/_mock{NAMED}/{kept['id']}/restore")
    assert restored.json()["clock"]["now"] == kept["at"]


async def share(first: StoredServer, second: StoredServer) -> None:
    """Keep a checkpoint at one server, and return to it at another one."""
    kept = (await first.driver.request("POST", f"/_mock{NAMED}", {"name": "before"})).json()
    await first.driver.request("POST", "/_mock/reset", {"now": "2027-01-01T00:00:00Z"})
    await return_to(second, kept)


@pytest.mark.parametrize("is_stored", [False, True], ids=["memory", "database"])
def test_the_oldest_are_dropped_if_they_are_large_together(is_stored: bool, tmp_path: Path) -> None:
    databases = (SqliteDatabase(tmp_path / f"{number}.db") for number in itertools.count())

    async def keep(*sizes: int) -> list[int]:
        kept: Reports = MemoryReports(max_bytes=100)
        if is_stored:
            database = next(databases)
            schema.prepare(database)
            kept = StoredReports(database, max_bytes=100)
        for size in sizes:
            await kept.add(b"{}", b"x" * size)
        return [number for number, _ in await kept.list_summaries()]

    assert asyncio.run(keep(50, 50, 1, 49)) == [4, 3, 2]
    assert asyncio.run(keep(1, 101)) == [2]
