"""What a workspace is, and where it stands."""

from mock_server import __version__
from mock_server.control import schemas
from mock_server.http.fields import format_timestamp
from mock_server.state.quirks import QUIRK_NAMES
from mock_server.state.workspace import OperationCall


def status_body(call: OperationCall) -> schemas.StatusBody:
    """What a workspace is, and where it stands."""
    workspace, due = call.workspace, call.workspace.jobs.next_due()
    return {
        "version": __version__,
        "workspace": workspace.name,
        "seed": workspace.ids.seed,
        "created_at": format_timestamp(workspace.created_at),
        "clock": schemas.clock_body(call.now, workspace.clock),
        "partners": [partner.id for partner in call.store.partners],
        "pending_jobs": len(list(workspace.jobs)),
        "next_due": None if due is None else format_timestamp(due),
        "quirks": [name for name in QUIRK_NAMES if getattr(workspace.quirks, name)],
    }
