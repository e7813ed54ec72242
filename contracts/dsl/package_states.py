"""Statuses of packages that contracts need before they can check anything."""

from contracts.dsl.steps import read_package
from contracts.spec.breaches import charge_preparation, checks_rule
from contracts.spec.verdicts import BrokenRuleError
from contracts.target.client import Client

UNBUILT = ("INITIALIZING", "INPROGRESS")
EXPIRED = "EXPIRED"


def require_status(client: Client, package_id: str, *statuses: str) -> None:
    """Check that a package has one of these statuses. Another one is a breach of PKG-03, which blocks the contract.

    A contract about the ages of packages that are built again judges it itself.
    """
    seen = read_package(client, package_id)["status"]
    if seen not in statuses and checks_rule("PKG-13.rebuilt"):
        raise BrokenRuleError("status of a package at this age", " or ".join(statuses), seen)
    if seen not in statuses:
        owner = "PKG-03.expiry" if EXPIRED in statuses else "PKG-03.lifecycle"
        raise charge_preparation(owner, "status of a package at this age", " or ".join(statuses), seen)
