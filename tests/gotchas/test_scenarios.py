"""Each gotcha's story plays, springs its trap, and can be found by the words that a reader has."""

import asyncio
from dataclasses import replace

import pytest

from mock_server import app
from mock_server.control import asgi_client
from mock_server.gotchas import catalogue, rendering
from mock_server.gotchas.player import Played, Player
from mock_server.gotchas.scenario import SECRETS, Call, Gotcha, Look
from mock_server.settings import Settings
from tests.served import Client

EACH = pytest.mark.parametrize("gotcha", catalogue.GOTCHAS.values(), ids=catalogue.GOTCHAS.keys())
STALE = catalogue.GOTCHAS["G-02"]


def play(gotcha: Gotcha, settings: Settings | None = None) -> list[Played]:
    """The whole story, in a workspace of its own."""
    told = settings or Settings()
    client = Client(app.create_workspace(told), told)
    made = client.control("POST", "/workspaces", json=gotcha.setting.order("story"))
    assert made.status_code == 201, made.text
    player = Player({"PASSWORD": "wavetank"})
    return [
        player.take(call, asyncio.run(asgi_client.ask(client.app, "/w/story", player.request(call))))
        for call in gotcha.calls
    ]


@EACH
def test_each_story_plays(gotcha: Gotcha) -> None:
    differences = [(played.call.say, played.differences) for played in play(gotcha) if played.differences]
    assert differences == []


@EACH
def test_each_trap_surprises_and_is_followed_by_the_right_way(gotcha: Gotcha) -> None:
    assert any(call.surprise for call in gotcha.trap)
    assert not any(call.surprise for call in gotcha.before)
    assert gotcha.after
    assert gotcha.right.endswith(".")


@EACH
def test_no_story_tells_a_token(gotcha: Gotcha) -> None:
    told = [line for played in play(gotcha) for line in rendering.shown(played)]
    told += [line for call in gotcha.calls for line in rendering.commands(call, SECRETS)]
    assert "eyJ" not in " ".join(told)


def test_a_story_is_the_same_on_a_server_that_plays_the_other_sides() -> None:
    from mock_server.state.quirks import Quirks

    quirks = Quirks(campaign_results_admin_only=True, clear_sales_204=True, ignore_unknown=True)
    for gotcha_id in ("G-08", "G-20"):
        played = play(catalogue.GOTCHAS[gotcha_id], Settings(quirks=quirks, timing="faithful", seed=9))
        assert [each.differences for each in played if each.differences] == []


MISTAKEN = {
    "another status": (replace(STALE.trap[0], status=201), "status 200 in place of 201: [{"),
    "another value": (
        replace(STALE.trap[0], looks=(Look("is", "[].purchase", [1]),)),
        "[].purchase is [103, 17, 89, 87] in place of [1]",
    ),
    "a change that does not come": (
        replace(STALE.trap[0], looks=(Look("unlike", "[].purchase", "BEFORE"),)),
        "[].purchase is [103, 17, 89, 87] as it was before",
    ),
    "a value from before that differs": (
        replace(STALE.trap[0], looks=(Look("as", "[].customers", "BEFORE"),)),
        "[].customers is ",
    ),
    "no such place": (replace(STALE.trap[0], looks=(Look("is", "[9].tc", "Jazz"),)), "the answer has no [9]"),
    "a header that is not there": (
        replace(STALE.trap[0], looks=(Look("header", "retry-after", "60"),)),
        'retry-after is null in place of "60"',
    ),
    "a header that is there": (
        replace(STALE.trap[0], looks=(Look("no header", "content-type"),)),
        'content-type is "application/json" in place of null',
    ),
}


@pytest.mark.parametrize(("call", "told"), MISTAKEN.values(), ids=MISTAKEN.keys())
def test_what_does_not_happen_is_told(call: Call, told: str) -> None:
    played = play(replace(STALE, trap=(call,), after=()))
    assert [each.differences for each in played[:-1] if each.differences] == []
    assert len(played[-1].differences) == 1
    assert played[-1].differences[0].startswith(told)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["stale", "evaluation"], ["G-02"]),
        (["STALE"], ["G-02"]),
        (["defaults", "change", "after", "creation"], ["G-03"]),
        (["run", "missed"], ["G-05"]),
        (["bev-07"], ["G-04"]),
        (["cors"], ["G-16"]),
        (["volcano"], []),
        ([], list(catalogue.GOTCHAS)),
    ],
    ids=lambda value: " ".join(value) or "none",
)
def test_gotchas_are_found_by_words(words: list[str], ids: list[str]) -> None:
    assert [gotcha.id for gotcha in catalogue.found(words)] == ids
