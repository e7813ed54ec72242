"""The status of a workspace, and its quirks."""

from pydantic import StrictBool
from typing_extensions import TypedDict

from mock_server import __version__
from mock_server.control.clock_schemas import ClockBody, clock_body
from mock_server.http.fields import ClosedModel, TimestampText, closed, format_timestamp
from mock_server.state.quirks import QUIRK_NAMES
from mock_server.state.workspace import OperationCall


class QuirksBody(ClosedModel):
    """Alternative documented behaviours. Omitted ones are disabled. docs/quickstart.md describes each."""

    campaign_results_admin_only: StrictBool = False
    clear_sales_204: StrictBool = False
    numeric_client_id: StrictBool = False
    ignore_unknown: StrictBool = False
    email_date_in_defaults_ignored: StrictBool = False
    customer_list_csv: StrictBool = False
    core_event_members: StrictBool = False
    cancelled_frontend_status: StrictBool = False
    ingest_without_record: StrictBool = False
    polling_every_3_seconds: StrictBool = False


@closed
class StatusBody(TypedDict):
    """The status of a workspace.

    `created_at` is its start time: when it was created or last reset. `next_due` is when the next pending job is due,
    null if there is none. `quirks` lists the enabled quirks.
    """

    version: str
    workspace: str
    seed: int
    created_at: TimestampText
    clock: ClockBody
    partners: list[str]
    pending_jobs: int
    next_due: TimestampText | None
    quirks: list[str]


def status_body(call: OperationCall) -> StatusBody:
    """Build the body for the status of the call's workspace."""
    workspace, due = call.workspace, call.workspace.jobs.next_due()
    return {
        "version": __version__,
        "workspace": workspace.name,
        "seed": workspace.ids.seed,
        "created_at": format_timestamp(workspace.created_at),
        "clock": clock_body(call.now, workspace.clock),
        "partners": [partner.id for partner in call.store.partners],
        "pending_jobs": len(list(workspace.jobs)),
        "next_due": None if due is None else format_timestamp(due),
        "quirks": [name for name in QUIRK_NAMES if getattr(workspace.quirks, name)],
    }
