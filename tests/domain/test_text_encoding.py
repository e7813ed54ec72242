"""Which encoding a text is in: UTF-8 with or without a byte-order mark, or another Unicode encoding."""

import pytest

from mock_server.domain import text_encoding

TEXTS = ('{"model": "FD"}', "date,purchases\n2026-08-03,4\n", '{"ü": 1}', "[]")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a mark"])
@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32-le", "UTF-32"), ("utf-32-be", "UTF-32")],
)
def test_another_unicode_encoding_is_named(text: str, mark: str, codec: str, name: str) -> None:
    assert text_encoding.find_foreign_encoding((mark + text).encode(codec)) == name


@pytest.mark.parametrize("text", [*TEXTS, "", "a", "ü"])
def test_utf_8_is_no_other_encoding(text: str) -> None:
    assert text_encoding.find_foreign_encoding(text.encode()) is None
    assert text_encoding.find_foreign_encoding(text.encode("utf-8-sig")) is None


@pytest.mark.parametrize("text", [*TEXTS, ""])
def test_the_byte_order_mark_of_utf_8_is_stripped_once(text: str) -> None:
    assert text_encoding.strip_byte_order_mark(text.encode()) == text.encode()
    assert text_encoding.strip_byte_order_mark(text.encode("utf-8-sig")) == text.encode()
    assert text_encoding.strip_byte_order_mark(b"\xef\xbb\xbf" * 2) == b"\xef\xbb\xbf"
