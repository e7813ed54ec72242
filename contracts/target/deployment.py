"""The deployment that a contract uses: its users and its clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from contracts.spec.openapi import OpenApiSpec
from contracts.spec.rules import Documentation
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.client import Client, SignInError, TargetConnection, json_or_none
from contracts.target.clock import TargetClock, machine_seconds
from contracts.target.target import UserCredentials

TOKEN_REUSE_SECONDS = 3_000.0
"""How many seconds a token is reused. It is valid for an hour."""
NEEDS_ADMIN = "needs an admin (--admin-user): the newer documentation reserves /campaign_results/ for admins"
Case = TypeVar("Case")
Role = str
"""A role: `partner`, `second` (a user of another partner) or `admin`.

Others are users who cannot sign in with only a password, `mfa` (a second factor), `new` (a new password) and
`disabled`, and `external`, a user without a partner. A sandbox provides more roles.
"""
OPTION_BY_ROLE = {
    "mfa": "--second-factor-user",
    "new": "--new-password-user",
    "disabled": "--disabled-user",
    "external": "--external-user",
}
"""The options that name these users."""
CHANGED_PASSWORDS_KEY = "users with a new password"
"""The key of the names of the users whose passwords the run has changed, in `RunContext.shared`."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """Data of the run for one workspace: the run id that marks its writes, and values that contracts share.

    `documentation` is the generation of the vendor's documentation that the workspace follows. `partners` contains the
    partner that each role acts for, as far as the sign-in shows it. `sample_seed` is set if contracts try only a few
    cases of each kind. `second_factor_code` is the code of the user `mfa`, if it is known. `disposable_events` are the
    ids of the target's events whose sales may be changed for good, `row_events` those of which automated rows may be
    deleted.
    """

    run_id: str
    shared: dict[str, Any] = field(default_factory=dict)
    documentation: Documentation = Documentation.OLDER
    partners: Mapping[Role, str] = field(default_factory=dict)
    sample_seed: int | None = None
    second_factor_code: str | None = None
    disposable_events: tuple[str, ...] = ()
    row_events: tuple[str, ...] = ()


def sign_in_key(role: Role) -> str:
    """Return the key of a role's shared sign-in in `RunContext.shared`: until when it is valid, and its body."""
    return f"sign-in of {role}"


