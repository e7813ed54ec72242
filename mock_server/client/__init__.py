"""A client of the mock, blocking and `async`, for everything under `/_mock` and for signing in. See docs/pytest.md.

    with Mock("http://127.0.0.1:8080") as mock, mock.workspace() as ws:
        ws.clock.advance(days=1)
        assert ws.api.get("/events/").status_code == 200

Serving does not import this package. Times that are given without an offset are refused.
"""

from mock_server.client.errors import (
    ConflictError,
    ExpectationsNotMetError,
    MockError,
    NotFoundError,
    Problem,
    RefusedError,
    ServerStartError,
    SignInChallengeError,
    UnreachableError,
)
from mock_server.client.mock import AsyncMock, Mock
from mock_server.client.workspace import AsyncWorkspace, Workspace

__all__ = [
    "AsyncMock",
    "AsyncWorkspace",
    "ConflictError",
    "ExpectationsNotMetError",
    "Mock",
    "MockError",
    "NotFoundError",
    "Problem",
    "RefusedError",
    "ServerStartError",
    "SignInChallengeError",
    "UnreachableError",
    "Workspace",
]
