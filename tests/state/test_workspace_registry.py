"""Workspaces of a server are found by name and dropped when idle, and their epochs are never reused."""

import pytest

from mock_server import app
from mock_server.domain.lifecycles import TIMINGS
from mock_server.operations import bootstrap
from mock_server.settings import Settings
from mock_server.state.clock import WorkspaceClock
from mock_server.state.workspace_registry import WorkspaceConflictError, WorkspaceNotFoundError, WorkspaceRegistry
from tests.builders import START_TIME, a_purchase, a_user, a_workspace, a_world
from tests.state.test_clock import MachineTime


@pytest.fixture
def machine():
    return MachineTime()


@pytest.fixture
def workspaces(machine):
    return WorkspaceRegistry(a_workspace(name="default"), 3, machine)


def make_workspace(workspaces, name, ttl=60):
    workspaces.require_room(name)
    workspace = workspaces.new_workspace(
        name, WorkspaceClock(START_TIME, "frozen"), workspaces.default.world_factory, TIMINGS["quick"]
    )
    bootstrap.bootstrap(workspace, 1, START_TIME)
    workspaces.add(workspace, ttl)
    return workspace


def workspace_names(workspaces):
    workspaces.drop_idle()
    return [workspace.name for workspace in workspaces]


def test_the_default_one_comes_first_and_the_others_in_the_order_of_making(workspaces):
    made = [make_workspace(workspaces, name) for name in ("b", "a")]
    assert list(workspaces) == [workspaces.default, *made]
    assert workspaces.get("a") is made[1]
    assert workspaces.get("default") is workspaces.use("default") is workspaces.default


def test_one_that_is_used_stays_and_one_that_is_not_goes_at_its_last_second(workspaces, machine):
    make_workspace(workspaces, "used")
    make_workspace(workspaces, "idle")
    machine.advance(59)
    workspaces.use("used")
    machine.advance(0.9)
    assert workspace_names(workspaces) == ["default", "used", "idle"]
    machine.advance(0.1)
    assert workspace_names(workspaces) == ["default", "used"]
    machine.advance(58.9)
    assert workspace_names(workspaces) == ["default", "used"]
    machine.advance(0.1)
    assert workspace_names(workspaces) == ["default"]


def test_listing_a_workspace_does_not_extend_its_idle_time(workspaces, machine):
    make_workspace(workspaces, "a")
    machine.advance(59)
    assert workspaces.ttl(workspaces.get("a")) == 60
    machine.advance(1)
    assert workspace_names(workspaces) == ["default"]


def test_each_has_an_idle_time_of_its_own(workspaces, machine):
    make_workspace(workspaces, "short", ttl=1)
    make_workspace(workspaces, "long", ttl=600)
    machine.advance(1)
    assert workspace_names(workspaces) == ["default", "long"]
    make_workspace(workspaces, "short", ttl=2)
    machine.advance(2)
    assert workspace_names(workspaces) == ["default", "long"]
    make_workspace(workspaces, "longer", ttl=600)
    machine.advance(597)
    assert workspace_names(workspaces) == ["default", "longer"]
    machine.advance(3)
    assert workspace_names(workspaces) == ["default"]


def test_the_default_one_stays_for_ever(workspaces, machine):
    machine.advance(10**9)
    assert workspace_names(workspaces) == ["default"]
    assert workspaces.ttl(workspaces.default) is None
    with pytest.raises(WorkspaceConflictError):
        workspaces.drop("default")


def test_there_is_room_until_the_cap_and_again_after_a_drop(workspaces, machine):
    for name in ("a", "b", "c"):
        make_workspace(workspaces, name)
    with pytest.raises(WorkspaceConflictError):
        make_workspace(workspaces, "d")
    workspaces.drop("b")
    make_workspace(workspaces, "d")
    machine.advance(60)
    workspaces.drop_idle()
    make_workspace(workspaces, "e")
    assert workspace_names(workspaces) == ["default", "e"]


@pytest.mark.parametrize("name", ["a", "default"])
def test_workspace_names_are_unique(workspaces, name):
    make_workspace(workspaces, "a")
    with pytest.raises(WorkspaceConflictError):
        make_workspace(workspaces, name)


def test_a_name_that_nobody_has_is_not_found(workspaces):
    make_workspace(workspaces, "a")
    workspaces.drop("a")
    for ask in (workspaces.get, workspaces.use, workspaces.drop):
        with pytest.raises(WorkspaceNotFoundError):
            ask("a")


def test_a_name_that_is_made_up_is_nobodys_and_never_given_twice(workspaces):
    make_workspace(workspaces, "w2")
    first, second = workspaces.new_name(), workspaces.new_name()
    assert (first, second) == ("w1", "w3")
    make_workspace(workspaces, second)
    workspaces.drop(second)
    assert workspaces.new_name() == "w4"


def test_epochs_of_a_name_are_never_reused(workspaces, machine):
    """This holds even if an earlier workspace of that name was reset often, or dropped when idle."""
    issuers = []
    for turn in range(6):
        made = make_workspace(workspaces, "a")
        issuers.append(made.tokens.issuer)
        for _ in range(turn % 3):
            bootstrap.bootstrap(made, 1, START_TIME)
            issuers.append(made.tokens.issuer)
        if turn % 2:
            workspaces.drop("a")
        else:
            machine.advance(60)
            workspaces.drop_idle()
    assert len(set(issuers)) == len(issuers)


def test_an_epoch_is_not_reused_after_a_lower_one_ended(workspaces):
    often = make_workspace(workspaces, "often")
    make_workspace(workspaces, "once")
    bootstrap.bootstrap(often, 1, START_TIME)
    workspaces.drop("often")
    workspaces.drop("once")
    assert make_workspace(workspaces, "often").epoch > often.epoch


def test_all_share_one_signing_key_under_names_of_their_own(workspaces):
    made = make_workspace(workspaces, "a")
    assert made.key is workspaces.default.key
    kids = [workspace.tokens.jwks()["keys"][0]["kid"] for workspace in workspaces]
    assert kids == ["default-1", "a-1"]
    assert made.tokens.issue(a_user(), "access", START_TIME, 1)


def test_derived_world_values_are_computed_once_for_all(workspaces):
    one, other = make_workspace(workspaces, "a"), make_workspace(workspaces, "b")
    assert list(one.store.results) == list(other.store.results)
    assert one.store.customers.mapping() is other.store.customers.mapping()
    assert one.store.sales.for_event("evt_1") is other.store.sales.for_event("evt_1")


def test_what_was_credited_is_shared_by_those_of_one_last_run_alone():
    """Rule: JOB-04: a workspace that starts before the day's run contains no rows of that run."""
    world = a_world(purchases=[a_purchase("2026-09-01T07:00:00")])
    for hour, rows in ((12, 1), (6, 0), (12, 1)):
        started_workspace = a_workspace(world, START_TIME.replace(hour=hour))
        assert len(list(started_workspace.store.results)) == rows


def test_a_shared_evaluation_belongs_to_its_own_workspaces_revision():
    """Rule: BEV-04."""
    settings = Settings(clock_mode="frozen", now=START_TIME)
    evaluations = []
    for resets in (0, 2):
        workspace = app.create_workspace(settings)
        for _ in range(resets):
            bootstrap.bootstrap(workspace, 1, START_TIME)
        package, evaluation = workspace.store.packages.get("pkg_555"), workspace.store.evaluations.get("pkg_555")
        assert evaluation.revision == package.revision
        evaluations.append(evaluation)
    assert evaluations[0].rows is evaluations[1].rows
    assert evaluations[0].revision < evaluations[1].revision