class Deployment:
    """One workspace of the target: the target's own data, or a sandbox. Its clients share one transcript."""

    def __init__(
        self,
        connection: TargetConnection,
        clock: TargetClock,
        users: Mapping[Role, UserCredentials],
        run_context: RunContext,
    ) -> None:
        self.connection = connection
        self.clock = clock
        self.users = users
        self.shared = run_context.shared
        self.run_id = run_context.run_id
        self.documentation = run_context.documentation
        self.row_events = run_context.row_events
        self._partners = run_context.partners
        self._clients: dict[Role, tuple[Client, float]] = {}
        self._sample_number = run_context.sample_seed
        self.second_factor_code = run_context.second_factor_code
        self.disposable_events = run_context.disposable_events
        self.anonymous = Client(connection)

    @property
    def api_spec(self) -> OpenApiSpec:
        """The OpenAPI document."""
        return self.connection.api_spec

    @property
    def transcript(self) -> Transcript:
        """The exchanges so far."""
        return self.connection.transcript

    @property
    def samples_cases(self) -> bool:
        """Whether contracts try only a few cases of each kind."""
        return self._sample_number is not None

    def sample(self, cases: Iterable[Case], at_most: int = 1) -> list[Case]:
        """Return the cases to try: all of them, or on the target's own data a few, and others at each call."""
        listed = list(cases)
        if self._sample_number is None or len(listed) <= at_most:
            return listed
        start, self._sample_number = self._sample_number, self._sample_number + 1
        return [listed[(start + position * len(listed) // at_most) % len(listed)] for position in range(at_most)]

    def select_kept(self, event_ids: Iterable[str]) -> list[str]:
        """Return these events without the disposable ones, whose sales the run changes while it compares others."""
        return [event_id for event_id in event_ids if event_id not in self.disposable_events]

    @property
    def is_sandbox(self) -> bool:
        """Whether this is a sandbox: a workspace of the suite, with a clock that it controls."""
        return False

    def seconds(self) -> float:
        """Return the monotonic time in seconds for `clock.wait_for_age`. In a sandbox, it stands still."""
        return 0.0 if self.is_sandbox else machine_seconds()

    @property
    def partner(self) -> Client:
        """The partner's user, signed in."""
        return self._find_client("partner")

    @property
    def second_partner(self) -> Client:
        """A user of another partner, signed in and scoped to that partner."""
        return self._find_client("second")

    @property
    def admin(self) -> Client:
        """An admin, signed in and scoped to the partner."""
        return self._find_client("admin")

    @property
    def follows_newer(self) -> bool:
        """Whether the newer generation of the documentation applies."""
        return self.documentation is Documentation.NEWER

    @property
    def results_role(self) -> Role:
        """The role that may use `/campaign_results/`: the newer documentation reserves it for admins. Rule: CR-01."""
        return "admin" if self.follows_newer else "partner"

    @property
    def results_user(self) -> Client:
        """The user who may use `/campaign_results/`, signed in and scoped to the partner.

        Raises NotApplicableError if that is an admin and none was given.
        """
        return self.admin if self.follows_newer else self.partner

    @property
    def second_results_user(self) -> Client:
        """The user who may use `/campaign_results/` for the other partner, signed in and scoped to it."""
        if self.follows_newer:
            return self.admin.with_headers(x_preferred_partner_id=self.second_partner_id)
        return self.second_partner

    @property
    def partner_id(self) -> str:
        """The id of the partner whose user is `partner`."""
        return self._find_partner("partner")

    @property
    def second_partner_id(self) -> str:
        """The id of the other partner."""
        return self._find_partner("second")

    def title(self, what: str) -> str:
        """Build a title that shows which run created the object."""
        return f"contracts {self.run_id} {what}"

    def credentials(self, role: Role) -> UserCredentials:
        """Return the credentials of a role. Raises NotApplicableError if the role has no user."""
        credentials = self.users.get(role)
        if credentials is None:
            raise NotApplicableError(self._no_user_reason(role))
        return credentials

    def _find_partner(self, role: Role) -> str:
        """Return the id of the partner that a role acts for: the given one, or else the only one in the IdToken.

        The `id` of `GET /partners/` may be another number and is not used. Rule: PART-03. Raises BlockedError if
        neither names a partner.
        """
        credentials = self.credentials(role)
        partner_id = credentials.partner_id or self._partners.get(role)
        if partner_id is None:
            option = "--second-partner" if role == "second" else "--partner"
            raise BlockedError(
                f"the IdToken of {credentials.username} does not name exactly one partner: pass {option}"
            )
        return partner_id

    def _no_user_reason(self, role: Role) -> str:
        if role == "admin" and self.follows_newer:
            return NEEDS_ADMIN
        if role in OPTION_BY_ROLE:
            return f"needs a user that {OPTION_BY_ROLE[role]} names" + (
                ", and whose password the run has not changed yet" if role == "new" else ""
            )
        return f"needs a user in the role {role!r}, but none was given"

    def renew_clients(self) -> None:
        """Make clients usable after a long wait. Here, each of them is replaced in time anyway."""

    def _find_client(self, role: Role) -> Client:
        """Return the signed-in client for the role. It is replaced when its token may have expired."""
        client, valid_until = self._clients.get(role, (None, 0.0))
        if client is None or machine_seconds() >= valid_until:
            client, valid_until = self._open_client(role)
            self._clients[role] = client, valid_until
        return client

    def _open_client(self, role: Role) -> tuple[Client, float]:
        """Return a signed-in client for the role, and until when to use it. Contracts share one sign-in."""
        client = self._client_for(role)
        valid_until, _ = self.shared[sign_in_key(role)]
        return client, valid_until

    def _client_for(self, role: Role) -> Client:
        credentials, answer = self.credentials(role), self.shared_sign_in(role)
        token = answer.get("AccessToken")
        if not isinstance(token, str):
            return self.sign_in(role)
        return self.anonymous.with_headers(
            authorization=f"Bearer {token}", x_preferred_partner_id=credentials.partner_id
        )

    def shared_sign_in(self, role: Role) -> dict[str, Any]:
        """Return the body of a sign-in as this role that contracts share; empty if it is not a JSON object."""
        credentials = self.credentials(role)
        valid_until, answer = self.shared.get(sign_in_key(role), (0.0, {}))
        if machine_seconds() >= valid_until:
            body = {"username": credentials.username, "password": credentials.password}
            parsed = json_or_none(self.anonymous.call("signIn", body=body))
            answer = parsed if isinstance(parsed, dict) else {}
            self.shared[sign_in_key(role)] = machine_seconds() + TOKEN_REUSE_SECONDS, answer
        return dict(answer)

    def sign_in(self, role: Role) -> Client:
        """Sign in the role's user. Raises NotApplicableError if there is no user, and BlockedError if sign-in fails."""
        credentials = self.credentials(role)
        try:
            return self.anonymous.sign_in(credentials.username, credentials.password, credentials.partner_id)
        except SignInError as error:
            raise BlockedError(f"cannot sign in as {credentials.username}: {error}") from error
