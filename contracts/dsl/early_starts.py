"""What takes long on a real deployment, so that it is started before the first contract and looked at after the last.

A build takes a quarter of an hour, a token an hour to expire, imported sales up to a day to appear. Side by side they
take as long as the longest of them. Clearing comes early too: it may change what later contracts compare.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from contracts.dsl.recorded_clearing import record_clearing
from contracts.dsl.recorded_imports import record_imports
from contracts.dsl.steps import order_shared_package
from contracts.spec.verdicts import UndecidedError
from contracts.target.clock import machine_seconds
from contracts.target.deployment import Deployment
from contracts.target.tokens import Claims, sign_in

ATTRIBUTION = "attribution"
"""The kind of job that contracts of the next attribution runs wait for."""

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""Errors of reading a response that differs from the document."""


@dataclass(frozen=True, slots=True)
class EarlyStart:
    """Something that was started early. `at` is this machine's monotonic time in seconds."""

    value: Any
    at: float

    def age(self) -> float:
        """Return the seconds since the start."""
        return machine_seconds() - self.at


def start_token(deployment: Deployment) -> Claims:
    """Sign in. Return the body, with tokens that nothing else uses."""
    return sign_in(deployment.anonymous, deployment.credentials("partner"))


def start_lasting_changes(deployment: Deployment) -> None:
    """Change the sales of the disposable events. In a sandbox, the contract that needs a change makes it.

    A contract that needs a change which could not be made tries again, and tells why.
    """
    if not deployment.is_sandbox:
        for record in (record_clearing, record_imports):
            with suppress(AssertionError, UndecidedError, *UNREADABLE):
                record(deployment)


STARTERS: Mapping[str, Callable[[Deployment], object]] = {
    "build": order_shared_package,
    "import": start_lasting_changes,
    "token": start_token,
    ATTRIBUTION: start_token,
}
"""What can be started early, by the kind of job whose timeout limits the wait.

Attribution runs come by themselves, and are waited for after all other contracts. A token becomes old meanwhile.
"""


def start(deployment: Deployment, kind: str) -> EarlyStart:
    """Start it now."""
    at = machine_seconds()
    return EarlyStart(STARTERS[kind](deployment), at)
