"""docs/scaling.md shows the costs that were measured last, and numbers that the code has."""

from bench import stores
from mock_server.storage import postgres
from tests.docs.pages import ROOT
from tests.measured import read_rows

PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")


def test_the_table_of_costs_is_the_measured_one() -> None:
    assert stores.format_costs(read_rows(stores.FILE)) in PAGE


def test_the_number_of_connections_is_that_of_the_code() -> None:
    assert f"Each process opens at most {2 * postgres.MAX_CONNECTIONS}." in PAGE
