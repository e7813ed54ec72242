"""Defects in building packages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.control import test_data
from mock_server.domain import clustering, lifecycles
from mock_server.domain.lifecycles import Timing
from mock_server.domain.models import Cluster
from mock_server.operations import bootstrap, due_jobs
from mock_server.operations import packages as operations
from mock_server.platform_api.schemas import packages as wire
from mock_server.state.workspace import Workspace
from tests.defects.registry import Patch, defect

LATEST = datetime(9999, 12, 31, tzinfo=UTC)


def wrap_job(patch: Patch, kind: str, wrapper: Any) -> None:
    """Wrap the function that runs jobs of a kind."""
    patch.replace(due_jobs, "JOB_HANDLERS", {**due_jobs.JOB_HANDLERS, kind: wrapper(due_jobs.JOB_HANDLERS[kind])})


def _set_timing(patch: Patch, name: str, stage_seconds: int, evaluation_seconds: int) -> None:
    timing = Timing(timedelta(seconds=stage_seconds), timedelta(seconds=evaluation_seconds))
    patch.replace(lifecycles, "TIMINGS", lifecycles.TIMINGS)
    lifecycles.TIMINGS[name] = timing  # type: ignore[index] # one of its names


def _set_lifetime(patch: Patch, days: int) -> None:
    for module in (due_jobs, bootstrap, test_data):
        patch.replace(module, "PACKAGE_LIFETIME", timedelta(days=days))


@defect("PKG-03")
def a_build_sticks_in_progress(patch: Patch) -> None:
    """A package stays INPROGRESS, because the job that ends its build is never scheduled."""
    wrap_job(
        patch,
        "package_stage",
        lambda original: (
            lambda workspace, job, cause: (
                original(workspace, job, cause)
                if workspace.store.packages.get(job.subject).status == "INITIALIZING"
                else workspace.schedule_in("package_stage", job.subject, job.due, timedelta(days=999))
            )
        ),
    )


@defect("PKG-03")
def a_build_takes_no_time(patch: Patch) -> None:
    """A package is DONE as soon as it is created."""
    _set_timing(patch, "quick", 0, 2)


@defect("PKG-03")
def a_quick_build_takes_a_second_a_stage(patch: Patch) -> None:
    """With the timing `quick`, a build takes two seconds."""
    _set_timing(patch, "quick", 1, 2)


@defect("PKG-03")
def a_faithful_build_takes_a_minute(patch: Patch) -> None:
    """With the timing `faithful`, a build takes one minute."""
    _set_timing(patch, "faithful", 30, 120)


@defect("PKG-03")
def a_faithful_evaluation_is_quick(patch: Patch) -> None:
    """With the timing `faithful`, an evaluation takes two seconds."""
    _set_timing(patch, "faithful", 360, 2)


@defect("PKG-03")
def in_progress_is_never_shown(patch: Patch) -> None:
    """A package is shown as INITIALIZING until it is DONE."""

    def hidden(original: Any) -> Any:
        def package(view: Any) -> Any:
            body = original(view)
            return {**body, "status": "INITIALIZING" if body["status"] == "INPROGRESS" else body["status"]}

        return package

    patch.wrap(wire, "package_body", hidden)


@defect("PKG-03")
def the_list_shows_every_package_as_done(patch: Patch) -> None:
    """The list shows every package as DONE."""
    patch.wrap(
        wire,
        "package_bodies",
        lambda original: lambda views: [{**row, "status": "DONE"} for row in original(views)],
    )


@defect("PKG-03")
def reading_a_package_takes_it_a_stage_further(patch: Patch) -> None:
    """Each read of a package advances its build by one stage, as in a fake without a clock."""

    def wrap(original: Any) -> Any:
        def read(call: Any, package_id: str) -> Any:
            view = original(call, package_id)
            if view.package.status == "INITIALIZING":
                call.store.packages.put(replace(view.package, status="INPROGRESS"), call.cause)
            return view

        return read

    patch.wrap(operations, "get_package", wrap)


@defect("PKG-03", part="PKG-03.expiry")
def a_package_expires_after_27_days(patch: Patch) -> None:
    """A package expires after 27 days instead of 28."""
    _set_lifetime(patch, 27)


@defect("PKG-03", part="PKG-03.expiry")
def a_package_expires_after_29_days(patch: Patch) -> None:
    """A package expires after 29 days instead of 28."""
    _set_lifetime(patch, 29)


@defect("PKG-03", part="PKG-03.expiry")
def a_package_never_expires(patch: Patch) -> None:
    """A package never expires."""
    wrap_job(patch, "package_expiry", lambda _: lambda workspace, job, cause: None)


@defect("PKG-03", part="PKG-03.expiry")
def expiry_counts_from_the_order(patch: Patch) -> None:
    """A package expires 28 days after it was created instead of after it was built."""

    def early(original: Any) -> Any:
        def schedule(self: Workspace, kind: Any, subject: str, start: datetime, delay: timedelta) -> None:
            package = self.store.packages.get(subject) if kind == "package_expiry" else None
            original(self, kind, subject, package.created_at if package else start, delay)

        return schedule

    patch.wrap(Workspace, "schedule_in", early)


def _build_as_of(patch: Patch, change: Any) -> None:
    """Build with the buyers that are known at `change(package, now)`."""
    patch.wrap(
        due_jobs,
        "build_clusters",
        lambda original: (
            lambda package, books, customers, now: original(package, books, customers, change(package, now))
        ),
    )


@defect("PKG-10")
def a_build_takes_the_buyers_of_its_order(patch: Patch) -> None:
    """A build uses the buyers that were known when the package was created."""
    _build_as_of(patch, lambda package, _: package.created_at)


@defect("PKG-10")
def a_build_takes_buyers_of_the_future(patch: Patch) -> None:
    """A build also uses buyers that become known only later."""
    _build_as_of(patch, lambda *_: LATEST)


@defect("PKG-10")
def a_build_misses_its_last_instant(patch: Patch) -> None:
    """A build excludes buyers who become known in the second in which it ends: `<` instead of `<=`."""
    _build_as_of(patch, lambda _, now: now - timedelta(seconds=1))


def _rank_matches(patch: Patch, rank: Any) -> None:
    """Rank further events by `rank(event_id, buyers)`, where `buyers` contains a customer id for each order."""

    def best(buyers: Any, purchases: Any, own: Any, limit: int) -> Any:
        buyers_by_event: dict[str, list[str]] = {}
        for purchase in purchases:
            if purchase.event_id not in own and purchase.customer_id in buyers:
                buyers_by_event.setdefault(purchase.event_id, []).append(purchase.customer_id)
        return sorted(buyers_by_event, key=lambda event_id: rank(event_id, buyers_by_event[event_id]))[:limit]

    patch.replace(clustering, "find_related_events", best)


@defect("PKG-10")
def a_match_counts_orders(patch: Patch) -> None:
    """Further events are ranked by the number of the shared buyers' orders, not by the number of shared buyers."""
    _rank_matches(patch, lambda event_id, orders: (-len(orders), event_id))


