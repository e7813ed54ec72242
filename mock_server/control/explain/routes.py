"""The control API's routes that explain what the platform shows. They can explain the objects of every partner."""

from typing import Annotated, Any

from fastapi import Query

from mock_server.control.declaration import control_router
from mock_server.control.explain import daily, evaluation, event, package
from mock_server.control.explain.evaluation_schemas import EvaluationExplanation, ExplainEvaluationQuery
from mock_server.control.explain.event_schemas import (
    DailyExplanation,
    EventExplanation,
    ExplainDailyQuery,
    ExplainEventQuery,
)
from mock_server.control.explain.schemas import PackageExplanation
from mock_server.http.endpoint import CurrentCall
from mock_server.http.error_body import ErrorBody
from mock_server.state import turn

router = control_router("explain")

OBJECT_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no object with that id."}
}


@router.get("/explain/package/{package_id}", operation_id="explainPackage", responses=OBJECT_NOT_FOUND)
async def get_package_explanation(call: CurrentCall, package_id: str) -> PackageExplanation:
    """Explain a package: for each field, the request, defaults or job that set it, and when."""
    return package.explain(call, package_id)


@router.get("/explain/evaluation/{package_id}", operation_id="explainEvaluation", responses=OBJECT_NOT_FOUND)
async def get_evaluation_explanation(
    call: CurrentCall, package_id: str, query: Annotated[ExplainEvaluationQuery, Query()]
) -> EvaluationExplanation:
    """Explain an evaluation: its settings, its clusters, and why each purchase was counted or not counted."""
    return await turn.run(call.turn, evaluation.explain, call, package_id, query)


@router.get("/explain/event/{event_id}", operation_id="explainEvent", responses=OBJECT_NOT_FOUND)
async def get_event_explanation(
    call: CurrentCall, event_id: str, query: Annotated[ExplainEventQuery, Query()]
) -> EventExplanation:
    """Explain an event's campaign results: the cause of each row, the deleted rows, and the runs that added no row."""
    return await turn.run(call.turn, event.explain, call, event_id, query)


@router.get("/explain/daily/{event_id}", operation_id="explainDailyRevenue", responses=OBJECT_NOT_FOUND)
async def get_daily_explanation(
    call: CurrentCall, event_id: str, query: Annotated[ExplainDailyQuery, Query()]
) -> DailyExplanation:
    """Explain the revenue of a day or of several: its purchases, and the source that each attribution model credits."""
    return await turn.run(call.turn, daily.explain, call, event_id, query)
