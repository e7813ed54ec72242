"""Selectors read values from a JSON body as jq does."""

import pytest

from mock_server.gotchas import json_paths
from mock_server.gotchas.scenario import Json

ROWS: Json = [{"id": "a", "parts": [1, 2]}, {"id": "b", "parts": []}]


@pytest.mark.parametrize(
    ("selector", "value"),
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
def test_a_selector_reads_its_value(selector: str, value: Json) -> None:
    assert json_paths.select(ROWS, selector) == value


@pytest.mark.parametrize(
    "selector", [".id", "[2].id", "[0].parts[].x", "[0].other", "[0].id[0]", "id", "[0].parts[0] | length"]
)
def test_a_selector_without_a_value_is_an_error(selector: str) -> None:
    with pytest.raises(json_paths.SelectorError):
        json_paths.select(ROWS, selector)