@defect("PKG-10")
def a_match_is_the_lowest_id(patch: Patch) -> None:
    """Further events are chosen in the order of their ids, regardless of shared buyers."""
    _rank_matches(patch, lambda event_id, _: event_id)


@defect("PKG-10")
def of_equal_matches_the_higher_id_is_taken(patch: Patch) -> None:
    """If two further events match equally well, the one with the higher id is chosen."""
    _rank_matches(patch, lambda event_id, orders: (-len(set(orders)), [-ord(letter) for letter in event_id]))


@defect("PKG-02", "PKG-10")
def further_events_bring_nobody(patch: Patch) -> None:
    """`n_top_events` is stored, but the buyers of further events are not used."""
    patch.replace(clustering, "find_related_events", lambda *_: [])


@defect("PKG-10")
def tastes_are_mixed(patch: Patch) -> None:
    """Buyers are assigned to clusters in rotation, regardless of their taste."""

    def deal(buyers: Any, customers: Any, number: int) -> Any:
        everyone = sorted(buyers)
        wanted = min(number, len(everyone))
        hands = [tuple(everyone[place::wanted]) for place in range(wanted)]
        return tuple(Cluster(f"Group {place}", f"Group {place}", hand) for place, hand in enumerate(hands))

    patch.replace(clustering, "group_buyers", deal)


@defect("PKG-10")
def a_tc_is_the_name_of_its_taste(patch: Patch) -> None:
    """Two clusters of the same taste have the same `tc`."""
    patch.replace(clustering, "_number_parts", lambda groups: groups)
    patch.replace(clustering, "_make_labels_distinct", lambda labels: labels)


@defect("PKG-10")
def nobody_is_a_cluster(patch: Patch) -> None:
    """A build without buyers creates an empty cluster instead of none."""
    patch.wrap(
        clustering,
        "group_buyers",
        lambda original: lambda *given: original(*given) or (Cluster("Everyone", "Everyone", ()),),
    )


@defect("PKG-02", "PKG-10")
def there_is_a_cluster_for_each_taste(patch: Patch) -> None:
    """There is one cluster for each taste, whatever `num_packages` says."""
    patch.wrap(
        clustering,
        "group_buyers",
        lambda original: (
            lambda buyers, customers, _: original(
                buyers, customers, len({customers[buyer].cluster for buyer in buyers})
            )
        ),
    )


@defect("PKG-02", "PKG-10")
def clusters_are_filled_up_with_nobody(patch: Patch) -> None:
    """Empty clusters are added until there are `num_packages` of them."""

    def wrap(original: Any) -> Any:
        def clusters(buyers: Any, customers: Any, number: int) -> Any:
            made = original(buyers, customers, number)
            more = range(len(made), number if made else 0)
            return (*made, *(Cluster(f"Empty {place}", "Empty", ()) for place in more))

        return clusters

    patch.wrap(clustering, "group_buyers", wrap)
