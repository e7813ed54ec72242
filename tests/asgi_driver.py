"""Send requests to an app in this process without an HTTP client. Each costs little, and a test chooses their order."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Message

from mock_server.state.workspace import Workspace
from tests.builders import ACME
from tests.example_requests import DOCUMENT

USER = {"username": "partner@acme.example", "password": "wavetank"}

FORM_HEAD = (
    b'--driver\r\nContent-Disposition: form-data; name="file"; filename="sheet.csv"\r\nContent-Type: text/csv\r\n\r\n'
)
FORM_END = b"\r\n--driver--\r\n"


@dataclass(frozen=True)
class AsgiResponse:
    """The response to a request."""

    status: int
    request_id: str
    content: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.content)


@dataclass
class Driver:
    """A client of an app. `prefix` is the start of the paths of its workspace."""

    app: ASGIApp
    prefix: str = ""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def request(self, method: str, target: str, body: object = None) -> AsgiResponse:
        """Send one request to a target under /api/v3 or /_mock. Bytes are sent as a CSV file in a form."""
        sent: list[Message] = []
        content, content_type = _encode_body(body)
        path, _, query = f"{self.prefix}{target}".partition("?")

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [*self.headers, *content_type],
            "client": ("127.0.0.1", 1),
        }
        await self.app(scope, receive, send)
        request_id = dict(sent[0]["headers"])[b"x-request-id"].decode()
        return AsgiResponse(sent[0]["status"], request_id, b"".join(message.get("body", b"") for message in sent[1:]))

    async def sign_in(self) -> None:
        """Sign in, and send the token with each later request."""
        answer = await self.request("POST", "/api/v3/auth", USER)
        self.headers = [(b"authorization", f"Bearer {answer.json()['AccessToken']}".encode())]


def _encode_body(body: object) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    if body is None:
        return b"", []
    if isinstance(body, bytes):
        return FORM_HEAD + body + FORM_END, [(b"content-type", b"multipart/form-data; boundary=driver")]
    return json.dumps(body).encode(), [(b"content-type", b"application/json")]


def request_once(driver: Driver, method: str, target: str, body: object = None) -> AsgiResponse:
    """Send one request in an event loop of its own."""
    return asyncio.run(driver.request(method, target, body))


def read_targets(workspace: Workspace) -> Iterator[str]:
    """Yield the target of each read operation in `openapi.yaml`, for each object that the partner owns."""
    store = workspace.store
    packages = [package for package in store.packages if package.partner_id == ACME]
    events = [event.id for event in store.events if event.partner_id == ACME]
    for path, item in sorted(DOCUMENT["paths"].items()):
        if "get" not in item:
            continue
        required = [parameter["name"] for parameter in _parameters(item["get"]) if _required_in_query(parameter)]
        query = "&".join(f"{name}={ACME if name == 'partner_id' else '{eid}'}" for name in required)
        template = f"/api/v3{path}?{query}" if query else f"/api/v3{path}"
        if "{tc}" in path:
            path_values = [
                {"package_id": own_package.id, "tc": quote(cluster.tc)}
                for own_package in packages
                for cluster in own_package.clusters or ()
            ]
        elif "{package_id}" in path:
            path_values = [{"package_id": each.id} for each in packages]
        elif "{eid}" in template:
            path_values = [{"eid": eid} for eid in events]
        else:
            path_values = [{}]
        yield from sorted(template.format(**{"partner_id": ACME, **values}) for values in path_values)


async def read_all_targets(driver: Driver, workspace: Workspace) -> list[tuple[str, int, bytes]]:
    """Read each target and return it with the status and body of its response."""
    answers = [(target, await driver.request("GET", target)) for target in read_targets(workspace)]
    return [(target, answer.status, answer.content) for target, answer in answers]


def _parameters(operation: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [
        DOCUMENT["components"]["parameters"][parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
        for parameter in operation.get("parameters", [])
    ]


def _required_in_query(parameter: dict[str, Any]) -> bool:
    return parameter["in"] == "query" and parameter.get("required", False)
