"""Records are equal after they were written as JSON and read again, and invalid JSON is rejected."""

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.domain import faults, models
from mock_server.state import json_codec
from mock_server.state.snapshot import Snapshot
from tests.builders import a_customer, a_package, a_partner, a_purchase, a_user, an_event


@dataclass(frozen=True, slots=True)
class InnerRecord:
    word: Literal["a", "b", 1]
    day: date | None


@dataclass(frozen=True, slots=True)
class RecordOfAllKinds:
    text: str
    truth: bool
    count: int
    share: float
    amount: Decimal
    at: datetime
    length: timedelta
    inner: InnerRecord
    many: tuple[InnerRecord, ...]
    row: tuple[str, int]
    named: dict[str, int | None]
    later: int = 7


INNER_RECORD = InnerRecord("a", date(2026, 9, 30))
RECORD = RecordOfAllKinds(
    text="Gäste & 漢字",
    truth=True,
    count=-3,
    share=0.5,
    amount=Decimal("540.00"),
    at=datetime(2026, 9, 1, 12, tzinfo=UTC),
    length=timedelta(minutes=12),
    inner=INNER_RECORD,
    many=(INNER_RECORD, InnerRecord(1, None)),
    row=("x", 1),
    named={"a": 1, "b": None},
)
RECORD_JSON = {
    "text": "Gäste & 漢字",
    "truth": True,
    "count": -3,
    "share": 0.5,
    "amount": "540.00",
    "at": "2026-09-01T12:00:00Z",
    "length": 720.0,
    "inner": {"word": "a", "day": "2026-09-30"},
    "many": [{"word": "a", "day": "2026-09-30"}, {"word": 1, "day": None}],
    "row": ["x", 1],
    "named": {"a": 1, "b": None},
    "later": 7,
}


def round_trip(record):
    return json_codec.from_json(type(record), json.loads(json.dumps(json_codec.to_json(record))))


def json_with_value_at(path, value):
    """Return the JSON of a record with another value at a path."""
    copied = json.loads(json.dumps(RECORD_JSON))
    container = copied
    *parents, last = path
    for step in parents:
        container = container[step]
    container[last] = value
    return copied


def test_a_record_is_written_member_by_member():
    assert json_codec.to_json(RECORD) == RECORD_JSON
    assert list(json_codec.to_json(RECORD)) == [field.name for field in fields(RecordOfAllKinds)]


def test_what_was_written_is_read_back_equal():
    assert round_trip(RECORD) == RECORD


@pytest.mark.parametrize(
    "record",
    [
        a_partner(),
        a_user(mfa_token="123456"),
        an_event(series="s", capacity=None, predicted_sales_share=0.25),
        a_customer(),
        a_purchase(revenue=Decimal("1E+2"), origin="partner"),
        a_package(),
        a_package(clusters=None, tc_run_id=None, status="INPROGRESS"),
        models.Challenge("s", "NEW_PASSWORD_REQUIRED", "u", datetime(1, 1, 1, tzinfo=UTC)),
        models.Job(1, "evaluation", "pkg_1", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 4),
        faults.Faults(3, (faults.FaultRule("f1", faults.Match(nth=(1, 2)), faults.Effect(status=503), times=1),), (4,)),
    ],
    ids=lambda record: type(record).__name__,
)
def test_every_kind_of_record_comes_back_equal(record):
    assert round_trip(record) == record


@given(
    st.builds(
        a_purchase,
        st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
        revenue=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30),
        customer_id=st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])),
        tickets=st.integers(-(2**63) + 1, 2**63 - 1),
    )
)
@settings(max_examples=200, deadline=None, database=None)
def test_any_purchase_comes_back_equal_and_with_the_same_digits(purchase):
    back = round_trip(purchase)
    assert back == purchase
    assert str(back.revenue) == str(purchase.revenue)


def test_an_amount_keeps_the_zeros_at_its_end():
    assert str(round_trip(replace(RECORD, amount=Decimal("1.500"))).amount) == "1.500"


@pytest.mark.parametrize("sent", ["0E-99999", "0E+99999", "-0E-1000"])
def test_a_nought_is_carried_whatever_its_exponent(sent):
    back = round_trip(replace(RECORD, amount=Decimal(sent))).amount
    assert (back, back.is_signed()) == (0, sent.startswith("-"))


def test_a_whole_number_stands_for_a_fraction_that_a_writer_of_json_left_out():
    assert json_codec.from_json(RecordOfAllKinds, json_with_value_at(["share"], 1)) == replace(RECORD, share=1)


def test_a_member_with_a_default_may_be_left_out_and_no_other():
    older = {name: value for name, value in RECORD_JSON.items() if name != "later"}
    assert json_codec.from_json(RecordOfAllKinds, older) == RECORD
    for name in set(older):
        with pytest.raises(json_codec.RecordDecodeError) as refusal:
            json_codec.from_json(
                RecordOfAllKinds, {other: value for other, value in RECORD_JSON.items() if other != name}
            )
        assert (refusal.value.field, refusal.value.message) == (name, "is required")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["text"], 7, "text"),
        (["text"], "a\nb", "text"),
        (["text"], "\ud800", "text"),
        (["truth"], 1, "truth"),
        (["count"], True, "count"),
        (["count"], 1.0, "count"),
        (["count"], 2**63, "count"),
        (["share"], True, "share"),
        (["share"], float("nan"), "share"),
        (["share"], float("inf"), "share"),
        (["share"], "0.5", "share"),
        (["amount"], 540, "amount"),
        (["amount"], "NaN", "amount"),
        (["amount"], "1e5", "amount"),
        (["amount"], "1E+999", "amount"),
        (["amount"], "", "amount"),
        (["at"], "2026-09-01", "at"),
        (["at"], "2026-09-01T12:00:00", "at"),
        (["at"], "2026-09-01T12:00:00+02:00", "at"),
        (["at"], "2026-13-01T12:00:00Z", "at"),
        (["at"], "0000-01-01T00:00:00Z", "at"),
        (["at"], None, "at"),
        (["length"], 1e300, "length"),
        (["inner"], [], "inner"),
        (["inner"], None, "inner"),
        (["inner", "word"], "c", "inner.word"),
        (["inner", "word"], True, "inner.word"),
        (["inner", "word"], 1.0, "inner.word"),
        (["inner", "day"], "2026-9-1", "inner.day"),
        (["inner", "day"], "2026-02-30", "inner.day"),
        (["inner", "colour"], "red", "inner.colour"),
        (["many"], {}, "many"),
        (["many", 1, "word"], 2, "many.1.word"),
        (["row"], ["x"], "row"),
        (["row", 1], "1", "row.1"),
        (["named", "a"], "1", "named.a"),
        (["named", "\n"], 1, "named"),
    ],
    ids=str,
)
def test_a_value_of_another_kind_is_refused_by_its_path(path, value, field):
    with pytest.raises(json_codec.RecordDecodeError) as refusal:
        json_codec.from_json(RecordOfAllKinds, json_with_value_at(path, value))
    assert refusal.value.field == field


def test_what_is_no_object_is_refused():
    for value in (None, [], "x", 7, True):
        with pytest.raises(json_codec.RecordDecodeError):
            json_codec.from_json(RecordOfAllKinds, value, "here")


def test_a_kind_that_cannot_be_carried_is_refused_before_anything_is_written():
    @dataclass(frozen=True)
    class Bad:
        members: set[str]

    with pytest.raises(TypeError, match="set"):
        json_codec.codec_for(Bad)


def test_every_record_that_a_snapshot_holds_can_be_carried():
    assert json_codec.codec_for(Snapshot)
