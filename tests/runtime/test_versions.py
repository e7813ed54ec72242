"""The versions that a table keeps of its records: how many, of what, and what it costs a copy."""

from dataclasses import replace

import pytest

from mock_server.domain.causes import Cause
from mock_server.state.record_history import MOST, MOST_DELETED, Versions
from mock_server.state.store import Store
from tests.builders import BIRTH, a_package, a_world, an_event


def a_cause(number: int) -> Cause:
    return Cause(number, "request", BIRTH, "renamePackage", "PUT /package", f"req-{number}")


@pytest.fixture
def store() -> Store:
    return Store(a_world(events=[an_event()]))


def test_nothing_is_kept_of_what_a_world_is_born_with(store: Store) -> None:
    store.packages.put(a_package())
    assert store.packages.versions.of("pkg_1") == ()
    assert store.events.versions.kept == {}


def test_the_first_change_keeps_what_was_born_too(store: Store) -> None:
    store.packages.put(a_package())
    store.because(a_cause(1))
    store.packages.put(a_package(title="other"))
    first, second = store.packages.versions.of("pkg_1")
    assert (first.number, first.cause, first.record) == (1, None, a_package())
    assert (second.number, second.cause, second.record) == (2, a_cause(1), a_package(title="other"))


def test_a_record_that_is_worked_out_when_it_is_read_is_born_whoever_reads_it(store: Store) -> None:
    store.packages.put_when_read("pkg_1", {"partner": "partner-id-acme"}, a_package)
    store.because(a_cause(1))
    assert store.packages.get("pkg_1") == a_package()
    assert store.packages.versions.of("pkg_1") == ()


def test_a_record_that_is_made_later_has_its_makers_cause(store: Store) -> None:
    store.because(a_cause(1))
    store.packages.put(a_package())
    assert [version.cause for version in store.packages.versions.of("pkg_1")] == [a_cause(1)]


def test_the_last_versions_are_kept_and_their_numbers_tell_how_many_there_were(store: Store) -> None:
    for number in range(1, MOST + 51):
        store.because(a_cause(number))
        store.packages.put(a_package(revision=number))
    kept = store.packages.versions.of("pkg_1")
    assert (len(kept), kept[0].number, kept[-1].number) == (MOST, 51, MOST + 50)


def test_a_deleted_record_is_remembered_with_what_deleted_it_until_it_is_made_again(store: Store) -> None:
    store.because(a_cause(1))
    store.packages.put(a_package())
    store.because(a_cause(2))
    store.packages.delete("pkg_1")
    (gone,) = store.packages.versions.gone()
    assert [(version.cause, version.record) for version in gone] == [(a_cause(1), a_package()), (a_cause(2), None)]
    store.packages.put(a_package())
    assert list(store.packages.versions.gone()) == []
    assert [version.number for version in store.packages.versions.of("pkg_1")] == [1, 2, 3]


def test_the_last_deleted_records_alone_are_remembered() -> None:
    versions: Versions[str] = Versions()
    versions.cause = a_cause(1)
    for number in range(MOST_DELETED + 3):
        versions.keep(f"k{number}", None, "made")
        versions.keep(f"k{number}", "made", None)
    assert (len(versions.deleted), len(versions.kept), versions.forgotten) == (MOST_DELETED, MOST_DELETED, 3)
    assert versions.of("k0") == ()


def test_users_and_sign_ins_leave_no_versions(store: Store) -> None:
    """A user's record holds a password."""
    store.because(a_cause(1))
    store.users.put(replace(store.users.mapping()["partner@acme.example"], password="another"))
    assert store.users.versions.kept == {}


def test_a_copy_goes_on_apart(store: Store) -> None:
    store.because(a_cause(1))
    store.packages.put(a_package())
    other = store.copied()
    other.because(a_cause(2))
    other.packages.delete("pkg_1")
    assert list(store.packages.versions.gone()) == []
    assert len(store.packages.versions.of("pkg_1")) == 1
    assert (store.causes, other.causes) == (1, 2)
