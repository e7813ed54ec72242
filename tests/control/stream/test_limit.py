"""The limit of open streams: further ones are refused, also if many begin at once."""

import asyncio

import pytest

from mock_server.domain.errors import ServerBusyError
from tests.control.stream.frames import Follower, a_server, follow
from tests.example_requests import a_client
from tests.mock_harness import Client


@pytest.fixture
def client() -> Client:
    return a_client()


def test_too_many_streams_are_refused_until_one_ends(client: Client) -> None:
    async def run() -> None:
        streams, looks = a_server(client.workspace, limit=2)
        first, _ = [await follow(streams, looks, client.workspace) for _ in range(2)]
        with pytest.raises(ServerBusyError) as raised:
            await follow(streams, looks, client.workspace)
        assert "--max-streams" in raised.value.problems[0].message
        await streams.for_workspace(client.workspace).open(None, follows=False)
        first.subscription.close()
        third = await follow(streams, looks, client.workspace)
        assert len(streams) == 2
        third.subscription.close()

    asyncio.run(run())


def test_the_limit_holds_if_many_begin_while_the_workspace_works(client: Client) -> None:
    async def run() -> tuple[int, int]:
        streams, looks = a_server(client.workspace, limit=2)
        client.workspace.turn.hold()
        beginning = [asyncio.ensure_future(follow(streams, looks, client.workspace)) for _ in range(5)]
        await asyncio.to_thread(lambda: None)
        client.workspace.turn.release()
        outcomes = await asyncio.gather(*beginning, return_exceptions=True)
        followers = [each for each in outcomes if isinstance(each, Follower)]
        refused = sum(isinstance(each, ServerBusyError) for each in outcomes)
        for follower in followers:
            follower.subscription.close()
        assert len(streams) == 0
        return len(followers), refused

    assert asyncio.run(run()) == (2, 3)
