"""One run's hold on its target: connections, the control API where there is one, and the worlds handed to contracts."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx2

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.transcript import RequestCounter, Transcript
from contracts.spec.verdicts import NotApplicableError
from contracts.target import control_api
from contracts.target.client import Gate, NoCookies, OpenGate, TargetConnection
from contracts.target.clock import PollingClock
from contracts.target.control_api import ControlApi
from contracts.target.deployment import Deployment, RunContext
from contracts.target.sandbox import START_TIME, Sandbox
from contracts.target.target import SAMPLE_PASSWORD, TargetOptions

TIMEOUT = httpx2.Timeout(30.0)


class TargetSession:
    """What a session knows of its target. `gate` stands before the target's own world, never before a sandbox."""

    def __init__(self, target: TargetOptions, api_spec: OpenApiSpec, gate: Gate | None = None) -> None:
        self.target = target
        self.api_spec = api_spec
        self.gate = gate or OpenGate()
        self.http = httpx2.Client(timeout=TIMEOUT, follow_redirects=False, cookies=NoCookies())
        self.request_counter = RequestCounter()
        self._run_context = RunContext(target.run_id)

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    @cached_property
    def control(self) -> ControlApi | None:
        """The control API of the world that is inspected; None where there is none, or none shall be used.

        Raises Unreachable where there is one and it is closed to us.
        """
        for root in self.target.control_roots():
            found = control_api.discover(self.http, root, self.target.control_token)
            if found is not None:
                return found
        return None

    @property
    def is_our_mock(self) -> bool:
        """Whether the target says that it is the mock: there nothing that is ruled may differ."""
        return self.control is not None

    @cached_property
    def quirks(self) -> dict[str, Any]:
        """The sides that the inspected world plays; each sandbox plays them too."""
        return dict(self.control.get("/quirks")) if self.control else {}

    @contextmanager
    def sandbox(self, **options: object) -> Iterator[Sandbox]:
        """A fresh world of the suite's own, gone afterwards. `order` is as `POST /_mock/workspaces` takes it.

        Raises NotApplicableError where the target has no control API.
        """
        if self.control is None:
            raise NotApplicableError("needs arranged data and a clock: the target has no control API")
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
        """The target's own world, as it stands, behind the gate."""
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
