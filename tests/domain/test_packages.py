"""The record of a package when it is created, built and merged. Rules: PKG-02..05, PKG-07, PKG-08, DEF-01, DEF-02."""

from dataclasses import fields, replace
from datetime import date

import pytest

from mock_server.domain import packages
from mock_server.domain.models import Cluster, EvaluationSettings, Package
from mock_server.domain.packages import PackageIdentity, PackageOrder
from tests.builders import ACME, START_TIME, a_package, at

ORDER = PackageOrder("Munich shows", ("evt_2", "evt_1"), "selective", 4, 7)


def a_new_package(defaults: EvaluationSettings = packages.DEFAULT_SETTINGS) -> Package:
    return packages.new(ORDER, PackageIdentity("pkg_9", 9, 31), ACME, defaults, START_TIME)


def changed_fields(before: Package, after: Package) -> set[str]:
    """Return the names of the fields that differ."""
    return {field.name for field in fields(Package) if getattr(before, field.name) != getattr(after, field.name)}


def test_a_new_package_is_what_was_asked_for():
    """Rule: PKG-02."""
    package = a_new_package()
    assert package.status == "INITIALIZING"
    assert (package.title, package.event_ids, package.targeting_mode) == (
        "Munich shows",
        ("evt_2", "evt_1"),
        "selective",
    )
    assert (package.num_packages, package.n_top_events) == (4, 7)
    assert (package.id, package.number, package.revision) == ("pkg_9", 9, 31)
    assert (package.partner_id, package.created_at) == (ACME, START_TIME)


def test_a_new_package_has_no_content_and_was_not_merged():
    """Rules: PKG-04 (content is null until DONE), PKG-05."""
    package = a_new_package()
    assert (package.tc_run_id, package.clusters, package.merge_id) == (None, None, None)


def test_without_posted_defaults_the_window_is_30_days_of_the_packages_own_events():
    """Rule: DEF-01."""
    assert a_new_package().settings == EvaluationSettings(30, "EVENTS_FROM_PACKAGE", None)


def test_a_new_package_starts_with_the_partners_defaults():
    """Rule: DEF-02."""
    assert a_new_package(EvaluationSettings(7, "EVENT_SERIES")).settings == EvaluationSettings(7, "EVENT_SERIES")


def test_a_new_package_has_no_email_date():
    """Rule: DEF-01 (the date is not one of the defaults)."""
    defaults = EvaluationSettings(7, "EVENT_SERIES", date(2026, 9, 1))
    assert a_new_package(defaults).settings == EvaluationSettings(7, "EVENT_SERIES", None)


def test_a_package_advances_to_its_end_and_no_further():
    """Rule: PKG-03."""
    package, path = a_new_package(), []
    while package.status != "EXPIRED":
        package = packages.advance(package)
        path.append(package.status)
    assert path == ["INPROGRESS", "DONE", "EXPIRED"]
    with pytest.raises(KeyError):
        packages.advance(package)


def test_a_failed_package_stays_failed():
    """Rule: PKG-03."""
    with pytest.raises(KeyError):
        packages.advance(a_package(status="FAILED"))


def test_advancing_changes_the_status_alone():
    """Rules: PKG-03, BEV-09 (the content stays after EXPIRED)."""
    package = a_package(status="DONE")
    assert changed_fields(package, packages.advance(package)) == {"status"}


def test_a_built_package_is_done_and_has_its_content():
    """Rules: PKG-03, PKG-04."""
    clusters = (Cluster("Jazz", "Jazz", ("cus_1",)),)
    before = packages.advance(a_new_package())
    package = packages.complete_build(before, 1, clusters)
    assert (package.status, package.tc_run_id, package.clusters) == ("DONE", 1, clusters)
    assert changed_fields(before, package) == {"status", "tc_run_id", "clusters"}


def test_a_package_built_without_buyers_has_content_without_clusters():
    """Rule: PKG-10."""
    assert packages.complete_build(packages.advance(a_new_package()), 1, ()).clusters == ()


def test_a_merged_package_has_its_sources_events_in_order_and_without_repeats():
    """Rule: PKG-08."""
    sources = [a_package(event_ids=("c", "a")), a_package(event_ids=("b", "a")), a_package(event_ids=("c", "d"))]
    assert packages.merge_orders(sources).event_ids == ("c", "a", "b", "d")


def test_a_merged_package_joins_titles_and_takes_the_rest_from_its_sources():
    """Rule: PKG-08."""
    first = a_package(title="North", targeting_mode="inclusive", num_packages=3, n_top_events=5, event_ids=("a",))
    second = a_package(title="South", targeting_mode="selective", num_packages=4, n_top_events=2, event_ids=("b",))
    assert packages.merge_orders([first, second]) == PackageOrder("North + South", ("a", "b"), "inclusive", 7, 5)
    assert packages.merge_orders([second, first]) == PackageOrder("South + North", ("b", "a"), "selective", 7, 5)


@pytest.mark.parametrize(("numbers", "requested"), [((10, 9), 19), ((10, 10), 20), ((11, 10), 20), ((20, 20, 20), 20)])
def test_a_merged_package_asks_for_at_most_20_clusters(numbers, requested):
    """Rule: PKG-08."""
    assert packages.merge_orders([a_package(num_packages=number) for number in numbers]).num_packages == requested


@pytest.mark.parametrize(
    ("lengths", "joined"), [((98, 99), 200), ((98, 98), 199), ((99, 99), 200), ((200, 200), 200)], ids=str
)
def test_a_merged_title_is_cut_to_200_characters(lengths, joined):
    """Rule: PKG-08: a letter outside ASCII counts as one character."""
    title = packages.merge_orders([a_package(title="ü" * length) for length in lengths]).title
    assert len(title) == joined
    assert title.startswith("ü" * lengths[0])


def test_the_newest_package_comes_first_and_of_one_instant_the_last_made():
    """Rule: PKG-07."""
    made = [("2026-09-01", 3), ("2026-09-02", 1), ("2026-09-01", 10), ("2026-08-01", 2)]
    listed = packages.newest_first([a_package(created_at=at(when), number=number) for when, number in made])
    assert [package.number for package in listed] == [1, 10, 3, 2]


def test_saving_changes_the_settings_and_their_revision_and_nothing_else():
    """Rules: BEV-02, BEV-04."""
    built = packages.complete_build(packages.advance(a_new_package()), 1, (Cluster("Jazz", "Jazz", ("cus_1",)),))
    settings = EvaluationSettings(7, "EVENT_SERIES", date(2026, 9, 2))
    saved = packages.with_settings(built, settings, 32)
    assert saved == replace(built, settings=settings, revision=32)
    assert changed_fields(built, saved) == {"settings", "revision"}
