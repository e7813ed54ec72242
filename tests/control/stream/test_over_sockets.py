"""Streams over real sockets: they go on, end with the client and with the server, and are limited."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from mock_server.http.request_body import LARGE_BODY_BYTES, MAX_BODY_BYTES
from mock_server.settings import Settings
from tests import plain_http
from tests.builders import a_workspace
from tests.control.stream.frames import FOLLOWS, Frame, parse
from tests.http.server_process import FROZEN, MISSING_MODULES, PARSERS, start_server
from tests.mock_harness import running_server

MAX_TRIES = 10_000


@contextmanager
def following(origin: str, path: str = "/_mock/stream", after: str | None = None) -> Iterator[Iterator[Frame]]:
    """Follow a stream, and yield its events."""
    headers = FOLLOWS | ({} if after is None else {"last-event-id": after})
    with httpx2.stream("GET", origin + path, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        yield read_frames(answer.iter_bytes())


def read_frames(contents: Iterator[bytes]) -> Iterator[Frame]:
    waiting = b""
    for content in contents:
        *whole, waiting = (waiting + content).split(b"\n\n")
        for block in whole:
            yield from parse(block + b"\n\n")


def test_a_page_sees_what_happens_and_resumes_where_it_was() -> None:
    with running_server(a_workspace()) as origin:
        with following(origin) as frames:
            assert next(frames).kind == "clock"
            plain_http.get(f"{origin}/api/v3/status/")
            seen = next(frames)
            assert (seen.kind, seen.data["path"]) == ("request", "/api/v3/status/")
            plain_http.post(f"{origin}/_mock/clock/next")
            assert {next(frames).kind for _ in range(3)} == {"job", "clock"}
        plain_http.get(f"{origin}/api/v3/events/")
        with following(origin, after=seen.id) as frames:
            assert [next(frames).kind for _ in range(4)] == ["request", "job", "job", "clock"]


def test_a_client_that_leaves_makes_room_for_another() -> None:
    with running_server(a_workspace(), Settings(max_streams=1)) as origin:
        with following(origin) as frames:
            next(frames)
            refused = plain_http.get(f"{origin}/_mock/stream", headers=FOLLOWS)
            assert (refused.status_code, refused.json()["validation_errors"][0]["field"]) == (503, "stream")
            assert refused.headers["x-request-id"]
            assert plain_http.get(f"{origin}/_mock/stream").status_code == 200
        assert any(_is_admitted(origin) for _ in range(MAX_TRIES))


def _is_admitted(origin: str) -> bool:
    with httpx2.stream("GET", f"{origin}/_mock/stream", headers=FOLLOWS) as answer:
        return answer.status_code == 200


def test_the_stream_of_a_deleted_workspace_ends() -> None:
    with running_server(a_workspace()) as origin:
        plain_http.post(f"{origin}/_mock/workspaces", json={"name": "x"})
        with following(origin, "/w/x/_mock/stream") as frames:
            next(frames)
            plain_http.delete(f"{origin}/_mock/workspaces/x")
            assert [frame.data for frame in frames] == [{"name": "x", "change": "deleted"}]
        assert plain_http.get(f"{origin}/w/x/_mock/stream", headers=FOLLOWS).status_code == 404


def test_a_stream_ends_if_its_client_sends_a_body_that_is_too_large() -> None:
    def contents() -> Iterator[bytes]:
        for _ in range(MAX_BODY_BYTES // LARGE_BODY_BYTES + 1):
            yield b"x" * LARGE_BODY_BYTES

    with (
        running_server(a_workspace()) as origin,
        httpx2.stream("GET", f"{origin}/_mock/stream", headers=FOLLOWS, content=contents(), timeout=60) as answer,
    ):
        assert [frame.kind for frame in read_frames(answer.iter_bytes())] == ["clock"]


@pytest.mark.parametrize("parser", PARSERS)
def test_a_stop_does_not_wait_for_streams(parser: str) -> None:
    """The server may take ten minutes to stop, but ends at once."""
    flags = (*FROZEN, "--shutdown-timeout", "600")
    with start_server(MISSING_MODULES[parser], flags) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().split()[1].removesuffix("/api/v3")
        with following(origin) as frames, following(origin) as others:
            next(frames)
            next(others)
            process.terminate()
            assert list(frames) == list(others) == []
        assert _wait(process) == (0, "")


def _wait(process: "subprocess.Popen[str]") -> tuple[int, str]:
    _, log = process.communicate(timeout=60)
    return process.returncode, log
