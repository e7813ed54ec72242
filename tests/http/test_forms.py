"""The file in a form, and the problems of the form's fields. Rules: SED-03, SED-05, ING-07."""

import sys
from contextlib import suppress

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain.errors import InvalidRequestError, PlatformError, UnsupportedMediaTypeError
from mock_server.http import forms
from mock_server.http.media_types import CSV, XLSX, File

SHEET = b"date,purchases,revenue\r\n"
FILE = ("sales.csv", SHEET, CSV)
BOUNDARY = b"multipart/form-data; boundary=limit"


def encode(*parts):
    headers = {"content-type": BOUNDARY.decode()}
    return httpx2.Request("POST", "http://127.0.0.1/", headers=headers, files=list(parts)).read()


def read_form(*parts):
    return forms.read_form(encode(*parts), BOUNDARY)


def list_problems(form, *, ignore_unknown=False):
    return [(problem.code, problem.field) for problem in form.find_problems(ignore_unknown=ignore_unknown)]


def test_the_file_is_read_with_its_type():
    form = read_form(("file", FILE))
    assert form.file == File(CSV, SHEET, field="file")
    assert list_problems(form) == []


@pytest.mark.parametrize(
    ("parts", "problems"),
    [
        pytest.param([("sheet", FILE)], [("required", "file"), ("unknown", "sheet")], id="another name"),
        pytest.param([("note", (None, "x"))], [("required", "file"), ("unknown", "note")], id="no file"),
        pytest.param([("file", FILE), ("file", FILE)], [("duplicate", "file")], id="two files"),
        pytest.param([("file", (None, "x"))], [("type", "file")], id="a text"),
        pytest.param([("file", FILE), ("file", (None, "x"))], [("duplicate", "file")], id="a file and a text"),
        pytest.param([("file", FILE), ("note", (None, "x"))], [("unknown", "note")], id="a field beside it"),
    ],
)
def test_a_form_has_one_file_and_nothing_else(parts, problems):
    form = read_form(*parts)
    assert list_problems(form) == problems
    known = [problem for problem in problems if problem[0] != "unknown"]
    assert list_problems(form, ignore_unknown=True) == known


def test_an_input_in_which_no_file_was_chosen_is_no_file():
    """Browsers send such a part if no file was chosen: the name and the content of its file are empty."""
    head = b'--limit\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
    form = forms.read_form(head + b"Content-Type: application/octet-stream\r\n\r\n\r\n--limit--\r\n", BOUNDARY)
    assert list_problems(form) == [("required", "file")]


@pytest.mark.parametrize(
    ("filename", "content_type", "media_type"),
    [
        ("sales.csv", "text/csv", CSV),
        ("sales.csv", "TEXT/CSV; charset=UTF-8", CSV),
        ("sales.CSV", "application/octet-stream", CSV),
        ("sales.csv", "application/vnd.ms-excel", CSV),
        ("sales.xlsx", "application/zip", XLSX),
        ("sales", XLSX, XLSX),
        ("sales.xlsx", CSV, CSV),
    ],
)
def test_the_type_of_a_file_is_that_of_its_part_or_of_its_name(filename, content_type, media_type):
    form = read_form(("file", (filename, SHEET, content_type)))
    assert form.file.media_type == media_type


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("sales.pdf", "application/pdf"),
        ("sales", "application/octet-stream"),
        ("sales.csv", "text/csv; charset=utf-16"),
        ("csv", "text/plain"),
    ],
)
def test_a_file_of_another_type_is_415(filename, content_type):
    with pytest.raises(UnsupportedMediaTypeError) as refused:
        read_form(("file", (filename, SHEET, content_type)))
    assert [problem.field for problem in refused.value.problems] == ["file"]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(encode(("file", FILE)), b"multipart/form-data", id="no boundary"),
        pytest.param(SHEET, BOUNDARY, id="no multipart"),
        pytest.param(b"", BOUNDARY, id="nothing"),
        pytest.param(encode(("file", FILE))[:-30], BOUNDARY, id="cut off in the file"),
        pytest.param(encode(("file", FILE))[:-6], BOUNDARY, id="cut off in the last boundary"),
        pytest.param(
            b"--limit\r\nContent-Type: text/csv\r\n\r\nx\r\n--limit--\r\n", BOUNDARY, id="a part without a name"
        ),
        pytest.param(encode(*[("file", FILE)] * 101), BOUNDARY, id="101 files"),
    ],
)
def test_what_is_no_form_is_400(content, content_type):
    with pytest.raises(InvalidRequestError) as refused:
        forms.read_form(content, content_type)
    assert [problem.code for problem in refused.value.problems] == ["multipart"]


@given(content=st.binary(max_size=300), tail=st.binary(max_size=40))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(content, tail):
    for body in (content, encode(("file", FILE)) + content):
        with suppress(PlatformError):
            form = forms.read_form(body, BOUNDARY + tail)
            assert form.file is None or form.file.media_type in (CSV, XLSX)


class StepLimitError(AssertionError):
    """The library needs too many steps."""


def count_library_lines(content, limit):
    """Count the lines of the library that are executed to read a form. Raises StepLimitError beyond the limit."""
    lines = 0

    def trace(frame, event, _):
        nonlocal lines
        if "multipart" not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        if lines > limit:
            raise StepLimitError
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(PlatformError):
            forms.read_form(content, BOUNDARY)
    finally:
        sys.settrace(previous)
    return lines


PART = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
END = b"\r\n--limit--\r\n"
LONG = 2**19
LONG_FORMS = {
    "boundaries that are none": PART + b"\r\n--limitx" * (LONG // 10) + END,
    "spaces after a boundary": PART + b"\r\n--limit" + b" " * LONG + b"\r\n" + PART[9:] + END,
    "empty lines at the beginning": b"\r\n" * LONG + PART + END,
    "a long name": PART.replace(b"a.csv", b"a" * LONG) + END,
    "a long header": PART.replace(b"text/csv", b" " * LONG) + END,
    "many headers": PART.replace(b"\r\n\r\n", b"\r\na: b" * (LONG // 6) + b"\r\n\r\n") + END,
    "many parts": (PART + b"\r\n") * (LONG // 100) + END,
    "line breaks in the file": PART + b"\r\n-" * (LONG // 3) + END,
    "text after the end": PART + END + b"\r\n-" * (LONG // 3),
}


@pytest.mark.parametrize("content", LONG_FORMS.values(), ids=LONG_FORMS)
def test_the_steps_of_the_library_are_bounded(content):
    """A byte of a part's head may be a step, but a byte of a file is none."""
    assert count_library_lines(content, limit=60_000) > 0


def test_the_heads_of_all_parts_are_bounded_together():
    name = "n" * 3_000
    fields = [(f"{name}{index}", (None, "x")) for index in range(25)]
    with pytest.raises(InvalidRequestError) as refused:
        read_form(*fields)
    assert refused.value.problems[0].message.endswith("the heads of its parts are larger than 65536 bytes")
    assert len(read_form(*fields[:20]).parts) == 20
