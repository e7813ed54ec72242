"""The reader of columns accepts exactly the valid files, and reads from them what the reader of records reads."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.purchase_columns import PurchaseColumns
from mock_server.worlds import csv_files, csv_purchases
from mock_server.worlds.csv_files import WorldError
from mock_server.worlds.digest import digest
from mock_server.worlds.world import World
from tests.worlds.csv_folders import FILE_TEXTS, a_world_folder

HEADER = FILE_TEXTS["purchases.csv"].splitlines()[0].split(",")
EVENTS_OF_CUSTOMERS = {"cus_1": "evt_1", "cus_7": "evt_7"}
VALID_CELLS = {
    "at": ["2026-11-01T10:00:00Z", "2026-11-01T10:00:01Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"],
    "tickets": ["1", "2", "007", "999999999"],
    "revenue": ["59.00", "59", "-0.50", "0.0"],
    "fd": ["campaign", "organic", "external"],
    "meta": ["campaign", "organic", "external"],
    "external": ["campaign", "organic", "external"],
}
INVALID_CELLS = [
    "",
    " ",
    "0",
    "x",
    "2026-11-01T24:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-11-01T10:00:00",
    "1e3",
    "cus_7",
]


@st.composite
def draw_rows(draw: st.DrawFn) -> list[dict[str, str]]:
    customer_ids = draw(st.lists(st.sampled_from(sorted(EVENTS_OF_CUSTOMERS)), max_size=8))
    return [
        {
            "customer_id": customer_id,
            "event_id": EVENTS_OF_CUSTOMERS[customer_id],
            **{column: draw(st.sampled_from(cells)) for column, cells in VALID_CELLS.items()},
        }
        for customer_id in customer_ids
    ]


def format_file(header: list[str], rows: list[dict[str, str]], line_end: str = "\n") -> str:
    return "".join(
        f"{','.join(line)}{line_end}" for line in [header, *([row[name] for name in header] for row in rows)]
    )


def read_both(purchases: str) -> tuple[World | str, World | str, bool]:
    """Return what `read` and `read_records` return or raise, and whether the reader of columns accepted the file."""
    with TemporaryDirectory() as name:
        other_files = csv_files.read_records(a_world_folder(Path(name), purchases=f"{','.join(HEADER)}\n"))
        folder = a_world_folder(Path(name), purchases=purchases)
        sales = csv_purchases.read_sales(folder / "purchases.csv", other_files.events, other_files.customers)
        return _try(csv_files.read, folder), _try(csv_files.read_records, folder), sales is not None


def _try(read: object, folder: Path) -> World | str:
    try:
        world: World = read(folder)  # type: ignore[operator]  # one of the two readers
    except WorldError as error:
        return str(error)
    return world


@settings(deadline=None, max_examples=50)
@given(draw_rows(), st.permutations(HEADER), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_a_valid_file_is_read_as_columns_of_the_same_records(
    rows: list[dict[str, str]], header: list[str], line_end: str
) -> None:
    columns, records, accepted = read_both(format_file(header, rows, line_end))
    assert accepted
    assert isinstance(columns, World)
    assert isinstance(records, World)
    assert all(isinstance(purchases, PurchaseColumns) for purchases in columns.sales.values())
    assert columns == records
    assert repr([list(purchases) for purchases in columns.sales.values()]) == repr(
        [list(purchases) for purchases in records.sales.values()]
    )
    assert digest(columns) == digest(records)


@settings(deadline=None, max_examples=50)
@given(draw_rows().filter(bool), st.sampled_from(HEADER), st.sampled_from(INVALID_CELLS), st.data())
def test_a_changed_cell_is_accepted_or_reported_as_before(
    rows: list[dict[str, str]], column: str, cell: str, data: st.DataObject
) -> None:
    data.draw(st.sampled_from(rows))[column] = cell
    columns, records, accepted = read_both(format_file(HEADER, rows))
    assert columns == records
    assert accepted == isinstance(records, World)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file"),
        pytest.param(f"{','.join(HEADER[1:])}\n", id="a missing column"),
        pytest.param(f"{','.join(HEADER)},more\n", id="an unknown column"),
        pytest.param(f"{','.join(HEADER)}\ncus_1,evt_1\n", id="too few cells"),
        pytest.param(f'{",".join(HEADER)}\n"cus_1', id="an open quote"),
    ],
)
def test_a_file_of_another_shape_is_reported_as_before(text: str) -> None:
    columns, records, accepted = read_both(text)
    assert isinstance(columns, str)
    assert (columns, accepted) == (records, False)
