"""The gate before a target's own world: what may be written there, and that it can be undone."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx2

from contracts.errors import ContractsError
from contracts.safety import call_scope, ledger, packages, rows, series, stored_states, undo
from contracts.safety.call_scope import ParsedCall
from contracts.safety.ledger import Ledger, LedgerError
from contracts.safety.owners import ActorCall, ActorClient
from contracts.safety.rate_limiter import CallKind, RateLimiter
from contracts.safety.undo import UndoReport
from contracts.spec.markers import REFUSED_CALLS
from contracts.spec.openapi import compile_validator
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target.client import Client, Intent
from contracts.target.session import TargetSession

IMPORT_OPERATIONS = frozenset({"ingestTransactionSummary", "uploadSalesEdit"})
UndoNote = dict[str, Any]
NO_UNDO: UndoNote = {}
UNDO_PREPARATIONS: Mapping[str, Callable[[ParsedCall, str | None, ActorClient], UndoNote]] = {
    "createCampaignResult": rows.prepare_undo,
    "replaceEventSeries": series.prepare_undo,
    **dict.fromkeys(packages.CREATE_OPERATIONS, packages.prepare_undo),
    **dict.fromkeys(stored_states.STATES, stored_states.prepare_undo),
}
"""By operation, what is read and noted before it; the guard itself answers for those that are not listed."""


class UndeclaredWriteError(ContractsError):
    """A contract makes a write that its mark does not declare."""


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that was noted and let pass, until its answer is noted too."""

    intent: Intent
    number: int
    undo: UndoNote


