"""Workbooks that are small, but would cost much memory or time to read, are refused before they are parsed."""

import io
import re
import tracemalloc
from zipfile import ZipFile

import pytest
from openpyxl.worksheet._reader import WorkSheetParser

from mock_server.domain.errors import InvalidRequestError
from mock_server.http import spreadsheets, workbook_limits
from tests.http.test_spreadsheets import SHEET_PART, VALID_WORKBOOK, read_sheet, replace_part, worksheet_xml

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
WORKBOOK_PART, STYLES_PART = "xl/workbook.xml", "xl/styles.xml"


def read_part(name: str) -> str:
    with ZipFile(io.BytesIO(VALID_WORKBOOK)) as source:
        return source.read(name).decode()


def a_workbook_of(sheets: int, part: str) -> bytes:
    """Return a workbook with so many sheets, all of them in the same part."""
    relations = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    copies = "".join(
        f'<sheet {relations} name="s{each}" sheetId="{each}" r:id="rId1"/>' for each in range(2, sheets + 1)
    )
    listed = read_part(WORKBOOK_PART).replace("</sheets>", f"{copies}</sheets>")
    content = replace_part(WORKBOOK_PART, listed)
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(packed, "w") as target:
        for name in source.namelist():
            target.writestr(name, part if name == SHEET_PART else source.read(name))
    return packed.getvalue()


def a_tag(attributes: int) -> str:
    names = " ".join(f"a{each}=''" for each in range(attributes))
    return f"<c {names}/>"


def code_of(content: bytes) -> str:
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(content)
    return refused.value.problems[0].code


def test_a_part_that_is_larger_than_it_declares_is_not_unpacked() -> None:
    size = 8 * spreadsheets.MAX_UNPACKED_BYTES
    lying = replace_part("xl/noise.xml", bytes(size)).replace(size.to_bytes(4, "little"), (9).to_bytes(4, "little"))
    tracemalloc.start()
    code = code_of(lying)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, peak < size / 4) == ("xlsx", True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (SHEET_PART, a_tag(workbook_limits.MAX_ATTRIBUTES_IN_TAG + 1)),
        (SHEET_PART, worksheet_xml(a_tag(999) * 160)),
        (SHEET_PART, worksheet_xml("<a/>" * workbook_limits.MAX_OTHER_TAGS)),
        (STYLES_PART, f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * workbook_limits.MAX_OTHER_TAGS}</cellXfs></styleSheet>"),
    ],
    ids=["attributes of a tag", "attributes", "nested tags", "styles"],
)
def test_a_part_that_takes_long_to_parse_is_refused(name: str, content: str) -> None:
    assert code_of(replace_part(name, content)) == "length"


LONG_ROWS = '<row r="1"><c r="A1"><v>1</v></c></row>' + '<row r="2"></row>' * 9_000
DIMENSION = '<dimension ref="A1:A9001"/>'


def test_many_sheets_in_one_long_part_are_refused() -> None:
    """The library reads the part once for each sheet, to find its dimensions."""
    commented = worksheet_xml("<row/>" * 9_000).replace("<sheetData>", f"<!-- {DIMENSION} --><sheetData>")
    assert code_of(a_workbook_of(20, commented)) == "length"
    assert code_of(a_workbook_of(20, commented.replace("worksheet", "other"))) == "length"
    assert code_of(a_workbook_of(workbook_limits.MAX_SHEETS + 1, worksheet_xml(""))) == "length"
    assert code_of(a_workbook_of(200, worksheet_xml("<row/>" * 2_000))) == "length"


def test_one_sheet_is_not_read_to_its_end_to_find_its_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[object] = []
    parse = WorkSheetParser.parse_dimensions

    def note(parser: WorkSheetParser) -> object:
        dimensions = parse(parser)
        found.append(dimensions)
        return dimensions

    monkeypatch.setattr(WorkSheetParser, "parse_dimensions", note)
    for root in ("worksheet", "x:worksheet"):
        sheet = worksheet_xml('<row r="2"><c r="B2"><v>1</v></c></row>')
        if root != "worksheet":
            sheet = re.sub("(</?)(?=[a-z])", r"\1x:", sheet).replace("xmlns=", "xmlns:x=")
        assert read_sheet(replace_part(SHEET_PART, sheet)) == [[], ["", "1"]]
    assert found == [(1, 1, 1, 1)] * 2


def test_a_workbook_of_several_sheets_is_read() -> None:
    with_dimensions = worksheet_xml(LONG_ROWS).replace("<sheetData>", f"{DIMENSION}<sheetData>")
    assert read_sheet(a_workbook_of(20, with_dimensions)) == [["1"]]
    assert read_sheet(a_workbook_of(20, worksheet_xml(LONG_ROWS))) == [["1"]]


@pytest.mark.parametrize(
    "content",
    [
        worksheet_xml("").encode("utf-16"),
        f'<?xml version="1.0" encoding="cp1252"?>{worksheet_xml("")}',
        f'<!DOCTYPE a [<!ENTITY b "<row/>">]>{worksheet_xml("&b;")}',
    ],
    ids=["UTF-16", "another encoding", "entities"],
)
def test_a_part_whose_tags_cannot_be_counted_is_refused(content: bytes | str) -> None:
    assert code_of(replace_part(SHEET_PART, content)) == "xlsx"
