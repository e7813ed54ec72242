"""What schemathesis must know of the platform that no schema can say.

One hook makes true what no drawn request can: it puts a real refresh token into well-formed refresh requests, and
lets a package be built before its settings are saved. The other explains the refusals of the three rules that bind
fields to each other, and re-checks each of them by itself.
"""

import os
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

PARTNER_CURRENCY = "EUR"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Rules: AUTH-05 (nobody can make a refresh token up), BEV-09 (settings wait until the package is DONE)."""
    refresh = case.operation.path == "/auth/refresh_token" and case.meta is not None
    if refresh and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = {**case.body, "token": os.environ["WAVETANK_REFRESH_TOKEN"]}
    if case.method.upper() == "PUT" and case.operation.path.endswith("/backhaul_evaluation_details"):
        httpx.post(f"{os.environ['WAVETANK_CONTROL']}/clock/run-until-idle").raise_for_status()


@schemathesis.hook
def filter_failure(context: HookContext, failure: Any, case: Case, response: Response) -> bool:
    """Keep each failure but a refusal that one of CR-03, DRS-01 or EVT-01 demands of this very request."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return True
    demanded = CROSS_FIELD.get((case.method.upper(), case.operation.path))
    return demanded is None or not demanded(case.query or {})


def both_zero(query: dict[str, Any]) -> bool:
    """Rule: CR-03 (not both zero)."""
    return Decimal(str(query["purchase"])) == 0 and Decimal(str(query["revenue"])) == 0


def bad_revenue_query(query: dict[str, Any]) -> bool:
    """Rule: DRS-01 (the currency is the partner's; the start is not after the end)."""
    foreign = "currency" in query and query["currency"] != PARTNER_CURRENCY
    return foreign or _after(query.get("start_date", "1900-01-01"), query.get("end_date", "2100-01-01"))


def since_after_until(query: dict[str, Any]) -> bool:
    """Rule: EVT-01 (since is not after until)."""
    return "since" in query and "until" in query and _after(query["since"], query["until"])


def _after(first: Any, last: Any) -> bool:
    return date.fromisoformat(str(first)) > date.fromisoformat(str(last))


CROSS_FIELD = {
    ("POST", "/campaign_results/"): both_zero,
    ("GET", "/daily_revenue_summary/"): bad_revenue_query,
    ("GET", "/events/"): since_after_until,
}


@schemathesis.check
class Reached:
    """Fails a run that reached too little: a green run must have got through to the operations."""

    def __init__(self, min_operations: int = 0) -> None:
        self.min_operations = min_operations
        self.reached: set[str] = set()

    def after_response(self, ctx: CheckContext, response: Response, case: Case) -> None:
        """Remember which operations have answered with success."""
        if 200 <= response.status_code < 300:
            self.reached.add(case.operation.label)

    def after_run(self, ctx: Any) -> None:
        """Rule of the house: an empty run is never green."""
        assert len(self.reached) >= self.min_operations, f"only {sorted(self.reached)} answered with success"
