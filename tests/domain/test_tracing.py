"""The id of a trace is taken from a valid `traceparent` (W3C Trace Context), and from nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.domain.tracing import find_trace_id

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def a_header(value: str) -> list[tuple[str, str]]:
    return [("accept", "*/*"), ("traceparent", value)]


@pytest.mark.parametrize(
    "value",
    [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00", f" 00-{TRACE}-{SPAN}-01 ", f"cc-{TRACE}-{SPAN}-01-more"],
    ids=["sampled", "not sampled", "with spaces", "a later version with more"],
)
def test_a_valid_header_names_its_trace(value: str) -> None:
    assert find_trace_id(a_header(value)) == TRACE


@pytest.mark.parametrize(
    "value",
    [
        "",
        TRACE,
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"00_{TRACE}_{SPAN}_01",
    ],
)
def test_an_invalid_header_names_none(value: str) -> None:
    assert find_trace_id(a_header(value)) is None


def test_no_header_and_two_headers_name_none() -> None:
    valid = ("traceparent", f"00-{TRACE}-{SPAN}-01")
    assert find_trace_id([]) is None
    assert find_trace_id([valid, valid]) is None


@given(st.text(max_size=60))
def test_an_id_is_always_32_hexadecimal_digits(value: str) -> None:
    found = find_trace_id(a_header(value))
    assert found is None or (len(found) == 32 and int(found, 16) > 0)
