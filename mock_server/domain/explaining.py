"""Explains whether and why a purchase counts, in a package's evaluation and in an attribution run."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from operator import itemgetter
from typing import Literal, TypeAlias

from mock_server.domain import attribution, cluster_marks, evaluation, lifecycles, purchase_columns, sales, windows
from mock_server.domain.column_parts import split_columns
from mock_server.domain.explained_columns import OUTCOME_ORDER, ExplainedColumns, ExplainedPurchase, Outcome, Segment
from mock_server.domain.models import (
    AttributionModel,
    AttributionRun,
    Cluster,
    ClusterEvaluation,
    EvaluationModel,
    EvaluationSettings,
    Purchase,
)
from mock_server.domain.pieces import Steps, column_units, in_pieces, split, steps_of
from mock_server.domain.purchase_columns import CREDIT_TRIPLES, MODEL_INDEX, PurchaseColumns, PurchaseUnion
from mock_server.domain.windows import Window

WindowSide: TypeAlias = Literal["before", "after"]
Arrival: TypeAlias = tuple[datetime, int]
"""The value of `sales.sort_key`, by which purchases are sorted."""

MODELS: tuple[AttributionModel, ...] = ("FD", "META", "EXTERNAL")
EXCLUDED_OUTCOME: dict[EvaluationModel, Outcome] = {
    "EVENTS_FROM_PACKAGE": "other_event",
    "EVENT_SERIES": "other_series",
    "ALL_PURCHASES": "not_known_yet",
}
"""The outcome of a purchase whose event the model does not count. See: BEV-06.

ALL_PURCHASES counts all events of the partner, so an event that is not counted was created after the evaluation.
"""


@dataclass(frozen=True, slots=True)
class EvaluationBasis:
    """The inputs of an evaluation.

    `cutoff` is the time at which the evaluation completed, with the number of the last purchase that had arrived by
    then.
    """

    settings: EvaluationSettings
    window: Window
    counted_events: frozenset[str]
    clusters: tuple[Cluster, ...]
    cutoff: AttributionRun


def window_bounds(window: Window) -> tuple[datetime, datetime]:
    """Return the start and the end of the window. The end is not included. See: BEV-07."""
    first, last = (datetime.combine(day, time(tzinfo=UTC)) for day in (window.first, window.last))
    return first, lifecycles.add_duration(last, timedelta(days=1))


def classify_purchase(purchase: Purchase, basis: EvaluationBasis) -> Outcome:
    """Return the outcome of a purchase by a customer of a cluster. See: BEV-06, BEV-07, BEV-08.

    If several reasons apply, reasons that do not change with time take precedence.
    """
    if purchase.event_id not in basis.counted_events:
        return EXCLUDED_OUTCOME[basis.settings.model]
    if not windows.contains(basis.window, purchase.at):
        return "outside_window"
    return "counted" if was_known(purchase, basis.cutoff) else "not_known_yet"


def missed_side(purchase: Purchase, window: Window) -> WindowSide:
    """Return whether a purchase outside the window is before or after it."""
    return "before" if purchase.at.date() < window.first else "after"


def was_known(purchase: Purchase, cutoff: AttributionRun) -> bool:
    """Return whether a purchase had arrived by the cutoff. The number decides if times are equal. See: JOB-03."""
    return sales.sort_key(purchase) <= (cutoff.due, cutoff.last_purchase)


@in_pieces
def explain_purchases(purchases: Iterable[Purchase], basis: EvaluationBasis) -> Steps[Sequence[ExplainedPurchase]]:
    """Return the outcomes of all purchases by customers in clusters, sorted by outcome, then by arrival."""
    columns, records = yield from purchase_columns.partition_in_steps(purchases)
    explained = yield from _explain_records(records, basis)
    if not columns:
        return explained
    marks = yield from cluster_marks.mark_customers.steps(basis.clusters)
    segments: list[Segment] = []
    for each in split_columns(columns):
        yield from marks.read_customers(each)
        parts = _cut_by_outcome(each, basis)
        segments += [Segment(part, outcome, marks.mark_purchases(part)) for part, outcome in parts if len(part)]
        yield 1 + len(each) // 5
    return ExplainedColumns(segments, explained, marks)


def _explain_records(records: Iterable[Purchase], basis: EvaluationBasis) -> Steps[list[ExplainedPurchase]]:
    marks = yield from cluster_marks.mark_customers.steps(basis.clusters)
    arrivals: dict[Outcome, list[tuple[Arrival, ExplainedPurchase]]] = {outcome: [] for outcome in OUTCOME_ORDER}
    for part in split(records):
        for purchase in part:
            number = marks.numbers.get(purchase.customer_id)
            if number is not None:
                outcome = classify_purchase(purchase, basis)
                found = ExplainedPurchase(purchase, marks.tcs[number], outcome)
                arrivals[outcome].append((sales.sort_key(purchase), found))
        yield 2 * len(part)
    explained: list[ExplainedPurchase] = []
    for outcome in OUTCOME_ORDER:
        arrivals[outcome].sort(key=itemgetter(0))
        explained += map(itemgetter(1), arrivals[outcome])
        yield len(arrivals[outcome]) // 10
    return explained


@in_pieces
def count_without_cluster(purchases: Iterable[Purchase], basis: EvaluationBasis) -> Steps[int]:
    """Count the purchases that would count if their customers were in a cluster."""
    columns, records = yield from purchase_columns.partition_in_steps(purchases)
    marks, without = (yield from cluster_marks.mark_customers.steps(basis.clusters)), 0
    for part in split(records):
        without += sum(
            1
            for purchase in part
            if purchase.customer_id not in marks.numbers and classify_purchase(purchase, basis) == "counted"
        )
        yield 2 * len(part)
    for each in split_columns(columns):
        yield from marks.read_customers(each)
        for counted, outcome in _cut_by_outcome(each, basis):
            if outcome == "counted":
                without += marks.mark_purchases(counted).count(0)
        yield column_units(len(each))
    return without


def _cut_by_outcome(columns: PurchaseColumns, basis: EvaluationBasis) -> Iterator[tuple[PurchaseColumns, Outcome]]:
    """Yield the parts of an event's columns, each with the outcome that `classify_purchase` returns for its records."""
    if columns.columns.event_id not in basis.counted_events:
        yield columns, EXCLUDED_OUTCOME[basis.settings.model]
        return
    inside = columns.select_days(basis.window.first, basis.window.last)
    known = columns.start + columns.count_until(basis.cutoff.due, basis.cutoff.last_purchase)
    known = max(inside.start, min(known, inside.stop))
    yield PurchaseColumns(columns.columns, columns.start, inside.start), "outside_window"
    yield PurchaseColumns(columns.columns, inside.start, known), "counted"
    yield PurchaseColumns(columns.columns, known, inside.stop), "not_known_yet"
    yield PurchaseColumns(columns.columns, inside.stop, columns.stop), "outside_window"


