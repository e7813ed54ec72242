"""The checks accept what may happen to operations without an answer, and to those that overlap."""

from collections.abc import Callable

import pytest

from tests.storage.kills.checks import check_all
from tests.storage.kills.story import MOVED, OLD, OLD_RESULT, Story, manual, settings


def keep_an_unanswered_result(story: Story) -> None:
    story.kept["results"]["evt_a"].append(manual("cr_3", 3))


def keep_an_unanswered_package(story: Story) -> None:
    story.lose_answer("create package", {"title": "package 2"})
    story.kept["packages"].append({"id": "pkg_2", "title": "package 2", "status": "DONE"})


def expire_after_four_weeks(story: Story) -> None:
    story.add_old_package("EXPIRED")


def delete_without_an_answer(story: Story) -> None:
    story.find("delete result").update(outcome="unknown", status=0)


def fail_to_delete_without_an_answer(story: Story) -> None:
    delete_without_an_answer(story)
    story.kept["results"]["evt_a"].append(manual("cr_2", 2))
    story.find("list results")["got"] = ["cr_1", "cr_2"]


def save_settings_at_the_same_time(story: Story) -> None:
    """Either may be the later ones."""
    story.find("put settings", 1, "fresh")["begin"] = story.find("put settings", 0, "fresh")["end"] - 1
    story.fresh["settings"]["pkg_556"] = settings("2026-01-01", 5)
    story.add("put settings", {"package": "pkg_556", "settings": OLD}, {}, "fresh")
    story.operations[-1]["begin"] = story.find("put settings", 1, "fresh")["begin"]


def move_without_an_answer(story: Story) -> None:
    story.lose_answer("move", {"seconds": 2})
    story.add("read clock", {}, {"now": MOVED})


def move_though_there_was_no_answer(story: Story) -> None:
    story.lose_answer("move", {"seconds": 2})
    story.kept["now"] = "2026-09-02T07:00:02Z"
    story.add("read clock", {}, {"now": story.kept["now"]})


def sell_without_an_answer(story: Story) -> None:
    story.find("sell").update(outcome="unknown", status=0)


def fail_to_sell_without_an_answer(story: Story) -> None:
    sell_without_an_answer(story)
    story.kept["results"]["evt_probe"].clear()


def sell_while_a_run_is_due(story: Story) -> None:
    """Either run may count the sale if the clock is moved before the next reading."""
    story.find("read clock", 1)["got"]["now"] = MOVED
    story.kept["results"]["evt_probe"].clear()


def read_while_a_result_is_added(story: Story) -> None:
    story.find("add result", 0)["end"] = story.find("list results")["begin"] + 1
    story.find("list results")["got"] = []


def publish_a_result_while_newer_settings_are_saved(story: Story) -> None:
    story.find("put settings", 1)["end"] = story.find("read evaluation", 2)["end"]
    story.find("read evaluation", 2)["got"] = OLD_RESULT


def answer_503_while_the_database_is_away(story: Story) -> None:
    story.database_kills = 1
    story.add("sell", {"from": MOVED}, "INTERNAL_SERVER_ERROR", status=503, outcome="unknown")


def refuse_an_expired_token(story: Story) -> None:
    story.add("list results", {"event": "evt_a"}, "TOKEN_EXPIRED", status=401, outcome="refused")


ACCEPTED = [
    keep_an_unanswered_result,
    keep_an_unanswered_package,
    expire_after_four_weeks,
    delete_without_an_answer,
    fail_to_delete_without_an_answer,
    save_settings_at_the_same_time,
    move_without_an_answer,
    move_though_there_was_no_answer,
    sell_without_an_answer,
    fail_to_sell_without_an_answer,
    sell_while_a_run_is_due,
    read_while_a_result_is_added,
    publish_a_result_while_newer_settings_are_saved,
    answer_503_while_the_database_is_away,
    refuse_an_expired_token,
]


@pytest.mark.parametrize("happen", ACCEPTED)
def test_what_may_happen_without_an_answer_or_at_the_same_time_is_accepted(happen: Callable[[Story], None]) -> None:
    story = Story()
    happen(story)
    assert [finding.faults for finding in check_all(story.evidence()).values() if finding.faults] == []
