"""The tables of the quickstart name every quirk, and each difference between the generations of the documentation."""

import re

from mock_server.state.documentation import DIFFERENCES
from mock_server.state.quirks import QUIRK_NAMES
from tests.docs import pages

PAGE = pages.read_page("quickstart")
GENERATIONS_PART = PAGE.partition("\n## Documentation: older or newer\n")[2].partition("\n## ")[0]
QUIRKS_PART = PAGE.partition("\n## Quirks: where the platform's documents disagree\n")[2]


def test_each_difference_is_a_row_of_the_first_table() -> None:
    assert re.findall(r"\| `(\w+)` \|$", GENERATIONS_PART, re.M) == [row.quirk for row in DIFFERENCES]


def test_each_quirk_is_a_row_of_the_second_table() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", QUIRKS_PART, re.M)) == QUIRK_NAMES
