"""What a run would write, told before it writes anything, and what of it nothing undoes."""

from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from contracts.pytest_plugin import classify
from contracts.safety import packages
from contracts.safety.call_scope import SAFE_METHODS, SIGN_IN
from contracts.safety.session import UNDO_PLUGIN_NAME
from contracts.target.session import TargetSession

EXIT_NOTHING_PROVED = 3
MAX_CONTRACTS_NAMED = 6
CodeUnit = tuple[CodeType, Mapping[str, Any]]
"""A piece of code, and its module's names."""
LITERAL_TYPES = (str, tuple, list, dict, frozenset, set)
OPERATIONS_ATTRIBUTE = "operations"
"""Whoever goes through all of the document's operations may make any call."""
RAW_SEND_ATTRIBUTE, WRITING_METHODS = "send", frozenset({"POST", "PUT", "DELETE", "PATCH"})
"""Whoever sends raw requests may make any call of the methods that they name."""
OTHER_CALLS = "Any other call, malformed or not permitted"
UNDO_BY_OPERATION: Mapping[str, str] = {
    "createCampaignResult": "the row is deleted; it is known by its id and its amount",
    "deleteCampaignResult": "only rows that the run itself made",
    "setEventAttributionModel": "put back as found",
    "setAttributionModelDefault": "put back as found",
    "setBackhaulDefaults": "put back as found",
    "replaceEventSeries": "put back as found, with each event that was touched",
    "replaceEvaluationSettings": "only of packages that the run itself made, or that --allow-settings names",
    "createPackage": "STAYS: a package has no delete; its title carries the run's id",
    "mergePackages": "STAYS: as a package that is made; only packages of the run itself are merged",
    "regeneratePackage": "never done to a package that the run did not make: what it was cannot be put back",
    "ingestTransactionSummary": "never done to an event that there is: what is brought in shows later",
    "uploadSalesEdit": "never done to an event that there is: what a day came to before cannot be put back",
    OTHER_CALLS: "refused by the platform; undone as above where it is accepted after all",
    "clearSales": "never done: sales that are cleared do not come back",
}
"""By operation that writes, how it is undone."""


class PlanPlugin:
    """Stands in for the session's contracts: collects them, runs none, and tells what they would write."""

    def __init__(self) -> None:
        self.text = "nothing could be planned; see above"
        self.exit_code = EXIT_NOTHING_PROVED

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Plan, and run nothing."""
        undo_plugin: Any = session.config.pluginmanager.get_plugin(UNDO_PLUGIN_NAME)
        early_end = undo_plugin.collector.ended
        self.text = early_end or "\n".join(format_plan(undo_plugin.target_session, session.items))
        self.exit_code = EXIT_NOTHING_PROVED if early_end else 0
        return True


def format_plan(target_session: TargetSession, items: Iterable[pytest.Item]) -> Iterator[str]:
    """The plan, line by line."""
    target = target_session.target
    yield f"Plan of a run against {target.base_url}, profile {target.profile}"
    if target_session.control is not None:
        yield "The target has a control API: all is written to worlds of the suite's own, gone afterwards."
    elif not target.is_writable:
        yield "Nothing is written: the target is not on this machine, and --allow-writes names no partner."
    else:
        yield from _format_writes(target_session, find_writes(items, target_session.api_spec.operations))


def _format_writes(target_session: TargetSession, by_operation: Mapping[str, list[str]]) -> Iterator[str]:
    target = target_session.target
    allowed_partner = target.allow_writes or "any partner of the users named"
    yield f"To {allowed_partner} at most {target.writes:,} writes come through, in at most {target.requests:,} requests."
    yield "Each is noted beforehand, in --ledger-dir, and undone at the end, or by `contracts cleanup --run ID`."
    for operation, contracts in by_operation.items():
        yield f"{operation}: {UNDO_BY_OPERATION[operation]}"
        more = f", and {len(contracts) - MAX_CONTRACTS_NAMED} more" if len(contracts) > MAX_CONTRACTS_NAMED else ""
        yield f"    by {', '.join(contracts[:MAX_CONTRACTS_NAMED])}{more}"
    for package_id in target.allow_settings:
        yield f"STAYS: {package_id} is evaluated again when its settings are put back (--allow-settings)"
    if any(operation in by_operation for operation in packages.CREATE_OPERATIONS):
        yield "STAYS: packages whose titles carry the run's id; they expire by themselves"


def find_writes(items: Iterable[pytest.Item], operations: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each operation that writes, the contracts of these that may call it on the target's own world."""
    write_operations = {
        name: operation
        for name, operation in operations.items()
        if operation.method not in SAFE_METHODS and not operation.path.startswith(SIGN_IN)
    }
    found: dict[str, list[str]] = {name: [] for name in (*write_operations, OTHER_CALLS)}
    for item in items:
        if not isinstance(item, pytest.Function) or "deployment" not in item.fixturenames:
            continue
        contract = classify.parse_contract(item).id
        operation_names = find_names(item, frozenset(write_operations))
        if "writable" not in item.fixturenames:
            operation_names = {OTHER_CALLS} if operation_names else set()  # it reads, and sees what is refused
        for name in operation_names:
            if contract not in found[name]:
                found[name].append(contract)
    return {name: contracts for name, contracts in found.items() if contracts}


def find_names(item: pytest.Item, names: frozenset[str]) -> set[str]:
    """Which of the names stand in a test's parameters, in its code, or in the code of the suite that it uses.

    ANY is among them where the test may make calls that it does not name.
    """
    test = getattr(item, "obj", None)
    test = getattr(getattr(test, "hypothesis", None), "inner_test", test)
    callspec = getattr(item, "callspec", None)
    wanted = names | WRITING_METHODS
    found = _names_in_literal(callspec.params if callspec is not None else {}, wanted)
    used_names: set[str] = set()
    for code, module_names in _reachable_code(test):
        used_names.update(code.co_names)
        found |= _names_in_literal(list(code.co_consts), wanted).union(
            *(_names_in_literal(value, wanted) for value in _used_values(code, module_names))
        )
    may_call_any = OPERATIONS_ATTRIBUTE in used_names or (RAW_SEND_ATTRIBUTE in used_names and WRITING_METHODS & found)
    return found & names | ({OTHER_CALLS} if may_call_any else set())


def _reachable_code(test: Any) -> Iterator[CodeUnit]:
    """The test's code, and that of the suite's functions that it uses, by whatever way."""
    pending, seen = _suite_code_of(test), set[CodeType]()
    while pending:
        code, module_names = pending.pop()
        if code in seen:
            continue
        seen.add(code)
        yield code, module_names
        pending += [(const, module_names) for const in code.co_consts if isinstance(const, CodeType)]
        pending += [found for value in _used_values(code, module_names) for found in _suite_code_of(value)]


def _used_values(code: CodeType, module_names: Mapping[str, Any]) -> Iterator[Any]:
    """What a piece of code uses by name: its module's, and what it takes out of modules."""
    for name in code.co_names:
        value = module_names.get(name)
        if isinstance(value, ModuleType):
            yield from (getattr(value, inner) for inner in code.co_names if hasattr(value, inner))
        else:
            yield value


def _suite_code_of(value: Any) -> list[CodeUnit]:
    is_suite_function = isinstance(value, FunctionType) and value.__module__.startswith("contracts.")
    return [(value.__code__, value.__globals__)] if is_suite_function else []


def _names_in_literal(value: Any, names: frozenset[str]) -> set[str]:
    """Which names stand in a text, or in a collection of such."""
    text = repr(value) if isinstance(value, LITERAL_TYPES) else ""
    return {name for name in names if f"'{name}'" in text}
