"""The client of the mock's control API: workspaces, and the clock and the test data of one workspace."""

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from contracts.errors import ContractsError
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BrokenRuleError, TargetUnreachableError
from contracts.target.client import json_or_none
from contracts.target.retries import send_recorded

WORKSPACE_SUFFIX = re.compile(r"/w/[^/]+$")
TOKEN_HEADER = "x-mock-control-token"  # noqa: S105 - the name of a header
STATUS_FIELDS = {"version", "workspace", "clock"}
"""Fields by which the status of a control API is recognized."""


class ControlRefusedError(ContractsError):
    """The control API rejected a request of a contract: a defect of the contract or of the control API."""


class ControlApi:
    """The control API of one workspace. `root` is its URL, such as `http://127.0.0.1:8080/w/run-1/_mock`."""

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
        """Return the control API of another workspace of the same server."""
        return ControlApi(self._http, root, self._token, transcript)

    @property
    def server_url(self) -> str:
        """The URL of the server, without `/w/{name}` and `/_mock`. Workspaces are created at this server."""
        return WORKSPACE_SUFFIX.sub("", self._root.removesuffix("/_mock"))

    def get(self, path: str) -> Any:
        """GET a path such as `/clock`. Return the body."""
        return self._request("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """POST to a path such as `/clock/advance` with `{"days": 1}`. Return the body."""
        return self._request("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """PUT to a path such as `/clock` or `/quirks`. Return the body."""
        return self._request("PUT", path, body)

    def delete(self, path: str) -> None:
        """DELETE a path such as `/workspaces/run-1`."""
        self._request("DELETE", path, None)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        """Send a request. Return the body, None if it is empty. Raises BrokenRuleError, ControlRefusedError.

        A 5xx breaks the contract's rules: due jobs run during the request, and one of them has failed.
        """
        headers = {} if self._token is None else {TOKEN_HEADER: self._token}
        request = self._http.build_request(method, f"{self._root}{path}", json=body, headers=headers)
        response = send_recorded(self._http, request, self.transcript)
        if response.status_code >= 500:
            raise BrokenRuleError(
                f"response of {method} {request.url.path}, during which due jobs run", "no 5xx", response.text[:500]
            )
        if response.status_code >= 400:
            raise ControlRefusedError(f"{method} {request.url} answered {response.status_code}: {response.text[:500]}")
        return response.json() if response.content else None


def discover(http: httpx2.Client, root: str, token: str | None = None) -> ControlApi | None:
    """Return the control API at this URL, None if there is none. Raises TargetUnreachableError if it needs a token."""
    headers = {} if token is None else {TOKEN_HEADER: token}
    response = http.get(f"{root.rstrip('/')}/status", headers=headers)
    status = json_or_none(response)
    if not isinstance(status, dict):
        return None
    if response.status_code == 403 and _is_control_token_refusal(status):
        raise TargetUnreachableError(
            f"the control API at {root} requires a token: set CONTRACTS_CONTROL_TOKEN, or pass --control none"
        )
    if response.status_code != 200 or not status.keys() >= STATUS_FIELDS:
        return None
    return ControlApi(http, root, token)


def _is_control_token_refusal(refusal: Mapping[str, Any]) -> bool:
    return any(entry.get("field") == "X-Mock-Control-Token" for entry in refusal.get("validation_errors", []))
