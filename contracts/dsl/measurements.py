"""Measurements that several properties of a run compare, because each takes a job of the target."""

from collections.abc import Callable
from typing import TypeVar

from contracts.target.deployment import Deployment

Measured = TypeVar("Measured")
KEY, FORGOTTEN_KEY = "measurements", "measurements forgotten"
MAX_FORGOTTEN = 2
"""How often a run measures everything anew, at most. On a target with many differences it would not end otherwise."""


def remember(deployment: Deployment, name: str, measure: Callable[[], Measured]) -> Measured:
    """Return an earlier measurement of this name, or else measure."""
    measurements = deployment.shared.setdefault(KEY, {})
    if name not in measurements:
        measurements[name] = measure()
    measured: Measured = measurements[name]
    return measured


def forget_unless(deployment: Deployment, holds: bool) -> None:
    """If a comparison does not hold, forget all measurements, so that a repetition of the contract measures anew."""
    forgotten = deployment.shared.get(FORGOTTEN_KEY, 0)
    if not holds and forgotten < MAX_FORGOTTEN:
        deployment.shared[FORGOTTEN_KEY] = forgotten + 1
        deployment.shared.pop(KEY, None)
