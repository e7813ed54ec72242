"""A package's evaluation explained: what it was made of, and what became of each purchase of its customers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mock_server.control.explain import cause_format
from mock_server.control.explain import package as explain_package
from mock_server.control.explain import purchases as explain_sales
from mock_server.control.explain.evaluation_schemas import (
    ClusterExplanation,
    EvaluatedBody,
    EvaluationExplanation,
    EvaluationQuery,
    JudgedPage,
    JudgedSale,
    OutcomesBody,
    PendingBody,
    WindowBody,
)
from mock_server.control.explain.schemas import place
from mock_server.domain import causes, evaluation, explaining, paging, windows
from mock_server.domain.causes import Version
from mock_server.domain.errors import PackageNotFound, Problem
from mock_server.domain.explaining import Basis, Judged, Outcome
from mock_server.domain.models import AttributionRun, Evaluation, Event, Package, Purchase
from mock_server.http.fields import instant_text
from mock_server.platform_api.schemas import backhaul
from mock_server.state import change_cause
from mock_server.state.workspace import Call


@dataclass(frozen=True, slots=True)
class Published:
    """The result that is shown: its version, the package as it was then, and what became of each purchase.

    `basis` is None, and nothing was judged, where more changes have been made since than are kept, or where a
    snapshot brought the result and the events have changed between the two.
    """

    result: Evaluation
    version: Version[Evaluation]
    package: Package | None
    basis: Basis | None
    judged: tuple[Judged, ...] = ()
    of_nobody: int = 0


def explained(call: Call, package_id: str, query: EvaluationQuery) -> EvaluationExplanation:
    """A package's evaluation. Raises PackageNotFound, for a cluster that it does not have too."""
    package = explain_package.found(call, package_id)
    published = _published(call, package)
    _require_cluster(package, published, query.cluster)
    judged = () if published is None else published.judged
    wanted = [each for each in judged if query.cluster in (None, each.tc) and query.reason in (None, each.outcome)]
    return {
        "kind": "evaluation",
        "id": package.id,
        "title": package.title,
        "now": instant_text(call.now),
        "evaluation": None if published is None else _evaluated(call, published),
        "pending": _pending(call, package, published),
        "clusters": [] if published is None else _clusters(published, query.cluster),
        "not_a_member": None if published is None or published.basis is None else published.of_nobody,
        "purchases": _page(wanted, published, query),
    }


def _published(call: Call, package: Package) -> Published | None:
    history = cause_format.past(call, call.store.evaluations, package.id)
    result = history[-1].record if history else None
    if result is None:
        return None
    version = history[-1]
    then = causes.before(cause_format.past(call, call.store.packages, package.id), version.since)
    if then is None or then.record is None or then.record.revision != result.revision:
        return Published(result, version, None, None)
    basis = _basis(call, then.record, version)
    if basis is None:
        return Published(result, version, then.record, None)
    purchases = _purchases(call, package)
    judged = tuple(explaining.judged(purchases, basis))
    if call.store.restored_at is not None and not version.since and not _adds_up(result, judged, basis):
        return Published(result, version, then.record, None)
    return Published(result, version, then.record, basis, judged, explaining.of_nobody(purchases, basis))


def _basis(call: Call, package: Package, version: Version[Evaluation]) -> Basis | None:
    """What the evaluation was made of, from the package and the partner's events as its job found them."""
    if version.record is None or package.clusters is None:
        return None
    cause = version.cause or change_cause.beginning(call.workspace)
    events = [
        event
        for known in call.store.events.group("partner", package.partner_id)
        if (event := explain_sales.event_before(call, known.id, version.since)) is not None
    ]
    return Basis(
        package.settings,
        windows.window(package.settings, package.created_at),
        evaluation.counted_events(package.settings.model, package.event_ids, events),
        package.clusters,
        AttributionRun(version.record.evaluated_at, cause.last_purchase),
    )