def select_explained(
    explained: Sequence[ExplainedPurchase], tc: str | None, outcome: Outcome | None
) -> Sequence[ExplainedPurchase]:
    """Return the purchases of a cluster, or with an outcome, or both. None selects all."""
    if isinstance(explained, ExplainedColumns):
        return explained.select(tc, outcome)
    return [each for each in explained if tc in (None, each.tc) and outcome in (None, each.outcome)]


def count_outcomes(explained: Iterable[ExplainedPurchase]) -> dict[str, Counter[Outcome]]:
    """Count the purchases of each cluster by outcome. The keys of the result are the clusters' `tc`."""
    if isinstance(explained, ExplainedColumns):
        return explained.count_outcomes()
    counts: dict[str, Counter[Outcome]] = {}
    for each in explained:
        counts.setdefault(each.tc, Counter())[each.outcome] += 1
    return counts


@in_pieces
def recount(explained: Iterable[ExplainedPurchase], basis: EvaluationBasis) -> Steps[tuple[ClusterEvaluation, ...]]:
    """Evaluate the counted purchases again. If sales were deleted since, the rows differ from the published rows."""
    records, columns = explained, []
    if isinstance(explained, ExplainedColumns):
        records = explained.records
        columns = [segment.columns for segment in explained.segments if segment.outcome == "counted"]
    counted = PurchaseUnion([*columns, *([each.purchase] for each in records if each.outcome == "counted")])
    return (yield from steps_of(evaluation.evaluate, basis.clusters, counted, basis.window))


@dataclass(frozen=True, slots=True)
class RunBasis:
    """The inputs of an attribution run for one event: the previous run, the cutoff, and the event's model at that time.

    If `previous_run` is None, the run processed all purchases known at the cutoff, which are the history of the world.
    """

    previous_run: AttributionRun | None
    cutoff: AttributionRun
    model: AttributionModel


def select_processed(purchases: Sequence[Purchase], basis: RunBasis) -> Sequence[Purchase]:
    """Return the event's purchases that the run processed, except purchases deleted since. See: JOB-03."""
    if basis.previous_run is None:
        candidates = sales.select_known(purchases, basis.cutoff.due)
    else:
        candidates = sales.select_unprocessed(purchases, basis.previous_run, basis.cutoff.due)
    cutoff = basis.cutoff.due, basis.cutoff.last_purchase
    return candidates[: bisect_right(candidates, cutoff, key=sales.sort_key)]


def is_credited(purchase: Purchase, model: AttributionModel) -> bool:
    """Return whether a run counts the purchase. See: JOB-03 (only if credited to campaigns; none under EXTERNAL)."""
    return model != "EXTERNAL" and attribution.credit(purchase, model) == "campaign"


@in_pieces
def list_credited_first(purchases: Sequence[Purchase], model: AttributionModel, limit: int) -> Steps[list[Purchase]]:
    """Return the first `limit` purchases: those that a run counts, then the others, both in the order of arrival."""
    columns, records = purchase_columns.partition(purchases)
    first: list[Purchase] = []
    others: list[Purchase] = []
    for purchase in records:
        if len(first) >= limit:
            break
        (first if is_credited(purchase, model) else others).append(purchase)
        yield 10
    credited = [
        code
        for code, triple in enumerate(CREDIT_TRIPLES)
        if model != "EXTERNAL" and triple[MODEL_INDEX[model]] == "campaign"
    ]
    uncredited = [code for code in range(len(CREDIT_TRIPLES)) if code not in credited]
    first += others[:limit]
    for each in columns:
        first += each.select_first(credited, limit) + each.select_first(uncredited, limit)
        yield column_units(len(each))
    return sorted(first, key=lambda purchase: (not is_credited(purchase, model), sales.sort_key(purchase)))[:limit]
