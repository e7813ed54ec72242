"""A run's session with its target: the connections, the control API, and the workspaces that contracts use."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.transcript import RequestCounter, Transcript
from contracts.spec.verdicts import NotApplicableError
from contracts.target import control_api, documentation
from contracts.target.client import Gate, OpenGate, TargetConnection
from contracts.target.clock import PollingClock, machine_pause, machine_seconds
from contracts.target.connections import open_http
from contracts.target.control_api import ControlApi
from contracts.target.deployment import (
    CHANGED_PASSWORDS_KEY,
    TOKEN_REUSE_SECONDS,
    Deployment,
    Role,
    RunContext,
    sign_in_key,
)
from contracts.target.documentation import FollowedDocumentation
from contracts.target.exchange_log import ExchangeLog
from contracts.target.retries import PatientSender
from contracts.target.sandbox import START_TIME, Sandbox
from contracts.target.stop_requests import STOP_REQUESTS
from contracts.target.target import SAMPLE_PASSWORD, TargetOptions, UserCredentials

JOB_DURATIONS_KEY = "job durations"


class TargetSession:
    """A run's session with its target. `gate` guards the target's own data; sandboxes need none.

    Raises NetworkSettingError if the environment's settings for connections cannot be used.
    """

    def __init__(self, target: TargetOptions, api_spec: OpenApiSpec, gate: Gate | None = None) -> None:
        self.target = target
        self.api_spec = api_spec
        self.gate = gate or OpenGate()
        self.http = open_http(target.base_url, *target.control_roots())
        self.request_counter = RequestCounter()
        self.exchange_log: ExchangeLog | None = None
        """Records all exchanges of this process, if the run records them."""
        self.hypothesis_home = ""
        """The folder in which processes of the run share what Hypothesis computes; empty if they share nothing."""
        self.partners: dict[Role, str] = {}
        """The partner that each role acts for, as far as the sign-in of the preflight shows it."""
        self._run_context = RunContext(target.run_id, partners=self.partners)

    @property
    def shared(self) -> dict[str, Any]:
        """The values that contracts on the target's own data share."""
        return self._run_context.shared

    def share_sign_in(self, role: Role, answer: dict[str, Any]) -> None:
        """Let contracts on the target's own data use the tokens of this sign-in."""
        self._run_context.shared[sign_in_key(role)] = machine_seconds() + TOKEN_REUSE_SECONDS, answer

    def find_shared_sign_in(self, role: Role) -> dict[str, Any]:
        """Return the body of the role's shared sign-in; empty if there is none, or if its tokens may have expired."""
        valid_until, answer = self._run_context.shared.get(sign_in_key(role), (0.0, {}))
        return dict(answer) if machine_seconds() < valid_until else {}

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
    def samples_cases(self) -> bool:
        """Whether contracts try a few cases of each kind: on the target's own data, unless all cases are wanted."""
        return self.target.samples_cases and self.control is None

    @property
    def is_our_mock(self) -> bool:
        """Whether the target is the mock, which must also keep assumed rules."""
        return self.control is not None

    @cached_property
    def documentation(self) -> FollowedDocumentation:
        """The generation of the documentation that the target follows. If only reads show it, the preflight sets it."""
        chosen = documentation.read_from_option(self.target.documentation)
        if self.control is not None:
            return chosen or documentation.read_from_control_api(self.control)
        return chosen or documentation.AS_NOTHING_TELLS

    @cached_property
    def _sandbox_profile(self) -> dict[str, Any]:
        """The members of `POST /_mock/workspaces` that make a sandbox follow the documentation of the run."""
        return documentation.build_profile(self.control, self.documentation.generation) if self.control else {}

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
        workspace: dict[str, Any] = {}
        try:
            with STOP_REQUESTS.deferred():
                workspace = server_control.post("/workspaces", {**defaults, **self._sandbox_profile, **options})
            connection = TargetConnection(self.http, f"{server}{workspace['base_path']}", self.api_spec, transcript)
            yield Sandbox(
                connection,
                server_control.with_root(f"{server}{workspace['control_path']}", transcript),
                self._sample_password,
                self.documentation.generation,
            )
        finally:
            if workspace:
                with STOP_REQUESTS.deferred():
                    server_control.with_root(f"{server}/_mock", Transcript()).delete(f"/workspaces/{workspace['name']}")

    @contextmanager
    def deployment(self) -> Iterator[Deployment]:
        """Open the target's own data, protected by the gate."""
        transcript = Transcript(self.request_counter)
        sender = PatientSender(machine_pause)
        connection = TargetConnection(self.http, self.target.base_url, self.api_spec, transcript, self.gate, sender)
        run_context = replace(
            self._run_context,
            documentation=self.documentation.generation,
            sample_seed=self.target.seed if self.target.samples_cases else None,
            second_factor_code=self.target.second_factor_code,
            disposable_events=self.target.disposable_events,
            row_events=self.target.allow_rows,
        )
        clock = PollingClock(self.target.job_timeouts, self.shared.setdefault(JOB_DURATIONS_KEY, {}))
        yield Deployment(connection, clock, self._find_users(), run_context)

    def _find_users(self) -> dict[Role, UserCredentials]:
        """Return the users by role. The user `new` is the first whose password the run has not changed yet."""
        changed = self.shared.get(CHANGED_PASSWORDS_KEY, ())
        unchanged = [person for person in self.target.new_password_users if person.username not in changed]
        new = {"new": unchanged[0]} if unchanged else {}
        return {**self.target.users, **self.target.special_users, **new}

    @property
    def _sample_password(self) -> str:
        return self.target.user.password if self.target.user else SAMPLE_PASSWORD
