"""An HTTP client that sends each request to one of the servers at random, and records what happened to it."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from random import Random  # noqa: TID251 - seeded
from typing import Any

from tests.storage.kills.fleet import Fleet
from tests.storage.kills.operation_log import OperationLog

TIMEOUT = 120
CREDENTIALS = {"username": "partner@acme.example", "password": "wavetank"}
JSON = "application/json"


class Client:
    """A client of one workspace. It keeps a connection to each server, and asks only `server` if that is set."""

    def __init__(self, fleet: Fleet, log: OperationLog, workspace: str, random: Random) -> None:
        self.workspace, self.random = workspace, random
        self.prefix = "" if workspace == "default" else f"/w/{workspace}"
        self.token = ""
        self.server: int | None = None
        self._fleet, self._log = fleet, log
        self._connections: dict[tuple[str, int], HTTPConnection] = {}

    def call(
        self, name: str, method: str, path: str, sent: Mapping[str, Any], body: Any = None, *, writes: bool = True
    ) -> dict[str, Any]:
        """Send a request, record it as operation `name` with the values in `sent`, and return the record."""
        operation: dict[str, Any] = {"op": name, "workspace": self.workspace, "sent": dict(sent)}
        operation["begin"] = self._log.begin(writes=writes)
        try:
            status, request_id, response_type, content = self._send(method, path, body)
        except ConnectionRefusedError:
            self._log.discard(writes=writes)
            return {**operation, "outcome": "not sent", "got": None, "status": 0}
        except (OSError, HTTPException):
            operation |= {"outcome": "unknown", "status": 0, "got": None}
        else:
            outcome = "ok" if status < 300 else "refused" if status < 500 else "unknown"
            operation |= {"outcome": outcome, "status": status, "request_id": request_id}
            body_is_json = bool(content) and (response_type or "").startswith(JSON)
            operation["got"] = _shorten(name, outcome, json.loads(content) if body_is_json else None)
        self._log.end(operation, writes=writes)
        return operation

    def sign_in(self) -> dict[str, Any]:
        """Sign in, and use the token from then on."""
        operation = self.call("sign in", "POST", "/api/v3/auth", {}, CREDENTIALS)
        if operation["outcome"] == "ok":
            self.token = operation["got"]["token"]
        return operation

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()

    def _send(self, method: str, path: str, body: Any) -> tuple[int, str | None, str | None, bytes]:
        addresses = self._fleet.addresses()
        address = self.random.choice(list(addresses.values())) if self.server is None else addresses[self.server]
        connection = self._connections.pop(address, None)
        if connection is None:
            connection = HTTPConnection(*address, timeout=TIMEOUT)
            connection.connect()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = JSON
        try:
            connection.request(method, self.prefix + path, content, headers)
            response: HTTPResponse = connection.getresponse()
            header = response.getheader
            received = response.status, header("x-request-id"), header("content-type"), response.read()
        except BaseException:
            connection.close()
            raise
        self._connections[address] = connection
        return received


def _shorten(name: str, outcome: str, content: Any) -> Any:
    """Return what of an answer is recorded."""
    if outcome != "ok":
        return content.get("error_code") if isinstance(content, dict) else None
    if name == "sign in":
        return {"token": content["AccessToken"], "jti": read_claim(content["AccessToken"], "jti")}
    if name == "list results":
        return [row["id"] for row in content if row["source"] == "manual"]
    return content


def read_claim(token: str, name: str) -> Any:
    """Return a claim of a token."""
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))[name]
