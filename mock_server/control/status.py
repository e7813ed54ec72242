"""The status of a workspace, and its quirks."""

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from mock_server import __version__
from mock_server.control.clock_schemas import ClockBody, clock_body
from mock_server.http.fields import ClosedModel, TimestampText, closed, format_timestamp
from mock_server.state.documentation import Documentation
from mock_server.state.quirks import QUIRK_NAMES, Quirks
from mock_server.state.workspace import OperationCall


class QuirksBody(ClosedModel):
    """Alternative documented behaviours.

    Omitted quirks are set as in the documentation profile, and disabled if it does not mention them.

    docs/quickstart.md describes each.
    """

    campaign_results_admin_only: StrictBool = Field(default_factory=bool)
    clear_sales_204: StrictBool = Field(default_factory=bool)
    numeric_client_id: StrictBool = Field(default_factory=bool)
    ignore_unknown: StrictBool = Field(default_factory=bool)
    email_date_in_defaults_ignored: StrictBool = Field(default_factory=bool)
    customer_list_csv: StrictBool = Field(default_factory=bool)
    core_event_members: StrictBool = Field(default_factory=bool)
    cancelled_frontend_status: StrictBool = Field(default_factory=bool)
    ingest_without_record: StrictBool = Field(default_factory=bool)
    polling_every_3_seconds: StrictBool = Field(default_factory=bool)

    def to_named(self) -> dict[str, bool]:
        """Return the quirks that the request names."""
        return self.model_dump(exclude_unset=True)


class DocumentationRequest(ClosedModel):
    """The generation of the vendor's documentation to follow."""

    documentation: Documentation


@closed
class DocumentationBody(TypedDict):
    """The generation of the vendor's documentation that the workspace follows, and whether each quirk is enabled."""

    documentation: Documentation
    quirks: dict[str, bool]


@closed
class StatusBody(TypedDict):
    """The status of a workspace.

    `created_at` is its start time: when it was created or last reset. `next_due` is when the next pending job is due,
    or null if there is none. `documentation` is the generation of the vendor's documentation that it follows, and
    `quirks` lists the enabled quirks.
    """

    version: str
    workspace: str
    seed: int
    created_at: TimestampText
    clock: ClockBody
    partners: list[str]
    pending_jobs: int
    next_due: TimestampText | None
    documentation: Documentation
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
        "documentation": workspace.documentation,
        "quirks": [name for name in QUIRK_NAMES if getattr(workspace.quirks, name)],
    }


def quirk_states(quirks: Quirks) -> dict[str, bool]:
    """Whether each quirk is enabled."""
    return {name: getattr(quirks, name) for name in QUIRK_NAMES}
