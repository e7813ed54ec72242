"""How a test becomes a contract: its kind, the rules that it checks, the profile from which on it runs."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import pytest

ContractKind = Literal["example", "law", "machine", "schema"]
Profile = Literal["smoke", "standard", "thorough"]
Test = TypeVar("Test", bound=Callable[..., Any])

PROFILES: tuple[Profile, ...] = ("smoke", "standard", "thorough")
KINDS: tuple[ContractKind, ...] = ("example", "law", "machine", "schema")
MARK = "contract"


def example(
    *rules: str, assumed: bool = False, profile: Profile = "standard", gotcha: str = ""
) -> Callable[[Test], Test]:
    """A worked case with numbers written by hand, arranged through the control API.

    `ruled` says that what it looks at is a ruled part of rules that are stated or shown: elsewhere than on
    the mock a difference is an observation. `gotcha` names the gotcha that it is about, such as G-07.
    """
    return _mark("example", rules, assumed=assumed, profile=profile, gotcha=gotcha)


def property_test(
    *rules: str, assumed: bool = False, profile: Profile = "standard", gotcha: str = ""
) -> Callable[[Test], Test]:
    """A law that is true on any data, hence on a real deployment too."""
    return _mark("law", rules, assumed=assumed, profile=profile, gotcha=gotcha)


def stateful_test(*rules: str, assumed: bool = False, profile: Profile = "standard") -> Callable[[Test], Test]:
    """A random walk against the reference model."""
    return _mark("machine", rules, assumed=assumed, profile=profile)


def schema_test(*rules: str, assumed: bool = False, profile: Profile = "standard") -> Callable[[Test], Test]:
    """A run of schemathesis over the document."""
    return _mark("schema", rules, assumed=assumed, profile=profile)


def _mark(
    kind: ContractKind, rules: tuple[str, ...], *, assumed: bool, profile: Profile, gotcha: str = ""
) -> Callable[[Test], Test]:
    arguments = {"kind": kind, "rules": rules, "ruled": assumed, "profile": profile, "gotcha": gotcha}
    return getattr(pytest.mark, MARK)(**arguments)  # type: ignore[no-any-return] # pytest's marks are untyped
