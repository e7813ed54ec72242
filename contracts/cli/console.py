"""Sends the result of a run to the console of a mock, which shows it beside earlier ones."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from contracts.target.connections import open_http
from contracts.target.options import OptionError

CONTROL_PATH = "/_mock"


def parse_address(text: str) -> str:
    """Return the address of the control API. The address of the mock, or of its page, will do. Raises OptionError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise OptionError(f"--console: not an HTTP URL without a user: {text}")
    path = parts.path.rstrip("/").removesuffix(CONTROL_PATH)
    return f"{parts.scheme}://{parts.netloc}{path}{CONTROL_PATH}"


def send(address: str, file: Path, control_token: str | None) -> str:
    """Send a result, and return the reason why the console does not have it, an empty text if it does."""
    headers = {"content-type": "application/json"}
    if control_token is not None:
        headers["X-Mock-Control-Token"] = control_token
    try:
        with open_http(address) as http:
            response = http.post(f"{address}/reports", content=file.read_bytes(), headers=headers)
    except (httpx2.HTTPError, OSError) as error:
        return f"{error or type(error).__name__}"
    return "" if response.status_code == 201 else f"it answered {response.status_code}{_find_reason(response)}"


def _find_reason(response: httpx2.Response) -> str:
    """Return what the first entry of an error body says, if it is one of a mock."""
    try:
        return f": {response.json()['validation_errors'][0]['message']}"
    except (ValueError, LookupError, TypeError):
        return ""
