"""What takes long on a real deployment, so that it is started before the first contract and looked at after the last.

A build takes a quarter of an hour, a token an hour to expire, the next attribution run up to a day. Side by side they
take as long as the longest of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.dsl.steps import order_shared_package
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment


@dataclass(frozen=True, slots=True)
class EarlyStart:
    """Something that was started early. `at` is this machine's monotonic time in seconds."""

    value: Any
    at: float

    def age(self) -> float:
        """Return the seconds since the start."""
        return machine_seconds() - self.at


def start_token(deployment: Deployment) -> dict[str, str]:
    """Sign in. Return the headers of the new client."""
    return dict(deployment.sign_in("partner").headers)


STARTERS: Mapping[str, Callable[[Deployment], object]] = {"build": order_shared_package, "token": start_token}
"""What can be started early, by the kind of job whose timeout limits the wait."""


def start(deployment: Deployment, kind: str) -> EarlyStart:
    """Start it now."""
    at = machine_seconds()
    return EarlyStart(STARTERS[kind](deployment), at)
