"""The guard checks every call of a contract to a target's own data.

For each write, the guard checks that the contract's mark declares it, that the target may be written to, and that the
budget is not used up. It then finds out how to undo the write, which may require reading the current state; if it
cannot, it refuses the write. It records the write and its undo in the ledger, sends the write, and adds the status to
the ledger. At the end of the session it undoes the writes, last first. If the run is killed, `contracts cleanup` undoes
them from the ledger.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx2

from contracts.errors import ContractsError
from contracts.safety import (
    adjustment_rows,
    call_scope,
    disposable_events,
    ledger,
    listings,
    new_passwords,
    packages,
    series,
    stored_states,
    undo,
)
from contracts.safety.actors import ActorCall, ActorClient
from contracts.safety.call_scope import ParsedCall
from contracts.safety.disposable_events import DisposableEvents
from contracts.safety.ledger import Ledger, LedgerError
from contracts.safety.new_passwords import ChallengedUsers
from contracts.safety.rate_limiter import CallKind, RateLimiter
from contracts.safety.undo import UndoReport
from contracts.spec.markers import REFUSED_CALLS
from contracts.spec.openapi import compile_validator
from contracts.spec.verdicts import BlockedError, NotApplicableError
from contracts.target import tokens
from contracts.target.client import Client, Intent, json_or_none
from contracts.target.deployment import CHANGED_PASSWORDS_KEY
from contracts.target.session import TargetSession

UndoNote = dict[str, Any]
NO_UNDO: UndoNote = {}
"""The note of a write that must be refused, because its object does not exist. If accepted, the write is reported."""
OWN_OBJECT: UndoNote = {"kind": "own object"}
"""The note of a write that needs no undo: it changes only what the run created, or what another entry restores."""
UNDO_PREPARATIONS: Mapping[str, Callable[[ParsedCall, str | None, ActorClient], UndoNote]] = {
    "createCampaignResult": adjustment_rows.prepare_undo,
    "replaceEventSeries": series.prepare_undo,
    **dict.fromkeys(packages.CREATE_OPERATIONS, packages.prepare_undo),
    **dict.fromkeys(stored_states.STATES, stored_states.prepare_undo),
}
"""For each operation, the function that prepares the undo. `Guard._prepare_undo` handles all other operations."""

EXISTING_KEYS: Mapping[str, tuple[str, ...]] = {
    "createCampaignResult": ("eid",),
    **dict.fromkeys(packages.CREATE_OPERATIONS, ()),
}
"""For operations whose undo needs a list of what exists: the parameters that name the list."""


class NotUndoableError(BlockedError):
    """The write was not sent, because the state that it would change cannot be read or recorded."""


class UndeclaredWriteError(ContractsError):
    """A contract makes a write that its mark does not declare."""


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write that is in the ledger, but without a status yet."""

    intent: Intent
    number: int
    undo: UndoNote


