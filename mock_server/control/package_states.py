"""The packages of a workspace, and whether the results that they show are older than their settings.

A client of the platform cannot see this: it reads a result until another one comes.
"""

from typing import Annotated

from fastapi import Query
from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.declaration import control_router
from mock_server.domain.models import Package, PackageStatus
from mock_server.domain.pieces import Steps, in_pieces
from mock_server.http.endpoint import CurrentCall
from mock_server.http.fields import ClosedModel, Text, TimestampText, closed, format_timestamp
from mock_server.platform_api.schemas import backhaul
from mock_server.platform_api.schemas.backhaul import SettingsAnswer
from mock_server.state import turn
from mock_server.state.workspace import OperationCall

router = control_router("status")
UNITS_PER_PACKAGE = 5


class PackageStatesQuery(ClosedModel):
    """Selects packages by their partner."""

    partner_id: Annotated[Text | None, Field(description="Only packages of this partner.")] = None


@closed
class PackageStateBody(TypedDict):
    """A package, its settings, and the result that it shows.

    `revision` is that of the settings, and `result_revision` that of the settings with which the result was evaluated.
    Both are in GET /_mock/explain, too. If they differ, the result is `stale`. `due` is when the pending evaluation
    ends. Members are null if there is no result, or no pending evaluation.
    """

    id: str
    partner_id: str
    title: str
    status: PackageStatus
    settings: SettingsAnswer
    revision: int
    result_revision: int | None
    evaluated_at: TimestampText | None
    stale: bool
    due: TimestampText | None


@router.get("/packages", operation_id="listPackageStates", response_description="The packages.")
async def list_package_states(
    call: CurrentCall, query: Annotated[PackageStatesQuery, Query()]
) -> list[PackageStateBody]:
    """List the packages of all partners, in the order of their creation, and whether their results are stale."""
    partner = None if query is None else query.partner_id
    return await turn.run(call.turn, list_states, call, partner)


@in_pieces
def list_states(call: OperationCall, partner: str | None) -> Steps[list[PackageStateBody]]:
    """Return the states of the packages of a partner, or of all partners."""
    packages, evaluations = call.store.packages, call.store.evaluations
    yield from packages.load_all()
    due = {job.subject: format_timestamp(job.due) for job in call.workspace.jobs if job.kind == "evaluation"}
    states = []
    for package in [package for package in packages if partner in (None, package.partner_id)]:
        yield from evaluations.load(package.id)
        states.append(_state_body(call, package, due.get(package.id)))
        yield UNITS_PER_PACKAGE
    return states


def _state_body(call: OperationCall, package: Package, due: str | None) -> PackageStateBody:
    result = call.store.evaluations.get(package.id)
    return {
        "id": package.id,
        "partner_id": package.partner_id,
        "title": package.title,
        "status": package.status,
        "settings": backhaul.settings_answer(package.settings),
        "revision": package.revision,
        "result_revision": None if result is None else result.revision,
        "evaluated_at": None if result is None else format_timestamp(result.evaluated_at),
        "stale": result is not None and result.revision != package.revision,
        "due": due,
    }
