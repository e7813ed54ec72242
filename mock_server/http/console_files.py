"""Sends the files of the console. It is imported when the console is first asked for.

The console is a page at `/_mock/`, in each workspace too, and files below `/_mock/console/`. A request for one of them
is answered before its workspace acts: no job runs, the journal does not contain it, and no control token is needed.
Whatever the page does then, it does through the platform's API and the control API.
"""

import asyncio
from collections.abc import Mapping

from mock_server.console import bundle
from mock_server.console.bundle import Asset, Bundle
from mock_server.domain.errors import Problem, UnknownPathError
from mock_server.http.context import Headers, RequestContext
from mock_server.http.endpoint import CONTROL_PREFIX

PAGE_PATH = f"{CONTROL_PREFIX}/"
FILES_PATH = f"{PAGE_PATH}console/"
SAFETY_HEADERS: Headers = [
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
MISSING = Problem(
    "missing", "path", f"the console's files are not installed: {bundle.INDEX} is missing; install wavetank again"
)


class ConsoleFiles:
    """Answers requests for the console with the files of a bundle."""

    def __init__(self, files: Bundle) -> None:
        self._files = files

    def find(self, context: RequestContext, path: str) -> str | None:
        """Return which file answers a GET or HEAD of this path in a workspace, None if it is not for the console.

        An empty name stands for a redirect to the page.
        """
        if path == PAGE_PATH:
            return bundle.INDEX
        if path == CONTROL_PREFIX:
            return ""
        if path.startswith(FILES_PATH):
            name = path[len(FILES_PATH) :]
            return name if name != bundle.INDEX and name in self._files else None
        return "" if prefers_page(context.headers.get(b"accept", b"")) else None

    async def send(self, context: RequestContext, name: str) -> None:
        """Send the file with this name, or a redirect to the page. Raises UnknownPathError if there is no page."""
        if not name:
            page = f"{context.mount_path}{context.workspace_prefix}{PAGE_PATH}"
            await _send(context, 307, [(b"location", page.encode("latin-1"))], b"")
            return
        if name not in self._files:
            raise UnknownPathError(MISSING)
        asset = await asyncio.to_thread(self._files.read, name)
        tag = asset.tag.encode()
        headers: Headers = [*SAFETY_HEADERS, (b"etag", tag), (b"cache-control", b"no-cache")]
        if asset.compressed:
            headers.append((b"vary", b"accept-encoding"))
        if _has_tag(context.headers.get(b"if-none-match", b""), tag):
            await _send(context, 304, headers, None)
        else:
            await _send(context, 200, headers, _choose_content(context, asset, headers))


def _choose_content(context: RequestContext, asset: Asset, headers: Headers) -> bytes:
    """Return the content in the form that the client accepts, and add the headers that describe it."""
    headers.append((b"content-type", asset.content_type.encode()))
    accepted = parse_qualities(context.headers.get(b"accept-encoding", b""))
    if not asset.compressed or accepted.get("gzip", accepted.get("*", 0.0)) <= 0:
        return asset.content
    headers.append((b"content-encoding", b"gzip"))
    return asset.compressed


async def _send(context: RequestContext, status: int, headers: Headers, content: bytes | None) -> None:
    """Send a response. A HEAD gets the same headers without the content; None is a response that has none."""
    context.answered = True
    headers = [*headers, *context.response_headers]
    if content is not None:
        headers.append((b"content-length", b"%d" % len(content)))
    await context.send({"type": "http.response.start", "status": status, "headers": headers})
    await context.send({"type": "http.response.body", "body": b"" if context.method == "HEAD" else content or b""})


def prefers_page(accept: bytes) -> bool:
    """Whether a client asks for a page rather than for JSON, as browsers do."""
    accepted = parse_qualities(accept)
    json = accepted.get("application/json", accepted.get("application/*", accepted.get("*/*", 0.0)))
    return accepted.get("text/html", 0.0) > json


def parse_qualities(value: bytes) -> Mapping[str, float]:
    """Return how much a client wants each of the values that a header like `Accept` lists, from 0 to 1."""
    qualities = {}
    for item in value.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights = [each.partition("=")[2] for each in parameters if each.partition("=")[0].strip() == "q"]
        qualities[name] = _parse_weight(weights[0].strip()) if weights else 1.0
    return qualities


def _parse_weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _has_tag(sent: bytes, tag: bytes) -> bool:
    tags = [each.strip() for each in sent.split(b",")]
    return b"*" in tags or any(each.removeprefix(b"W/") == tag.removeprefix(b"W/") for each in tags)
