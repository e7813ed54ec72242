"""Explanations: which request, default, job or purchase set a value."""

from datetime import date as Date  # noqa: N812 - `date` is the name of a parameter
from typing import TYPE_CHECKING, Unpack
from urllib.parse import quote

from mock_server.client.connection import AwaitingPart, BlockingPart
from mock_server.client.operation import ControlRequest, operation, same
from mock_server.client.options import DailyFilters, EvaluationFilters, RowFilters

if TYPE_CHECKING:
    from mock_server.client.responses import (
        DailyExplanation,
        EvaluationExplanation,
        EventExplanation,
        PackageExplanation,
    )


class ExplainOperations:
    """The operations that explain values."""

    @operation("explainPackage")
    def package(self, package_id: str) -> "ControlRequest[PackageExplanation]":
        """Explain why each field of a package has its value."""
        return ControlRequest("GET", f"/explain/package/{_quote(package_id)}", same)

    @operation("explainEvaluation")
    def evaluation(
        self, package_id: str, **filters: Unpack[EvaluationFilters]
    ) -> "ControlRequest[EvaluationExplanation]":
        """Explain which purchases count in each cluster of a package, and why the others do not."""
        return ControlRequest("GET", f"/explain/evaluation/{_quote(package_id)}", same, query=filters)

    @operation("explainEvent")
    def event(self, event_id: str, **filters: Unpack[RowFilters]) -> "ControlRequest[EventExplanation]":
        """Explain the cause of each campaign result of an event."""
        return ControlRequest("GET", f"/explain/event/{_quote(event_id)}", same, query=filters)

    @operation("explainDailyRevenue")
    def daily(
        self, event_id: str, date: Date | str, **filters: Unpack[DailyFilters]
    ) -> "ControlRequest[DailyExplanation]":
        """Explain which purchases make up an event's revenue on a day, or from a day `until` another."""
        return ControlRequest("GET", f"/explain/daily/{_quote(event_id)}", same, query={"date": date, **filters})


class Explain(ExplainOperations, BlockingPart):
    """The explanations of a workspace."""


class AsyncExplain(ExplainOperations, AwaitingPart):
    """The explanations of a workspace, awaited."""


def _quote(text: str) -> str:
    return quote(text, safe="")