class Guard:
    """Checks each call before it is sent, and records the writes.

    Raises NotApplicableError for a call that is never made to this target, BlockedError if a budget is used up or the
    undo cannot be prepared, and UndeclaredWriteError for a write that the contract's mark does not list.
    `declared_writes` is the `writes` of the running contract's mark; None allows any write.
    """

    declared_writes: Collection[str] | None = None

    def __init__(
        self, target_session: TargetSession, run_ledger: Ledger, rate_limiter: RateLimiter | None = None
    ) -> None:
        self._target_session = target_session
        self._target = target = target_session.target
        self._api_spec = target_session.api_spec
        self._ledger = run_ledger
        self._rate_limiter = rate_limiter or RateLimiter(unlimited=target.unpaced)
        for _ in target.users:  # The preflight has signed in each of these users.
            self._rate_limiter.wait("sign-in")
        self._actor_client = self._build_actor_client(self._spend_for_safety)
        self._disposable_events = DisposableEvents(target.disposable_events, self._actor_client)
        self._requests = self._writes = self._packages = 0
        self._first_notes: dict[tuple[object, ...], UndoNote] = {}
        self._noted_events: set[tuple[str | None, str]] = set()
        self._noted_states: set[tuple[object, ...]] = set()
        self._allowed_rows: dict[str | None, set[str]] = {}
        self._created_ids: dict[str, set[str]] = {adjustment_rows.KIND: set(), packages.KIND: set()}
        self._partner_by_token: dict[str, str | None] = {}
        self._pending: PendingWrite | None = None
        self._challenged_users = ChallengedUsers(target)

    def before(self, client: Client, intent: Intent) -> None:
        """Check the call, and record it in the ledger if it writes."""
        parsed_call = call_scope.parse_call(intent, self._api_spec)
        if not parsed_call.is_write:
            self._spend("sign-in" if parsed_call.is_sign_in else "read")
            self._record_new_password(parsed_call, intent)
            return
        self._require_permission(parsed_call)
        if parsed_call.operation in packages.CREATE_OPERATIONS and self._packages >= self._target.packages:
            raise BlockedError(f"the budget of {self._target.packages} packages is used up: raise it with --packages")
        try:
            self._record_write(parsed_call, intent, self._find_scope(intent))
        except (*undo.READ_ERRORS, LedgerError) as error:
            raise NotUndoableError(
                f"not written, because the write could not be undone: {undo.describe_error(error)}"
            ) from error

    def _record_new_password(self, parsed_call: ParsedCall, intent: Intent) -> None:
        """Record the call if it may change a user's password. It is counted as a sign-in and as a write."""
        note = self._challenged_users.prepare_note(parsed_call)
        if note:
            self._require_permission(parsed_call)
            call = f"{parsed_call.method} {parsed_call.path}"
            number = self._ledger.record_write(parsed_call.operation, call, note)
            self._writes += 1
            self._pending = PendingWrite(intent, number, note)

    def _require_permission(self, parsed_call: ParsedCall) -> None:
        """Require that the contract declares the write, and that the target and the budget allow it."""
        self._require_declared(parsed_call)
        if not self._target.is_writable:
            raise NotApplicableError("needs permission to write to the target's own data: pass --allow-writes PARTNER")
        if self._writes >= self._target.writes:
            raise BlockedError(f"the budget of {self._target.writes} writes is used up: raise it with --writes")

    def _require_declared(self, parsed_call: ParsedCall) -> None:
        declared = self.declared_writes
        if declared is not None and not {parsed_call.operation, REFUSED_CALLS}.intersection(declared):
            what = parsed_call.operation or f"{parsed_call.method} {parsed_call.path}"
            raise UndeclaredWriteError(f"the contract's mark does not declare the write {what}: writes=(…)")

    def _record_write(self, parsed_call: ParsedCall, intent: Intent, scope: str | None) -> None:
        """Find out how to undo the call, and record both."""
        state = (
            parsed_call.operation,
            parsed_call.single_value(stored_states.path_parameter_of(parsed_call.operation)),
            scope,
        )
        undo_note = OWN_OBJECT if state in self._noted_states else self._prepare_undo(parsed_call, scope)
        self._require_allowed(parsed_call, scope, undo_note)
        self._spend("write")
        number = self._ledger.record_write(parsed_call.operation, f"{parsed_call.method} {parsed_call.path}", undo_note)
        if undo_note.get("kind") == stored_states.KIND:
            self._noted_states.add(state)
        self._writes += 1
        self._packages += parsed_call.operation in packages.CREATE_OPERATIONS
        self._pending = PendingWrite(intent, number, undo_note)

    def after(self, intent: Intent, answer: httpx2.Response) -> None:
        """Record the status of a write. A refused write does not count against the budget.

        After a sign-in, remember the partner that its token acts for.
        """
        if call_scope.is_sign_in_path(intent.path):
            self._remember_partner(answer)
            self._challenged_users.remember(intent, answer)
        pending, self._pending = self._pending, None
        if pending is None or pending.intent is not intent:
            return
        created = self._find_created(pending, answer)
        self._ledger.record(answer=pending.number, status=answer.status_code, created=created)
        if pending.undo.get("kind") == new_passwords.KIND and answer.is_success:
            changed = self._target.new_password_users[pending.undo["user"]].username
            self._target_session.shared.setdefault(CHANGED_PASSWORDS_KEY, set()).add(changed)
        if answer.status_code >= 300:
            self._writes -= 1
        if 300 <= answer.status_code < 500:
            self._packages -= pending.undo.get("kind") == packages.KIND

    def undo(self) -> UndoReport:
        """Undo the writes and complete the ledger. The budgets do not apply."""
        if not self._ledger.is_started:
            return UndoReport()
        contents = ledger.read_contents(self._ledger.file)
        assert contents is not None  # noqa: S101 - it has entries
        return undo.undo(contents, self._ledger, self._build_actor_client(self._rate_limiter.wait))

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    def _build_actor_client(self, permit: Callable[[CallKind], None]) -> ActorClient:
        session, target = self._target_session, self._target
        client = ActorClient(session.http, target.base_url, self._api_spec, target.users, permit)
        client.find_shared_sign_in = session.find_shared_sign_in
        return client

    def _spend_for_safety(self, kind: CallKind) -> None:
        self._spend(kind)
        self._target_session.request_counter.count += 1

    def _spend(self, kind: CallKind) -> None:
        if self._requests >= self._target.requests:
            raise BlockedError(f"the budget of {self._target.requests} requests is used up: raise it with --requests")
        self._requests += 1
        self._rate_limiter.wait(kind)

    def _find_scope(self, intent: Intent) -> str | None:
        """Return the partner that a call acts for: the partner in its header, or else the one of its token's user."""
        headers = {name.lower(): value for name, value in intent.headers.items()}
        authorization = headers.get("authorization", "")
        for role in self._target.users:
            shared = self._target_session.find_shared_sign_in(role)
            if authorization == f"Bearer {shared.get('AccessToken')}":
                self._partner_by_token.setdefault(authorization, tokens.own_partner(shared.get("IdToken")))
        return headers.get("x-preferred-partner-id") or self._partner_by_token.get(authorization)

    def _remember_partner(self, answer: httpx2.Response) -> None:
        body = json_or_none(answer)
        if isinstance(body, dict) and "AccessToken" in body:
            self._partner_by_token[f"Bearer {body['AccessToken']}"] = tokens.own_partner(body.get("IdToken"))

    def _prepare_undo(self, parsed_call: ParsedCall, scope: str | None) -> UndoNote:
        """Return what is needed to undo the call. Raises NotApplicableError for a write that the suite never makes."""
        if parsed_call.operation == "":
            return self._prepare_unknown(parsed_call)
        if parsed_call.operation in disposable_events.WRITES:
            return self._disposable_events.prepare_note(parsed_call, scope)
        if parsed_call.operation == "deleteCampaignResult":
            return self._prepare_deletion(parsed_call, scope)
        if parsed_call.operation == "replaceEvaluationSettings" and not self._needs_settings_undo(parsed_call, scope):
            return self._note_own_package(parsed_call)
        if parsed_call.operation == "regeneratePackage":
            self._require_own_package(parsed_call, scope)
            return self._note_own_package(parsed_call)
        if parsed_call.operation == "mergePackages":
            self._require_mergeable_packages(parsed_call, scope)
        if parsed_call.operation == "createPackage":
            self._require_run_id_in_title(parsed_call)
        return self._prepare_once(parsed_call, scope)

    def _prepare_unknown(self, parsed_call: ParsedCall) -> UndoNote:
        raise NotApplicableError(
            f"{parsed_call.method} {parsed_call.path} is not in the OpenAPI document: its effect is unknown"
        )

    def _prepare_once(self, parsed_call: ParsedCall, scope: str | None) -> UndoNote:
        """Prepare the undo. What existed before the run's first write to an event or by a partner is read once."""
        if parsed_call.operation == "replaceEventSeries":
            return self._prepare_series(parsed_call, scope)
        key = EXISTING_KEYS.get(parsed_call.operation)
        if key is None:
            return UNDO_PREPARATIONS[parsed_call.operation](parsed_call, scope, self._actor_client)
        place = (parsed_call.operation, scope, *(parsed_call.single_value(name) for name in key))
        if place not in self._first_notes:
            note = UNDO_PREPARATIONS[parsed_call.operation](parsed_call, scope, self._actor_client)
            self._first_notes[place] = note
        written = {name: parsed_call.single_value(name) for name in ("purchase", "revenue")}
        note = self._first_notes[place]
        return {**note, **written} if note.get("kind") == adjustment_rows.KIND else note

    def _prepare_series(self, parsed_call: ParsedCall, scope: str | None) -> UndoNote:
        """Read the series of the events, unless the ledger has the original series of all of them."""
        event_ids = {(scope, each) for each in (*parsed_call.ids("eid"), *parsed_call.query.get("event_series", ()))}
        if event_ids <= self._noted_events:
            return OWN_OBJECT
        note = series.prepare_undo(parsed_call, scope, self._actor_client)
        groups = [group for part in note.get("parts", ()) for group in part["groups"]]
        self._noted_events |= {(scope, event_id) for group in groups for event_id in group}
        return note

    def _prepare_deletion(self, parsed_call: ParsedCall, scope: str | None) -> UndoNote:
        """Allow the deletion of a row that the run created, or of an unused id that contains the run id.

        Automated rows of the events in --allow-rows may be deleted, too. That is reported, because it stays.
        """
        row_id = parsed_call.single_value("id")
        if row_id is not None and row_id in self._list_allowed_rows(scope):
            return NO_UNDO
        if row_id is None or not (row_id in self._created_ids[adjustment_rows.KIND] or self._target.run_id in row_id):
            raise NotApplicableError("would delete a row that this run did not make")
        return {"kind": adjustment_rows.DELETION_KIND, "id": row_id}

    def _list_allowed_rows(self, scope: str | None) -> set[str]:
        """Return the ids of the automated rows of the events in --allow-rows, as they are on first use."""
        if scope not in self._allowed_rows:
            events = self._target.allow_rows
            listed = (adjustment_rows.list_automated(event, scope, self._actor_client) for event in events)
            self._allowed_rows[scope] = {row_id for ids in listed for row_id in ids}
        return self._allowed_rows[scope]

    def _needs_settings_undo(self, parsed_call: ParsedCall, scope: str | None) -> bool:
        """Whether the package's settings must be restored: it exists, and the run did not create it."""
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

    def _note_own_package(self, parsed_call: ParsedCall) -> UndoNote:
        package_id = parsed_call.single_value("package_id")
        return OWN_OBJECT if package_id in self._created_ids[packages.KIND] else NO_UNDO

    def _require_absent_package(self, package_id: str, scope: str | None, what: str) -> None:
        call = ActorCall("getPackage", {"package_id": package_id})
        if self._actor_client.find_owner(lambda _: call, scope) is not None:
            hint = f"; to allow it: --allow-settings {package_id}" if what.startswith("save") else ""
            raise NotApplicableError(f"would {what} {package_id}, which this run did not make{hint}")

    def _require_run_id_in_title(self, parsed_call: ParsedCall) -> None:
        """Require the run id in a new package's title: the package cannot be deleted, so its title shows its origin."""
        title = parsed_call.body.get("package_title") if isinstance(parsed_call.body, dict) else None
        has_run_id = isinstance(title, str) and self._target.run_id in title
        if not has_run_id and self._is_valid_order(parsed_call.body):
            raise NotApplicableError("would make a package without the run id in its title: use deployment.title(…)")

    def _is_valid_order(self, body: Any) -> bool:
        try:
            return bool(self._order_validator.is_valid(body))
        except UnicodeEncodeError:
            return False  # A lone surrogate, which no valid order contains.

    @cached_property
    def _order_validator(self) -> Any:
        return compile_validator({"$ref": "#/components/schemas/NewPackage"}, self._api_spec.document)

    def _require_allowed(self, parsed_call: ParsedCall, scope: str | None, undo_note: UndoNote) -> None:
        """Allow writes only to the partners of --allow-writes and to their objects.

        A `partner_id` that cannot be the id of a partner names nobody. A write to an object in the path that does not
        exist for any user of the run is allowed in every scope: there is nothing that it could change.
        """
        if not undo_note and parsed_call.path_parameters and "partner_id" not in parsed_call.path_parameters:
            return
        allowed = self._target.allow_writes
        owners = {actor_note[1] for actor_note in _actor_notes(undo_note)}
        named = filter(tokens.PARTNER_GROUP.fullmatch, parsed_call.ids("partner_id"))
        affected_partners = {scope or "an unnamed partner", *owners, *named}
        if strangers := affected_partners - set(allowed):
            raise NotApplicableError(f"would write to {', '.join(sorted(strangers))}; allowed: {', '.join(allowed)}")

    def _find_created(self, pending: PendingWrite, answer: httpx2.Response) -> UndoNote:
        """Return the id, title and timestamp of the created object; an empty dict if the id already existed."""
        if not answer.is_success or pending.undo.get("kind") not in self._created_ids:
            return {}
        created = listings.find_created(json_or_none(answer))
        if not created or str(created["id"]) in pending.undo["existing"]:
            return {}
        self._created_ids[pending.undo["kind"]].add(str(created["id"]))
        return {name: created[name] for name in ("id", "title", "created_at") if name in created}


def _actor_notes(undo_note: UndoNote) -> list[list[str]]:
    return [part["actor"] for part in undo_note.get("parts", [undo_note]) if "actor" in part]
