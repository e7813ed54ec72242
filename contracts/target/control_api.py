"""The control API of a target that has one: its worlds, and the time and the data that a test may give them."""

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BrokenRuleError, TargetUnreachableError

WORKSPACE_SUFFIX = re.compile(r"/w/[^/]+$")


class ControlRefusedError(Exception):
    """The control API refused what a contract arranged: the contract is wrong, or the target's control API is."""


class ControlApi:
    """One world's control API. `root` is its address, such as `http://127.0.0.1:8080/w/run-1/_mock`."""

    def __init__(
        self,
        http: httpx2.Client,
        root: str,
        token: str | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self._http = http
        self._root = root.rstrip("/")
        self._token = token
        self.transcript = transcript or Transcript()

    def with_root(self, root: str, transcript: Transcript) -> "ControlApi":
        """The control API of another world of the same server."""
        return ControlApi(self._http, root, self._token, transcript)

    @property
    def server_url(self) -> str:
        """Where the server stands, whose root control API makes workspaces: without `/_mock`, without `/w/{name}`."""
        return WORKSPACE_SUFFIX.sub("", self._root.removesuffix("/_mock"))

    def get(self, path: str) -> Any:
        """Read, such as `/clock`."""
        return self._request("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do, such as `/clock/advance` with `{"days": 1}`."""
        return self._request("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Set, such as `/clock` or `/quirks`."""
        return self._request("PUT", path, body)

    def delete(self, path: str) -> None:
        """Remove, such as `/workspaces/run-1`."""
        self._request("DELETE", path, None)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        headers = {} if self._token is None else {"x-mock-control-token": self._token}
        request = self._http.build_request(method, f"{self._root}{path}", json=body, headers=headers)
        try:
            response = self._http.send(request)
        except httpx2.TransportError:
            self.transcript.add(request, None)
            raise
        self.transcript.add(request, response)
        if response.status_code >= 500:
            raise BrokenRuleError(
                f"{method} {request.url.path}, and the jobs due by then", "no 5xx", response.text[:500]
            )
        if response.status_code >= 400:
            raise ControlRefusedError(f"{method} {request.url} answered {response.status_code}: {response.text[:500]}")
        return response.json() if response.content else None


def discover(http: httpx2.Client, root: str, token: str | None = None) -> ControlApi | None:
    """The control API at this address, None where there is none.

    Raises Unreachable where there is one and it is closed to us.
    """
    headers = {} if token is None else {"x-mock-control-token": token}
    response = http.get(f"{root.rstrip('/')}/status", headers=headers)
    try:
        status = response.json()
    except ValueError:
        return None
    if response.status_code == 403 and _is_control_token_refusal(status):
        raise TargetUnreachableError(
            f"the control API at {root} needs its token: set CONTRACTS_CONTROL_TOKEN, or --control none"
        )
    if response.status_code != 200 or not {"version", "workspace", "clock"} <= set(status):
        return None
    return ControlApi(http, root, token)


def _is_control_token_refusal(refusal: Any) -> bool:
    entries = refusal.get("validation_errors", []) if isinstance(refusal, dict) else []
    return any(entry.get("field") == "X-Mock-Control-Token" for entry in entries)
