"""Spreadsheets keep all digits of a number, and invalid files are refused. Rule: SED-05."""

import csv
import io
import struct
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mock_server.domain.errors import InvalidRequestError
from mock_server.domain.pieces import PIECE_UNITS
from mock_server.http import spreadsheets
from mock_server.http.media_types import CSV, XLSX, File

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
AMOUNTS = st.floats(-(10.0**12), 10.0**12, allow_nan=False).map(lambda amount: Decimal(repr(amount)))
LONG_AMOUNTS = st.decimals(-(10**12), 10**12, places=9) | AMOUNTS
VALID_WORKBOOK = spreadsheets.to_xlsx(
    [("date", "purchases", "revenue"), ("2026-08-01", 1, Decimal("0.1"))], "x", NOW
).content
SHEET_PART = "xl/worksheets/sheet1.xml"


def read_sheet(content, kind=XLSX, max_rows=100):
    return spreadsheets.parse_sheet(File(kind, content), max_rows)


def rows_or_problem_codes(content):
    """Return the rows and no codes, or no rows and the codes of the problems."""
    try:
        return read_sheet(content), []
    except InvalidRequestError as refusal:
        return [], [problem.code for problem in refusal.problems]


def replace_part(name, content):
    """Return a valid workbook in which one part is replaced or added."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(VALID_WORKBOOK)) as source, ZipFile(buffer, "w", ZIP_DEFLATED) as target:
        for part in source.namelist():
            if part != name:
                target.writestr(part, source.read(part))
        target.writestr(name, content)
    return buffer.getvalue()


def worksheet_xml(rows):
    """Return the XML of a worksheet with these rows."""
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a mark"])
def test_a_sheet_in_utf_8_is_read_with_a_byte_order_mark_or_without(mark):
    assert read_sheet(mark + "date,Köln\n".encode(), CSV) == [["date", "Köln"]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_sheet_in_another_unicode_encoding_is_refused_by_name(encoding):
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet("date,purchases,revenue\n".encode(encoding), CSV)
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == ("csv", "body")
    assert problem.message == f"the body is in {encoding[:6].upper()}; send CSV in UTF-8"


@given(st.lists(st.tuples(st.dates(), st.integers(-(2**31), 2**31), LONG_AMOUNTS), max_size=3))
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read_again_to_the_last_digit(days):
    rows = [("date", "purchases", "revenue"), *((day.isoformat(), orders, amount) for day, orders, amount in days)]
    for file in (spreadsheets.to_csv(rows, "x"), spreadsheets.to_xlsx(rows, "x", NOW)):
        seen = [
            (date.fromisoformat(day), int(orders), Decimal(amount))
            for day, orders, amount in read_sheet(file.content, file.media_type)[1:]
        ]
        assert seen == days


@given(st.integers(0, len(VALID_WORKBOOK) - 1), st.binary(min_size=1, max_size=4), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_workbook_with_bytes_changed_is_read_or_refused(place, put, cut):
    """Every exception of the library that reads workbooks is turned into an InvalidRequestError."""
    broken = VALID_WORKBOOK[:place] + put + (b"" if cut else VALID_WORKBOOK[place + len(put) :])
    rows, codes = rows_or_problem_codes(broken)
    assert set(codes) <= {"xlsx", "length"}
    assert all(isinstance(cell, str) for row in rows for cell in row)


WORKBOOK_PARTS = [SHEET_PART, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/styles.xml"]


@pytest.mark.parametrize("content", ["", "<", "<a/>", "\x00", "<worksheet/>", '<?xml version="1.0"?><a b="1"/>'])
@pytest.mark.parametrize("name", WORKBOOK_PARTS)
def test_a_workbook_whose_parts_are_none_is_read_or_refused(name, content):
    rows, codes = rows_or_problem_codes(replace_part(name, content))
    assert codes == ["xlsx"] or all(isinstance(cell, str) for row in rows for cell in row)


ENTITY_BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ENTITY_BOMB + worksheet_xml('<row r="1"><c r="A1" t="str"><v>&c;</v></c></row>'), id="entities"),
        pytest.param(worksheet_xml('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), id="a missing shared string"),
        pytest.param(worksheet_xml('<row r="1"><c r="??" t="n"><v>7</v></c></row>'), id="an invalid cell reference"),
        pytest.param(worksheet_xml('<row r="x"><c r="A1"><v>7</v></c></row>'), id="an invalid row number"),
        pytest.param(worksheet_xml('<row r="1"><c r="A1" t="n"><v>seven</v></c></row>'), id="an invalid number"),
        pytest.param(worksheet_xml('<row r="1"><c r="A1" t="d"><v>soon</v></c></row>'), id="an invalid date"),
        pytest.param(worksheet_xml('<row r="1"><c r="A1" s="99"><v>7</v></c></row>'), id="a missing style"),
    ],
)
def test_a_sheet_that_makes_no_sense_is_read_or_refused(content):
    rows, codes = rows_or_problem_codes(replace_part(SHEET_PART, content))
    assert codes == ["xlsx"] or rows in ([["7"]], [])


def test_a_gap_between_rows_is_rows_that_are_empty():
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="4"><c r="B4"><v>7</v></c></row>'
    assert read_sheet(replace_part(SHEET_PART, worksheet_xml(rows))) == [["1"], [], [], ["", "7"]]


def test_a_cell_far_to_the_right_and_one_far_below_cost_nothing():
    far = worksheet_xml('<row r="1"><c r="XFD1"><v>7</v></c></row><row r="1048576"><c r="A1048576"><v>7</v></c></row>')
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(replace_part(SHEET_PART, far), max_rows=10)
    assert refused.value.problems[0].field == "rows"


def test_a_zip_bomb_is_not_unpacked():
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(replace_part("xl/noise.xml", b"\x00" * (spreadsheets.MAX_UNPACKED_BYTES + 1)))
    assert refused.value.problems[0].code == "length"


def test_a_picture_in_a_workbook_is_not_unpacked():
    large = replace_part("xl/media/image1.png", b"\x00" * (spreadsheets.MAX_UNPACKED_BYTES + 1))
    assert read_sheet(large) == read_sheet(VALID_WORKBOOK)


def test_a_sheet_whose_name_is_that_of_a_picture_is_not_read():
    relations, picture = "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.png"
    with ZipFile(io.BytesIO(VALID_WORKBOOK)) as source:
        changed = source.read(relations).replace(b"sheet1.xml", b"sheet1.png")
        sheet = source.read(SHEET_PART)
    workbook = io.BytesIO(replace_part(relations, changed))
    with ZipFile(workbook, "a") as target:
        target.writestr(picture, sheet)
    rows, _ = rows_or_problem_codes(workbook.getvalue())
    assert rows == []


EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""A block of deflate that unpacks to nothing."""


