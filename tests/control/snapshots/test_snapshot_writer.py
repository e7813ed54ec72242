"""A snapshot that is written in pieces has the bytes of one that is encoded at once."""

from pydantic_core import to_json

from mock_server.operations import due_jobs
from mock_server.state import checkpoints, json_codec, snapshot, snapshot_writer
from mock_server.state.snapshot import Snapshot
from tests.builders import a_call, a_customer, a_package, a_purchase, a_workspace, a_world


def a_snapshot() -> Snapshot:
    """Return the snapshot of a workspace with records of most kinds, some of which contain records."""
    world = a_world(
        purchases=[
            a_purchase("2026-08-31T10:00:00", customer_id=f"cus_{number}", number=number) for number in range(9)
        ],
        customers=[a_customer(f"cus_{number}") for number in range(9)],
    )
    workspace = a_workspace(world)
    call = a_call(workspace)
    workspace.store.packages.put(a_package())
    workspace.schedule("evaluation", "pkg_1", call.now, generation=1)
    due_jobs.run_due_jobs(workspace, call.now)
    workspace.store.sales.restore_event("evt_1", [0, 1], [a_purchase("2026-08-31T12:00:00", number=20)])
    return snapshot.build(checkpoints.capture(workspace, call.now), world)


def test_the_pieces_join_to_the_whole(monkeypatch):
    saved = a_snapshot()
    assert saved.records.packages
    assert saved.records.sales
    monkeypatch.setattr(snapshot_writer, "WRITTEN_AT_ONCE", 2)
    assert snapshot_writer.write(saved) == to_json(json_codec.to_json(saved))
