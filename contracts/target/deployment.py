"""A deployment as a contract meets it: who can sign in there, and its time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contracts.spec.openapi import OpenApiSpec, UndocumentedResponseError
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.client import Client, TargetConnection
from contracts.target.clock import TargetClock, machine_seconds
from contracts.target.target import UserCredentials

TOKEN_REUSE_SECONDS = 3_000.0
"""How long a token of an hour is used, in seconds."""
Role = str
"""`partner`, `second` (of another partner) or `admin`; a sandbox knows more of them."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run has in one world: the id that its writes carry, and what was made there once for many contracts."""

    run_id: str
    shared: dict[str, Any] = field(default_factory=dict)


class Deployment:
    """One world of the target: the target's own, or a sandbox. Its clients share one transcript."""

    def __init__(
        self,
        connection: TargetConnection,
        clock: TargetClock,
        users: Mapping[Role, UserCredentials],
        run_context: "RunContext",
    ) -> None:
        self.connection = connection
        self.clock = clock
        self.users = users
        self.shared = run_context.shared
        self.run_id = run_context.run_id
        self.anonymous = Client(connection)

    @property
    def api_spec(self) -> OpenApiSpec:
        """What the document says."""
        return self.connection.api_spec

    @property
    def transcript(self) -> Transcript:
        """What was said so far."""
        return self.connection.transcript

    @property
    def is_sandbox(self) -> bool:
        """Whether this world is the suite's own, with a clock in its hand."""
        return False

    @cached_property
    def partner(self) -> Client:
        """The partner's user, signed in."""
        return self._client_for("partner")

    @cached_property
    def second_partner(self) -> Client:
        """A user of another partner, signed in and scoped to it."""
        return self._client_for("second")

    @cached_property
    def admin(self) -> Client:
        """The admin, signed in and scoped to the partner."""
        return self._client_for("admin")

    @cached_property
    def partner_id(self) -> str:
        """The id of the partner whose user is `partner`."""
        return self.users["partner"].partner_id or str(self.partner.call("getPartner").json()["id"])

    @property
    def second_partner_id(self) -> str:
        """The id of the other partner."""
        return self.credentials("second").partner_id or str(self.second_partner.call("getPartner").json()["id"])

    def title(self, what: str) -> str:
        """A title for something that this run makes, so that people can tell where it comes from."""
        return f"contracts {self.run_id} {what}"

    def credentials(self, role: Role) -> UserCredentials:
        """Who plays the role. Raises NotApplicableError where nobody does."""
        credentials = self.users.get(role)
        if credentials is None:
            raise NotApplicableError(f"needs a user in the role {role!r}; none was named")
        return credentials

    def _client_for(self, role: Role) -> Client:
        """A client of whoever plays the role; in the target's own world one sign-in serves many contracts."""
        if self.is_sandbox:
            return self.sign_in(role)
        valid_until, headers = self.shared.get(f"token of {role}", (0.0, {}))
        if machine_seconds() >= valid_until:
            headers = self.sign_in(role).headers
            self.shared[f"token of {role}"] = machine_seconds() + TOKEN_REUSE_SECONDS, headers
        return Client(self.connection, headers)

    def sign_in(self, role: Role) -> Client:
        """A client of whoever plays the role. Raises NotApplicableError, or Blocked where sign-in does not work."""
        credentials = self.credentials(role)
        try:
            return self.anonymous.sign_in(credentials.username, credentials.password, credentials.partner_id)
        except (UndocumentedResponseError, KeyError) as error:
            raise BlockedError(f"cannot sign in as {credentials.username}: {error}") from error
