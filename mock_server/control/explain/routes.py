"""The control API's routes that explain what the platform shows; they see every partner's objects."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from mock_server.control.explain import daily, evaluation, event, package
from mock_server.control.explain.evaluation_schemas import EvaluationExplanation, EvaluationQuery
from mock_server.control.explain.event_schemas import DailyExplanation, DailyQuery, EventExplanation, EventQuery
from mock_server.control.explain.schemas import PackageExplanation
from mock_server.http.endpoint import CallNow
from mock_server.http.error_body import ErrorBody

UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "There is none of that id."}}


def declare(router: APIRouter) -> None:
    """Declare a path for each kind of explanation."""
    _declare_packages(router)
    _declare_events(router)


def _declare_packages(router: APIRouter) -> None:
    @router.get("/explain/package/{package_id}", operation_id="explainPackage", responses=UNKNOWN)
    async def explain_of_package(call: CallNow, package_id: str) -> PackageExplanation:
        """Tell what set each field of a package: which request, defaults, job or run, and when."""
        return package.explained(call, package_id)

    @router.get("/explain/evaluation/{package_id}", operation_id="explainEvaluation", responses=UNKNOWN)
    async def explain_of_evaluation(
        call: CallNow, package_id: str, query: Annotated[EvaluationQuery, Query()]
    ) -> EvaluationExplanation:
        """Tell what an evaluation was made of, and of each purchase of its customers whether it counted, or why not."""
        return evaluation.explained(call, package_id, query)


def _declare_events(router: APIRouter) -> None:
    @router.get("/explain/event/{event_id}", operation_id="explainEvent", responses=UNKNOWN)
    async def explain_of_event(call: CallNow, event_id: str, query: Annotated[EventQuery, Query()]) -> EventExplanation:
        """Tell where an event's rows of /campaign_results/ come from, which are gone, and which runs brought none."""
        return event.explained(call, event_id, query)

    @router.get("/explain/daily/{event_id}", operation_id="explainDaily", responses=UNKNOWN)
    async def explain_of_daily(call: CallNow, event_id: str, query: Annotated[DailyQuery, Query()]) -> DailyExplanation:
        """Tell which purchases a day's revenue comes from, and whom each attribution model credits with them."""
        return daily.explained(call, event_id, query)
