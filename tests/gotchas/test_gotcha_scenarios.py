"""Each gotcha's scenario plays as written, contains a surprise, and can be found by search words."""

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


def play_scenario(gotcha: Gotcha, settings: Settings | None = None) -> list[PlayedStep]:
    """Play all steps of a scenario in a new workspace."""
    server_settings = settings or Settings()
    client = Client(app.create_workspace(server_settings), server_settings)
    workspace_answer = client.control("POST", "/workspaces", json=gotcha.to_workspace_request("scenario"))
    assert workspace_answer.status_code == 201, workspace_answer.text
    player = Player({"PASSWORD": "wavetank"})
    return [
        player.check_response(
            step, asyncio.run(asgi_client.send_in_process(client.app, "/w/scenario", player.build_request(step)))
        )
        for step in gotcha.steps
    ]


@EACH_GOTCHA
def test_each_scenario_plays_as_written(gotcha: Gotcha) -> None:
    differences = [
        (played.step.description, played.differences) for played in play_scenario(gotcha) if played.differences
    ]
    assert differences == []


@EACH_GOTCHA
def test_each_trap_has_a_surprise_and_is_followed_by_the_right_way(gotcha: Gotcha) -> None:
    assert any(step.surprise for step in gotcha.trap)
    assert not any(step.surprise for step in gotcha.before)
    assert gotcha.after
    assert gotcha.solution.endswith(".")


@EACH_GOTCHA
def test_no_scenario_shows_a_token(gotcha: Gotcha) -> None:
    lines = [line for played in play_scenario(gotcha) for line in rendering.format_observations(played)]
    lines += [line for step in gotcha.steps for line in rendering.format_commands(step, SECRET_VARIABLES)]
    assert "eyJ" not in " ".join(lines)


def test_a_scenario_is_the_same_on_a_server_with_quirks() -> None:
    quirks = {"campaign_results_admin_only": True, "clear_sales_204": False, "ignore_unknown": True}
    for gotcha_id in ("G-08", "G-20"):
        played = play_scenario(catalogue.GOTCHAS[gotcha_id], Settings(quirks=quirks, timing="faithful", seed=9))
        assert [each.differences for each in played if each.differences] == []


WRONG_STEPS = {
    "another status": (replace(STALE_GOTCHA.trap[0], status=201), "status 200 instead of 201: [{"),
    "another value": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("is", "[].purchase", [1]),)),
        "[].purchase is [103, 17, 89, 87] instead of [1]",
    ),
    "an expected change that does not happen": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("unlike", "[].purchase", "BEFORE"),)),
        "[].purchase is still [103, 17, 89, 87]",
    ),
    "a value that should not have changed": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("as", "[].customers", "BEFORE"),)),
        "[].customers is ",
    ),
    "a selector without a value": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("is", "[9].tc", "Jazz"),)),
        "the response does not contain [9]",
    ),
    "a missing header": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("header", "retry-after", "60"),)),
        'retry-after is null instead of "60"',
    ),
    "an unexpected header": (
        replace(STALE_GOTCHA.trap[0], checks=(ResponseCheck("no header", "content-type"),)),
        'content-type is "application/json" instead of null',
    ),
}


@pytest.mark.parametrize(("step", "difference"), WRONG_STEPS.values(), ids=WRONG_STEPS.keys())
def test_a_response_that_differs_is_reported(step: ScenarioStep, difference: str) -> None:
    played = play_scenario(replace(STALE_GOTCHA, trap=(step,), after=()))
    assert [each.differences for each in played[:-1] if each.differences] == []
    assert len(played[-1].differences) == 1
    assert played[-1].differences[0].startswith(difference)


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
def test_gotchas_are_found_by_search_words(words: list[str], ids: list[str]) -> None:
    assert [gotcha.id for gotcha in catalogue.search(words)] == ids
