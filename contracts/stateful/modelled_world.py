"""A sandbox with its reference model, which says what status each call of the sandbox must get."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx2

from contracts.spec.verdicts import BrokenRuleError
from contracts.stateful.model import ReferenceModel
from contracts.target.client import Client
from contracts.target.sandbox import START_TIME, Sandbox

TOKEN_LIFETIME = timedelta(seconds=3600)


class ModelledWorld:
    """A sandbox, the model of it, and the client of a user who may call every operation for the partner.

    `model` and `world` must be changed together.
    """

    def __init__(self, world: Sandbox) -> None:
        self.world = world
        self.model = ReferenceModel(parse_timestamp(START_TIME))
        self.client: Client = world.sign_in(world.results_role)
        self._signed_in_at = self.model.now

    def call(self, operation: str, expected: int, rule: str, **arguments: Any) -> httpx2.Response:
        """Call an operation and check its status. Raises BrokenRuleError with the rule that determines the status."""
        answer = self.client.call(operation, arguments.get("path"), arguments.get("query"), arguments.get("body"))
        require_equal(f"status of {operation}", answer.status_code, expected, rule)
        return answer

    def renew_token(self) -> None:
        """If the token has expired at the model's time, check that it is refused, and sign in again."""
        if self.model.now - self._signed_in_at >= TOKEN_LIFETIME:
            refused = self.client.call("getPartner")
            require_equal("status with a token that is at least an hour old", refused.status_code, 401, "AUTH-06")
            self.client, self._signed_in_at = self.world.sign_in(self.world.results_role), self.model.now


def require_equal(what: str, seen: object, expected: object, *rules: str) -> None:
    """Raise BrokenRuleError for these rules unless the two values are equal."""
    if seen != expected:
        raise BrokenRuleError(what, expected, seen, rules)


def start_day() -> date:
    """Return the day on which a sandbox starts."""
    return parse_timestamp(START_TIME).date()


def parse_timestamp(text: str) -> datetime:
    """Parse a timestamp in the platform's format."""
    return datetime.fromisoformat(text)


def format_timestamp(timestamp: datetime) -> str:
    """Format a timestamp in the platform's format."""
    return timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")
