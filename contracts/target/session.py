"""One run's hold on its target: connections, the control API where there is one, and the worlds handed to contracts."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx

from contracts.spec.openapi import Promises
from contracts.spec.transcript import Total, Transcript
from contracts.spec.verdicts import NotApplicable
from contracts.target import control_api
from contracts.target.client import Gate, Line, NoCookies, Open
from contracts.target.clock import Patience
from contracts.target.control_api import Control
from contracts.target.deployment import Belongings, Deployment
from contracts.target.sandbox import BORN, Sandbox
from contracts.target.target import SAMPLE_PASSWORD, Target

TIMEOUT = httpx.Timeout(30.0)


class Inspection:
    """What a session knows of its target. `gate` stands before the target's own world, never before a sandbox."""

    def __init__(self, target: Target, promises: Promises, gate: Gate | None = None) -> None:
        self.target = target
        self.promises = promises
        self.gate = gate or Open()
        self.http = httpx.Client(timeout=TIMEOUT, follow_redirects=False, cookies=NoCookies())
        self.total = Total()
        self._belongings = Belongings(target.run_id)

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    @cached_property
    def control(self) -> Control | None:
        """The control API of the world that is inspected; None where there is none, or none shall be used.

        Raises Unreachable where there is one and it is closed to us.
        """
        for root in self.target.control_roots():
            found = control_api.found(self.http, root, self.target.control_token)
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
    def sandbox(self, **order: object) -> Iterator[Sandbox]:
        """A fresh world of the suite's own, gone afterwards. `order` is as `POST /_mock/workspaces` takes it.

        Raises NotApplicable where the target has no control API.
        """
        if self.control is None:
            raise NotApplicable("needs arranged data and a clock: the target has no control API")
        transcript, server = Transcript(self.total), self.control.server
        root = self.control.at(f"{server}/_mock", transcript)
        plain = {"seed": self.target.seed, "now": BORN, "mode": "frozen", "timing": "quick", "world": "sample"}
        made = root.post("/workspaces", {**plain, "quirks": self.quirks, **order})
        line = Line(self.http, f"{server}{made['base_path']}", self.promises, transcript)
        try:
            yield Sandbox(line, root.at(f"{server}{made['control_path']}", transcript), self._password)
        finally:
            root.at(f"{server}/_mock", Transcript()).delete(f"/workspaces/{made['name']}")

    @contextmanager
    def deployment(self) -> Iterator[Deployment]:
        """The target's own world, as it stands, behind the gate."""
        transcript = Transcript(self.total)
        line = Line(self.http, self.target.base_url, self.promises, transcript, self.gate)
        people = {
            "partner": self.target.user,
            "second": self.target.second_user,
            "admin": self.target.admin_user,
        }
        named = {role: person for role, person in people.items() if person}
        yield Deployment(line, Patience(self.target.patience), named, self._belongings)

    @property
    def _password(self) -> str:
        return self.target.user.password if self.target.user else SAMPLE_PASSWORD