def _purchases(call: Call, package: Package) -> list[Purchase]:
    events: Sequence[Event] = tuple(call.store.events.group("partner", package.partner_id))
    return [purchase for event in events for purchase in call.store.sales.of(event.id)]


def _require_cluster(package: Package, published: Published | None, tc: str | None) -> None:
    rows = () if published is None else published.result.rows
    known = dict.fromkeys([*(row.tc for row in rows), *(cluster.tc for cluster in package.clusters or ())])
    if tc is not None and tc not in known:
        has = ", ".join(known) or "none yet"
        raise PackageNotFound(Problem("unknown", "cluster", f"{package.id} has no cluster {tc}; its clusters: {has}"))


def _evaluated(call: Call, published: Published) -> EvaluatedBody:
    result, package, basis = published.result, published.package, published.basis
    settings = None if package is None else backhaul.settings(package.settings)
    return {
        "evaluated_at": instant_text(result.evaluated_at),
        "set_by": cause_format.told(call, published.version, result.revision),
        "revision": result.revision,
        "settings": settings,
        "settings_set_by": None if package is None else explain_package.of_revision(call, package),
        "window": None if package is None else _window(package),
        "counted_events": [] if basis is None else sorted(basis.counted),
        "sales_changed_since": None if basis is None else not _adds_up(result, published.judged, basis),
    }


def _adds_up(result: Evaluation, judged: Sequence[Judged], basis: Basis) -> bool:
    return explaining.recounted(judged, basis) == result.rows


def _window(package: Package) -> WindowBody:
    start, end = explaining.limits(windows.window(package.settings, package.created_at))
    return {
        "start": instant_text(start),
        "end": instant_text(end),
        "starts_on": "created_at" if package.settings.email_sent_date is None else "email_sent_date",
    }


def _pending(call: Call, package: Package, published: Published | None) -> PendingBody | None:
    """Settings that are newer than the result, and when theirs is due. Rules: BEV-03, BEV-04."""
    due = next((job.due for job in call.workspace.jobs if job.kind == "evaluation" and job.subject == package.id), None)
    shown = None if published is None else published.result.revision
    if shown == package.revision or (shown is None and due is None):
        return None
    return {
        "revision": package.revision,
        "settings": backhaul.settings(package.settings),
        "set_by": explain_package.of_revision(call, package),
        "due": None if due is None else instant_text(due),
    }


def _clusters(published: Published, tc: str | None) -> list[ClusterExplanation]:
    basis, counts = published.basis, explaining.outcomes(published.judged)
    sizes = {} if basis is None else {cluster.tc: len(cluster.customers) for cluster in basis.clusters}
    return [
        {
            "tc": row.tc,
            "size": sizes.get(row.tc),
            "customers": row.customers,
            "items": row.items,
            "purchase": row.purchase,
            "conversion_rate": row.conversion_rate,
            "purchases": None if basis is None else _outcomes(counts.get(row.tc, Counter())),
        }
        for row in published.result.rows
        if tc in (None, row.tc)
    ]


def _outcomes(counts: Counter[Outcome]) -> OutcomesBody:
    return {
        "counted": counts["counted"],
        "outside_window": counts["outside_window"],
        "other_event": counts["other_event"],
        "other_series": counts["other_series"],
        "not_known_yet": counts["not_known_yet"],
    }


def _page(wanted: list[Judged], published: Published | None, query: EvaluationQuery) -> JudgedPage:
    cut = paging.cut(wanted, query.page, query.limit)
    basis = None if published is None else published.basis
    return {**place(cut), "items": [] if basis is None else [_judged(each, basis) for each in cut.items]}


def _judged(each: Judged, basis: Basis) -> JudgedSale:
    outside = each.outcome == "outside_window"
    return {
        **explain_sales.sale(each.purchase),
        "tc": each.tc,
        "counted": each.outcome == "counted",
        "reason": None if each.outcome == "counted" else each.outcome,
        "misses": explaining.end_missed(each.purchase, basis.span) if outside else None,
    }
