"""A workspace's journal: the last requests and answers, kept as they came and read only when somebody asks."""

import json
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain
from math import isfinite
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, unquote

from pydantic_core import from_json

from mock_server.domain import redaction
from mock_server.domain.exchanges import Content, Exchange, Pairs

MOST = 1000
"""How many exchanges are kept, where nobody says."""
MOST_EVER = 100_000
LARGEST = 8 * 1024
"""Bytes of a body that are kept."""
SIGN_IN = "/auth"
"""Part of the paths whose bodies hold secrets."""
HOST = b"host"
"""Names the port, which differs from run to run: no header of an exchange."""

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
Raw: TypeAlias = tuple[Any, ...]
"""What `Kept` is made of: a bare tuple costs a request a quarter of what a named one does.

Nothing in it is an object that can hold others, but for bare tuples of such, so the garbage collector soon
forgets it, however many are kept.
"""
Asked: TypeAlias = tuple[str, str, bytes, bytes]
"""What a client asked, but for a body: method, path, query, packed headers."""
END = b"\0"
"""What stands between packed names and values: no header holds it."""
Meaning: TypeAlias = Callable[[str, str], tuple[str | None, Mapping[str, str]]]
"""Which operation a method and a path mean, and the path's parameters."""
Whose: TypeAlias = Callable[[str], str | None]
"""Whose access token this is."""


class Kept(NamedTuple):
    """An exchange as it came; what is secret in it is taken out before anybody reads it.

    Headers are packed. `body` and `answer` are at most the first 8 KiB, `size` and `answer_size` the bytes of the
    whole, 0 where none was read or sent.
    """

    at: datetime
    asked: Asked
    body: bytes
    size: int
    partner: str
    status: int | None
    answer_headers: bytes
    answer: bytes
    answer_size: int
    fault: str | None
    delay: int


class Journal:
    """A ring of at most `most` exchanges, in the order in which they were answered; 0 keeps none.

    Numbers begin at 1 with the workspace and after a reset, and go on after `empty`.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.last_number = 0
        self.lives = 0
        self._kept: deque[Raw] = deque(maxlen=most)
        self._line = ("", "", b"")
        self._headers: RawHeaders = []
        self._asked: Asked = ("", "", b"", b"")

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, raw: Raw) -> None:
        """Give an exchange the next number and the last place."""
        self.last_number += 1
        self._kept.append(raw)

    def asked(self, method: str, path: str, query: bytes, headers: RawHeaders) -> Asked:
        """What was asked, to be kept; asked again, as by a client that polls, it is kept once."""
        line = (method, path, query)
        if line != self._line or headers != self._headers:
            self._line, self._headers, self._asked = line, headers, (*line, packed(headers))
        return self._asked

    def empty(self) -> None:
        """Forget all that is kept."""
        self._kept.clear()

    def start_over(self) -> None:
        """Forget all, numbers too."""
        self.empty()
        self.last_number = 0
        self.lives += 1

    def read(self, meaning: Meaning, whose: Whose) -> list[Exchange]:
        """The exchanges, newest last."""
        first = self.last_number - len(self._kept) + 1
        return [_read(number, Kept(*raw), meaning, whose) for number, raw in enumerate(self._kept, first)]


def packed(headers: RawHeaders) -> bytes:
    """Headers as one text."""
    return END.join(chain.from_iterable(headers))


def _unpacked(headers: bytes) -> RawHeaders:
    parts = headers.split(END)
    return list(zip(parts[::2], parts[1::2], strict=False))


def without_secrets(content: bytes, *, answered: bool) -> bytes:
    """A body of a sign-in as it may be kept: what is secret in it is not even kept for a moment."""
    told = redaction.TOLD_OF_SIGN_IN if answered else redaction.ASKED_OF_SIGN_IN
    return redaction.body(content, of_sign_in=True, told=told)


def _read(number: int, kept: Kept, meaning: Meaning, whose: Whose) -> Exchange:
    method, sent, asked_query, packed_headers = kept.asked
    path = _path(sent)
    operation, arguments = meaning(method, path)
    query = redaction.query(asked_query).decode("latin-1")
    body = kept.body if SIGN_IN in sent else redaction.body(kept.body, of_sign_in=False)
    headers = _unpacked(packed_headers)
    return Exchange(
        number=number,
        at=kept.at,
        method=method,
        path=path,
        query=tuple((_plain(name), _plain(value)) for name, value in _pairs(query)),
        operation=operation,
        arguments=arguments,
        partner=kept.partner or None,
        user=_user(headers, whose),
        request_headers=_headers((name, _came(name, value)) for name, value in headers if name != HOST),
        request=_content(body, kept.size),
        status=kept.status,
        response_headers=_headers((name, _sent_on(name, value)) for name, value in _unpacked(kept.answer_headers)),
        response=_content(redaction.text(kept.answer), kept.answer_size),
        fault=kept.fault,
        delay=kept.delay,
        host=next((value.decode("latin-1") for name, value in headers if name == HOST), ""),
    )


def _path(sent: str) -> str:
    """The path as it was sent; decoded where a token was encoded in it."""
    decoded = unquote(sent)
    return sent if _plain(decoded) == decoded else _plain(decoded)


def _pairs(query: str) -> Pairs:
    return tuple(parse_qsl(query, keep_blank_values=True, errors="backslashreplace"))


def _plain(text: str) -> str:
    return redaction.text(text.encode(errors="backslashreplace")).decode()


def _user(headers: RawHeaders, whose: Whose) -> str | None:
    given = [value for name, value in headers if name == b"authorization"]
    scheme, _, token = given[0].decode("latin-1").partition(" ") if len(given) == 1 else ("", "", "")
    return whose(token.strip()) if scheme.lower() == "bearer" else None


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> Pairs:
    return tuple((name.decode("latin-1"), value.decode(errors="backslashreplace")) for name, value in headers)


def _came(name: bytes, value: bytes) -> bytes:
    if redaction.is_secret(name):
        return redaction.header(name, value)
    return _address(value) if name == b"referer" else redaction.text(value)


def _sent_on(name: bytes, value: bytes) -> bytes:
    return _address(value) if name == b"location" else value


def _address(value: bytes) -> bytes:
    """Where a redirect leads, or where a client says that it comes from, without the secrets of its query."""
    path, mark, query = value.partition(b"?")
    return redaction.text(path) + mark + redaction.query(query)


def _content(content: bytes, size: int) -> Content | None:
    if not size:
        return None
    truncated = size > LARGEST
    is_json, value = (False, None) if truncated else _value(content)
    return Content(_text(content, whole=not truncated), size, truncated, is_json, value)


def _text(content: bytes, *, whole: bool) -> str | None:
    """The bytes as UTF-8, in which the cut may have gone through a letter; None where they are no text."""
    try:
        return getincrementaldecoder("utf-8")().decode(content, final=whole)
    except UnicodeDecodeError:
        return None


def _value(content: bytes) -> tuple[bool, object]:
    """What the JSON says, where it is such as can be told: not too deep, its texts whole, its numbers finite."""
    try:
        from_json(content, allow_inf_nan=False)
        return True, json.loads(content, parse_float=_finite)
    except ValueError:
        return False, None


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number
