"""A stub of the API of a container engine: it records what is asked, and every container is the same server."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

CONTAINER_ID = "c0ffee" * 10 + "abcd"


class Engine:
    """The engine. `port` is that of the server that every container is; `created` are the containers asked for."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.created = list[dict[str, Any]]()
        self.calls = list[str]()

    def answer(self, method: str, path: str, body: Any) -> Any:
        """Return the response to a request, None if it has no content."""
        self.calls.append(f"{method} {path}")
        if path.endswith("/version"):
            return {"ApiVersion": "1.50", "MinAPIVersion": "1.24", "Version": "28.0", "Os": "linux", "Arch": "amd64"}
        if path.endswith("/containers/create"):
            self.created.append(body)
            return {"Id": CONTAINER_ID, "Warnings": []}
        if path.endswith("/containers/json"):
            return [self._describe()]
        if path.endswith(f"/containers/{CONTAINER_ID}/json"):
            return self._describe()
        return {} if method == "GET" else None

    def _describe(self) -> dict[str, Any]:
        """Return the container, as far as it is read."""
        networks = {"bridge": {"Gateway": "127.0.0.1", "IPAddress": "127.0.0.1"}}
        ports = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(self.port)}]}
        return {
            "Id": CONTAINER_ID,
            "Name": "/x",
            "State": {"Status": "running", "Running": True},
            "Config": {},
            "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {"Ports": ports, "Networks": networks},
        }


@contextmanager
def running_engine(port: int) -> Iterator[tuple[Engine, str]]:
    """Run an engine, and yield it with the value for DOCKER_HOST."""
    engine = Engine(port)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            answer = engine.answer(self.command, re.sub(r"\?.*", "", self.path), body)
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(204 if answer is None else 201 if self.command == "POST" else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = handle_any

        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield engine, f"tcp://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
