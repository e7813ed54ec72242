"""Points: a copy of a workspace's whole state, which nothing that happens later reaches."""

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal

from mock_server.domain.faults import Effect, Faults, Match, Rule
from mock_server.domain.lifecycles import TIMINGS
from mock_server.domain.limits import Limits
from mock_server.state import checkpoints
from mock_server.state.checkpoints import MOST, NO_PART_OF_A_POINT, PART_OF_A_POINT, Point, Points
from mock_server.state.ids import Ids
from mock_server.state.job_queue import Jobs
from mock_server.state.quirks import Quirks
from mock_server.state.snapshot import Records
from mock_server.state.store import Customers, SalesBook, Store, Table
from mock_server.state.workspace import Workspace
from tests.builders import BIRTH, KEY, a_customer, a_purchase, a_workspace, a_world, an_event
from tests.operations.test_one_jump import perform, state

LATER = BIRTH + timedelta(days=1)
FAULTS = Faults(1, (Rule("f1", Match(), Effect(status=503)),))


def change_everything(workspace: Workspace) -> None:
    """Change each part of a workspace's state."""
    for kind in ("package", "model", "defaults", "sale", "manual", "series"):
        perform(workspace, (kind, 0, 5, 0))
    perform(workspace, ("delete", 0, 0, 0))
    workspace.store.sales.add(a_purchase(BIRTH, number=9))
    workspace.store.customers.put(a_customer("cus_new"))
    workspace.store.last_run = None
    workspace.quirks = Quirks(clear_sales_204=True)
    workspace.limits = Limits(1, 1, 1)
    workspace.takes("reads", "p", BIRTH)
    workspace.timing = TIMINGS["faithful"]
    workspace.faults = FAULTS
    workspace.born = LATER
    workspace.ids.seed = 9
    workspace.jobs.pop_due(LATER + timedelta(days=9))
    workspace.clock.set(LATER, "running", 9.0)


def whole(workspace: Workspace) -> tuple[object, ...]:
    """All that a point holds, to be compared."""
    clock = workspace.clock.mode, workspace.clock.speed, workspace.born, workspace.timing
    rules = workspace.quirks, workspace.faults, workspace.limits, {key: list(at) for key, at in workspace.asked.items()}
    return (clock, rules, workspace.ids.seed, list(workspace.jobs.past), _without_revisions(state(workspace)))


def _without_revisions(text: bytes) -> bytes:
    """The state less its last line, the last revision: that one never goes back."""
    return text.rpartition(b"\n")[0]


def a_busy_world() -> Workspace:
    sales = [a_purchase(number=place, revenue=Decimal(place)) for place in range(1, 4)]
    return a_workspace(a_world([an_event(f"evt_{place}") for place in range(1, 5)], sales))


def test_going_back_restores_each_part_of_the_state() -> None:
    workspace = a_busy_world()
    perform(workspace, ("package", 0, 3, 0))
    before = whole(workspace)
    point = checkpoints.taken(workspace, BIRTH)
    change_everything(workspace)
    assert all(one != other for one, other in zip(whole(workspace), before, strict=True))
    checkpoints.gone_back(workspace, point)
    assert whole(workspace) == before
    assert workspace.clock.now() == BIRTH


def test_a_point_can_be_gone_back_to_again() -> None:
    workspace = a_busy_world()
    point, before = checkpoints.taken(workspace, BIRTH), whole(workspace)
    for _ in range(3):
        change_everything(workspace)
        checkpoints.gone_back(workspace, point)
        assert whole(workspace) == before


def test_revisions_tokens_and_requests_are_never_numbered_again() -> None:
    """Rules: BEV-04, BASE-06."""
    workspace = a_busy_world()
    point = checkpoints.taken(workspace, BIRTH)
    used = workspace.ids.revision(), workspace.ids.number("token"), workspace.ids.request(), workspace.life
    checkpoints.gone_back(workspace, point)
    assert workspace.ids.revision() > used[0]
    assert workspace.ids.number("token") > used[1]
    assert workspace.ids.request() > used[2]
    assert workspace.life == used[3]


def test_ids_after_going_back_are_those_of_the_first_time() -> None:
    workspace = a_busy_world()
    point = checkpoints.taken(workspace, BIRTH)
    first = workspace.ids.new("pkg"), workspace.ids.number("cr")
    checkpoints.gone_back(workspace, point)
    assert (workspace.ids.new("pkg"), workspace.ids.number("cr")) == first


