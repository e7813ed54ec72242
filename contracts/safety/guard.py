"""The gate before a target's own world: what may be written there, and that it can be undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from contracts.safety import call_scope, ledger, packages, rows, series, stored_states, undo
from contracts.safety.call_scope import Asked
from contracts.safety.ledger import Ledger, LedgerError
from contracts.safety.owners import Call, Keepers
from contracts.safety.rate_limiter import Kind, Pace
from contracts.safety.undo import Left
from contracts.spec.openapi import compiled
from contracts.spec.verdicts import Blocked, NotApplicable
from contracts.target.client import Client, Intent
from contracts.target.session import Inspection

BRINGING_IN = frozenset({"ingestTransactionSummary", "uploadSalesEdit"})
Noted = dict[str, Any]
NOTHING: Noted = {}
ENTRY_OF: Mapping[str, Callable[[Asked, str | None, Keepers], Noted]] = {
    "createCampaignResult": rows.noted,
    "replaceEventSeries": series.noted,
    **dict.fromkeys(packages.MAKING, packages.noted),
    **dict.fromkeys(stored_states.STATES, stored_states.noted),
}
"""By operation, what is read and noted before it; the guard itself answers for those that are not listed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A write that was noted and let pass, until its answer is noted too."""

    intent: Intent
    number: int
    undo: Noted


class Guard:
    """Lets a call pass, or raises NotApplicable (never allowed on this target) or Blocked (a budget is spent).

    Reads pass, at the documented pace. A write passes where the target may be written to and what it changes can be
    put back, or is told of by the plan; it is in the ledger, with its undo, before it leaves.
    """

    def __init__(self, held: Inspection, noted: Ledger, pace: Pace | None = None) -> None:
        self._held = held
        self._target = target = held.target
        self._promises = held.promises
        self._ledger = noted
        self._pace = pace or Pace(free=target.on_loopback)
        for _ in target.people:  # preflight signs each of them in
            self._pace.keep("sign-in")
        self._keepers = self._with(self._spend_on_safety)
        self._requests = self._writes = 0
        self._found: set[tuple[object, ...]] = set()
        self._made: dict[str, set[str]] = {rows.KIND: set(), packages.KIND: set()}
        self._scopes: dict[str, str | None] = {}
        self._sent: Sent | None = None

    def before(self, client: Client, intent: Intent) -> None:
        """Let the call pass, noted where it writes."""
        asked = call_scope.read(intent, self._promises)
        if not asked.writes:
            self._spend("sign-in" if asked.signs_in else "read")
            return
        if not self._target.may_be_written_to:
            raise NotApplicable("writes, and the target is not on this machine: --allow-writes PARTNER")
        if self._writes >= self._target.writes:
            raise Blocked(f"the budget of {self._target.writes} writes is spent: --writes")
        try:
            self._note(asked, intent, self._scope(intent))
        except (*undo.UNREADABLE, LedgerError) as trouble:
            raise Blocked(f"not written, for it could not be undone: {undo.words(trouble)}") from trouble

    def _note(self, asked: Asked, intent: Intent, scope: str | None) -> None:
        """Find out how the call is undone, and note both."""
        state = (asked.operation, asked.only(stored_states.parameter(asked.operation)), scope)
        found = NOTHING if state in self._found else self._undo(asked, scope)
        self._require_allowed(asked, scope, found)
        self._spend("write")
        number = self._ledger.write(asked.operation, f"{asked.method} {asked.path}", found)
        if found.get("kind") == stored_states.KIND:
            self._found.add(state)
        self._writes += 1
        self._sent = Sent(intent, number, found)

    def after(self, intent: Intent, answer: httpx.Response) -> None:
        """Note what came of a write; one that was refused is not taken from the budget."""
        sent, self._sent = self._sent, None
        if sent is None or sent.intent is not intent:
            return
        made = self._seen_made(sent, answer)
        self._ledger.note(answer=sent.number, status=answer.status_code, made=made)
        if answer.status_code >= 300:
            self._writes -= 1

    def undo(self) -> Left:
        """Undo what was written, and end the ledger; whatever the budget, for nothing may stay."""
        if not self._ledger.begun:
            return Left()
        book = ledger.read(self._ledger.file)
        assert book is not None  # noqa: S101 - it is begun
        return undo.undo(book, self._ledger, self._with(self._pace.keep))

    def close(self) -> None:
        """Let go of the ledger."""
        self._ledger.close()

    def _with(self, leave: Callable[[Kind], None]) -> Keepers:
        return Keepers(self._held.http, self._target.base_url, self._promises, self._target.people, leave)

    def _spend_on_safety(self, kind: Kind) -> None:
        self._spend(kind)
        self._held.total.count += 1

    def _spend(self, kind: Kind) -> None:
        if self._requests >= self._target.requests:
            raise Blocked(f"the budget of {self._target.requests} requests is spent: --requests")
        self._requests += 1
        self._pace.keep(kind)

    def _scope(self, intent: Intent) -> str | None:
        """The partner that a call acts for: the one that it names, or the one that its token stands for."""
        headers = {name.lower(): value for name, value in intent.headers.items()}
        named, token = headers.get("x-preferred-partner-id"), headers.get("authorization")
        if named or token is None:
            return named
        if token not in self._scopes:
            self._scopes[token] = self._keepers.whose(token)
        return self._scopes[token]

    def _undo(self, asked: Asked, scope: str | None) -> Noted:
        """What undoing the call needs; raises NotApplicable for what is never done to a target's own world."""
        if asked.operation == "":
            return self._unknown(asked)
        if asked.operation == "clearSales":
            raise NotApplicable("would destroy data of the target: sales that are cleared do not come back")
        if asked.operation == "deleteCampaignResult":
            return self._deletion(asked)
        if asked.operation in BRINGING_IN:
            self._require_no_event(asked, scope)
            return NOTHING
        if asked.operation == "replaceEvaluationSettings" and not self._may_be_saved(asked, scope):
            return NOTHING
        if asked.operation == "regeneratePackage":
            self._require_own(asked, scope)
            return NOTHING
        if asked.operation == "mergePackages":
            self._require_mergeable(asked, scope)
        if asked.operation == "createPackage":
            self._require_title(asked)
        return ENTRY_OF[asked.operation](asked, scope, self._keepers)

    def _unknown(self, asked: Asked) -> Noted:
        if not self._target.on_loopback:
            raise NotApplicable(f"{asked.method} {asked.path} is not in the document: nobody knows what it would do")
        return {"kind": undo.UNKNOWN}

    def _deletion(self, asked: Asked) -> Noted:
        """A row of the run's, or an id that carries the run's own and can be nobody's."""
        row_id = asked.only("id")
        if row_id is None or not (row_id in self._made[rows.KIND] or self._target.run_id in row_id):
            raise NotApplicable("would delete a row that this run did not make")
        return NOTHING

    def _require_no_event(self, asked: Asked, scope: str | None) -> None:
        """What is brought in cannot be taken back for sure: only an event that there is not may be named."""
        body = asked.body if isinstance(asked.body, dict) else {}
        for event_id in (*asked.ids("event_id"), *map(str, filter(None, [body.get("eid")]))):
            call = Call("getEvent", {"eid": event_id})
            if event_id and self._keepers.owner(lambda _, call=call: call, scope) is not None:  # type: ignore[misc] # mypy cannot infer it
                raise NotApplicable(f"would bring sales of {event_id} in, and nothing takes them back")

    def _may_be_saved(self, asked: Asked, scope: str | None) -> bool:
        """Whether settings must be put back: not of the run's own packages, nor of one that there is not."""
        package_id = asked.only("package_id")
        if package_id is None or package_id in self._made[packages.KIND]:
            return False
        if package_id not in self._target.allow_settings:
            self._require_nobodys(package_id, scope, "save settings of")
            return False
        return True

    def _require_mergeable(self, asked: Asked, scope: str | None) -> None:
        for package_id in asked.ids("packages_ids"):
            if package_id and package_id not in self._made[packages.KIND]:
                self._require_nobodys(package_id, scope, "merge")

    def _require_own(self, asked: Asked, scope: str | None) -> None:
        package_id = asked.only("package_id")
        if package_id is not None and package_id not in self._made[packages.KIND]:
            self._require_nobodys(package_id, scope, "regenerate")

    def _require_nobodys(self, package_id: str, scope: str | None, what: str) -> None:
        call = Call("getPackage", {"package_id": package_id})
        if self._keepers.owner(lambda _: call, scope) is not None:
            hint = f": --allow-settings {package_id}" if what.startswith("save") else ""
            raise NotApplicable(f"would {what} {package_id}, which this run did not make{hint}")

    def _require_title(self, asked: Asked) -> None:
        """A package stays for good, so whoever meets it must see where it comes from."""
        title = asked.body.get("package_title") if isinstance(asked.body, dict) else None
        carries = isinstance(title, str) and self._target.run_id in title
        if not carries and self._is_an_order(asked.body):
            raise NotApplicable("would make a package whose title does not carry the run's id: deployment.title(…)")

    def _is_an_order(self, body: Any) -> bool:
        try:
            return bool(self._orders.is_valid(body))
        except UnicodeEncodeError:
            return False  # a lone surrogate, which no order may have

    @cached_property
    def _orders(self) -> Any:
        return compiled({"$ref": "#/components/schemas/NewPackage"}, self._promises.document)

    def _require_allowed(self, asked: Asked, scope: str | None, found: Noted) -> None:
        """Away from this machine only the named partner is written to, and only what is theirs."""
        if self._target.on_loopback:
            return
        allowed = self._target.allow_writes
        owners = {keeper[1] for keeper in _keepers(found)}
        concerned = {scope or "an unnamed partner", *owners, *asked.ids("partner_id")}
        if strangers := concerned - {allowed}:
            raise NotApplicable(f"would write to {', '.join(sorted(strangers))}; allowed is {allowed}")

    def _seen_made(self, sent: Sent, answer: httpx.Response) -> Noted:
        """What the answer says that the write made: an id that was not there before, and what tells it to people."""
        if not 200 <= answer.status_code < 300 or sent.undo.get("kind") not in self._made:
            return {}
        try:
            body = answer.json()
        except ValueError:
            return {}
        if not isinstance(body, dict) or not isinstance(body.get("id"), str) or body["id"] in sent.undo["seen"]:
            return {}
        self._made[sent.undo["kind"]].add(body["id"])
        return {name: body[name] for name in ("id", "title", "created_at") if name in body}


def _keepers(found: Noted) -> list[list[str]]:
    return [part["keeper"] for part in found.get("parts", [found]) if "keeper" in part]
