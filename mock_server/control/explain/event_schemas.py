"""Schemas of the explanations of an event's rows and of a day's revenue."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.explain.schemas import CauseBody, FieldBody, PageBody, PageQuery, SaleBody
from mock_server.domain.models import AttributionModel, Credit
from mock_server.http.fields import QUERY_INTEGER, Count, Day, DayText, Text, TimestampText, closed
from mock_server.platform_api.schemas.campaign_results import CampaignResultBody
from mock_server.platform_api.schemas.revenue import SalesTotalBody


class ExplainEventQuery(PageQuery):
    """Selects rows. `row` is the id of one row. `purchases` is how many purchases to list at most for each row."""

    row: Annotated[Text | None, Field(description="Only the row with this id.")] = None
    purchases: Annotated[
        int, Field(ge=0, le=500, description="The maximum number of purchases to list for each row."), QUERY_INTEGER
    ] = 20


class ExplainDailyQuery(PageQuery):
    """Selects the days."""

    date: Annotated[Day, Field(description="The day to explain, or the first of several days.")]
    until: Annotated[
        Day | None, Field(description="The last of several days, which are explained together. Default: `date`.")
    ] = None


@closed
class CreditedSaleBody(SaleBody):
    """A purchase and the source that each attribution model credits. `credited_to` follows the event's model."""

    fd: Credit
    meta: Credit
    external: Credit
    credited_to: Credit


@closed
class ExaminedSaleBody(CreditedSaleBody):
    """A purchase that a run examined. `counted` is true if the row includes it."""

    counted: bool


@closed
class RunExplanation(TypedDict):
    """The effect of an attribution run on one event.

    It examined the purchases that had arrived since the previous run, or all purchases if `previous_run` is null, with
    the attribution model that the event had then. `purchases` lists the counted purchases first. `sales_changed_since`
    is true if the purchases no longer add up to the row, because some were deleted later.
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
    """A row and its cause. `run` is null unless an attribution run added the row."""

    row: CampaignResultBody
    set_by: CauseBody
    run: RunExplanation | None


@closed
class RowExplanationPage(PageBody):
    """A page of rows, newest first."""

    items: list[RowExplanation]


@closed
class DeletedRowBody(TypedDict):
    """A deleted row. `reason` states why no run adds it again."""

    row: CampaignResultBody
    set_by: CauseBody
    deleted_by: CauseBody
    reason: str


@closed
class RunWithoutRowBody(TypedDict):
    """A run that examined the event's purchases and added no row, or a run that was missed. `reason` states why."""

    due: TimestampText
    attribution_model: AttributionModel
    examined: Count
    reason: str


@closed
class EventExplanation(TypedDict):
    """An event's rows, its deleted rows, and the runs that added no row to it.

    Each list is newest first. Only the last 100 runs are considered, and only the last 1,000 deleted rows of all events
    are recorded; `deletions_discarded` is the number of older deleted rows.
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
    """A day's revenue, split by one attribution model. See: LAM-04."""

    campaign: SalesTotalBody
    organic: SalesTotalBody
    external: SalesTotalBody


@closed
class CreditedSalePage(PageBody):
    """A page of purchases, in the order in which the platform learns of them."""

    items: list[CreditedSaleBody]


@closed
class DailyExplanation(TypedDict):
    """An event's revenue from `date` to `until`: the total, its split under each model, and the purchases behind it.

    `not_known_yet` is the number of these days' purchases that the platform does not know yet.
    """

    kind: Literal["daily"]
    id: str
    title: str
    now: TimestampText
    date: DayText
    until: DayText
    currency: str
    attribution_model: FieldBody
    total: SalesTotalBody
    split: dict[AttributionModel, SplitBody]
    not_known_yet: Count
    purchases: CreditedSalePage
