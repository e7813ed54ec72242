"""Which text each parser accepts; some text that Python's own constructors accept is refused. Rule: BASE-12."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import formats


@given(st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)))
@settings(deadline=None, database=None)
def test_a_timestamp_is_parsed_as_it_was_formatted(timestamp):
    assert formats.parse_timestamp(formats.format_timestamp(timestamp)) == timestamp


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (formats.parse_timestamp, "2026-09-30T08:00:00Z", datetime(2026, 9, 30, 8, tzinfo=UTC)),
        (formats.parse_day, "2026-09-30", date(2026, 9, 30)),
        (formats.parse_integer, "-12", -12),
        (formats.parse_count, "007", 7),
        (formats.parse_amount, "1.5e3", Decimal("1.5e3")),
        (formats.parse_amount, "0.1234567890123456789", Decimal("0.1234567890123456789")),
        (formats.parse_plain_amount, "007.50", Decimal("7.50")),
        (formats.parse_decimal, "1E+2", Decimal("1E+2")),
        (formats.parse_decimal, "0.1234567890123456789", Decimal("0.1234567890123456789")),
    ],
)
def test_a_parser_accepts_its_own_grammar(parse, text, value):
    parsed = parse(text)
    assert (parsed, str(parsed)) == (value, str(value))


def accepts(parse, text) -> bool:
    """Return whether the parser accepts the text. Any exception other than ValueError is a bug in the parser."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("parse", "texts"),
    [
        (
            formats.parse_timestamp,
            ["2026-09-30", "2026-09-30T08:00:00", "2026-09-30T08:00:00+00:00", "2026-09-31T08:00:00Z"],
        ),
        (formats.parse_day, ["20260930", "2026-W40-3", "2026-9-30", "2026-09-31", "٢٠٢٦-09-30"]),
        (formats.parse_integer, ["", "7.0", "+7", "07", "1_0", " 7", "7\n", "٧", "9" * 1001]),
        (formats.parse_count, ["-1", "1.0", "1" * 10, "٧"]),
        (formats.parse_amount, ["", "NaN", "Infinity", ".5", "5.", "+5", "05", "1_0", " 5", "٥"]),
        (formats.parse_plain_amount, ["1e2", "1" * 13, ".5", "NaN", "0.1234567890123456789"]),
        (formats.parse_decimal, ["1e2", "1E+999", "NaN", "05", ""]),
    ],
)
def test_a_parser_refuses_any_other_text(parse, texts):
    assert [text for text in texts if accepts(parse, text)] == []


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0.1", True), ("540.50", True), ("0.1234567890123456789", False), ("1e400", False), ("NaN", False)],
)
def test_an_amount_is_exact_where_a_json_number_gives_it_back(amount, expected):
    """Rule: BASE-14."""
    assert formats.is_exact_as_double(Decimal(amount)) is expected
