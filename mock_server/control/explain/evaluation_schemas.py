"""Schemas of the explanation of an evaluation."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from mock_server.control.explain.schemas import CauseBody, PageBody, PageQuery, SaleBody
from mock_server.domain.explained_columns import Outcome
from mock_server.domain.explaining import WindowSide
from mock_server.http.fields import Count, Text, TimestampText, closed
from mock_server.platform_api.schemas.backhaul import SettingsAnswer

ExclusionReason: TypeAlias = Literal["outside_window", "other_event", "other_series", "not_known_yet"]
WindowStart: TypeAlias = Literal["email_sent_date", "created_at"]


class ExplainEvaluationQuery(PageQuery):
    """Selects purchases by the cluster of the customer, by the outcome (`reason`), or by both."""

    cluster: Annotated[Text | None, Field(description="Only purchases by customers of this cluster (its `tc`).")] = None
    reason: Annotated[Outcome | None, Field(description="Only purchases with this outcome.")] = None


@closed
class WindowBody(TypedDict):
    """The attribution window, from `start` (included) to `end` (not included). See: BEV-07."""

    start: TimestampText
    end: TimestampText
    starts_on: WindowStart


@closed
class CurrentResultBody(TypedDict):
    """The published result and its inputs. Members that are no longer recorded are null.

    `sales_changed_since` is true if the listed purchases no longer add up to the result, because some were deleted
    later.
    """

    evaluated_at: TimestampText
    set_by: CauseBody
    revision: int
    settings: SettingsAnswer | None
    settings_set_by: CauseBody | None
    window: WindowBody | None
    counted_events: list[str]
    sales_changed_since: bool | None


@closed
class PendingSettingsBody(TypedDict):
    """Newer settings whose result is not published yet. `due` is null if no job is pending for them."""

    revision: int
    settings: SettingsAnswer
    set_by: CauseBody
    due: TimestampText | None


@closed
class OutcomesBody(TypedDict):
    """The number of purchases that were counted, and the number that were not, by reason."""

    counted: Count
    outside_window: Count
    other_event: Count
    other_series: Count
    not_known_yet: Count


@closed
class ClusterExplanation(TypedDict):
    """A cluster: its row of the published result, its size, and the number of its purchases by outcome."""

    tc: str
    size: Count | None
    customers: Count
    items: Count
    purchase: Count
    conversion_rate: float
    purchases: OutcomesBody | None


@closed
class ExplainedSaleBody(SaleBody):
    """A purchase by a customer of a cluster. `reason` is why the purchase was not counted, null if it was counted.

    `window_side` is set for a purchase outside the window: `before` its start or `after` its end.
    """

    tc: str
    counted: bool
    reason: ExclusionReason | None
    window_side: WindowSide | None


@closed
class ExplainedSalePage(PageBody):
    """A page of purchases: first the counted purchases, then the others by reason."""

    items: list[ExplainedSaleBody]


@closed
class EvaluationExplanation(TypedDict):
    """The evaluation of a package. `evaluation` is null until the first evaluation job has completed.

    `outside_clusters` is the number of purchases that would count if their customers were in a cluster.
    """

    kind: Literal["evaluation"]
    id: str
    title: str
    now: TimestampText
    evaluation: CurrentResultBody | None
    pending: PendingSettingsBody | None
    clusters: list[ClusterExplanation]
    outside_clusters: Count | None
    purchases: ExplainedSalePage
