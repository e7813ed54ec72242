"""What a workspace is, and where it stands."""

from mock_server import __version__
from mock_server.control import schemas
from mock_server.http.fields import instant_text
from mock_server.state.quirks import NAMES
from mock_server.state.workspace import Call


def status(call: Call) -> schemas.StatusBody:
    """What a workspace is, and where it stands."""
    workspace, due = call.workspace, call.workspace.jobs.next_due()
    return {
        "version": __version__,
        "workspace": workspace.name,
        "seed": workspace.ids.seed,
        "born": instant_text(workspace.born),
        "clock": schemas.clock(call.now, workspace.clock),
        "partners": [partner.id for partner in call.store.partners],
        "pending_jobs": len(list(workspace.jobs)),
        "next_due": None if due is None else instant_text(due),
        "quirks": [name for name in NAMES if getattr(workspace.quirks, name)],
    }