class Guard:
    """Lets a call pass, or raises NotApplicableError (never allowed on this target) or Blocked (a budget is spent).

    Reads pass, at the documented pace. A write passes where the target may be written to and what it changes can be
    put back, or is told of by the plan; it is in the ledger, with its undo, before it leaves.

    `declared_writes` are those of the running contract's mark, None where any write is allowed.
    """

    declared_writes: Collection[str] | None = None

    def __init__(
        self, target_session: TargetSession, run_ledger: Ledger, rate_limiter: RateLimiter | None = None
    ) -> None:
        self._target_session = target_session
        self._target = target = target_session.target
        self._api_spec = target_session.api_spec
        self._ledger = run_ledger
        self._rate_limiter = rate_limiter or RateLimiter(unlimited=target.on_loopback)
        for _ in target.users:  # preflight signs each of them in
            self._rate_limiter.wait("sign-in")
        self._actor_client = self._build_actor_client(self._spend_for_safety)
        self._requests = self._writes = 0
        self._noted_states: set[tuple[object, ...]] = set()
        self._created_ids: dict[str, set[str]] = {rows.KIND: set(), packages.KIND: set()}
        self._partner_by_token: dict[str, str | None] = {}
        self._pending: PendingWrite | None = None

    def before(self, client: Client, intent: Intent) -> None:
        """Let the call pass, noted where it writes."""
        parsed_call = call_scope.parse_call(intent, self._api_spec)
        if not parsed_call.is_write:
            self._spend("sign-in" if parsed_call.is_sign_in else "read")
            return
        self._require_declared(parsed_call)
        if not self._target.is_writable:
            raise NotApplicableError("writes, and the target is not on this machine: --allow-writes PARTNER")
        if self._writes >= self._target.writes:
            raise BlockedError(f"the budget of {self._target.writes} writes is spent: --writes")
        try:
            self._record_write(parsed_call, intent, self._find_scope(intent))
        except (*undo.READ_ERRORS, LedgerError) as error:
            raise BlockedError(f"not written, for it could not be undone: {undo.describe_error(error)}") from error

    def _require_declared(self, parsed_call: ParsedCall) -> None:
        declared = self.declared_writes
        if declared is not None and not {parsed_call.operation, REFUSED_CALLS}.intersection(declared):
            what = parsed_call.operation or f"{parsed_call.method} {parsed_call.path}"
            raise UndeclaredWriteError(f"the contract's mark does not declare the write {what}: writes=(…)")

    def _record_write(self, parsed_call: ParsedCall, intent: Intent, scope: str | None) -> None:
        """Find out how the call is undone, and note both."""
        state = (
            parsed_call.operation,
            parsed_call.single_value(stored_states.path_parameter_of(parsed_call.operation)),
            scope,
        )
        undo_note = NO_UNDO if state in self._noted_states else self._prepare_undo(parsed_call, scope)
        self._require_allowed(parsed_call, scope, undo_note)
        self._spend("write")
        number = self._ledger.record_write(parsed_call.operation, f"{parsed_call.method} {parsed_call.path}", undo_note)
        if undo_note.get("kind") == stored_states.KIND:
            self._noted_states.add(state)
        self._writes += 1
        self._pending = PendingWrite(intent, number, undo_note)

    def after(self, intent: Intent, answer: httpx2.Response) -> None:
        """Note what came of a write; one that was refused is not taken from the budget."""
        pending, self._pending = self._pending, None
        if pending is None or pending.intent is not intent:
            return
        created = self._find_created(pending, answer)
        self._ledger.record(answer=pending.number, status=answer.status_code, made=created)
        if answer.status_code >= 300:
            self._writes -= 1

    def undo(self) -> UndoReport:
        """Undo what was written, and end the ledger; whatever the budget, for nothing may stay."""
        if not self._ledger.is_started:
            return UndoReport()
        contents = ledger.read_contents(self._ledger.file)
        assert contents is not None  # noqa: S101 - it is begun
        return undo.undo(contents, self._ledger, self._build_actor_client(self._rate_limiter.wait))

    def close(self) -> None:
        """Let go of the ledger."""
        self._ledger.close()

    def _build_actor_client(self, permit: Callable[[CallKind], None]) -> ActorClient:
        return ActorClient(self._target_session.http, self._target.base_url, self._api_spec, self._target.users, permit)

    def _spend_for_safety(self, kind: CallKind) -> None:
        self._spend(kind)
        self._target_session.request_counter.count += 1

    def _spend(self, kind: CallKind) -> None:
        if self._requests >= self._target.requests:
            raise BlockedError(f"the budget of {self._target.requests} requests is spent: --requests")
        self._requests += 1
        self._rate_limiter.wait(kind)

    def _find_scope(self, intent: Intent) -> str | None:
        """The partner that a call acts for: the one that it names, or the one that its token stands for."""
        headers = {name.lower(): value for name, value in intent.headers.items()}
        named, token = headers.get("x-preferred-partner-id"), headers.get("authorization")
        if named or token is None:
            return named
        if token not in self._partner_by_token:
            self._partner_by_token[token] = self._actor_client.partner_of_token(token)
        return self._partner_by_token[token]

    def _prepare_undo(self, parsed_call: ParsedCall, scope: str | None) -> UndoNote:
        """What undoing the call needs; raises NotApplicableError for what is never done to a target's own world."""
        if parsed_call.operation == "":
            return self._prepare_unknown(parsed_call)
        if parsed_call.operation == "clearSales":
            raise NotApplicableError("would destroy data of the target: sales that are cleared do not come back")
        if parsed_call.operation == "deleteCampaignResult":
            return self._prepare_deletion(parsed_call)
        if parsed_call.operation in IMPORT_OPERATIONS:
            self._require_no_event(parsed_call, scope)
            return NO_UNDO
        if parsed_call.operation == "replaceEvaluationSettings" and not self._needs_settings_undo(parsed_call, scope):
            return NO_UNDO
        if parsed_call.operation == "regeneratePackage":
            self._require_own_package(parsed_call, scope)
            return NO_UNDO
        if parsed_call.operation == "mergePackages":
            self._require_mergeable_packages(parsed_call, scope)
        if parsed_call.operation == "createPackage":
            self._require_run_id_in_title(parsed_call)
        return UNDO_PREPARATIONS[parsed_call.operation](parsed_call, scope, self._actor_client)

    def _prepare_unknown(self, parsed_call: ParsedCall) -> UndoNote:
        if not self._target.on_loopback:
            raise NotApplicableError(
                f"{parsed_call.method} {parsed_call.path} is not in the document: nobody knows what it would do"
            )
        return {"kind": undo.UNKNOWN_OPERATION}

    def _prepare_deletion(self, parsed_call: ParsedCall) -> UndoNote:
        """A row of the run's, or an id that carries the run's own and can be nobody's."""
        row_id = parsed_call.single_value("id")
        if row_id is None or not (row_id in self._created_ids[rows.KIND] or self._target.run_id in row_id):
            raise NotApplicableError("would delete a row that this run did not make")
        return NO_UNDO

    def _require_no_event(self, parsed_call: ParsedCall, scope: str | None) -> None:
        """What is brought in cannot be taken back for sure: only an event that there is not may be named."""
        body = parsed_call.body if isinstance(parsed_call.body, dict) else {}
        for event_id in (*parsed_call.ids("event_id"), *map(str, filter(None, [body.get("eid")]))):
            call = ActorCall("getEvent", {"eid": event_id})
            if event_id and self._actor_client.find_owner(lambda _, call=call: call, scope) is not None:  # type: ignore[misc] # mypy cannot infer it
                raise NotApplicableError(f"would bring sales of {event_id} in, and nothing takes them back")

    def _needs_settings_undo(self, parsed_call: ParsedCall, scope: str | None) -> bool:
        """Whether settings must be put back: not of the run's own packages, nor of one that there is not."""
        package_id = parsed_call.single_value("package_id")
        if package_id is None or package_id in self._created_ids[packages.KIND]:
            return False
        if package_id not in self._target.allow_settings:
            self._require_absent_package(package_id, scope, "save settings of")
            return False
        return True

    def _require_mergeable_packages(self, parsed_call: ParsedCall, scope: str | None) -> None:
        for package_id in parsed_call.ids("packages_ids"):
            if package_id and package_id not in self._created_ids[packages.KIND]:
                self._require_absent_package(package_id, scope, "merge")

    def _require_own_package(self, parsed_call: ParsedCall, scope: str | None) -> None:
        package_id = parsed_call.single_value("package_id")
        if package_id is not None and package_id not in self._created_ids[packages.KIND]:
            self._require_absent_package(package_id, scope, "regenerate")

    def _require_absent_package(self, package_id: str, scope: str | None, what: str) -> None:
        call = ActorCall("getPackage", {"package_id": package_id})
        if self._actor_client.find_owner(lambda _: call, scope) is not None:
            hint = f": --allow-settings {package_id}" if what.startswith("save") else ""
            raise NotApplicableError(f"would {what} {package_id}, which this run did not make{hint}")

    def _require_run_id_in_title(self, parsed_call: ParsedCall) -> None:
        """A package stays for good, so whoever meets it must see where it comes from."""
        title = parsed_call.body.get("package_title") if isinstance(parsed_call.body, dict) else None
        has_run_id = isinstance(title, str) and self._target.run_id in title
        if not has_run_id and self._is_valid_order(parsed_call.body):
            raise NotApplicableError(
                "would make a package whose title does not carry the run's id: deployment.title(…)"
            )

    def _is_valid_order(self, body: Any) -> bool:
        try:
            return bool(self._order_validator.is_valid(body))
        except UnicodeEncodeError:
            return False  # a lone surrogate, which no order may have

    @cached_property
    def _order_validator(self) -> Any:
        return compile_validator({"$ref": "#/components/schemas/NewPackage"}, self._api_spec.document)

    def _require_allowed(self, parsed_call: ParsedCall, scope: str | None, undo_note: UndoNote) -> None:
        """Away from this machine only the named partner is written to, and only what is theirs."""
        if self._target.on_loopback:
            return
        allowed = self._target.allow_writes
        owners = {actor_note[1] for actor_note in _actor_notes(undo_note)}
        affected_partners = {scope or "an unnamed partner", *owners, *parsed_call.ids("partner_id")}
        if strangers := affected_partners - {allowed}:
            raise NotApplicableError(f"would write to {', '.join(sorted(strangers))}; allowed is {allowed}")

    def _find_created(self, pending: PendingWrite, answer: httpx2.Response) -> UndoNote:
        """What the answer says that the write made: an id that was not there before, and what tells it to people."""
        if not 200 <= answer.status_code < 300 or pending.undo.get("kind") not in self._created_ids:
            return {}
        try:
            body = answer.json()
        except ValueError:
            return {}
        if not isinstance(body, dict) or not isinstance(body.get("id"), str) or body["id"] in pending.undo["seen"]:
            return {}
        self._created_ids[pending.undo["kind"]].add(body["id"])
        return {name: body[name] for name in ("id", "title", "created_at") if name in body}


def _actor_notes(undo_note: UndoNote) -> list[list[str]]:
    return [part["keeper"] for part in undo_note.get("parts", [undo_note]) if "keeper" in part]
