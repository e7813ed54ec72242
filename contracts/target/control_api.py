"""The control API of a target that has one: its worlds, and the time and the data that a test may give them."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import Broken, Unreachable

WORKSPACE = re.compile(r"/w/[^/]+$")


class Refused(Exception):
    """The control API refused what a contract arranged: the contract is wrong, or the target's control API is."""


class Control:
    """One world's control API. `root` is its address, such as `http://127.0.0.1:8080/w/run-1/_mock`."""

    def __init__(
        self,
        http: httpx.Client,
        root: str,
        token: str | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self._http = http
        self._root = root.rstrip("/")
        self._token = token
        self.transcript = transcript or Transcript()

    def at(self, root: str, transcript: Transcript) -> "Control":
        """The control API of another world of the same server."""
        return Control(self._http, root, self._token, transcript)

    @property
    def server(self) -> str:
        """Where the server stands, whose root control API makes workspaces: without `/_mock`, without `/w/{name}`."""
        return WORKSPACE.sub("", self._root.removesuffix("/_mock"))

    def get(self, path: str) -> Any:
        """Read, such as `/clock`."""
        return self._ask("GET", path, None)

    def post(self, path: str, order: Mapping[str, Any] | None = None) -> Any:
        """Do, such as `/clock/advance` with `{"days": 1}`."""
        return self._ask("POST", path, order)

    def put(self, path: str, order: Mapping[str, Any]) -> Any:
        """Set, such as `/clock` or `/quirks`."""
        return self._ask("PUT", path, order)

    def delete(self, path: str) -> None:
        """Remove, such as `/workspaces/run-1`."""
        self._ask("DELETE", path, None)

    def _ask(self, method: str, path: str, order: Mapping[str, Any] | None) -> Any:
        headers = {} if self._token is None else {"x-mock-control-token": self._token}
        request = self._http.build_request(method, f"{self._root}{path}", json=order, headers=headers)
        try:
            answer = self._http.send(request)
        except httpx.TransportError:
            self.transcript.add(request, None)
            raise
        self.transcript.add(request, answer)
        if answer.status_code >= 500:
            raise Broken(f"{method} {request.url.path}, and the jobs due by then", "no 5xx", answer.text[:500])
        if answer.status_code >= 400:
            raise Refused(f"{method} {request.url} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None


def found(http: httpx.Client, root: str, token: str | None = None) -> Control | None:
    """The control API at this address, None where there is none.

    Raises Unreachable where there is one and it is closed to us.
    """
    headers = {} if token is None else {"x-mock-control-token": token}
    answer = http.get(f"{root.rstrip('/')}/status", headers=headers)
    try:
        status = answer.json()
    except ValueError:
        return None
    if answer.status_code == 403 and _names_the_token(status):
        raise Unreachable(f"the control API at {root} needs its token: set CONTRACTS_CONTROL_TOKEN, or --control none")
    if answer.status_code != 200 or not {"version", "workspace", "clock"} <= set(status):
        return None
    return Control(http, root, token)


def _names_the_token(refusal: Any) -> bool:
    entries = refusal.get("validation_errors", []) if isinstance(refusal, dict) else []
    return any(entry.get("field") == "X-Mock-Control-Token" for entry in entries)
