"""Each gotcha's story plays, springs its trap, and can be found by the words that a reader has."""

import asyncio
from dataclasses import replace

import pytest

from mock_server import app
from mock_server.control import asgi_client
from mock_server.gotchas import catalogue, rendering
from mock_server.gotchas.player import PlayedStep, Player
from mock_server.gotchas.scenario import SECRET_VARIABLES, Gotcha, ResponseCheck, ScenarioStep
from mock_server.settings import Settings
from tests.mock_harness import Client

EACH_GOTCHA = pytest.mark.parametrize("gotcha", catalogue.GOTCHAS.values(), ids=catalogue.GOTCHAS.keys())
STALE_GOTCHA = catalogue.GOTCHAS["G-02"]


def play_story(gotcha: Gotcha, settings: Settings | None = None) -> list[PlayedStep]:
    """The whole story, in a workspace of its own."""
    server_settings = settings or Settings()
    client = Client(app.create_workspace(server_settings), server_settings)
    workspace_answer = client.control("POST", "/workspaces", json=gotcha.setup.to_request_body("story"))
    assert workspace_answer.status_code == 201, workspace_answer.text
    player = Player({"PASSWORD": "wavetank"})
    return [
        player.check_response(
            call, asyncio.run(asgi_client.send_in_process(client.app, "/w/story", player.build_request(call)))
        )
        for call in gotcha.steps
    ]


@EACH_GOTCHA
def test_each_story_plays(gotcha: Gotcha) -> None:
    differences = [(played.step.description, played.differences) for played in play_story(gotcha) if played.differences]
    assert differences == []


@EACH_GOTCHA
def test_each_trap_surprises_and_is_followed_by_the_right_way(gotcha: Gotcha) -> None:
    assert any(call.surprise for call in gotcha.trap)
    assert not any(call.surprise for call in gotcha.before)
    assert gotcha.after
    assert gotcha.solution.endswith(".")


@EACH_GOTCHA
def test_no_story_tells_a_token(gotcha: Gotcha) -> None:
    lines = [line for played in play_story(gotcha) for line in rendering.format_observations(played)]
    lines += [line for call in gotcha.steps for line in rendering.format_commands(call, SECRET_VARIABLES)]
    assert "eyJ" not in " ".join(lines)


def test_a_story_is_the_same_on_a_server_that_plays_the_other_sides() -> None:
    from mock_server.state.quirks import Quirks

    quirks = Quirks(campaign_results_admin_only=True, clear_sales_204=True, ignore_unknown=True)
    for gotcha_id in ("G-08", "G-20"):
        played = play_story(catalogue.GOTCHAS[gotcha_id], Settings(quirks=quirks, timing="faithful", seed=9))
        assert [each.differences for each in played if each.differences] == []


MISTAKEN_CALLS = {
    "another status": (replace(STALE_GOTCHA.trap[0], status=201), "status 200 in place of 201: [{"),
    "another value": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("is", "[].purchase", [1]),)),
        "[].purchase is [103, 17, 89, 87] in place of [1]",
    ),
    "a change that does not come": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),)),
        "[].purchase is [103, 17, 89, 87] as it was before",
    ),
    "a value from before that differs": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("as", "[].customers", "BEFORE"),)),
        "[].customers is ",
    ),
    "no such place": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("is", "[9].tc", "Jazz"),)),
        "the answer has no [9]",
    ),
    "a header that is not there": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("header", "retry-after", "60"),)),
        'retry-after is null in place of "60"',
    ),
    "a header that is there": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("no header", "content-type"),)),
        'content-type is "application/json" in place of null',
    ),
}


@pytest.mark.parametrize(("call", "expected"), MISTAKEN_CALLS.values(), ids=MISTAKEN_CALLS.keys())
def test_what_does_not_happen_is_told(call: ScenarioStep, expected: str) -> None:
    played = play_story(replace(STALE_GOTCHA, trap=(call,), after=()))
    assert [each.differences for each in played[:-1] if each.differences] == []
    assert len(played[-1].differences) == 1
    assert played[-1].differences[0].startswith(expected)


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
    assert [gotcha.id for gotcha in catalogue.search(words)] == ids
