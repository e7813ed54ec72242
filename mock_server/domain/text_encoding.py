"""Detects the Unicode encoding of a text.

UTF-8 is accepted, with or without a byte-order mark; errors name any other encoding.
"""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""The byte-order mark that some editors and spreadsheets put before a text in UTF-8."""
ENCODING_MARKS = (
    ("UTF-32", (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")),
    ("UTF-16", (b"\xff\xfe", b"\xfe\xff")),
)
"""The byte-order marks of other encodings. The mark of UTF-32 comes first, because it begins with the mark of UTF-16.
"""


def strip_byte_order_mark(content: bytes) -> bytes:
    """Return the text without the byte-order mark of UTF-8."""
    return content.removeprefix(BYTE_ORDER_MARK)


def find_foreign_encoding(content: bytes) -> str | None:
    """Return the name of the encoding if the text is in UTF-16 or UTF-32, otherwise None.

    Without a byte-order mark, a zero byte among the first two bytes is the sign, because the first character is ASCII.
    """
    if content[:1].isascii() and 0 not in content[:2]:
        return None
    for name, marks in ENCODING_MARKS:
        if content.startswith(marks):
            return name
    first = content[:4]
    if len(first) < 2 or 0 not in first[:2]:
        return None
    return "UTF-32" if first.count(0) == 3 else "UTF-16"
