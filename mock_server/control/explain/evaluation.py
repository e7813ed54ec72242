"""Explains a package's evaluation: its inputs, and whether each purchase of the package's customers counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mock_server.control.explain import cause_format
from mock_server.control.explain import package as explain_package
from mock_server.control.explain import purchases as explain_sales
from mock_server.control.explain.evaluation_schemas import (
    ClusterExplanation,
    CurrentResultBody,
    EvaluationExplanation,
    ExplainedSaleBody,
    ExplainedSalePage,
    ExplainEvaluationQuery,
    OutcomesBody,
    PendingSettingsBody,
    WindowBody,
)
from mock_server.control.explain.schemas import page_position
from mock_server.domain import causes, evaluation, explaining, paging, windows
from mock_server.domain.causes import RecordVersion
from mock_server.domain.errors import PackageNotFoundError, Problem
from mock_server.domain.explained_columns import ExplainedPurchase, Outcome
from mock_server.domain.explaining import EvaluationBasis
from mock_server.domain.models import AttributionRun, Evaluation, Event, Package
from mock_server.domain.pieces import Steps, in_pieces, steps_of
from mock_server.domain.purchase_columns import PurchaseUnion
from mock_server.http.fields import format_timestamp
from mock_server.platform_api.schemas import backhaul
from mock_server.state import change_cause
from mock_server.state.workspace import OperationCall


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """The published result, the package at the time of that result, and the outcome of each purchase.

    `basis` is None, and there are no outcomes, if the settings of that time are no longer recorded. The same holds if
    the result came from a snapshot that was taken after the events had changed.
    """

    result: Evaluation
    version: RecordVersion[Evaluation]
    package: Package | None
    basis: EvaluationBasis | None
    explained_purchases: Sequence[ExplainedPurchase] = ()
    outside_clusters: int = 0
    sales_changed: bool = False


@in_pieces
def explain(call: OperationCall, package_id: str, query: ExplainEvaluationQuery) -> Steps[EvaluationExplanation]:
    """Explain a package's evaluation. Raises PackageNotFoundError for an unknown package or cluster."""
    package = explain_package.require_package(call, package_id)
    published = yield from _load_published_result(call, package)
    _require_cluster(package, published, query.cluster)
    explained_purchases = () if published is None else published.explained_purchases
    selected = explaining.select_explained(explained_purchases, query.cluster, query.reason)
    return {
        "kind": "evaluation",
        "id": package.id,
        "title": package.title,
        "now": format_timestamp(call.now),
        "evaluation": None if published is None else _result_body(call, published),
        "pending": _pending_body(call, package, published),
        "clusters": [] if published is None else _cluster_bodies(published, query.cluster),
        "outside_clusters": None if published is None or published.basis is None else published.outside_clusters,
        "purchases": _sale_page_body(selected, published, query),
    }


def _load_published_result(call: OperationCall, package: Package) -> Steps[PublishedResult | None]:
    """Load the published result, and its inputs if they are recorded. None if there is no result."""
    history = cause_format.list_versions(call, call.store.evaluations, package.id)
    result = history[-1].record if history else None
    if result is None:
        return None
    version = history[-1]
    package_then = _package_at_evaluation(call, package.id, version)
    basis = None if package_then is None else _build_basis(call, package_then, version)
    if basis is None:
        return PublishedResult(result, version, package_then, None)
    purchases = _partner_purchases(call, package)
    explained_purchases = yield from steps_of(explaining.explain_purchases, purchases, basis)
    is_unchanged = (yield from steps_of(explaining.recount, explained_purchases, basis)) == result.rows
    is_restored = call.store.restored_at is not None and not version.cause_number
    if is_restored and not is_unchanged:
        return PublishedResult(result, version, package_then, None)
    outside_clusters = yield from steps_of(explaining.count_without_cluster, purchases, basis)
    return PublishedResult(
        result, version, package_then, basis, explained_purchases, outside_clusters, sales_changed=not is_unchanged
    )


def _package_at_evaluation(call: OperationCall, package_id: str, version: RecordVersion[Evaluation]) -> Package | None:
    """The package in its state when the evaluation completed; None if this state is no longer recorded."""
    history = cause_format.list_versions(call, call.store.packages, package_id)
    found = causes.version_before(history, version.cause_number)
    if found is None or found.record is None or version.record is None:
        return None
    return found.record if found.record.revision == version.record.revision else None


