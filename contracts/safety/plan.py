"""The plan of a run (`contracts run --plan`): the writes it would make, and which of them cannot be undone."""

from collections.abc import Iterable, Iterator, Mapping

import pytest

from contracts.safety import disposable_events, new_passwords, packages
from contracts.safety.call_scope import is_write_operation
from contracts.safety.session import find_guard_plugin
from contracts.spec.markers import MARK, REFUSED_CALLS, parse_contract
from contracts.spec.openapi import SpecOperation
from contracts.target.session import TargetSession

EXIT_NOTHING_PROVED = 3
MAX_CONTRACTS_NAMED = 6
HEADINGS: Mapping[str, str] = {REFUSED_CALLS: "Any other call, malformed or not permitted"}
"""The name in the plan for an item of `writes` that is not an operationId."""
ONLY_DISPOSABLE = "of existing events, only those of --disposable-event"
UNDO_BY_WRITE: Mapping[str, str] = {
    "createCampaignResult": "undone by deleting the row, which is identified by its id and its amount",
    "deleteCampaignResult": "only rows that the run created, or automated rows of events in --allow-rows",
    "setEventAttributionModel": "restored to its previous value",
    "setFrontendStatus": "restored to its previous value",
    "setAttributionModelDefault": "restored to its previous value",
    "setBackhaulDefaults": "restored to its previous value",
    "replaceEventSeries": "restored to its previous value, for each event that is affected",
    "replaceEvaluationSettings": "only of packages that the run itself created, or that --allow-settings names",
    "createPackage": "STAYS: a package cannot be deleted; its title contains the run id",
    "mergePackages": "STAYS: a package cannot be deleted; only packages that the run created are merged",
    "regeneratePackage": "never for an existing package that the run did not create: its content cannot be restored",
    "ingestTransactionSummary": f"{ONLY_DISPOSABLE}: imported sales cannot be removed",
    "ingestTransactionSummaryFromExcel": f"{ONLY_DISPOSABLE}: imported sales cannot be removed",
    "uploadSalesEdit": f"{ONLY_DISPOSABLE}: the previous totals of a day cannot be restored",
    REFUSED_CALLS: "refused by the platform; undone as above if it is accepted nevertheless",
    new_passwords.OPERATION: "STAYS: the user has another password for good",
    "clearSales": f"{ONLY_DISPOSABLE}: cleared sales cannot be restored",
}
"""How each item of `writes` is undone."""


class PlanPlugin:
    """Replaces the run loop of a session. It collects the contracts without running them, and formats their writes."""

    def __init__(self) -> None:
        self.text = "no plan could be made; see the messages above"
        self.exit_code = EXIT_NOTHING_PROVED

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Print the plan instead of running the contracts."""
        guard_plugin = find_guard_plugin(session.config)
        early_end = guard_plugin.collector.ended if guard_plugin.collector is not None else ""
        self.text = early_end or "\n".join(format_plan(guard_plugin.target_session, session.items))
        self.exit_code = EXIT_NOTHING_PROVED if early_end else 0
        return True


def format_plan(target_session: TargetSession, items: Iterable[pytest.Item]) -> Iterator[str]:
    """Yield the lines of the plan."""
    target = target_session.target
    yield f"Plan of a run against {target.base_url}, profile {target.profile}"
    if target.exceeds_limits and target_session.control is None:
        yield "For about a minute, the target refuses all sign-ins from this address (--exceed-limits)."
    if target_session.control is not None:
        yield "The target has a control API: all writes go to sandboxes that are deleted afterwards."
    elif not target.is_writable:
        yield "Nothing is written, because --allow-writes names no partner."
    else:
        by_write = group_by_write(items, target_session.api_spec.operations)
        if not target.new_password_users:
            by_write.pop(new_passwords.OPERATION, None)
        yield from _format_writes(target_session, by_write)


def _format_writes(target_session: TargetSession, contracts_by_write: Mapping[str, list[str]]) -> Iterator[str]:
    target = target_session.target
    partners = ", ".join(target.allow_writes)
    yield f"At most {target.writes:,} writes to {partners} are accepted, in at most {target.requests:,} requests."
    yield "Each write is first recorded in --ledger-dir, and undone at the end or by `contracts cleanup --run ID`."
    for write, contracts in contracts_by_write.items():
        yield f"{HEADINGS.get(write, write)}: {UNDO_BY_WRITE[write]}"
        more = f", and {len(contracts) - MAX_CONTRACTS_NAMED} more" if len(contracts) > MAX_CONTRACTS_NAMED else ""
        yield f"    by {', '.join(contracts[:MAX_CONTRACTS_NAMED])}{more}"
    for package_id in target.allow_settings:
        yield f"STAYS: {package_id} is evaluated again when its settings are restored (--allow-settings)"
    for person in target.new_password_users:
        yield f"STAYS: {person.username} may have another password for good (--new-password-user)"
    if not disposable_events.WRITES.isdisjoint(contracts_by_write):
        for event_id in target.disposable_events:
            yield f"STAYS: the sales of {event_id} are changed for good (--disposable-event)"
    for event_id in target.allow_rows if target.job_timeouts.get("attribution") else ():
        yield f"STAYS: the automated rows of {event_id} are deleted, and runs credit it by another model (--allow-rows)"
    if any(operation in contracts_by_write for operation in packages.CREATE_OPERATIONS):
        yield f"STAYS: at most {target.packages} packages with the run id in their titles; they expire by themselves"


def group_by_write(items: Iterable[pytest.Item], operations: Mapping[str, SpecOperation]) -> dict[str, list[str]]:
    """Map each declared write to the ids of the contracts that declare it."""
    writes = [operation_id for operation_id, operation in operations.items() if is_write_operation(operation)]
    grouped: dict[str, list[str]] = {write: [] for write in (*writes, new_passwords.OPERATION, REFUSED_CALLS)}
    for item in items:
        mark = item.get_closest_marker(MARK)
        for write in mark.kwargs["writes"] if mark is not None else ():
            contract_id = parse_contract(item).id
            if contract_id not in grouped[write]:
                grouped[write].append(contract_id)
    return {write: contracts for write, contracts in grouped.items() if contracts}
