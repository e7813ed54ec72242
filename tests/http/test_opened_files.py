"""No text of a client becomes the name of a file, a module, a program or a host, as Python's audit events show."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from tests.example_requests import EXAMPLES, FILES, Example, a_client, example_id
from tests.http.test_origins import CONTROL_OPERATIONS, Operation
from tests.mock_harness import Client

CANARY = "canary"
NAMES = (
    CANARY, f"../../{CANARY}", f"..%2f..%2f{CANARY}", f"/tmp/{CANARY}", f"{CANARY}%00.json", f"file:///{CANARY}",
    f"C:%5C{CANARY}.csv",
)  # fmt: skip
"""Names as an attacker sends them. In a URL they are sent as they are, elsewhere decoded or not."""
WATCHED = ("open", "os.", "shutil.", "glob.", "tempfile.", "subprocess.", "import", "pathlib.", "socket.", "sqlite3.")
NEVER = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system", "os.exec", "os.fork")
"""Events that no request causes, whatever its texts are."""
WRITE_FLAGS = 0o3
"""The flags of `open` that a reader does not set: O_WRONLY and O_RDWR."""


class Watch:
    """Collects audit events while it is active. An audit hook cannot be removed, so there is one for all tests."""

    def __init__(self) -> None:
        self.events: list[tuple[str, tuple[Any, ...]]] | None = None
        self._is_installed = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.events is not None and event.startswith(WATCHED):
            self.events.append((event, arguments))

    @contextmanager
    def active(self) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
        if not self._is_installed:
            sys.addaudithook(self)
            self._is_installed = True
        self.events = events = []
        try:
            yield events
        finally:
            self.events = None


WATCH = Watch()


def find_misuse(events: list[tuple[str, tuple[Any, ...]]]) -> list[str]:
    """Return the events that contain a text of the client, or open a file to write to it.

    Compiled modules, and the nameless temporary files of spreadsheets, may be written.
    """
    named = [
        f"{event} {arguments!r}" for event, arguments in events if event in NEVER or CANARY in repr(arguments).lower()
    ]
    opened = [arguments for event, arguments in events if event == "open" and len(arguments) > 2]
    written = [f"open {path!r}" for path, _, flags in opened if flags & WRITE_FLAGS]
    return named + [each for each in written if ".pyc" not in each and repr(gettempdir())[1:-1] not in each]


def rename(value: Any, name: str) -> Any:
    """Replace each text in a JSON value."""
    if isinstance(value, dict):
        return {key: rename(member, name) for key, member in value.items()}
    if isinstance(value, list):
        return [rename(member, name) for member in value]
    return name if isinstance(value, str) else value


def replace_segments(path: str, name: str) -> Iterator[str]:
    segments = path.split("/")
    for index in range(1, len(segments)):
        yield "/".join([*segments[:index], name.replace("://", ":%2F%2F"), *segments[index + 1 :]])


def platform_targets(example: Example, name: str) -> Iterator[str]:
    yield from replace_segments(example.path, name)
    query = example.target[len(example.path) + 1 :]
    names = [pair.partition("=")[0] for pair in query.split("&") if pair]
    yield f"{example.path}?{'&'.join(f'{each}={name}' for each in names)}"
    yield f"{example.path}?{name}={name}"


def use_every_text(client: Client, example: Example) -> None:
    for name in NAMES:
        for target in platform_targets(example, name):
            client.send(example.method, target, **example.request_options)
        headers = {"x-preferred-partner-id": name, "x-request-id": name, "accept-language": name}
        client.send(example.method, example.target, headers=headers, **example.request_options)
        client.send(example.method, example.target, json=rename(example.body, name))
        file = {"file": (name, FILES.get(example.operation, b"a,b\r\n"), "text/csv")}
        client.send(example.method, example.target, files=file)


@pytest.mark.parametrize("example", EXAMPLES, ids=example_id)
def test_no_request_to_the_platform_names_a_file(example: Example) -> None:
    client = a_client()
    example.send(client)
    with WATCH.active() as events:
        use_every_text(client, example)
    assert find_misuse(events) == []


@pytest.mark.parametrize("operation", CONTROL_OPERATIONS, ids=lambda operation: operation.name)
def test_no_control_request_names_a_file(operation: Operation) -> None:
    client = a_client()
    operation.send(client, {})
    with WATCH.active() as events:
        for name in NAMES:
            operation._replace(body=rename(operation.body, name)).send(client, {"x-mock-control-token": name})
            path, _, query = operation.path.partition("?")
            for target in (*replace_segments(path, name), f"{path}?name={name}&{query}"):
                operation._replace(path=target).send(client, {})
            client.send_raw(operation.method, f"/w/{name.replace('/', '%2F')}/_mock{operation.path}")
    assert find_misuse(events) == []


@pytest.mark.parametrize(
    "path", ["/{}", "/openapi.yaml/{}", "/.well-known/{}", "/w/{}/openapi.json", "/_mock/{}", "/w/{}"]
)
def test_no_other_path_names_a_file(path: str) -> None:
    client = a_client()
    for published in ("/openapi.yaml", "/openapi.json", "/.well-known/jwks.json"):
        client.send_raw("GET", published)
    with WATCH.active() as events:
        for name in NAMES:
            assert client.send_raw("GET", path.format(name.replace("://", ":%2F%2F"))).status_code in (403, 404)
    assert find_misuse(events) == []


def test_the_watch_sees_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.http.test_opened_files.gettempdir", lambda: "/none")
    with WATCH.active() as events:
        (tmp_path / "read").exists()
        (tmp_path / "written").write_text(json.dumps({}))
        with pytest.raises(FileNotFoundError):
            (tmp_path / CANARY).read_text()
        socket.getaddrinfo("127.0.0.1", 1)
    assert len(find_misuse(events)) == 3
