"""A run's session with its target: the connections, the control API, and the workspaces that contracts use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.transcript import RequestCounter, Transcript
from contracts.spec.verdicts import NotApplicableError
from contracts.target import control_api
from contracts.target.client import Gate, OpenGate, TargetConnection, open_http
from contracts.target.clock import PollingClock
from contracts.target.control_api import ControlApi
from contracts.target.deployment import Deployment, RunContext
from contracts.target.sandbox import START_TIME, Sandbox
from contracts.target.target import SAMPLE_PASSWORD, TargetOptions


class TargetSession:
    """A run's session with its target. `gate` protects the target's own data. Sandboxes need no gate."""

    def __init__(self, target: TargetOptions, api_spec: OpenApiSpec, gate: Gate | None = None) -> None:
        self.target = target
        self.api_spec = api_spec
        self.gate = gate or OpenGate()
        self.http = open_http()
        self.request_counter = RequestCounter()
        self._run_context = RunContext(target.run_id)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    @cached_property
    def control(self) -> ControlApi | None:
        """The control API of the target. None if the target has none, or if `--control none` is set.

        Raises TargetUnreachableError if it requires a token.
        """
        for root in self.target.control_roots():
            found = control_api.discover(self.http, root, self.target.control_token)
            if found is not None:
                return found
        return None

    @property
    def is_our_mock(self) -> bool:
        """Whether the target is the mock, which must also keep assumed rules."""
        return self.control is not None

    @cached_property
    def quirks(self) -> dict[str, Any]:
        """The target's quirks. Each sandbox gets the same quirks."""
        return dict(self.control.get("/quirks")) if self.control else {}

    @contextmanager
    def sandbox(self, **options: object) -> Iterator[Sandbox]:
        """Create a workspace and delete it afterwards. `options` are fields of `POST /_mock/workspaces`.

        Raises NotApplicableError if the target has no control API.
        """
        if self.control is None:
            raise NotApplicableError("needs test data and a clock that only a control API provides")
        transcript, server = Transcript(self.request_counter), self.control.server_url
        server_control = self.control.with_root(f"{server}/_mock", transcript)
        defaults = {"seed": self.target.seed, "now": START_TIME, "mode": "frozen", "timing": "quick", "world": "sample"}
        workspace = server_control.post("/workspaces", {**defaults, "quirks": self.quirks, **options})
        connection = TargetConnection(self.http, f"{server}{workspace['base_path']}", self.api_spec, transcript)
        try:
            yield Sandbox(
                connection,
                server_control.with_root(f"{server}{workspace['control_path']}", transcript),
                self._sample_password,
            )
        finally:
            server_control.with_root(f"{server}/_mock", Transcript()).delete(f"/workspaces/{workspace['name']}")

    @contextmanager
    def deployment(self) -> Iterator[Deployment]:
        """Open the target's own data, protected by the gate."""
        transcript = Transcript(self.request_counter)
        connection = TargetConnection(self.http, self.target.base_url, self.api_spec, transcript, self.gate)
        optional_users = {
            "partner": self.target.user,
            "second": self.target.second_user,
            "admin": self.target.admin_user,
        }
        users = {role: person for role, person in optional_users.items() if person}
        yield Deployment(connection, PollingClock(self.target.job_timeouts), users, self._run_context)

    @property
    def _sample_password(self) -> str:
        return self.target.user.password if self.target.user else SAMPLE_PASSWORD