def build_archive(entries, extra=b"", packed=b""):
    """Return a ZIP file that lists one part many times."""
    name = b"a.xml"
    head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, ZIP_DEFLATED, 0, 0, 0, len(packed), 0, len(name), 0) + name
    sizes = (0, len(packed), 0, len(name), len(extra), 0, 0, 0, 0, 0)
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, ZIP_DEFLATED, 0, 0, *sizes) + name + extra
    listed = entry * entries
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, entries, entries, len(listed), len(head + packed), 0)
    return head + packed + listed + end


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(build_archive(60_000), "xlsx", id="many parts"),
        pytest.param(build_archive(100, b"\x99\x99\0\0" * 16_000), "xlsx", id="long extra fields"),
        pytest.param(build_archive(1, packed=EMPTY_BLOCK * 2**20), "length", id="a part of empty blocks"),
    ],
)
def test_a_list_of_parts_that_costs_more_than_its_parts_is_refused(content, code, monkeypatch):
    """The list is not read, and no part is unpacked."""
    decoded = count_calls(monkeypatch, ZipInfo, "_decodeExtra")
    unpacked = count_calls(monkeypatch, ZipFile, "open")
    assert rows_or_problem_codes(content) == ([], [code])
    assert (len(decoded) <= 1, unpacked) == (True, [])


