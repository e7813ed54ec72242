"""Find the contracts that can detect a defect: those that run the code that it replaces.

Until a contract runs replaced code, all responses are those of the mock without a defect. So the kill matrix leaves out
the contracts that run none of it, which is half of its time. The contracts run without a defect first, and each
function of the mock that a contract calls is recorded. If it is not known what a defect changes, all contracts run.
"""

import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from inspect import unwrap
from itertools import product
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from starlette.types import ASGIApp

import mock_server
from contracts.pytest_plugin import confirmation
from contracts.pytest_plugin.fixtures import TARGET_SESSION
from contracts.pytest_plugin.selection import Selection
from contracts.spec.markers import parse_contract
from mock_server.domain.pieces import InPieces
from mock_server.http.endpoint import operation_routes
from mock_server.platform_api.router import ROUTERS
from mock_server.state.documentation import Documentation
from tests.defects import forked_suite
from tests.defects.registry import Patch, Replacement

ROOT = str(Path(mock_server.__file__).parent)

Place = tuple[str, int, str]
"""The place of a function in the mock: the file, the first line and the name."""


@dataclass
class Reach:
    """The functions of the mock that each contract calls, by the id of its test, and those called outside of them."""

    by_contract: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    outside: set[Place] = field(default_factory=set)
    stateful: set[str] = field(default_factory=set)
    """The ids of the stateful tests, which take other steps after a difference. They are never left out."""

    def find_contracts(self, patch: Patch) -> frozenset[str] | None:
        """Return the ids of the contracts that run code that the patch changes. None if this may be any contract."""
        changes = [find_places(replacement) for replacement in patch.replacements]
        if patch.changes_responses or not changes or not all(changes):
            return None
        changed = frozenset[Place]().union(*changes)
        if changed & self.outside:
            return None
        reaching = {contract for contract, reached in self.by_contract.items() if reached & changed}
        return frozenset(reaching | self.stateful)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record what the contracts run in this process until the block ends."""
        run, current = confirmation.run, self.outside
        known = dict[int, tuple[CodeType, Place | None]]()

        def record_call(frame: FrameType, event: str, _: object) -> None:
            if event != "call":
                return
            code = frame.f_code
            if id(code) not in known:
                known[id(code)] = code, _find_place(code)
            if place := known[id(code)][1]:
                current.add(place)
                current.update(_find_endpoint(frame))

        def run_recorded(item: pytest.Item, next_item: pytest.Item | None) -> list[pytest.TestReport]:
            nonlocal current
            item.config.stash[TARGET_SESSION].shared.clear()  # what an earlier contract has read, this one reads again
            current = self.by_contract[item.nodeid]
            if parse_contract(item).kind == "machine":
                self.stateful.add(item.nodeid)
            try:
                return run(item, next_item)
            finally:
                current = self.outside

        replace: Callable[[Any, str, object], None] = setattr
        replace(confirmation, "run", run_recorded)
        threading.setprofile(record_call)
        sys.setprofile(record_call)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type] # None ends it, as the documentation says
            replace(confirmation, "run", run)


@dataclass(frozen=True)
class ReachedDeployment:
    """A deployment with a defect, for a suite that runs only the contracts that can detect it."""

    name: str
    reach: Reach

    def __call__(self) -> ASGIApp:
        """Build the application and leave the other contracts out. It patches this process."""
        application, patch = forked_suite.build_patched_app(self.name)
        contracts = self.reach.find_contracts(patch)
        if contracts is not None:
            leave_out_others(contracts)
        return application

    def __str__(self) -> str:
        return self.name


def leave_out_others(contracts: Collection[str]) -> None:
    """Let this process select these contracts only."""

    def restrict(includes: Callable[[Selection, pytest.Item], bool]) -> Callable[[Selection, pytest.Item], bool]:
        return lambda selection, item: item.nodeid in contracts and includes(selection, item)

    Patch().wrap(Selection, "includes", restrict)


def find_places(replacement: Replacement) -> frozenset[Place]:
    """Return the functions of the mock whose behaviour a replacement changes. It is empty if they are not known."""
    places = frozenset(_list_functions(replacement.old))
    if places:
        return places
    places = _readers_by_name()[replacement.name]
    if isinstance(replacement.old, type) and issubclass(replacement.old, BaseModel):
        places |= frozenset(_list_endpoints(getattr(replacement.owner, replacement.name)))
    return places


def _find_place(code: CodeType) -> Place | None:
    if not code.co_filename.startswith(ROOT):
        return None
    return code.co_filename, code.co_firstlineno, code.co_name


def _find_endpoint(frame: FrameType) -> Iterator[Place]:
    """Yield the operation of a frame that reads a request for it or calls it. A refused request does not call it."""
    if frame.f_code.co_filename == operation_routes.__code__.co_filename:
        endpoint = getattr(frame.f_locals.get("self"), "endpoint", None)
        if endpoint is not None:
            yield from _list_functions(endpoint)


def _list_functions(value: Any) -> Iterator[Place]:
    """Yield the place of a function, a method or a property of the mock. A cached function is not always called."""
    match value:
        case MethodType():
            yield from _list_functions(value.__func__)
        case InPieces():
            yield from _list_functions(value.steps)
        case property():
            for accessor in filter(None, (value.fget, value.fset)):
                yield from _list_functions(accessor)
        case FunctionType():
            function = unwrap(value)
            if isinstance(function, FunctionType) and (place := _find_place(function.__code__)):
                yield place


def _list_endpoints(model: type[BaseModel]) -> Iterator[Place]:
    """Yield the functions of the platform's operations that now read this model."""
    for route in operation_routes(*ROUTERS):
        if any(model in get_args(hint) for hint in route.endpoint.__annotations__.values()):
            yield from _list_functions(route.endpoint)


@cache
def _readers_by_name() -> dict[str, frozenset[Place]]:
    """Return the functions of the mock that read a name, by the name: a global, or an attribute of anything."""
    readers: dict[str, set[Place]] = defaultdict(set)
    for code in _list_code():
        for name in code.co_names:
            readers[name].update(filter(None, [_find_place(code)]))
    return defaultdict(frozenset, {name: frozenset(places) for name, places in readers.items()})


def _list_code() -> Iterator[CodeType]:
    """Yield the code of the mock's modules and of everything in them."""
    todo = [compile(file.read_text(encoding="utf-8"), str(file), "exec") for file in Path(ROOT).rglob("*.py")]
    while todo:
        code = todo.pop()
        yield code
        todo.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))


def record(seeds: Collection[int], kinds: Sequence[str]) -> Reach:
    """Return what the contracts of these kinds run without a defect, in both generations of the documentation."""
    reached = Reach()
    for seed, generation in product(seeds, get_args(Documentation)):
        with reached.recording():
            options = ("--seed", str(seed), "--documentation", generation)
            forked_suite.run_once_without_defect(kinds, options)
    return reached
