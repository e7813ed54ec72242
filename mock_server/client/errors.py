"""The errors of the client.

    MockError
    ├── UnreachableError
    ├── RefusedError
    │   ├── NotFoundError
    │   └── ConflictError
    ├── SignInChallengeError
    ├── ServerStartError
    └── ExpectationsNotMetError

`ws.api` is an ordinary httpx2 client: it returns responses with any status, and raises httpx2's errors. Only its
sign-ins raise errors of this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HINT = "hint"
"""The code of a problem that only gives advice."""


class MockError(Exception):
    """The base class of all errors of the client."""


class UnreachableError(MockError):
    """The server is unreachable or did not reply with valid HTTP."""


class ServerStartError(MockError):
    """A server could not be started, in this process or in one of its own."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of an error body: a code, the field that is wrong, and what to change."""

    code: str
    field: str
    message: str


class RefusedError(MockError):
    """The server replied with an error.

    `status` is the status, `body` the error body, None if it is not JSON, and `problems` what the body lists.
    """

    def __init__(self, operation: str, status: int, body: Any) -> None:
        self.operation, self.status, self.body = operation, status, body
        self.problems = _read_problems(body)
        key = body.get("message") if isinstance(body, Mapping) else None
        details = "; ".join(each.message for each in self.problems)
        super().__init__(f"{operation} answered {status}: {': '.join(filter(None, (key, details))) or 'no message'}")

    @property
    def field(self) -> str | None:
        """The first field that is wrong; None if the error names none."""
        return next((each.field for each in self.problems if each.code != HINT), None)

    @property
    def hint(self) -> str | None:
        """The advice of the server; None if it gives none."""
        hints = (each.message for each in self.problems if each.code == HINT)
        return next(hints, self.problems[0].message if self.problems else None)


class NotFoundError(RefusedError):
    """There is no such object or workspace (404)."""


class ConflictError(RefusedError):
    """The request conflicts with the state, for example because a name is taken (409)."""


class SignInChallengeError(MockError):
    """The user must answer a challenge to sign in; see `ws.auth`. `session` is the challenge's session."""

    def __init__(self, username: str, challenge: str, session: str) -> None:
        self.username, self.challenge, self.session = username, challenge, session
        super().__init__(f"{username} must answer the challenge {challenge} first: see ws.auth")


class ExpectationsNotMetError(MockError, AssertionError):
    """The journal does not contain the expected requests. `result` is the server's result."""

    def __init__(self, result: Any, explanation: str) -> None:
        self.result = result
        super().__init__(explanation)


def refusal(operation: str, status: int, body: Any) -> RefusedError:
    """Return the error for a response."""
    return {404: NotFoundError, 409: ConflictError}.get(status, RefusedError)(operation, status, body)


def _read_problems(body: Any) -> tuple[Problem, ...]:
    entries = body.get("validation_errors") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        return ()
    read = (each for each in entries if isinstance(each, Mapping))
    return tuple(Problem(*(str(each.get(name, "")) for name in ("code", "field", "message"))) for each in read)
