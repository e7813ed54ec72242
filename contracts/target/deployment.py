"""A deployment as a contract meets it: who can sign in there, and its time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from contracts.spec.openapi import Promises, UnpromisedAnswer
from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import Blocked, NotApplicable
from contracts.target.client import Client, Line
from contracts.target.clock import Clock, machine_seconds
from contracts.target.target import Person

TOKEN_SERVES = 3_000.0
"""How long a token of an hour is used, in seconds."""
Role = str
"""`partner`, `second` (of another partner) or `admin`; a sandbox knows more of them."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a run has in one world: the id that its writes carry, and what was made there once for many contracts."""

    run_id: str
    made: dict[str, Any] = field(default_factory=dict)


class Deployment:
    """One world of the target: the target's own, or a sandbox. Its clients share one transcript."""

    def __init__(self, line: Line, clock: Clock, people: Mapping[Role, Person], belongings: "Belongings") -> None:
        self.line = line
        self.clock = clock
        self.people = people
        self.made = belongings.made
        self.run_id = belongings.run_id
        self.anonymous = Client(line)

    @property
    def promises(self) -> Promises:
        """What the document says."""
        return self.line.promises

    @property
    def transcript(self) -> Transcript:
        """What was said so far."""
        return self.line.transcript

    @property
    def held(self) -> bool:
        """Whether this world is the suite's own, with a clock in its hand."""
        return False

    @cached_property
    def partner(self) -> Client:
        """The partner's user, signed in."""
        return self._signed_in("partner")

    @cached_property
    def second(self) -> Client:
        """A user of another partner, signed in and scoped to it."""
        return self._signed_in("second")

    @cached_property
    def admin(self) -> Client:
        """The admin, signed in and scoped to the partner."""
        return self._signed_in("admin")

    @cached_property
    def partner_id(self) -> str:
        """The id of the partner whose user is `partner`."""
        return self.people["partner"].partner_id or str(self.partner.call("getPartner").json()["id"])

    @property
    def second_partner_id(self) -> str:
        """The id of the other partner."""
        return self.person("second").partner_id or str(self.second.call("getPartner").json()["id"])

    def title(self, what: str) -> str:
        """A title for something that this run makes, so that people can tell where it comes from."""
        return f"contracts {self.run_id} {what}"

    def person(self, role: Role) -> Person:
        """Who plays the role. Raises NotApplicable where nobody does."""
        found = self.people.get(role)
        if found is None:
            raise NotApplicable(f"needs a user in the role {role!r}; none was named")
        return found

    def _signed_in(self, role: Role) -> Client:
        """A client of whoever plays the role; in the target's own world one sign-in serves many contracts."""
        if self.held:
            return self.sign_in(role)
        until, headers = self.made.get(f"token of {role}", (0.0, {}))
        if machine_seconds() >= until:
            headers = self.sign_in(role).headers
            self.made[f"token of {role}"] = machine_seconds() + TOKEN_SERVES, headers
        return Client(self.line, headers)

    def sign_in(self, role: Role) -> Client:
        """A client of whoever plays the role. Raises NotApplicable, or Blocked where sign-in does not work."""
        person = self.person(role)
        try:
            return self.anonymous.sign_in(person.username, person.password, person.partner_id)
        except (UnpromisedAnswer, KeyError) as refused:
            raise Blocked(f"cannot sign in as {person.username}: {refused}") from refused
