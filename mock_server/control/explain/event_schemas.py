"""What the explanations of an event's rows and of a day's revenue look like."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.explain.schemas import CauseBody, FieldBody, PageBody, PageQuery, SaleBody
from mock_server.domain.models import AttributionModel, Credit
from mock_server.http.fields import QUERY_INTEGER, Count, Day, DayText, Text, TimestampText, closed
from mock_server.platform_api.schemas.campaign_results import CampaignResultBody
from mock_server.platform_api.schemas.revenue import SalesTotalBody


class ExplainEventQuery(PageQuery):
    """Which of the rows, and how many purchases with each."""

    row: Text | None = None
    purchases: Annotated[int, Field(ge=0, le=500), QUERY_INTEGER] = 20


class ExplainDailyQuery(PageQuery):
    """Which day."""

    date: Day


@closed
class CreditedSaleBody(SaleBody):
    """A purchase, whom each model credits with it, and whom the model in force does."""

    fd: Credit
    meta: Credit
    external: Credit
    credited_to: Credit


@closed
class ExaminedSaleBody(CreditedSaleBody):
    """A purchase that a run looked at, and whether the row counts it."""

    counted: bool


@closed
class RunExplanation(TypedDict):
    """A run, as far as one event goes.

    It looked at the purchases that had arrived since the run before it (null: at all), by the event's model then.
    `sales_changed_since`: those that are still there do not come to the row any more. The counted ones come first.
    """

    due: TimestampText
    previous_run: TimestampText | None
    attribution_model: AttributionModel
    examined: Count
    counted: Count
    sales_changed_since: bool
    purchases: list[ExaminedSaleBody]


@closed
class RowExplanation(TypedDict):
    """A row, what set it, and, where a run did, what the run looked at."""

    row: CampaignResultBody
    set_by: CauseBody
    run: RunExplanation | None


@closed
class RowExplanationPage(PageBody):
    """A page of rows, newest first."""

    items: list[RowExplanation]


@closed
class DeletedRowBody(TypedDict):
    """A row that is there no longer, and what took it away."""

    row: CampaignResultBody
    set_by: CauseBody
    deleted_by: CauseBody
    reason: str


@closed
class RunWithoutRowBody(TypedDict):
    """A run that looked at purchases of the event and appended no row, or one that was missed."""

    due: TimestampText
    attribution_model: AttributionModel
    examined: Count
    reason: str


@closed
class EventExplanation(TypedDict):
    """An event's rows, those that were deleted, and, of the last 100 runs, those that brought none, newest first.

    `deletions_discarded` is how many deleted rows, of all events, are no longer remembered: the last 1000 are.
    """

    kind: Literal["event"]
    id: str
    title: str
    now: TimestampText
    attribution_model: FieldBody
    series: FieldBody
    rows: RowExplanationPage
    deleted_rows: list[DeletedRowBody]
    deletions_discarded: Count
    runs_without_a_row: list[RunWithoutRowBody]


@closed
class SplitBody(TypedDict):
    """A day's figure as one model splits it. Rule: LAM-04."""

    campaign: SalesTotalBody
    organic: SalesTotalBody
    external: SalesTotalBody


@closed
class CreditedSalePage(PageBody):
    """A page of them, in the order in which the platform learns of purchases."""

    items: list[CreditedSaleBody]


@closed
class DailyExplanation(TypedDict):
    """A day of an event's revenue: the figure, as each model would split it, and the purchases that it comes from.

    `not_known_yet` is how many purchases of the day the platform has yet to learn of.
    """

    kind: Literal["daily"]
    id: str
    title: str
    now: TimestampText
    date: DayText
    currency: str
    attribution_model: FieldBody
    total: SalesTotalBody
    split: dict[AttributionModel, SplitBody]
    not_known_yet: Count
    purchases: CreditedSalePage
