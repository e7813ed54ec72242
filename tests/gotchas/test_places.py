"""Places in an answer are read as jq reads them."""

import pytest

from mock_server.gotchas import json_paths
from mock_server.gotchas.scenario import Json

ROWS: Json = [{"id": "a", "parts": [1, 2]}, {"id": "b", "parts": []}]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (".", ROWS),
        ("[0].id", "a"),
        ("[-1].id", "b"),
        ("[].id", ["a", "b"]),
        ("[].parts | length", 2),
        ("[0].parts[1]", 2),
        ("[1].parts | length", 0),
        (". | length", 2),
    ],
)
def test_a_place_is_read(place: str, expected: Json) -> None:
    assert json_paths.select(ROWS, place) == expected


@pytest.mark.parametrize(
    "place", [".id", "[2].id", "[0].parts[].x", "[0].other", "[0].id[0]", "id", "[0].parts[0] | length"]
)
def test_a_place_that_is_not_there_is_refused(place: str) -> None:
    with pytest.raises(json_paths.SelectorError):
        json_paths.select(ROWS, place)
