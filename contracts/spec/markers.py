"""The marks that make a test a contract.

A mark contains the contract's kind, the parts of rules that it checks, the smallest profile that runs it, and its
writes.
"""

from collections.abc import Callable, Iterable
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
"""An item of `writes` for calls that the platform must refuse, to any operation or path."""
EVERY_WRITE = (
    "setAttributionModelDefault",
    "setFrontendStatus",
    "setBackhaulDefaults",
    "replaceEventSeries",
    "setEventAttributionModel",
    "clearSales",
    "uploadSalesEdit",
    "ingestTransactionSummary",
    "ingestTransactionSummaryFromExcel",
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
    parts: tuple[str, ...]
    profile: Profile
    writes: tuple[str, ...]
    gotcha: str = ""
    documentation: str = ""
    early: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract with the values of its mark. `case` names one set of its parameters."""

    id: str
    case: str
    kind: ContractKind
    parts: tuple[str, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules whose parts it checks, without duplicates."""
        return list_rules(self.parts)


def example(
    *parts: str,
    profile: Profile = "standard",
    gotcha: str = "",
    writes: tuple[str, ...] = (),
    documentation: str = "",
) -> Callable[[Test], Test]:
    """Mark an example: a test with arranged data and expected values written by hand.

    `parts` are the parts of rules that the test checks, such as `BASE-05.comma_list`. On any target except the mock, a
    difference is an observation for each rule if the test checks only assumed parts of that rule. `gotcha` is the id of
    the gotcha that the test is about, such as G-07. `documentation` is `older` or `newer` if the test is only about
    that generation of the vendor's documentation: it is not applicable to a target that follows the other one.

    `writes` lists the operationIds with which the test may change the target's own data. Leave it empty if the test
    only reads, or writes only to a sandbox. `--plan` prints these writes, and the guard refuses any other write.
    """
    return _mark(ContractMark("example", parts, profile, writes, gotcha, documentation))


def property_test(
    *parts: str,
    profile: Profile = "standard",
    gotcha: str = "",
    writes: tuple[str, ...] = (),
    documentation: str = "",
    early: str = "",
) -> Callable[[Test], Test]:
    """Mark a property: a test that holds for any data, so it runs on a real deployment too. See `example`.

    `early` is what it needs to be started before the first contract, a key of `early_starts.STARTERS`.
    """
    return _mark(ContractMark("law", parts, profile, writes, gotcha, documentation, early))


def stateful_test(*parts: str, profile: Profile = "standard", writes: tuple[str, ...] = ()) -> Callable[[Test], Test]:
    """Mark a stateful test: random steps, each compared with the reference model. See `example`."""
    return _mark(ContractMark("machine", parts, profile, writes))


def schema_test(*parts: str, profile: Profile = "standard", writes: tuple[str, ...] = ()) -> Callable[[Test], Test]:
    """Mark a schemathesis run over the OpenAPI document. See `example`."""
    return _mark(ContractMark("schema", parts, profile, writes))


def list_rules(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the rules to which these parts belong, without duplicates."""
    return tuple(dict.fromkeys(part.partition(".")[0] for part in parts))


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
        parts=tuple(mark.kwargs["parts"]),
    )


def _mark(mark: ContractMark) -> Callable[[Test], Test]:
    return getattr(pytest.mark, MARK)(**asdict(mark))  # type: ignore[no-any-return] # pytest's marks are untyped
