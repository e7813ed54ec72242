"""docs/reliability.md is up to date, and no measured attack has failed."""

import pytest

from tests.attack import figures
from tests.docs import reliability_page
from tests.measured import Row, read_rows


def test_the_page_is_up_to_date() -> None:
    """Run `python -m tests.docs.reliability_page` to update the page."""
    assert reliability_page.render_page() == reliability_page.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", read_rows(figures.FILE), ids=lambda row: row["what"])
def test_a_figure_is_complete(row: Row) -> None:
    assert {"what", "count", "result"} <= row.keys()
    assert row["count"] > 0