def count_calls(monkeypatch, owner, name):
    """Record the calls of a method."""
    calls, original = [], getattr(owner, name)

    def record(*arguments):
        calls.append(name)
        return original(*arguments)

    monkeypatch.setattr(owner, name, record)
    return calls


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA])
def test_a_file_that_is_packed_in_another_way_is_refused(method):
    """Of such parts, zipfile unpacks all and then drops what is more than the declared size."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", method) as archive:
        archive.writestr("[Content_Types].xml", "x" * 500)
    broken = bytearray(packed.getvalue())
    broken[60:68] = b"\xff" * 8
    for content in (packed.getvalue(), bytes(broken)):
        with pytest.raises(InvalidRequestError) as refused:
            read_sheet(content)
        assert refused.value.problems[0].code == "xlsx"


@pytest.mark.parametrize("rows", ["<row/>" * 200_000, f'<row r="1">{"<c/>" * 2_001}</row>', "<x:row/>" * 200_000])
def test_a_sheet_of_very_many_tags_is_refused(rows):
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(replace_part(SHEET_PART, worksheet_xml(rows)))
    assert refused.value.problems[0].code == "length"


def test_a_long_sheet_is_read_in_steps():
    content = spreadsheets.to_xlsx([("date", "x"), *([("2026-08-01", 1)] * 2_000)], "x", NOW).content
    steps = list(spreadsheets.parse_sheet.steps(File(XLSX, content), 4_000))
    assert len(steps) >= 2_000
    assert max(steps) <= 1_000


def test_the_longest_sheet_is_read():
    days = [
        (f"{2000 + place // 365}-{place % 365:03}", 10**9 + place, Decimal("123456789.25")) for place in range(4_000)
    ]
    rows = read_sheet(spreadsheets.to_xlsx([("date", "purchases", "revenue"), *days], "x", NOW).content, max_rows=4_000)
    assert (len(rows), rows[-1]) == (4_001, ["2010-349", "1000003999", "123456789.25"])


def test_a_sheet_has_at_most_so_many_rows():
    rows = b"date\n" + b"x\n" * 100
    assert len(read_sheet(rows, CSV)) == 101
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(rows + b"x\n", CSV)
    assert (refused.value.problems[0].code, refused.value.problems[0].field) == ("length", "rows")


CSV_TEXTS = st.text(st.sampled_from('ab ,"\r\n\x00\u2028ü\U0001f600'), max_size=60) | st.lists(
    st.sampled_from(['"a\n', '",', '"\r\n', "x,", "\n", '"",', ",,,,,,"]), max_size=30
).map("".join)


@given(CSV_TEXTS)
@example(",,,,,,,,,,,,,,,,,a")
@settings(max_examples=300, deadline=None)
def test_csv_is_read_as_the_library_reads_the_whole_text(text):
    try:
        whole = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        assert rows_or_problem_codes_of_csv(text) == ([], ["csv"])
        return
    while whole and not any(whole[-1]):
        whole.pop()
    assert rows_or_problem_codes_of_csv(text) == ([row[:17] for row in whole], [])


def rows_or_problem_codes_of_csv(text):
    """Return the rows and no codes, or no rows and the codes of the problems. UTF-16 is not meant."""
    try:
        return read_sheet(b"\xef\xbb\xbf" + text.encode(), CSV), []
    except InvalidRequestError as refusal:
        return [], [problem.code for problem in refusal.problems]


@pytest.mark.parametrize("unit", ["x", ",", '"\n",', '"",', "x,"], ids=["text", "commas", "lines", "quotes", "cells"])
def test_a_row_of_csv_has_at_most_131072_characters(unit):
    number = 131_072 // len(unit)
    rows = read_sheet((unit * (number - 1) + "\nz").encode(), CSV)
    assert (len(rows), rows[-1]) == (2, ["z"])
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet((unit * (number + 1)).encode(), CSV)
    assert refused.value.problems[0].message.endswith("a row is longer than 131072 characters")


LONG_CSV = {
    "short rows": b"a,b,c\n" * 100_000,
    "empty rows": b"\n" * 400_000,
    "rows of many cells": (b"," * 100_000 + b"\n") * 20,
    "rows of one cell": (b"x" * 100_000 + b"\n") * 20,
    "a row of many lines": b'"\n",' * 500_000,
}


@pytest.mark.parametrize("content", LONG_CSV.values(), ids=LONG_CSV)
def test_long_csv_is_read_in_steps(content):
    """A step reads one row, which is at most a piece of work."""
    units = []
    with suppress(InvalidRequestError):
        units.extend(spreadsheets.parse_sheet.steps(File(CSV, content), 4_000))
    assert max(units, default=0) <= PIECE_UNITS


def test_a_long_row_of_csv_is_more_work():
    assert list(spreadsheets.parse_sheet.steps(File(CSV, b"x\n" + b"x" * 100_000), 4_000)) == [2, 5_002]


def test_csv_is_refused_at_the_first_row_too_many():
    units = []
    with pytest.raises(InvalidRequestError) as refused:
        units.extend(spreadsheets.parse_sheet.steps(File(CSV, b"a,b\n" * 100_000), 4_000))
    assert (len(units), refused.value.problems[0].field) == (4_002, "rows")


def test_csv_has_at_most_as_many_rows_as_a_spreadsheet(monkeypatch):
    monkeypatch.setattr(spreadsheets, "LAST_ROW", 1_000)
    assert read_sheet(b"a" + b"\n" * 1_000, CSV) == [["a"]]
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(b"a" + b"\n" * 1_002, CSV)
    assert refused.value.problems[0].message.endswith("it contains more than 1000 rows")


def test_an_invalid_byte_is_named_by_its_place_in_the_file():
    with pytest.raises(InvalidRequestError) as refused:
        read_sheet(b"a\n" + b"x" * 50_000 + b"\n\xff", CSV)
    assert "byte 0xff in position 50003" in refused.value.problems[0].message


def test_trailing_empty_rows_are_ignored():
    assert read_sheet(b"date\nx\n\n ,\n" + b"\n" * 200, CSV) == [["date"], ["x"]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A1"><v>540</v></c>', "540"),
        ('<c r="A1"><v>540.0</v></c>', "540"),
        ('<c r="A1"><v>0.30000000000000004</v></c>', "0.30000000000000004"),
        ('<c r="A1"><v>1E-5</v></c>', "1e-05"),
        ('<c r="A1" t="b"><v>1</v></c>', "True"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A1" t="inlineStr"><is><t> 2026-08-01 </t></is></c>', "2026-08-01"),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', "=1+1"),
        ('<c r="A1"><f t="array" ref="A1">1+1</f><v>2</v></c>', "="),
        ('<c r="A1"><f t="shared" si="3"/><v>2</v></c>', "="),
    ],
    ids=["integer", "a zero fraction", "17 digits", "exponent", "boolean", "error", "text", "formula", "array",
         "shared formula"],
)  # fmt: skip
def test_a_cell_is_its_text(cell, text):
    assert read_sheet(replace_part(SHEET_PART, worksheet_xml(f'<row r="1">{cell}</row>'))) == [[text]]
