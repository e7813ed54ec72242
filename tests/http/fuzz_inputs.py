"""Inputs for the fuzzer of the server's sockets: valid requests, changed in one of several ways."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeded, and of the fuzzer alone

from tests.example_requests import EXAMPLES, FILES, Example

IDS = ((b"evt_1", b"evt_abc123"), (b"evt_2", b"evt_xyz789"), (b"pkg_1", b"pkg_555"))
"""Ids of the examples, and those of the sample world."""
CONTROL_PATHS = ("/clock", "/openapi.json", "/quirks", "/nothing", "/workspaces")
ODD_HEADERS = (
    b"content-length: 5",
    b"content-length: -1",
    b"content-length: 99999999999999999999",
    b"content-length: 1, 1",
    b"transfer-encoding: chunked",
    b"transfer-encoding: gzip, chunked",
    b"transfer-encoding : chunked",
    b"connection: close",
    b"connection: upgrade\r\nupgrade: h2c",
    b"connection: upgrade\r\nupgrade: websocket",
    b"expect: 100-continue",
    b"expect: nothing",
    b"host: other.example",
    b"content-type: text/plain",
    b"content-type: multipart/form-data",
    b"content-encoding: gzip",
    b"authorization: Bearer e30.e30.e30",
    b"x-request-id: \xff",
    b"x-partner-id: nobody",
    b" folded: a",
    b"a\x00b: c",
    b"a: \x00",
    b": empty",
    b"no colon",
    b"a:" + b" " * 500,
)
ODD_LINES = (
    b"GET / HTTP/1.0",
    b"GET /",
    b"GET  / HTTP/1.1",
    b"GET http://[::1/ HTTP/1.1",
    b"GET //%2e%2e/%00 HTTP/1.1",
    b"GET /w/%2f/api/v3/status/ HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"CONNECT localhost:80 HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"get /api/v3/status/ HTTP/1.1",
    b"GET /api/v3/status/ HTTP/9.9",
    b"GET /api/v3/events/?city=M\xc3\xbcnchen HTTP/1.1",
    b"HEAD /api/v3/status/ HTTP/1.1",
    b"PATCH /_mock/clock HTTP/1.1",
)
ODD_CHUNKS = (
    b"ZZ\r\n",
    b"-1\r\n",
    b"1;" + b"a" * 300 + b"\r\n",
    b"fffffffffffffffff\r\n",
    b"0\r\na: b\r\n\r\n",
    b"\r\n",
)


HOSTILE_TEXTS = (
    b"%",
    b"%25",
    b"%ff",
    b"eyJ",
    b"eyJ.",
    b"Bearer ",
    b"token=",
    b"&password=",
    b'"password":"',
    b"code=%26",
    b"http://a?token=b ",
    b"\\",
    b"[",
    b"a=1&",
)
"""Texts that cost much if the journal masks or decodes their repetitions carelessly."""


@dataclass(frozen=True, slots=True)
class FuzzInput:
    """What one connection sends, in segments, and how it was made."""

    kind: str
    segments: tuple[bytes, ...]


class InputGenerator:
    """Draws inputs. The same seed and token give the same inputs."""

    def __init__(self, seed: int, token: bytes) -> None:
        self._random = Random(seed)
        self._requests = [_format_example(example, token) for example in EXAMPLES]
        self._requests += [_format_control(path) for path in CONTROL_PATHS]

    def draw(self) -> FuzzInput:
        """Draw the next input."""
        kind = self._random.choice(tuple(MUTATIONS))
        data = MUTATIONS[kind](self._random, self._requests)
        return FuzzInput(kind, tuple(_divide(self._random, data)))


def _format_example(example: Example, token: bytes) -> bytes:
    target = f"/api/v3{example.target}".encode()
    for name, known in IDS:
        target = target.replace(name, known)
    head = [b"%s %s HTTP/1.1" % (example.method.encode(), target), b"host: localhost"]
    if not example.needs_no_token:
        head.append(b"authorization: Bearer " + token)
    body = b"" if example.body is None else json.dumps(example.body).encode()
    if example.operation in FILES:
        body, media_type = FILES[example.operation], b"text/csv"
    else:
        media_type = b"application/json"
    if body:
        head += [b"content-type: " + media_type, b"content-length: %d" % len(body)]
    return b"\r\n".join([*head, b"", body])


def _format_control(path: str) -> bytes:
    return f"GET /_mock{path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def _divide(random: Random, data: bytes) -> list[bytes]:
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((0, 0, 1, 3))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True) if end > start]


def _leave(random: Random, requests: Sequence[bytes]) -> bytes:
    return random.choice(requests)


def _change_bytes(random: Random, requests: Sequence[bytes]) -> bytes:
    data = bytearray(random.choice(requests))
    for _ in range(random.choice((1, 1, 2, 8))):
        data[random.randrange(len(data))] = random.choice((random.randrange(256), 0, 10, 13, 32, 58))
    return bytes(data)


def _insert_bytes(random: Random, requests: Sequence[bytes]) -> bytes:
    data, position = _choose_position(random, requests)
    return data[:position] + random.randbytes(random.choice((1, 2, 50))) + data[position:]


def _delete_bytes(random: Random, requests: Sequence[bytes]) -> bytes:
    data, position = _choose_position(random, requests)
    return data[:position] + data[position + random.choice((1, 2, 30)) :]


def _truncate(random: Random, requests: Sequence[bytes]) -> bytes:
    data, position = _choose_position(random, requests)
    return data[: position + 1]


def _repeat_slice(random: Random, requests: Sequence[bytes]) -> bytes:
    data, position = _choose_position(random, requests)
    part = data[position : position + random.choice((1, 4, 40))]
    return data[:position] + part * random.choice((2, 50, 2_000)) + data[position:]


def _splice(random: Random, requests: Sequence[bytes]) -> bytes:
    first, position = _choose_position(random, requests)
    second, other = _choose_position(random, requests)
    return first[:position] + second[other:]


def _add_header(random: Random, requests: Sequence[bytes]) -> bytes:
    line, _, rest = random.choice(requests).partition(b"\r\n")
    headers = random.choices(ODD_HEADERS, k=random.choice((1, 1, 2, 120)))
    return b"\r\n".join([line, *headers, rest])


def _change_line(random: Random, requests: Sequence[bytes]) -> bytes:
    return b"\r\n".join([random.choice(ODD_LINES), random.choice(requests).partition(b"\r\n")[2]])


def _send_chunks(random: Random, requests: Sequence[bytes]) -> bytes:
    head, _, body = random.choice([request for request in requests if not request.endswith(b"\r\n\r\n")]).partition(
        b"\r\n\r\n"
    )
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
    chunks = [b"%x\r\n%s\r\n" % (len(body), body), b"0\r\n\r\n"]
    for _ in range(random.choice((0, 1, 2))):
        chunks.insert(random.randrange(len(chunks) + 1), random.choice(ODD_CHUNKS))
    return b"\r\n".join([*lines, b"transfer-encoding: chunked", b"", b"".join(chunks)])


def _pipeline(random: Random, requests: Sequence[bytes]) -> bytes:
    kinds = [mutation for name, mutation in MUTATIONS.items() if name != "several requests"]
    return b"".join(
        random.choice((_leave, random.choice(kinds)))(random, requests) for _ in range(random.randint(2, 30))
    )


def _repeat_hostile_text(random: Random, requests: Sequence[bytes]) -> bytes:
    """Repeat a text in the query, in a header or in the body of a request."""
    line, _, rest = random.choice(requests).partition(b"\r\n")
    text = random.choice(HOSTILE_TEXTS)
    text *= random.choice((10, 500, 8_000, 30_000)) // len(text)
    place = random.randrange(3)
    if place == 0:
        method, target, version = line.split(b" ")
        safe = text.replace(b" ", b"+").replace(b'"', b"%22").replace(b"\\", b"%5C")
        return b" ".join([method, target + (b"&" if b"?" in target else b"?") + safe, version]) + b"\r\n" + rest
    if place == 1:
        name = random.choice((b"x-a", b"authorization", b"referer", b"cookie"))
        return b"\r\n".join([line, name + b": " + text, rest])
    head = b"POST /api/v3/auth HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return head + b"content-length: %d\r\n\r\n" % len(text) + text


def _draw_bytes(random: Random, requests: Sequence[bytes]) -> bytes:
    return random.randbytes(random.choice((1, 5, 100, 5_000)))


def _choose_position(random: Random, requests: Sequence[bytes]) -> tuple[bytes, int]:
    data = random.choice(requests)
    return data, random.randrange(len(data))


MUTATIONS: dict[str, Callable[[Random, Sequence[bytes]], bytes]] = {
    "no change": _leave,
    "bytes changed": _change_bytes,
    "bytes inserted": _insert_bytes,
    "bytes deleted": _delete_bytes,
    "cut off": _truncate,
    "a part repeated": _repeat_slice,
    "two requests joined": _splice,
    "odd headers": _add_header,
    "odd request line": _change_line,
    "odd chunks": _send_chunks,
    "several requests": _pipeline,
    "random bytes": _draw_bytes,
    "hostile text repeated": _repeat_hostile_text,
}
