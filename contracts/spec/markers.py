"""The marks that make a test a contract.

A mark contains the contract's kind, the rules that it checks, the smallest profile that runs it, and its writes.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

import pytest

ContractKind = Literal["example", "law", "machine", "schema"]
Profile = Literal["smoke", "standard", "thorough"]
Test = TypeVar("Test", bound=Callable[..., Any])

PROFILES: tuple[Profile, ...] = ("smoke", "standard", "thorough")
KINDS: tuple[ContractKind, ...] = ("example", "law", "machine", "schema")
"""The values of `--kind`: an example, a property, a stateful test, a schemathesis run."""
MARK = "contract"
REFUSED_CALLS = "refused calls"
"""An item of `writes` that stands for calls, to any operation or path, that the platform must refuse."""
EVERY_WRITE = (
    "setAttributionModelDefault",
    "setBackhaulDefaults",
    "replaceEventSeries",
    "setEventAttributionModel",
    "clearSales",
    "uploadSalesEdit",
    "ingestTransactionSummary",
    "createCampaignResult",
    "deleteCampaignResult",
    "createPackage",
    "mergePackages",
    "regeneratePackage",
    "replaceEvaluationSettings",
    REFUSED_CALLS,
)
"""The `writes` of a contract that calls all operations of the document."""


@dataclass(frozen=True, slots=True)
class ContractMark:
    """The keyword arguments of the pytest mark `contract`."""

    kind: ContractKind
    rules: tuple[str, ...]
    assumed: bool
    profile: Profile
    writes: tuple[str, ...]
    gotcha: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract with the values of its mark. `case` names one set of its parameters."""

    id: str
    case: str
    kind: ContractKind
    rules: tuple[str, ...]
    assumed: bool


def example(
    *rules: str, assumed: bool = False, profile: Profile = "standard", gotcha: str = "", writes: tuple[str, ...] = ()
) -> Callable[[Test], Test]:
    """Mark an example: a test with arranged data and expected values written by hand.

    Set `assumed` if the expected value is an assumed part of a documented rule. A difference is then an observation on
    any target except the mock. `gotcha` is the id of the gotcha that the test is about, such as G-07.

    `writes` lists the operationIds with which the test may change the target's own data. Leave it empty if the test
    only reads, or writes only to a sandbox. `--plan` prints these writes, and the guard refuses any other write.
    """
    return _mark(ContractMark("example", rules, assumed, profile, writes, gotcha))


def property_test(
    *rules: str, assumed: bool = False, profile: Profile = "standard", gotcha: str = "", writes: tuple[str, ...] = ()
) -> Callable[[Test], Test]:
    """Mark a property: a test that holds for any data, so that it can also run on a real deployment. See `example`."""
    return _mark(ContractMark("law", rules, assumed, profile, writes, gotcha))


def stateful_test(
    *rules: str, assumed: bool = False, profile: Profile = "standard", writes: tuple[str, ...] = ()
) -> Callable[[Test], Test]:
    """Mark a stateful test: after each random step, the state is compared with a model. See `example`."""
    return _mark(ContractMark("machine", rules, assumed, profile, writes))


def schema_test(
    *rules: str, assumed: bool = False, profile: Profile = "standard", writes: tuple[str, ...] = ()
) -> Callable[[Test], Test]:
    """Mark a schemathesis run over the OpenAPI document. See `example`."""
    return _mark(ContractMark("schema", rules, assumed, profile, writes))


def is_contract(item: pytest.Item) -> bool:
    """Whether a collected test is a contract."""
    return item.get_closest_marker(MARK) is not None


def parse_contract(item: pytest.Item) -> Contract:
    """Read a contract from the mark of its test. The contract's id is `<module>::<name>`, both without `test_`."""
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


def _mark(mark: ContractMark) -> Callable[[Test], Test]:
    return getattr(pytest.mark, MARK)(**asdict(mark))  # type: ignore[no-any-return] # pytest's marks are untyped
