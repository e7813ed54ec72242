"""Broken requests over sockets: no 5xx, no hang, no growth, an empty log. `make fuzz` sends many more."""

import pytest

from tests.http import socket_fuzz
from tests.http.server_process import PARSERS

SIZES = [300, pytest.param(3_000, marks=pytest.mark.soak)]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("inputs", SIZES)
def test_the_server_stays_well(parser: str, inputs: int) -> None:
    outcome = socket_fuzz.run(parser, seed=inputs, inputs=inputs)
    assert outcome.failures == []
    assert outcome.inputs == inputs
    assert outcome.answers["200"] > inputs // 20, "some inputs are valid"


def test_responses_are_split() -> None:
    received = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx: y\r\n\r\n{}HTTP/1.1 405 No\r\ncontent-length: 9\r\n\r\n"
    received += b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\na: b\r\n\r\n"
    assert [status for status, _ in socket_fuzz.split_responses(received)] == [200, 405, 100, 204]
