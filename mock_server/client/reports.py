"""The reports of contract runs that a server keeps."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mock_server.client.connection import AwaitingPart, BlockingPart
from mock_server.client.operation import ControlRequest, nothing, operation, same

if TYPE_CHECKING:
    from mock_server.client.responses import ReportSummary


class ReportOperations:
    """The operations on reports."""

    @operation("addReport")
    def add(self, result: Mapping[str, Any]) -> "ControlRequest[ReportSummary]":
        """Keep the result of a contract run, as `contracts run` writes it to result.json. Return its summary."""
        return ControlRequest("POST", "/reports", same, result, api="server")

    @operation("listReports")
    def read(self) -> "ControlRequest[list[ReportSummary]]":
        """Return the summaries of the reports, newest first."""
        return ControlRequest("GET", "/reports", same, api="server")

    @operation("getReport")
    def get(self, report_id: int) -> ControlRequest[dict[str, Any]]:
        """Return a report as it was given."""
        return ControlRequest("GET", f"/reports/{report_id}", same, api="server")

    @operation("removeReport")
    def remove(self, report_id: int) -> ControlRequest[None]:
        """Remove a report."""
        return ControlRequest("DELETE", f"/reports/{report_id}", nothing, api="server")


class Reports(ReportOperations, BlockingPart):
    """The reports of contract runs."""


class AsyncReports(ReportOperations, AwaitingPart):
    """The reports of contract runs, awaited."""
