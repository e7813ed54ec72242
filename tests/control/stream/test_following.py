"""Clients that follow a stream: what they see at each look, slow clients, the limit, and how a stream ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from mock_server.control.stream.events import encode, gap_event
from mock_server.control.stream.hub import KEEP_ALIVE_LOOKS, MAX_BUFFER_BYTES, Buffer, Streams
from mock_server.state.workspace import Workspace
from mock_server.state.workspace_registry import WorkspaceNotFoundError, WorkspaceRegistry
from tests.builders import a_workspace
from tests.control.stream.frames import Follower, Frame, Looks, a_server, follow, parse
from tests.example_requests import SETTINGS, SETTINGS_PATH, a_client, two_partners
from tests.mock_harness import Client

RULE = {"id": "f", "match": {"operation": "listEvents"}, "effect": {"status": 503}}


@pytest.fixture
def client() -> Client:
    return a_client()


def in_thread(act: Callable[[], object]) -> Awaitable[object]:
    """Send requests from another thread, because each runs an event loop of its own. The server looks at none then."""
    return asyncio.to_thread(act)


def watch(client: Client, *acts: Callable[[], object]) -> list[list[Frame]]:
    """Return what a client that follows sees after each action."""

    async def run() -> list[list[Frame]]:
        streams, looks = a_server(client.workspace)
        follower = await follow(streams, looks, client.workspace)
        await follower.begin()
        seen = []
        for act in acts:
            await in_thread(act)
            seen.append(await follower.next())
        follower.subscription.close()
        return seen

    return asyncio.run(run())


def kinds(frames: list[Frame]) -> list[str]:
    return [frame.kind for frame in frames]


def test_each_look_shows_what_is_new(client: Client) -> None:
    seen = watch(
        client,
        lambda: client.send("GET", "/events/"),
        lambda: client.send("PUT", SETTINGS_PATH, json=SETTINGS),
        lambda: client.control("POST", "/clock/next"),
    )
    assert [kinds(frames) for frames in seen] == [["request"], ["request", "job"], ["job", "clock"]]
    assert seen[2][-1].data == client.control("GET", "/clock").json()


def test_the_clock_is_shown_at_each_move_and_change(client: Client) -> None:
    seen = watch(
        client,
        lambda: client.control("POST", "/clock/advance", json={"seconds": 1}),
        lambda: client.control("PUT", "/clock", json={"mode": "running", "speed": 2}),
    )
    assert [[frame.data["mode"] for frame in frames] for frames in seen] == [["frozen"], ["running"]]


def test_fault_rules_are_shown_when_they_are_added_applied_and_removed(client: Client) -> None:
    seen = watch(
        client,
        lambda: client.control("POST", "/faults", json=RULE),
        lambda: [client.send("GET", "/events/") for _ in range(2)],
        lambda: client.control("PUT", "/faults", json={"rules": [RULE | {"effect": {"status": 500}}]}),
        lambda: client.control("DELETE", "/faults"),
    )
    events = [[(e.data["change"], e.data["applied"]) for e in frames if e.kind == "fault"] for frames in seen]
    assert events == [[("added", 0)], [("applied", 2)], [("added", 0)], [("removed", 0)]]
    assert [frame.data["fault"] for frame in seen[1] if frame.kind == "request"] == ["f", "f"]


def test_a_rule_that_matches_without_being_applied_is_no_event(client: Client) -> None:
    client.control("POST", "/faults", json=RULE | {"match": {"operation": "listEvents", "nth": 9}})
    (frames,) = watch(client, lambda: client.send("GET", "/events/"))
    assert kinds(frames) == ["request"]


def test_a_reset_a_rewind_and_a_restored_snapshot_are_changes_of_the_workspace(client: Client) -> None:
    snapshot = client.control("GET", "/snapshot").json()
    seen = watch(
        client,
        lambda: client.control("POST", "/clock/advance", json={"days": 1}),
        lambda: client.control("POST", "/rewind", json={"to": snapshot["clock"]["now"]}),
        lambda: client.control("PUT", "/snapshot", json=snapshot),
        lambda: client.control("POST", "/reset"),
    )
    assert [[e.data for e in frames if e.kind == "workspace"] for frames in seen] == [
        [],
        [{"name": "test", "change": "restored"}],
        [{"name": "test", "change": "restored"}],
        [{"name": "test", "change": "reset"}],
    ]
    assert "job" not in kinds(seen[1] + seen[2] + seen[3])


def test_after_a_reset_the_stream_goes_on(client: Client) -> None:
    seen = watch(client, lambda: client.control("POST", "/reset"), lambda: client.sign_in())
    assert [(frame.kind, frame.data["number"]) for frame in seen[1]] == [("request", 1)]


def test_a_long_burst_is_counted(client: Client) -> None:
    (frames,) = watch(client, lambda: [client.send("GET", "/events/") for _ in range(30)])
    assert [(frame.kind, frame.data["requests"]) for frame in frames] == [("counts", 30)]


def test_many_jobs_at_once_are_counted_and_those_that_are_not_kept_are_a_gap(client: Client) -> None:
    seen = watch(
        client,
        lambda: client.control("POST", "/clock/advance", json={"days": 20}),
        lambda: client.control("POST", "/clock/advance", json={"days": 300}),
        lambda: client.control("POST", "/clock/next"),
    )
    assert [kinds(frames) for frames in seen] == [
        ["counts", "clock"],
        ["gap", "counts", "clock"],
        ["job", "job", "clock"],
    ]
    assert seen[0][0].data["jobs"] == {"pending": 20, "done": 20}


def test_what_the_journal_drops_between_two_looks_is_a_gap() -> None:
    workspace = a_workspace()
    workspace.journal.capacity = 3
    client = Client(workspace).sign_in()
    (frames,) = watch(client, lambda: [client.send("GET", "/events/") for _ in range(7)])
    assert kinds(frames) == ["gap", "request", "request", "request"]
    assert frames[0].data == {"reason": "dropped", "events": 4}


def test_a_cleared_journal_is_no_gap(client: Client) -> None:
    def act() -> None:
        client.control("DELETE", "/journal")
        client.send("GET", "/events/")

    (frames,) = watch(client, act)
    assert kinds(frames) == ["request"]


async def with_other(act: Callable[[Streams, Looks, Workspace], Awaitable[None]]) -> None:
    """Run an action with the streams of a server that has another workspace."""
    streams, looks = a_server(a_workspace(two_partners()))
    other = a_workspace(two_partners(), name="other")
    streams.registry.add(other, 3600)
    await act(streams, looks, other)


def test_workspaces_that_are_created_and_deleted_are_shown_in_the_default_one_only() -> None:
    async def act(streams: Streams, looks: Looks, other: Workspace) -> None:
        default = await follow(streams, looks, streams.registry.default)
        await default.begin()
        streams.registry.add(a_workspace(two_partners(), name="new"), 3600)
        streams.registry.drop("other")
        assert [frame.data for frame in await default.next()] == [
            {"name": "new", "change": "created"},
            {"name": "other", "change": "deleted"},
        ]
        default.subscription.close()

    asyncio.run(with_other(act))


def test_the_stream_ends_with_its_workspace() -> None:
    async def act(streams: Streams, looks: Looks, other: Workspace) -> None:
        follower = await follow(streams, looks, other)
        await follower.begin()
        streams.registry.drop("other")
        streams.registry.add(a_workspace(two_partners(), name="other"), 3600)
        (last,) = await _last(follower, looks)
        assert (last.kind, last.data) == ("workspace", {"name": "other", "change": "deleted"})
        follower.subscription.close()
        assert len(streams) == 0

    asyncio.run(with_other(act))


def test_a_stream_of_a_new_workspace_begins_while_one_of_its_predecessor_is_open() -> None:
    async def act(streams: Streams, looks: Looks, other: Workspace) -> None:
        before = await follow(streams, looks, other)
        await before.begin()
        streams.registry.drop("other")
        successor = a_workspace(two_partners(), name="other")
        streams.registry.add(successor, 3600)
        after = await follow(streams, looks, successor)
        assert kinds(await after.begin()) == ["clock"]
        assert [frame.data for frame in parse(await anext(before.contents))] == [{"name": "other", "change": "deleted"}]
        before.subscription.close()
        assert len(streams) == 1
        after.subscription.close()

    asyncio.run(with_other(act))


def test_a_stream_of_a_workspace_that_is_deleted_meanwhile_is_refused() -> None:
    async def act(streams: Streams, looks: Looks, other: Workspace) -> None:
        streams.registry.drop("other")
        with pytest.raises(WorkspaceNotFoundError):
            await follow(streams, looks, other)

    asyncio.run(with_other(act))


async def _last(follower: Follower, looks: Looks) -> list[Frame]:
    """Return the events of the last look, after which the stream ends."""
    waiting = asyncio.ensure_future(anext(follower.contents))
    await looks.let_go()
    frames = parse(await waiting)
    with pytest.raises(StopAsyncIteration):
        await anext(follower.contents)
    return frames


def test_a_running_clock_shows_the_jobs_that_fall_due() -> None:
    """A look performs what is due as a request would: the history is the same."""
    seconds = [0.0]
    shown, plain = (a_workspace(two_partners()) for _ in range(2))

    async def run() -> list[str]:
        streams, looks = a_server(shown)
        follower = await follow(streams, looks, shown)
        await follower.begin()
        states = []
        for _ in range(4):
            seconds[0] += 6 * 3600
            shown.clock.set(shown.created_at + timedelta(seconds=seconds[0]))
            states += [frame.data["state"] for frame in await follower.next() if frame.kind == "job"]
        follower.subscription.close()
        return states

    assert asyncio.run(run()) == ["pending", "done"]
    client = Client(plain)
    plain.clock.set(shown.clock.now())
    assert client.control("GET", "/jobs").json() == Client(shown).control("GET", "/jobs").json()


def test_a_look_waits_for_the_turn_of_its_workspace(client: Client) -> None:
    async def run() -> list[str]:
        streams, looks = a_server(client.workspace)
        follower = await follow(streams, looks, client.workspace)
        await follower.begin()
        client.workspace.turn.hold()
        await in_thread(lambda: client.control("GET", "/health"))
        await looks.let_go()
        await asyncio.to_thread(lambda: None)
        client.workspace.clock.set(client.workspace.created_at + timedelta(hours=1))
        client.workspace.turn.release()
        frames = parse(await anext(follower.contents))
        follower.subscription.close()
        return kinds(frames)

    assert asyncio.run(run()) == ["clock"]


def test_a_slow_client_gets_a_gap_instead_of_what_was_dropped() -> None:
    buffer = Buffer()
    event = b"data: " + b"x" * 1000 + b"\n\n"
    for _ in range(1000):
        buffer.add(event)
    content, place = buffer.read(10)
    gap, _, rest = content.partition(b"\n\n")
    dropped = 1000 - 10 - rest.count(event)
    assert gap + b"\n\n" == encode(gap_event("slow", dropped))
    assert (place, len(rest) <= MAX_BUFFER_BYTES, rest.count(event) > 200) == (1000, True, True)
    assert buffer.read(place) == (b"", 1000)


def test_clients_that_read_nothing_take_no_memory_of_their_own(client: Client) -> None:
    async def run() -> tuple[list[Frame], list[Frame]]:
        streams, looks = a_server(client.workspace)
        quick, slow = [await follow(streams, looks, client.workspace) for _ in range(2)]
        await quick.begin()
        await slow.begin()
        for _ in range(3):
            await in_thread(lambda: client.send("GET", "/events/"))
            last = await quick.next()
        frames = parse(await anext(slow.contents))
        quick.subscription.close()
        slow.subscription.close()
        return last, frames

    last, frames = asyncio.run(run())
    assert (len(last), len(frames), frames[-1]) == (1, 3, last[0])


def test_what_is_found_when_another_client_begins_is_shown_at_once(client: Client) -> None:
    async def run() -> list[str]:
        streams, looks = a_server(client.workspace)
        follower = await follow(streams, looks, client.workspace)
        await follower.begin()
        await in_thread(lambda: client.send("GET", "/events/"))
        await streams.for_workspace(client.workspace).open(None, follows=False)
        frames = parse(await asyncio.wait_for(anext(follower.contents), 60))
        follower.subscription.close()
        return kinds(frames)

    assert asyncio.run(run()) == ["request"]


def test_a_quiet_stream_sends_comments(client: Client) -> None:
    async def run() -> bytes:
        streams, looks = a_server(client.workspace)
        follower = await follow(streams, looks, client.workspace)
        await follower.begin()
        for _ in range(KEEP_ALIVE_LOOKS - 1):
            await looks.look()
        content = await anext(follower.contents)
        follower.subscription.close()
        return content

    assert asyncio.run(run()) == b": keep-alive\n\n"


def test_nobody_looks_when_nobody_listens(client: Client) -> None:
    async def run() -> None:
        streams, looks = a_server(client.workspace)
        follower = await follow(streams, looks, client.workspace)
        await follower.begin()
        await looks.look()
        follower.subscription.close()
        await looks.let_go()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.to_thread(lambda: None)
        assert len(streams) == 0

    asyncio.run(run())


def test_a_failure_ends_the_streams_and_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        streams, looks = a_server(client.workspace)
        follower = await follow(streams, looks, client.workspace)
        await follower.begin()
        client.workspace.journal.add_numbered(client.workspace.journal.last_number + 1, ("no record",) + (0,) * 12)
        await looks.let_go()
        with pytest.raises(StopAsyncIteration):
            await anext(follower.contents)
        assert len(streams) == 0

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    assert "the stream of workspace test failed" in caplog.text


def test_a_workspace_with_an_open_stream_is_not_idle() -> None:
    seconds = [0.0]

    async def run() -> bool:
        workspace, other = a_workspace(two_partners()), a_workspace(two_partners(), name="other")
        looks = Looks()
        streams = Streams(WorkspaceRegistry(workspace, 8, lambda: seconds[0]), None, 64, looks.pause)
        streams.registry.add(other, 60)
        follower = await follow(streams, looks, other)
        for _ in range(3):
            seconds[0] += 50
            await looks.look()
            streams.registry.drop_idle()
        follower.subscription.close()
        return streams.registry.find("other") is other

    assert asyncio.run(run())
