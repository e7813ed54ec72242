"""What the explanation of an evaluation looks like."""

from typing import Literal

from typing_extensions import TypedDict

from mock_server.control.explain.schemas import CauseBody, PageBody, PageQuery, SaleBody
from mock_server.domain.explaining import Outcome, WindowSide
from mock_server.http.fields import Count, Text, TimestampText, closed
from mock_server.platform_api.schemas.backhaul import SettingsAnswer


class ExplainEvaluationQuery(PageQuery):
    """Which of the purchases: of one cluster, with one outcome."""

    cluster: Text | None = None
    reason: Outcome | None = None


@closed
class WindowBody(TypedDict):
    """From `start`, up to, not including, `end`. Rule: BEV-07."""

    start: TimestampText
    end: TimestampText
    starts_on: Literal["email_sent_date", "created_at"]


@closed
class CurrentResultBody(TypedDict):
    """The result that is shown now.

    What it was made of is null where that is no longer kept. `sales_changed_since`: purchases
    that it counted are there no longer, so that those below do not add up to it.
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
    """Newer settings, whose result is not there yet. `due` is null where no job is under way for them."""

    revision: int
    settings: SettingsAnswer
    set_by: CauseBody
    due: TimestampText | None


@closed
class OutcomesBody(TypedDict):
    """How many purchases were counted, and how many were not for each reason."""

    counted: Count
    outside_window: Count
    other_event: Count
    other_series: Count
    not_known_yet: Count


@closed
class ClusterExplanation(TypedDict):
    """A cluster's row, as it is shown, its size, and what became of its customers' purchases."""

    tc: str
    size: Count | None
    customers: Count
    items: Count
    purchase: Count
    conversion_rate: float
    purchases: OutcomesBody | None


@closed
class ExplainedSaleBody(SaleBody):
    """A purchase of a cluster's customer, whether it counted, and if not, why.

    `misses` says by which end it is outside the window.
    """

    tc: str
    counted: bool
    reason: Literal["outside_window", "other_event", "other_series", "not_known_yet"] | None
    window_side: WindowSide | None


@closed
class ExplainedSalePage(PageBody):
    """A page of them: the counted ones, then those that came nearest to it."""

    items: list[ExplainedSaleBody]


@closed
class EvaluationExplanation(TypedDict):
    """A package's evaluation; null while none has completed.

    `not_a_member` is how many purchases would have counted, had their customers been in a cluster.
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