def test_what_was_worked_out_from_later_sales_is_forgotten() -> None:
    """The number of changes of an event's book comes again, and another book with it."""
    workspace = a_busy_world()
    point = checkpoints.taken(workspace, BIRTH)
    workspace.store.sales.add(a_purchase(BIRTH, number=9))
    revision = workspace.store.sales.revision("evt_1")
    workspace.kept_days["evt_1"] = ((revision, 4, "FD"), ())
    checkpoints.gone_back(workspace, point)
    workspace.store.sales.add(a_purchase(BIRTH, number=9, revenue=Decimal(7)))
    assert workspace.store.sales.revision("evt_1") == revision
    assert "evt_1" not in workspace.kept_days


def test_the_last_points_are_kept_and_the_first_one_always() -> None:
    workspace = a_busy_world()
    instants = [BIRTH + timedelta(minutes=minute) for minute in range(1, 2 * MOST)]
    for instant in instants:
        workspace.points.keep(workspace, instant)
    kept = [each.point.now for each in workspace.points]
    assert kept == [BIRTH, *instants[1 - MOST :]]
    assert [each.why for each in workspace.points][:2] == ["birth", "clock_move"]


def test_of_two_points_of_one_instant_the_later_is_kept() -> None:
    workspace = a_busy_world()
    for speed in (2.0, 3.0):
        workspace.clock.set(speed=speed)
        workspace.points.keep(workspace, LATER)
    assert [each.point.speed for each in workspace.points] == [1.0, 3.0]


def test_the_last_point_by_an_instant_is_found_and_later_ones_can_be_forgotten() -> None:
    workspace = a_busy_world()
    workspace.points.keep(workspace, LATER)
    found = [workspace.points.last_by(at) for at in (LATER, LATER - timedelta(seconds=1), BIRTH - timedelta(seconds=1))]
    assert [point and point.now for point in found] == [LATER, BIRTH, None]
    workspace.points.forget_after(BIRTH)
    assert [each.point.now for each in workspace.points] == [BIRTH]


def test_every_field_of_a_workspace_is_part_of_a_point_or_is_known_not_to_be() -> None:
    """A field that is new must be put on one list or the other, and copied where it is on the first."""
    workspace = Workspace("new", a_workspace().clock, lambda seed, birth: a_world(), TIMINGS["quick"], KEY)
    workspace.start_over(a_world(), 1, BIRTH)
    assert set(vars(workspace)) == {*PART_OF_A_POINT, *NO_PART_OF_A_POINT}
    assert not {*PART_OF_A_POINT} & {*NO_PART_OF_A_POINT}
    apart = {"now", "mode", "speed", "seed", "counts"}
    assert {field.name for field in fields(Point)} - apart == {*PART_OF_A_POINT} - {"clock", "ids"}


STORE = {"last_run", "born_with", "restored_at", "causes", "runs"}
PARTS: dict[object, set[str]] = {
    Ids(1): {"seed", "counts", "last_revision", "_requests"},
    Jobs(): {"_pending", "_heap", "_latest", "past"},
    Table(str): {"_key", "_grouped_by", "_records", "_groups", "_awaited", "_awaited_in", "versions"},
    SalesBook({}): {"_world", "_own", "_revisions"},
    Customers({}): {"_world", "added"},
    Points(): {"_kept"},
}


def test_every_part_is_copied_field_by_field() -> None:
    """Where this fails, `copied` of that class must be taught the new field, and this list too."""
    assert {type(part): set(vars(part)) for part in PARTS} == {type(part): names for part, names in PARTS.items()}
    store = vars(Store(a_world()))
    copied = {name for name, part in store.items() if isinstance(part, Table | SalesBook | Customers)}
    assert set(store) - copied == STORE
    assert copied | {"last_run"} == {field.name for field in fields(Records)}


def test_no_part_of_a_copy_is_shared_with_what_it_was_copied_from() -> None:
    workspace = a_busy_world()
    change_everything(workspace)
    one, other = workspace.store, workspace.store.copied()
    for name, part in vars(one).items():
        if isinstance(part, Table | SalesBook | Customers):
            mutable = [
                key
                for key, value in vars(part).items()
                if isinstance(value, dict | list) and key not in ("_world", "_grouped_by")
            ]
            assert mutable
            for key in mutable:
                assert getattr(part, key) is not getattr(getattr(other, name), key), (name, key)
    jobs = workspace.jobs.copied()
    assert all(getattr(jobs, key) is not getattr(workspace.jobs, key) for key in vars(jobs))
