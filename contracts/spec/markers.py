"""Markers that turn a test into a contract: its kind, the rules that it checks, the smallest profile that runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import pytest

ContractKind = Literal["example", "law", "machine", "schema"]
"""Values of `--kind` and of result.json: a `law` is a property test, a `machine` a stateful test."""
Profile = Literal["smoke", "standard", "thorough"]
Test = TypeVar("Test", bound=Callable[..., Any])

PROFILES: tuple[Profile, ...] = ("smoke", "standard", "thorough")
KINDS: tuple[ContractKind, ...] = ("example", "law", "machine", "schema")
MARK = "contract"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as its marker describes it. `case` names one set of its parameters.

    `assumed` means that the contract checks an assumed part of its rules.
    """

    id: str
    case: str
    kind: ContractKind
    rules: tuple[str, ...]
    assumed: bool


def example(
    *rules: str, assumed: bool = False, profile: Profile = "standard", gotcha: str = ""
) -> Callable[[Test], Test]:
    """Mark an example: hand-written numbers, with test data set up through the control API.

    `assumed` means that the contract checks an assumed part of stated or shown rules: on any target but the mock a
    difference is an observation. `gotcha` is the id of the gotcha that the contract shows, such as G-07.
    """
    return _mark("example", rules, assumed=assumed, profile=profile, gotcha=gotcha)


def property_test(
    *rules: str, assumed: bool = False, profile: Profile = "standard", gotcha: str = ""
) -> Callable[[Test], Test]:
    """Mark a property test: it holds for any data, and so on a real deployment too."""
    return _mark("law", rules, assumed=assumed, profile=profile, gotcha=gotcha)


def stateful_test(*rules: str, assumed: bool = False, profile: Profile = "standard") -> Callable[[Test], Test]:
    """Mark a stateful test: random steps, compared with the reference model."""
    return _mark("machine", rules, assumed=assumed, profile=profile)


def schema_test(*rules: str, assumed: bool = False, profile: Profile = "standard") -> Callable[[Test], Test]:
    """Mark a run of schemathesis over the OpenAPI document."""
    return _mark("schema", rules, assumed=assumed, profile=profile)


def is_contract(item: pytest.Item) -> bool:
    """Whether a collected test is a contract."""
    return item.get_closest_marker(MARK) is not None


def parse_contract(item: pytest.Item) -> Contract:
    """Read a contract from the marker of its test; its id is `<module>::<name>`, both without `test_`."""
    mark = item.get_closest_marker(MARK)
    assert mark is not None  # noqa: S101 - callers pass contracts only
    name, _, case = item.name.partition("[")
    return Contract(
        id=f"{item.path.stem.removeprefix('test_')}::{name.removeprefix('test_')}",
        case=case.removesuffix("]"),
        kind=mark.kwargs["kind"],
        rules=tuple(mark.kwargs["rules"]),
        assumed=mark.kwargs["assumed"],
    )


def _mark(
    kind: ContractKind, rules: tuple[str, ...], *, assumed: bool, profile: Profile, gotcha: str = ""
) -> Callable[[Test], Test]:
    arguments = {"kind": kind, "rules": rules, "assumed": assumed, "profile": profile, "gotcha": gotcha}
    return getattr(pytest.mark, MARK)(**arguments)  # type: ignore[no-any-return] # pytest's marks are untyped
