"""The worlds of one server: found by name, dropped when idle, their lives never told twice."""

import pytest

from mock_server import app
from mock_server.domain.lifecycles import TIMINGS
from mock_server.operations import bootstrap
from mock_server.settings import Settings
from mock_server.state.clock import Clock
from mock_server.state.workspace_registry import WorkspaceConflict, WorkspaceNotFound, Workspaces
from tests.builders import BIRTH, a_purchase, a_user, a_workspace, a_world
from tests.runtime.test_clock import Machine


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def workspaces(machine):
    return Workspaces(a_workspace(name="default"), 3, machine)


def make(workspaces, name, ttl=60):
    workspaces.require_room(name)
    made = workspaces.new(name, Clock(BIRTH, "frozen"), workspaces.default.source, TIMINGS["quick"])
    bootstrap.begin(made, 1, BIRTH)
    workspaces.add(made, ttl)
    return made


def names(workspaces):
    workspaces.drop_idle()
    return [workspace.name for workspace in workspaces]


def test_the_default_one_comes_first_and_the_others_in_the_order_of_making(workspaces):
    made = [make(workspaces, name) for name in ("b", "a")]
    assert list(workspaces) == [workspaces.default, *made]
    assert workspaces.get("a") is made[1]
    assert workspaces.get("default") is workspaces.use("default") is workspaces.default


def test_one_that_is_used_stays_and_one_that_is_not_goes_at_its_last_second(workspaces, machine):
    make(workspaces, "used")
    make(workspaces, "idle")
    machine.pass_by(59)
    workspaces.use("used")
    machine.pass_by(0.9)
    assert names(workspaces) == ["default", "used", "idle"]
    machine.pass_by(0.1)
    assert names(workspaces) == ["default", "used"]
    machine.pass_by(58.9)
    assert names(workspaces) == ["default", "used"]
    machine.pass_by(0.1)
    assert names(workspaces) == ["default"]


def test_looking_at_one_does_not_keep_it(workspaces, machine):
    make(workspaces, "a")
    machine.pass_by(59)
    assert workspaces.ttl(workspaces.get("a")) == 60
    machine.pass_by(1)
    assert names(workspaces) == ["default"]


def test_each_has_an_idle_time_of_its_own(workspaces, machine):
    make(workspaces, "short", ttl=1)
    make(workspaces, "long", ttl=600)
    machine.pass_by(1)
    assert names(workspaces) == ["default", "long"]
    make(workspaces, "short", ttl=2)
    machine.pass_by(2)
    assert names(workspaces) == ["default", "long"]
    make(workspaces, "longer", ttl=600)
    machine.pass_by(597)
    assert names(workspaces) == ["default", "longer"]
    machine.pass_by(3)
    assert names(workspaces) == ["default"]


def test_the_default_one_stays_for_ever(workspaces, machine):
    machine.pass_by(10**9)
    assert names(workspaces) == ["default"]
    assert workspaces.ttl(workspaces.default) is None
    with pytest.raises(WorkspaceConflict):
        workspaces.drop("default")


def test_there_is_room_until_the_cap_and_again_after_a_drop(workspaces, machine):
    for name in ("a", "b", "c"):
        make(workspaces, name)
    with pytest.raises(WorkspaceConflict):
        make(workspaces, "d")
    workspaces.drop("b")
    make(workspaces, "d")
    machine.pass_by(60)
    workspaces.drop_idle()
    make(workspaces, "e")
    assert names(workspaces) == ["default", "e"]


@pytest.mark.parametrize("name", ["a", "default"])
def test_no_two_have_one_name(workspaces, name):
    make(workspaces, "a")
    with pytest.raises(WorkspaceConflict):
        make(workspaces, name)


def test_a_name_that_nobody_has_is_not_found(workspaces):
    make(workspaces, "a")
    workspaces.drop("a")
    for ask in (workspaces.get, workspaces.use, workspaces.drop):
        with pytest.raises(WorkspaceNotFound):
            ask("a")


def test_a_name_that_is_made_up_is_nobodys_and_never_given_twice(workspaces):
    make(workspaces, "w2")
    first, second = workspaces.new_name(), workspaces.new_name()
    assert (first, second) == ("w1", "w3")
    make(workspaces, second)
    workspaces.drop(second)
    assert workspaces.new_name() == "w4"


def test_the_lives_of_a_name_never_come_again(workspaces, machine):
    """Also where the one before was reset often, or dropped when idle."""
    issuers = []
    for turn in range(6):
        made = make(workspaces, "a")
        issuers.append(made.tokens.issuer)
        for _ in range(turn % 3):
            bootstrap.begin(made, 1, BIRTH)
            issuers.append(made.tokens.issuer)
        if turn % 2:
            workspaces.drop("a")
        else:
            machine.pass_by(60)
            workspaces.drop_idle()
    assert len(set(issuers)) == len(issuers)


def test_a_life_is_not_told_again_where_one_of_fewer_went_after_it(workspaces):
    often = make(workspaces, "often")
    make(workspaces, "once")
    bootstrap.begin(often, 1, BIRTH)
    workspaces.drop("often")
    workspaces.drop("once")
    assert make(workspaces, "often").life > often.life


def test_all_share_one_signing_key_under_names_of_their_own(workspaces):
    made = make(workspaces, "a")
    assert made.key is workspaces.default.key
    kids = [workspace.tokens.jwks()["keys"][0]["kid"] for workspace in workspaces]
    assert kids == ["default-1", "a-1"]
    assert made.tokens.issue(a_user(), "access", BIRTH, 1)


def test_what_the_world_came_to_is_worked_out_once_for_all(workspaces):
    one, other = make(workspaces, "a"), make(workspaces, "b")
    assert list(one.store.results) == list(other.store.results)
    assert one.store.customers.mapping() is other.store.customers.mapping()
    assert one.store.sales.of("evt_1") is other.store.sales.of("evt_1")


def test_what_was_credited_is_shared_by_those_of_one_last_run_alone():
    """Rule: JOB-04: one born before the day's run has nothing of what that run credits."""
    world = a_world(purchases=[a_purchase("2026-09-01T07:00:00")])
    for hour, rows in ((12, 1), (6, 0), (12, 1)):
        born = a_workspace(world, BIRTH.replace(hour=hour))
        assert len(list(born.store.results)) == rows


def test_a_shared_evaluation_belongs_to_its_own_workspaces_revision():
    """Rule: BEV-04."""
    settings = Settings(clock="frozen", now=BIRTH)
    evaluations = []
    for resets in (0, 2):
        workspace = app.create_workspace(settings)
        for _ in range(resets):
            bootstrap.begin(workspace, 1, BIRTH)
        package, evaluation = workspace.store.packages.get("pkg_555"), workspace.store.evaluations.get("pkg_555")
        assert evaluation.revision == package.revision
        evaluations.append(evaluation)
    assert evaluations[0].rows is evaluations[1].rows
    assert evaluations[0].revision < evaluations[1].revision
