"""What several properties of a run compare: measurements, each of which takes a job of the target, and readings.

A breach that a measurement or a reading has met counts for each contract that uses it: not only for the first one.
A repetition of a contract, which confirms that a rule is broken, takes all readings anew. It measures anew only what
the contract has forgotten, because that takes long.
"""

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar, cast

from contracts.spec import breaches
from contracts.target.deployment import Deployment

Measured = TypeVar("Measured")
KEY, FORGOTTEN_KEY, READINGS_KEY = "measurements", "measurements forgotten", "readings"
BEFORE_KEY = "read before writes"
KEPT_KEY = "kept measurements"
MAX_FORGOTTEN = 2
"""How often a run measures everything anew, at most. On a target with many differences it would not end otherwise."""


def remember(deployment: Deployment, name: str, measure: Callable[[], Measured]) -> Measured:
    """Return an earlier measurement of this name, or else measure."""
    return _find(deployment.shared.setdefault(KEY, {}), name, measure)


def read_once(deployment: Deployment, name: str, read: Callable[[], Measured]) -> Measured:
    """Return an earlier reading of this name, or else read."""
    return _find(deployment.shared.setdefault(READINGS_KEY, {}), name, read)


def read_before(deployment: Deployment, name: str, read: Callable[[], Measured]) -> Measured:
    """Return what the contract has read under this name before its first write, also while the contract is repeated.

    What a write has changed may stay so. A repetition that read again before its write would find no change.
    """
    return _find(deployment.shared.setdefault(BEFORE_KEY, {}), name, read)


def keep(deployment: Deployment, name: str, measure: Callable[[], Measured]) -> Measured:
    """Return the first measurement of this name. It is never taken again, because it changes the target for good."""
    return _find(deployment.shared.setdefault(KEPT_KEY, {}), name, measure)


def begin_contract(shared: MutableMapping[str, Any]) -> None:
    """Forget what the contract before has read before its writes."""
    shared.pop(BEFORE_KEY, None)


def forget_readings(shared: MutableMapping[str, Any]) -> None:
    """Forget all readings, so that the next contract reads anew."""
    shared.pop(READINGS_KEY, None)


def _find(known: dict[str, Any], name: str, measure: Callable[[], Measured]) -> Measured:
    if name not in known:
        known[name] = breaches.collect(measure)
        return cast("Measured", known[name][0])
    measured, met = known[name]
    log = breaches.current_log()
    if log is not None:
        log.add_all(met)
    return cast("Measured", measured)


def forget_unless(deployment: Deployment, holds: bool) -> None:
    """If a comparison does not hold, forget all measurements, so that a repetition of the contract measures anew."""
    forgotten = deployment.shared.get(FORGOTTEN_KEY, 0)
    if not holds and forgotten < MAX_FORGOTTEN:
        deployment.shared[FORGOTTEN_KEY] = forgotten + 1
        deployment.shared.pop(KEY, None)
