"""What servers with a database show each other: their streams, from which a client resumes at any, and reports."""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mock_server.control.stream.hub import EventSubscription, Streams
from tests.control.snapshots.test_named_checkpoints import share
from tests.control.stream.frames import Frame, parse
from tests.control.test_reports import use_stored
from tests.example_requests import SETTINGS, SETTINGS_PATH, package_order
from tests.storage.postgres_cluster import PostgresCluster
from tests.storage.stored_server import StoredServer, a_stored_server
from tests.storage.two_servers import TwoServers, two_servers

NUMBERS = count(1)
RULE = {"id": "f", "match": {"operation": "listEvents"}, "effect": {"status": 503}}
OTHER = {"A": "B", "B": "A"}


@pytest.fixture
def pair() -> Iterator[TwoServers]:
    with two_servers() as both:
        both.sign_in()
        yield both


def read(pair: TwoServers, server: str, after: str = "", workspace: str = "") -> list[Frame]:
    headers = [(b"last-event-id", after.encode())] if after else []
    response = pair.send(server, "GET", f"{workspace}/_mock/stream", headers=headers)
    assert response.status == 200
    return parse(response.content)


def act(pair: TwoServers, server: str) -> None:
    pair.get(server, "/api/v3/events/")
    pair.do(server, "PUT", f"/api/v3{SETTINGS_PATH}", SETTINGS)
    pair.do(server, "POST", "/_mock/clock/advance", {"seconds": 10})


def shape(frames: list[Frame]) -> list[tuple[str, object]]:
    members = {"request": "path", "job": "state"}
    return [(frame.kind, frame.data.get(members.get(frame.kind, ""))) for frame in frames]


@pytest.mark.parametrize("reader", "AB")
def test_each_server_shows_the_same_events(pair: TwoServers, reader: str) -> None:
    pair.do("A", "POST", "/_mock/packages", package_order() | {"id": "pkg_1"})
    start = read(pair, OTHER[reader])[-1].id
    act(pair, "A")
    act(pair, "B")
    frames = read(pair, reader, start)
    assert shape(frames) == shape(read(pair, OTHER[reader], start))
    assert [frame.data["path"] for frame in frames if frame.kind == "request"] == [
        "/api/v3/events/",
        f"/api/v3{SETTINGS_PATH}",
    ] * 2
    assert [frame.data["state"] for frame in frames if frame.kind == "job"] == ["pending", "pending", "done", "done"]


def test_a_client_that_resumes_elsewhere_misses_nothing_and_gets_nothing_twice(pair: TwoServers) -> None:
    server, place = "A", read(pair, "A")[-1].id
    numbers = []
    for _ in range(6):
        pair.get(server, "/api/v3/events/")
        server = OTHER[server]
        frames = read(pair, server, place)
        numbers += [frame.data["number"] for frame in frames if frame.kind == "request"]
        place = frames[-1].id
    assert numbers == list(range(numbers[0], numbers[0] + 6))


def test_fault_rules_and_resets_of_another_server_are_seen(pair: TwoServers) -> None:
    place = read(pair, "A")[-1].id
    pair.do("B", "POST", "/_mock/faults", RULE)
    frames = read(pair, "A", place)
    assert [frame.data["change"] for frame in frames if frame.kind == "fault"] == ["changed"]
    pair.do("B", "POST", "/_mock/reset")
    assert [frame.data.get("reason") for frame in read(pair, "A", frames[-1].id)] == ["reset", None]


def test_a_workspace_that_another_server_deleted_has_no_stream(pair: TwoServers) -> None:
    pair.do("A", "POST", "/_mock/workspaces", {"name": "mine"})
    read(pair, "B", workspace="/w/mine")
    pair.do("A", "DELETE", "/_mock/workspaces/mine")
    assert pair.send("B", "GET", "/w/mine/_mock/stream").status == 404


async def follow(server: StoredServer, name: str = "default") -> tuple[EventSubscription, Iterator[bytes]]:
    """Follow a workspace, and read the first event."""
    workspace, _ = await server.stored.find(name)
    streams = Streams(server.stored.registry, server.stored)
    subscription = await streams.for_workspace(workspace).open(None, follows=True)
    contents = aiter(subscription)
    await anext(contents)
    return subscription, contents


async def read_until(contents, kinds: set[str]) -> list[Frame]:
    """Read until there was an event of each kind."""
    frames: list[Frame] = []
    while not kinds <= {frame.kind for frame in frames}:
        frames += parse(await anext(contents))
    return frames


async def watch_other(writer: StoredServer, reader: StoredServer) -> None:
    """Follow at one server what another one does."""
    subscription, contents = await follow(reader)
    await writer.driver.sign_in()
    await writer.driver.request("POST", "/_mock/faults", RULE)
    await writer.driver.request("POST", "/_mock/clock/next")
    await writer.driver.request("POST", "/_mock/workspaces", {"name": "mine"})
    frames = await read_until(contents, {"request", "fault", "clock", "job", "workspace"})
    assert [frame.data["path"] for frame in frames if frame.kind == "request"] == ["/api/v3/auth"]
    assert [frame.data for frame in frames if frame.kind == "workspace"] == [{"name": "mine", "change": "created"}]
    own, own_contents = await follow(reader, "mine")
    await writer.driver.request("DELETE", "/_mock/workspaces/mine")
    assert [frame.data["change"] for frame in await read_until(own_contents, {"workspace"})] == ["deleted"]
    own.close()
    await writer.driver.request("POST", "/_mock/reset")
    frames = await read_until(contents, {"workspace"})
    assert {frame.data["change"] for frame in frames if frame.kind == "workspace"} <= {"reset", "deleted"}
    subscription.close()


def test_a_server_with_a_file_shows_what_happens(tmp_path: Path) -> None:
    with a_stored_server(tmp_path / "state.db") as server:
        asyncio.run(watch_other(server, server))


def test_a_server_shows_what_another_one_on_postgresql_does(cluster: PostgresCluster) -> None:
    url = cluster.create_database(f"streams_{next(NUMBERS)}")
    with a_stored_server(None, url) as first, a_stored_server(None, url) as second:
        asyncio.run(watch_other(first, second))


def test_servers_on_postgresql_share_their_reports_and_named_checkpoints(cluster: PostgresCluster) -> None:
    url = cluster.create_database(f"streams_{next(NUMBERS)}")
    with a_stored_server(None, url) as first, a_stored_server(None, url) as second:
        use_stored(first, second)
        asyncio.run(share(first, second))
