"""What a run would write, told before it writes anything, and what of it nothing undoes."""

from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from contracts.pytest_plugin import classify
from contracts.safety import packages
from contracts.safety.call_scope import SAFE_METHODS, SIGN_IN
from contracts.safety.session import UNDOING
from contracts.target.session import Inspection

NOTHING_PROVED = 3
MOST_NAMED = 6
Code = tuple[CodeType, Mapping[str, Any]]
"""A piece of code, and its module's names."""
PLAIN = (str, tuple, list, dict, frozenset, set)
ANYTHING = "operations"
"""Whoever goes through all of the document's operations may make any call."""
RAW, WRITING_METHODS = "send", frozenset({"POST", "PUT", "DELETE", "PATCH"})
"""Whoever sends raw requests may make any call of the methods that they name."""
ANY = "Any other call, malformed or not permitted"
UNDONE: Mapping[str, str] = {
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
    ANY: "refused by the platform; undone as above where it is accepted after all",
    "clearSales": "never done: sales that are cleared do not come back",
}
"""By operation that writes, how it is undone."""


class Planner:
    """Stands in for the session's contracts: collects them, runs none, and tells what they would write."""

    def __init__(self) -> None:
        self.text = "nothing could be planned; see above"
        self.exit_code = NOTHING_PROVED

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Plan, and run nothing."""
        undoing: Any = session.config.pluginmanager.get_plugin(UNDOING)
        ended = undoing.gathered.ended
        self.text = ended or "\n".join(told(undoing.held, session.items))
        self.exit_code = NOTHING_PROVED if ended else 0
        return True


def told(held: Inspection, items: Iterable[pytest.Item]) -> Iterator[str]:
    """The plan, line by line."""
    target = held.target
    yield f"Plan of a run against {target.base_url}, profile {target.profile}"
    if held.control is not None:
        yield "The target has a control API: all is written to worlds of the suite's own, gone afterwards."
    elif not target.may_be_written_to:
        yield "Nothing is written: the target is not on this machine, and --allow-writes names no partner."
    else:
        yield from _of(held, writes_of(items, held.promises.operations))


def _of(held: Inspection, by_operation: Mapping[str, list[str]]) -> Iterator[str]:
    target = held.target
    whose = target.allow_writes or "any partner of the users named"
    yield f"To {whose} at most {target.writes:,} writes come through, in at most {target.requests:,} requests."
    yield "Each is noted beforehand, in --ledger-dir, and undone at the end, or by `contracts cleanup --run ID`."
    for operation, contracts in by_operation.items():
        yield f"{operation}: {UNDONE[operation]}"
        more = f", and {len(contracts) - MOST_NAMED} more" if len(contracts) > MOST_NAMED else ""
        yield f"    by {', '.join(contracts[:MOST_NAMED])}{more}"
    for package_id in target.allow_settings:
        yield f"STAYS: {package_id} is evaluated again when its settings are put back (--allow-settings)"
    if any(operation in by_operation for operation in packages.MAKING):
        yield "STAYS: packages whose titles carry the run's id; they expire by themselves"


def writes_of(items: Iterable[pytest.Item], operations: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each operation that writes, the contracts of these that may call it on the target's own world."""
    writing = {
        name: operation
        for name, operation in operations.items()
        if operation.method not in SAFE_METHODS and not operation.path.startswith(SIGN_IN)
    }
    found: dict[str, list[str]] = {name: [] for name in (*writing, ANY)}
    for item in items:
        if not isinstance(item, pytest.Function) or "deployment" not in item.fixturenames:
            continue
        contract = classify.contract_of(item).id
        named = named_by(item, frozenset(writing))
        if "writable" not in item.fixturenames:
            named = {ANY} if named else set()  # it reads, and sees what is refused
        for name in named:
            if contract not in found[name]:
                found[name].append(contract)
    return {name: contracts for name, contracts in found.items() if contracts}


def named_by(item: pytest.Item, names: frozenset[str]) -> set[str]:
    """Which of the names stand in a test's parameters, in its code, or in the code of the suite that it uses.

    ANY is among them where the test may make calls that it does not name.
    """
    test = getattr(item, "obj", None)
    test = getattr(getattr(test, "hypothesis", None), "inner_test", test)
    callspec = getattr(item, "callspec", None)
    told = names | WRITING_METHODS
    found = _in_plain(callspec.params if callspec is not None else {}, told)
    used: set[str] = set()
    for code, known in _reached(test):
        used.update(code.co_names)
        found |= _in_plain(list(code.co_consts), told).union(*(_in_plain(value, told) for value in _used(code, known)))
    anything = ANYTHING in used or (RAW in used and WRITING_METHODS & found)
    return found & names | ({ANY} if anything else set())


def _reached(test: Any) -> Iterator[Code]:
    """The test's code, and that of the suite's functions that it uses, by whatever way."""
    waiting, seen = _code_of(test), set[CodeType]()
    while waiting:
        code, known = waiting.pop()
        if code in seen:
            continue
        seen.add(code)
        yield code, known
        waiting += [(const, known) for const in code.co_consts if isinstance(const, CodeType)]
        waiting += [found for value in _used(code, known) for found in _code_of(value)]


def _used(code: CodeType, known: Mapping[str, Any]) -> Iterator[Any]:
    """What a piece of code uses by name: its module's, and what it takes out of modules."""
    for name in code.co_names:
        value = known.get(name)
        if isinstance(value, ModuleType):
            yield from (getattr(value, inner) for inner in code.co_names if hasattr(value, inner))
        else:
            yield value


def _code_of(value: Any) -> list[Code]:
    of_the_suite = isinstance(value, FunctionType) and value.__module__.startswith("contracts.")
    return [(value.__code__, value.__globals__)] if of_the_suite else []


def _in_plain(value: Any, names: frozenset[str]) -> set[str]:
    """Which names stand in a text, or in a collection of such."""
    text = repr(value) if isinstance(value, PLAIN) else ""
    return {name for name in names if f"'{name}'" in text}
