"""The fault rules of a workspace."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from mock_server.client.connection import AwaitingPart, BlockingPart
from mock_server.client.json_values import without_none
from mock_server.client.operation import ControlRequest, nothing, operation, same
from mock_server.client.options import FaultEffect, FaultMatch, FaultOptions, FaultRule

if TYPE_CHECKING:
    from mock_server.client import responses

MATCH_MEMBERS = frozenset(FaultMatch.__annotations__)
EFFECT_MEMBERS = frozenset(FaultEffect.__annotations__)


class FaultOperations:
    """The operations on fault rules."""

    @operation("getFaults")
    def read(self) -> "ControlRequest[responses.Faults]":
        """Return the rules, and how often each has matched and has been applied."""
        return ControlRequest("GET", "/faults", same)

    @operation("addFault")
    def add(self, **rule: Unpack[FaultOptions]) -> "ControlRequest[responses.FaultRule]":
        """Add a rule after the others, and return it.

        It takes what the rule matches, and exactly one effect: `add(operation="getEvaluation", nth=2, status=503)`.
        """
        return ControlRequest("POST", "/faults", lambda body: body["rules"][-1], _build_rule(rule))

    @operation("setFaults")
    def replace(self, rules: Iterable[FaultRule], seed: int | None = None) -> "ControlRequest[responses.Faults]":
        """Replace all rules, and return the new ones. `seed` decides what a `fraction` selects."""
        return ControlRequest("PUT", "/faults", same, without_none(seed=seed, rules=list(rules)))

    @operation("removeFault")
    def remove(self, rule_id: str) -> ControlRequest[None]:
        """Remove one rule; the others keep their counters."""
        return ControlRequest("DELETE", f"/faults/{rule_id}", nothing)

    @operation("removeFaults")
    def clear(self) -> ControlRequest[None]:
        """Remove all rules."""
        return ControlRequest("DELETE", "/faults", nothing)


class Faults(FaultOperations, BlockingPart):
    """The fault rules of a workspace."""


class AsyncFaults(FaultOperations, AwaitingPart):
    """The fault rules of a workspace, awaited."""


def _build_rule(options: Mapping[str, Any]) -> dict[str, Any]:
    """Sort the options into the members of a rule."""
    rule: dict[str, Any] = {"match": {}, "effect": {}}
    for name, value in options.items():
        part = rule["match"] if name in MATCH_MEMBERS else rule["effect"] if name in EFFECT_MEMBERS else rule
        part[name] = value
    return rule