def _build_basis(call: OperationCall, package: Package, version: RecordVersion[Evaluation]) -> EvaluationBasis | None:
    """Return the inputs of the evaluation: the package and the partner's events as they were when its job ran."""
    if version.record is None or package.clusters is None:
        return None
    cause = version.cause or change_cause.initial_cause(call.workspace)
    events = [
        event
        for current in call.store.events.group("partner", package.partner_id)
        if (event := explain_sales.event_before(call, current.id, version.cause_number)) is not None
    ]
    return EvaluationBasis(
        package.settings,
        windows.compute_window(package.settings, package.created_at),
        evaluation.counted_events(package.settings.model, package.event_ids, events),
        package.clusters,
        AttributionRun(version.record.evaluated_at, cause.last_purchase),
    )


def _partner_purchases(call: OperationCall, package: Package) -> PurchaseUnion:
    events: Sequence[Event] = tuple(call.store.events.group("partner", package.partner_id))
    return PurchaseUnion(call.store.sales.for_event(event.id) for event in events)


def _require_cluster(package: Package, published: PublishedResult | None, tc: str | None) -> None:
    rows = () if published is None else published.result.rows
    known = dict.fromkeys([*(row.tc for row in rows), *(cluster.tc for cluster in package.clusters or ())])
    if tc is not None and tc not in known:
        cluster_names = ", ".join(known) or "none yet"
        raise PackageNotFoundError(
            Problem("unknown", "cluster", f"{package.id} has no cluster {tc}; its clusters are: {cluster_names}")
        )


def _result_body(call: OperationCall, published: PublishedResult) -> CurrentResultBody:
    result, package, basis = published.result, published.package, published.basis
    settings = None if package is None else backhaul.settings_answer(package.settings)
    return {
        "evaluated_at": format_timestamp(result.evaluated_at),
        "set_by": cause_format.cause_body(call, published.version, result.revision),
        "revision": result.revision,
        "settings": settings,
        "settings_set_by": None if package is None else explain_package.settings_cause(call, package),
        "window": None if package is None else _window_body(package),
        "counted_events": [] if basis is None else sorted(basis.counted_events),
        "sales_changed_since": None if basis is None else published.sales_changed,
    }


def _window_body(package: Package) -> WindowBody:
    start, end = explaining.window_bounds(windows.compute_window(package.settings, package.created_at))
    return {
        "start": format_timestamp(start),
        "end": format_timestamp(end),
        "starts_on": "created_at" if package.settings.email_sent_date is None else "email_sent_date",
    }


def _pending_body(
    call: OperationCall, package: Package, published: PublishedResult | None
) -> PendingSettingsBody | None:
    """Return the settings that are newer than the result, and when their own result is due. See: BEV-03, BEV-04."""
    due = next((job.due for job in call.workspace.jobs if job.kind == "evaluation" and job.subject == package.id), None)
    shown_revision = None if published is None else published.result.revision
    if shown_revision == package.revision or (shown_revision is None and due is None):
        return None
    return {
        "revision": package.revision,
        "settings": backhaul.settings_answer(package.settings),
        "set_by": explain_package.settings_cause(call, package),
        "due": None if due is None else format_timestamp(due),
    }


def _cluster_bodies(published: PublishedResult, tc: str | None) -> list[ClusterExplanation]:
    basis, counts = published.basis, explaining.count_outcomes(published.explained_purchases)
    sizes = {} if basis is None else {cluster.tc: len(cluster.customers) for cluster in basis.clusters}
    return [
        {
            "tc": row.tc,
            "size": sizes.get(row.tc),
            "customers": row.customers,
            "items": row.items,
            "purchase": row.purchase,
            "conversion_rate": row.conversion_rate,
            "purchases": None if basis is None else _outcomes_body(counts.get(row.tc, Counter())),
        }
        for row in published.result.rows
        if tc in (None, row.tc)
    ]


def _outcomes_body(counts: Counter[Outcome]) -> OutcomesBody:
    return {
        "counted": counts["counted"],
        "outside_window": counts["outside_window"],
        "other_event": counts["other_event"],
        "other_series": counts["other_series"],
        "not_known_yet": counts["not_known_yet"],
    }


def _sale_page_body(
    selected: Sequence[ExplainedPurchase], published: PublishedResult | None, query: ExplainEvaluationQuery
) -> ExplainedSalePage:
    sale_page = paging.paginate(selected, query.page, query.limit)
    basis = None if published is None else published.basis
    return {
        **page_position(sale_page),
        "items": [] if basis is None else [_sale_body(each, basis) for each in sale_page.items],
    }


def _sale_body(each: ExplainedPurchase, basis: EvaluationBasis) -> ExplainedSaleBody:
    is_outside_window = each.outcome == "outside_window"
    return {
        **explain_sales.sale_body(each.purchase),
        "tc": each.tc,
        "counted": each.outcome == "counted",
        "reason": None if each.outcome == "counted" else each.outcome,
        "window_side": explaining.missed_side(each.purchase, basis.window) if is_outside_window else None,
    }
