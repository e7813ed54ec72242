"""How a test becomes a contract: its kind, the rules that it checks, the profile from which on it runs."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import pytest

Kind = Literal["example", "law", "machine", "schema"]
Profile = Literal["smoke", "standard", "thorough"]
Test = TypeVar("Test", bound=Callable[..., Any])

PROFILES: tuple[Profile, ...] = ("smoke", "standard", "thorough")
KINDS: tuple[Kind, ...] = ("example", "law", "machine", "schema")
MARK = "contract"


def example(
    *rules: str, ruled: bool = False, profile: Profile = "standard", gotcha: str = ""
) -> Callable[[Test], Test]:
    """A worked case with numbers written by hand, arranged through the control API.

    `ruled` says that what it looks at is a ruled part of rules that are stated or shown: elsewhere than on
    the mock a difference is an observation. `gotcha` names the gotcha that it is about, such as G-07.
    """
    return _mark("example", rules, ruled=ruled, profile=profile, gotcha=gotcha)


def law(*rules: str, ruled: bool = False, profile: Profile = "standard", gotcha: str = "") -> Callable[[Test], Test]:
    """A law that is true on any data, hence on a real deployment too."""
    return _mark("law", rules, ruled=ruled, profile=profile, gotcha=gotcha)


def machine(*rules: str, ruled: bool = False, profile: Profile = "standard") -> Callable[[Test], Test]:
    """A random walk against the reference model."""
    return _mark("machine", rules, ruled=ruled, profile=profile)


def schema(*rules: str, ruled: bool = False, profile: Profile = "standard") -> Callable[[Test], Test]:
    """A run of schemathesis over the document."""
    return _mark("schema", rules, ruled=ruled, profile=profile)


def _mark(
    kind: Kind, rules: tuple[str, ...], *, ruled: bool, profile: Profile, gotcha: str = ""
) -> Callable[[Test], Test]:
    told = {"kind": kind, "rules": rules, "ruled": ruled, "profile": profile, "gotcha": gotcha}
    return getattr(pytest.mark, MARK)(**told)  # type: ignore[no-any-return] # pytest's marks are untyped
