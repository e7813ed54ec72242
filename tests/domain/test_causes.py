"""The cause of a value is found in the versions of its record."""

from dataclasses import dataclass, replace

import pytest

from mock_server.domain import causes
from mock_server.domain.causes import Cause, RecordVersion
from tests.builders import START_TIME


@dataclass(frozen=True)
class Boat:
    name: str
    crew: int = 1
    harbour: str | None = None


BOAT = Boat("Ada")


def a_cause(number: int) -> Cause:
    return Cause(number, "request", START_TIME, "moorBoat", "PUT /boats/Ada", f"req-{number}")


def versions(*records: Boat | None, first: int = 1, with_start: bool = True) -> list[RecordVersion[Boat]]:
    """Return versions with the causes 10, 20, 30, …; the first one has no cause if it is from the record's creation."""
    return [
        RecordVersion(
            first + place, None if with_start and place == 0 else a_cause(10 * (place + (not with_start))), record
        )
        for place, record in enumerate(records)
    ]


def crew(boat: Boat) -> object:
    return boat.crew


@pytest.mark.parametrize(
    ("history", "number"),
    [
        pytest.param(versions(BOAT), 1, id="never changed"),
        pytest.param(versions(BOAT, replace(BOAT, crew=2)), 2, id="changed once"),
        pytest.param(
            versions(BOAT, replace(BOAT, crew=2), replace(BOAT, crew=2, harbour="Kiel")), 2, id="another since"
        ),
        pytest.param(versions(BOAT, replace(BOAT, crew=2), BOAT), 3, id="changed back"),
        pytest.param(versions(replace(BOAT, crew=2), None, replace(BOAT, crew=2)), 3, id="deleted and created again"),
        pytest.param(versions(BOAT, None), 2, id="deleted"),
        pytest.param(versions(BOAT, replace(BOAT, crew=2), first=41), 42, id="changed after the first kept version"),
    ],
)
def test_a_value_was_set_by_the_version_in_which_it_became_what_it_is(
    history: list[RecordVersion[Boat]], number: int
) -> None:
    cause = causes.find_setting_version(history, crew)
    assert cause is not None
    assert cause.number == number


def test_a_value_that_was_set_before_the_first_version_that_is_kept_is_not_known() -> None:
    assert causes.find_setting_version(versions(BOAT, replace(BOAT, harbour="Kiel"), first=41), crew) is None


@pytest.mark.parametrize(
    ("cause", "record"),
    [
        pytest.param(0, BOAT, id="the record as created"),
        pytest.param(10, BOAT, id="before the second version's cause, the first version"),
        pytest.param(11, replace(BOAT, crew=2), id="after that cause, the second version"),
        pytest.param(20, replace(BOAT, crew=2), id="before the third version's cause, the second version"),
        pytest.param(99, replace(BOAT, crew=3), id="after the last cause, the last version"),
    ],
)
def test_the_record_before_a_cause_is_found(cause: int, record: Boat) -> None:
    boat = causes.version_before(versions(BOAT, replace(BOAT, crew=2), replace(BOAT, crew=3)), cause)
    assert boat is not None
    assert boat.record == record


@pytest.mark.parametrize("cause", [0, 5, 10])
def test_a_record_that_was_made_later_is_not_found(cause: int) -> None:
    assert causes.version_before(versions(BOAT, with_start=False), cause) is None
    assert causes.version_before(versions(BOAT, with_start=False), 11) is not None
