"""How many versions of its records a table stores, which tables store any, and how versions are copied."""

from dataclasses import replace

import pytest

from mock_server.domain.causes import Cause
from mock_server.state.record_history import MAX_DELETED_RECORDS, MAX_VERSIONS, RecordHistory
from mock_server.state.store import Store
from tests.builders import START_TIME, a_package, a_world, an_event


def a_cause(number: int) -> Cause:
    return Cause(number, "request", START_TIME, "renamePackage", "PUT /package", f"req-{number}")


@pytest.fixture
def store() -> Store:
    return Store(a_world(events=[an_event()]))


def test_initial_records_have_no_versions(store: Store) -> None:
    store.packages.put(a_package())
    assert store.packages.history.versions_of("pkg_1") == ()
    assert list(store.events.history.items()) == []


def test_the_first_change_also_saves_the_initial_record(store: Store) -> None:
    store.packages.put(a_package())
    store.packages.put(a_package(title="other"), a_cause(1))
    first, second = store.packages.history.versions_of("pkg_1")
    assert (first.number, first.cause, first.record) == (1, None, a_package())
    assert (second.number, second.cause, second.record) == (2, a_cause(1), a_package(title="other"))


def test_a_lazy_record_counts_as_initial(store: Store) -> None:
    store.packages.put_lazy("pkg_1", {"partner": "partner-id-acme"}, a_package)
    assert store.packages.get("pkg_1") == a_package()
    assert store.packages.history.versions_of("pkg_1") == ()


def test_a_record_that_is_made_later_has_its_makers_cause(store: Store) -> None:
    store.packages.put(a_package(), a_cause(1))
    assert [version.cause for version in store.packages.history.versions_of("pkg_1")] == [a_cause(1)]


def test_the_last_versions_are_kept_and_their_numbers_tell_how_many_there_were(store: Store) -> None:
    for number in range(1, MAX_VERSIONS + 51):
        store.packages.put(a_package(revision=number), a_cause(number))
    versions = store.packages.history.versions_of("pkg_1")
    assert (len(versions), versions[0].number, versions[-1].number) == (MAX_VERSIONS, 51, MAX_VERSIONS + 50)


def test_a_deleted_record_is_remembered_with_what_deleted_it_until_it_is_made_again(store: Store) -> None:
    store.packages.put(a_package(), a_cause(1))
    store.packages.delete("pkg_1", a_cause(2))
    (deleted,) = store.packages.history.deleted_histories()
    assert [(version.cause, version.record) for version in deleted] == [(a_cause(1), a_package()), (a_cause(2), None)]
    store.packages.put(a_package(), a_cause(2))
    assert list(store.packages.history.deleted_histories()) == []
    assert [version.number for version in store.packages.history.versions_of("pkg_1")] == [1, 2, 3]


def test_the_last_deleted_records_alone_are_remembered() -> None:
    versions: RecordHistory[str] = RecordHistory()
    for number in range(MAX_DELETED_RECORDS + 3):
        versions.record(a_cause(1), f"k{number}", None, "made")
        versions.record(a_cause(1), f"k{number}", "made", None)
    assert [key for key, _ in versions.items()] == [f"k{number}" for number in range(3, MAX_DELETED_RECORDS + 3)]
    assert versions.forgotten_count == 3
    assert versions.versions_of("k0") == ()


def test_users_and_sign_ins_leave_no_versions(store: Store) -> None:
    """The record of a user contains a password, so no earlier version of it may be stored."""
    store.users.put(replace(store.users.mapping()["partner@acme.example"], password="another"), a_cause(1))
    assert list(store.users.history.items()) == []


def test_a_copy_is_independent(store: Store) -> None:
    store.packages.put(a_package(), a_cause(1))
    other = store.copy()
    other.packages.delete("pkg_1", a_cause(other.next_cause_number()))
    assert list(store.packages.history.deleted_histories()) == []
    assert len(store.packages.history.versions_of("pkg_1")) == 1
    assert (store.last_cause_number, other.last_cause_number) == (0, 1)
