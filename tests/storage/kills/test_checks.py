"""Each check accepts a log and a state that agree, and reports each violation that is planted into them."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from tests.storage.kills.checks import CHECKED_WRITES, CHECKS, check_all
from tests.storage.kills.story import (
    CREATED,
    FIRST_RUN,
    MOVED,
    OLD_RESULT,
    PACKAGE,
    SECOND_RUN,
    THIRD_RUN,
    Story,
    automated,
    fresh_state,
    kept_state,
    manual,
    run_job,
    settings,
)


def show_a_result_twice(story: Story) -> None:
    story.kept["results"]["evt_a"].append(manual("cr_3", 1))


def show_a_result_that_nobody_wrote(story: Story) -> None:
    story.kept["results"]["evt_a"].append(manual("cr_4", 4))


def lose_a_result(story: Story) -> None:
    story.kept["results"]["evt_a"].clear()


def lose_a_deletion(story: Story) -> None:
    story.kept["results"]["evt_a"].append(manual("cr_2", 2))


def lose_a_result_after_a_reset(story: Story) -> None:
    story.fresh["results"]["evt_a"].clear()


def lose_a_result_whose_id_was_deleted_before_a_reset(story: Story) -> None:
    story.find("delete result").update(workspace="fresh", sent={"id": "cr_1"})
    story.kept["results"]["evt_a"].append(manual("cr_2", 2))
    story.find("list results")["got"] = ["cr_1", "cr_2"]
    story.fresh["results"]["evt_a"].clear()


def keep_a_result_over_a_reset(story: Story) -> None:
    story.fresh["results"]["evt_a"].append(manual("cr_2", 10))


def lose_a_reset(story: Story) -> None:
    """All is as the first reset, and the requests between both, left it."""
    story.fresh["seed"] = 4
    story.operations.remove(story.find("add result", 1, "fresh"))
    story.operations.remove(story.find("put settings", 1, "fresh"))
    story.fresh["results"]["evt_a"] = [manual("cr_1", 10)]
    story.fresh["settings"]["pkg_556"] = settings("2026-01-01", 4)


def show_a_seed_that_nobody_sent(story: Story) -> None:
    story.operations = [each for each in story.operations if each["workspace"] == "kept"]
    story.add("reset", {"seed": 5}, {}, "fresh")
    story.fresh["seed"] = 6
    story.fresh["results"]["evt_a"].clear()


def lose_a_package(story: Story) -> None:
    story.kept["packages"].clear()


def give_a_package_another_id(story: Story) -> None:
    story.kept["packages"][0]["id"] = "pkg_2"


def create_a_package_twice(story: Story) -> None:
    story.kept["packages"].insert(0, {"id": "pkg_2", "title": "package 1", "status": "DONE"})


def create_a_package_that_nobody_asked_for(story: Story) -> None:
    story.kept["packages"].append({"id": "pkg_2", "title": "package 2", "status": "DONE"})


def never_finish_a_package(story: Story) -> None:
    story.kept["packages"][0]["status"] = "IN_PROGRESS"


def expire_too_early(story: Story) -> None:
    story.kept["packages"][0]["status"] = "EXPIRED"


def never_expire(story: Story) -> None:
    story.add_old_package("DONE")


def lose_newer_settings(story: Story) -> None:
    """Lose the settings of a package without an evaluation."""
    for days in (3, 4):
        story.add("put settings", {"package": "pkg_2", "settings": settings("2026-01-01", days)}, {})
    story.kept["settings"]["pkg_2"] = settings("2026-01-01", 3)
    story.kept["evaluations"]["pkg_2"] = [{"purchase": 3, "items": 1 + 2 + 3}]


def lose_settings_after_a_reset(story: Story) -> None:
    story.fresh["settings"]["pkg_556"] = settings("2026-01-01", 4)


def show_settings_that_nobody_saved(story: Story) -> None:
    story.fresh["settings"]["pkg_556"] = settings("2026-01-09", 4)


def hide_an_acknowledged_result(story: Story) -> None:
    story.find("list results")["got"] = []


def show_a_deleted_result(story: Story) -> None:
    story.find("list results")["got"] = ["cr_1", "cr_2"]


def end_without_an_evaluation(story: Story) -> None:
    story.kept["evaluations"][PACKAGE] = []


def publish_an_outdated_result(story: Story) -> None:
    story.find("read evaluation", 2)["got"] = OLD_RESULT


def publish_a_result_of_unknown_settings(story: Story) -> None:
    story.find("read evaluation", 0)["got"] = [{"purchase": 5, "items": 1 + 2 + 3 + 4 + 5}]


def publish_a_result_of_no_window(story: Story) -> None:
    story.kept["evaluations"][PACKAGE] = [{"purchase": 2, "items": 4}]


def let_time_go_back(story: Story) -> None:
    story.find("add result", 0)["got"]["created_at"] = "2026-09-01T07:00:01Z"


def end_before_an_acknowledged_change(story: Story) -> None:
    story.kept["now"] = "2026-09-01T23:00:00Z"


def move_twice(story: Story) -> None:
    """The clock was moved once more, and all runs and readings agree with that."""
    story.find("move")["got"]["now"] = story.kept["now"] = "2026-09-03T07:00:00Z"
    story.find("read clock", 2)["got"]["now"] = "2026-09-03T07:00:00Z"
    story.kept["jobs"][2:] = [run_job(SECOND_RUN, "done"), run_job(THIRD_RUN, "pending")]


def lose_a_move(story: Story) -> None:
    """The clock was moved twice, but only one move shows in the answers."""
    story.add("move", {"seconds": 2}, {"now": MOVED})
    story.add("read clock", {}, {"now": MOVED})


def lose_a_run(story: Story) -> None:
    story.kept["jobs"].remove(run_job(FIRST_RUN, "done"))


def run_twice(story: Story) -> None:
    """The second run has another generation, so only the count of runs tells."""
    story.kept["jobs"].append({**run_job(FIRST_RUN, "done"), "generation": 1})


def stop_the_runs(story: Story) -> None:
    story.kept["jobs"].remove(run_job(SECOND_RUN, "pending"))


def schedule_two_runs(story: Story) -> None:
    story.fresh["jobs"].append(run_job(FIRST_RUN, "pending"))


def skip_a_run(story: Story) -> None:
    story.kept["jobs"].remove(run_job(SECOND_RUN, "pending"))
    story.kept["jobs"].append(run_job(THIRD_RUN, "pending"))


def count_a_sale_twice(story: Story) -> None:
    story.kept["results"]["evt_probe"][0]["purchase"] = 2


def count_a_sale_never(story: Story) -> None:
    story.kept["results"]["evt_probe"].clear()


def count_a_sale_in_another_run(story: Story) -> None:
    story.kept["now"] = "2026-09-02T09:00:00Z"
    story.kept["jobs"][2:] = [run_job(SECOND_RUN, "done"), run_job(THIRD_RUN, "pending")]
    story.find("move")["sent"]["seconds"] += 7200
    story.find("read clock", 2)["got"]["now"] = story.find("move")["got"]["now"] = story.kept["now"]
    story.kept["results"]["evt_probe"] = [automated("cr_9", 1, SECOND_RUN)]


def add_two_rows_of_one_run(story: Story) -> None:
    story.kept["results"]["evt_b"] = [automated("cr_7", 1, FIRST_RUN), automated("cr_8", 1, FIRST_RUN)]


def add_a_row_between_the_runs(story: Story) -> None:
    story.kept["results"]["evt_b"] = [automated("cr_7", 1, "2026-09-01T08:00:01Z")]


def count_two_days_in_one_run(story: Story) -> None:
    story.kept["runs"][0]["previous_run"] = "2026-08-30T08:00:00Z"


def run_late(story: Story) -> None:
    story.kept["runs"][0]["due"] = "2026-09-01T07:59:00Z"


def do_a_job_twice(story: Story) -> None:
    story.kept["jobs"].append(deepcopy(story.kept["jobs"][0]))


def leave_a_job_undone(story: Story) -> None:
    job = {"kind": "build", "subject": "pkg_1", "due": CREATED, "state": "pending", "generation": 0}
    story.kept["jobs"].append(job)


def give_a_token_id_twice(story: Story) -> None:
    story.find("sign in", 1)["got"]["jti"] = "token-1"


def give_a_request_id_twice(story: Story) -> None:
    story.find("sell")["request_id"] = story.find("move")["request_id"]


def give_a_deleted_result_id_again(story: Story) -> None:
    story.kept["results"]["evt_a"].append(manual("cr_2", 3))


def give_a_package_id_twice(story: Story) -> None:
    story.lose_answer("create package", {"title": "package 2"})
    story.kept["packages"].append({"id": "pkg_1", "title": "package 2", "status": "DONE"})


def refuse_a_valid_token(story: Story) -> None:
    story.add("list results", {"event": "evt_a"}, "TOKEN_INVALID", status=401, outcome="refused")


def forget_the_first_token(story: Story) -> None:
    story.kept["first_token_is_valid"] = False


def answer_500(story: Story) -> None:
    story.add("sell", {"from": MOVED}, "INTERNAL_SERVER_ERROR", status=500, outcome="unknown")


def answer_503_though_the_database_was_there(story: Story) -> None:
    story.add("sell", {"from": MOVED}, "INTERNAL_SERVER_ERROR", status=503, outcome="unknown")


def answer_without_an_error_body(story: Story) -> None:
    story.database_kills = 1
    story.add("sell", {"from": MOVED}, None, status=503, outcome="unknown")


def log_a_traceback(story: Story) -> None:
    story.log += "\nTraceback (most recent call last):"


def disagree(story: Story) -> None:
    story.readings["server 2 after a restart"] = {"kept": kept_state() | {"seed": 2}, "fresh": fresh_state()}


VIOLATIONS: dict[str, dict[Callable[[Story], None], str]] = {
    "resets": {lose_a_reset: "seed 5 is lost", show_a_seed_that_nobody_sent: "seed 5 is lost"},
    "results": {
        show_a_result_twice: "exists 2 times",
        show_a_result_that_nobody_wrote: "nobody wrote the result 4",
        lose_a_result: "the acknowledged result cr_1 is lost",
        lose_a_deletion: "the acknowledged deletion of cr_2 is lost",
        lose_a_result_after_a_reset: "the acknowledged result cr_1 is lost",
        lose_a_result_whose_id_was_deleted_before_a_reset: "fresh: the acknowledged result cr_1 is lost",
        keep_a_result_over_a_reset: "survived a reset",
    },
    "packages": {
        lose_a_package: "the acknowledged package 1 is lost",
        give_a_package_another_id: "the acknowledged package 1 is lost",
        create_a_package_twice: "exists 2 times",
        create_a_package_that_nobody_asked_for: "nobody wrote the package package 2",
        never_finish_a_package: "is IN_PROGRESS when idle",
        expire_too_early: "is EXPIRED when idle",
        never_expire: "is DONE when idle",
    },
    "settings": {
        lose_newer_settings: "newer settings of pkg_2 are lost",
        lose_settings_after_a_reset: "newer settings of pkg_556 are lost",
        show_settings_that_nobody_saved: "nobody saved the settings of pkg_556",
    },
    "reads": {
        hide_an_acknowledged_result: "before a read that does not show it",
        show_a_deleted_result: "deleted before a read that shows it",
    },
    "evaluations": {
        end_without_an_evaluation: "is not that of its settings",
        publish_a_result_of_no_window: "is not that of its settings",
    },
    "stale evaluations": {
        publish_an_outdated_result: "published the result of outdated settings",
        publish_a_result_of_unknown_settings: "settings that nobody saved",
    },
    "clock": {
        let_time_go_back: "it was 2026-09-01T07:00:01Z, and then 2026-09-01T07:00:00Z",
        end_before_an_acknowledged_change: "and then 2026-09-01T23:00:00Z",
    },
    "moves": {move_twice: "the clock moved by 2 days", lose_a_move: "the clock moved by 1 day"},
    "runs": {
        lose_a_run: "there were the runs []",
        run_twice: "there were the runs",
        stop_the_runs: "is not pending once, but []",
        schedule_two_runs: "is not pending once",
        skip_a_run: "is not pending once",
    },
    "sales": {
        count_a_sale_twice: "counted 2 sales instead of 1 to 1",
        count_a_sale_never: "counted 0 sales instead of 1 to 1",
        count_a_sale_in_another_run: "counted 0 sales instead of 1 to 1",
        add_two_rows_of_one_run: "2 rows of evt_b",
        add_a_row_between_the_runs: "1 rows of evt_b",
        count_two_days_in_one_run: "the run before that",
        run_late: "the run before that",
    },
    "jobs": {do_a_job_twice: "was done 2 times", leave_a_job_undone: "is overdue"},
    "ids": {
        give_a_token_id_twice: "token id token-1 was given 2 times",
        give_a_request_id_twice: "kept: request id",
        give_a_deleted_result_id_again: "kept: record id cr_2 was given 2 times",
        give_a_package_id_twice: "kept: record id pkg_1 was given 2 times",
    },
    "tokens": {refuse_a_valid_token: "a valid token was refused", forget_the_first_token: "the first token"},
    "answers": {
        answer_500: "500 to sell",
        answer_503_though_the_database_was_there: "503 to sell",
        answer_without_an_error_body: "without the platform's error body",
        log_a_traceback: "a traceback in the log",
    },
    "agreement": {disagree: "kept: seed differs: server 2 after a restart"},
}
PLANTED = [
    pytest.param(check, plant, text, id=f"{check}: {plant.__name__}")
    for check, violations in VIOLATIONS.items()
    for plant, text in violations.items()
]


def test_each_check_has_something_to_check_and_accepts_it() -> None:
    findings = check_all(Story().evidence())
    assert {name: finding.faults for name, finding in findings.items() if finding.faults} == {}
    assert {name for name, finding in findings.items() if not finding.checked} == set()


@pytest.mark.parametrize(("check", "plant", "text"), PLANTED)
def test_a_violation_is_reported_by_its_check_alone(check: str, plant: Callable[[Story], None], text: str) -> None:
    story = Story()
    plant(story)
    findings = {name: finding.faults for name, finding in check_all(story.evidence()).items() if finding.faults}
    assert list(findings) == [check]
    assert text in findings[check][0]


def test_a_violation_of_each_check_is_planted() -> None:
    assert VIOLATIONS.keys() == CHECKS.keys()


def test_each_write_that_is_counted_as_checked_is_one_that_the_checks_look_for() -> None:
    """Without an answer to any of them, something is checked less."""
    complete = count_checked(Story())
    for name in CHECKED_WRITES:
        story = Story()
        for operation in story.operations:
            if operation["op"] == name:
                operation["outcome"] = "refused"
        assert count_checked(story) < complete, name


def count_checked(story: Story) -> int:
    return sum(finding.checked for finding in check_all(story.evidence()).values())
