"""schemathesis finds no status of 500 or more, and no traceback. `make fuzz-api` sends 20,000 requests."""

from contextlib import nullcontext

import pytest
from starlette.types import Receive, Scope, Send

from tests.attack import api_fuzz
from tests.attack.api_fuzz import Api
from tests.storage.stores import StoreKind, open_stores

PLATFORM, CONTROL = api_fuzz.list_apis()


def only(api: Api, path: str) -> Api:
    """The API with one path."""
    return api._replace(document={**api.document, "paths": {path: api.document["paths"][path]}})


async def break_down(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"].endswith("/auth"):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"1")]})
        await send({"type": "http.response.body", "body": b'{"AccessToken": "a"}'})
        return
    raise RuntimeError(scope["path"])


@pytest.mark.soak
@pytest.mark.parametrize("api", [PLATFORM, CONTROL], ids=["platform", "control"])
def test_no_generated_request_breaks_the_server(api: Api) -> None:
    outcome = api_fuzz.fuzz(api, 400)
    assert outcome.failures == []
    assert outcome.count >= 400
    assert len(outcome.statuses) > 2


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("api", [only(PLATFORM, "/events/"), only(CONTROL, "/clock")], ids=["platform", "control"])
def test_no_request_of_one_operation_breaks_the_server(api: Api, kind: StoreKind) -> None:
    with open_stores(kind) as stores:
        outcome = api_fuzz.fuzz(api, 10, stores=stores)
    assert (outcome.failures, outcome.count >= 10) == ([], True)


def test_an_exception_is_a_failure() -> None:
    outcome = api_fuzz.fuzz(only(PLATFORM, "/permissions"), 2, open_one=lambda settings: nullcontext(break_down))
    assert outcome.statuses.keys() == {599}
    assert any(failure.startswith("log: /api/v3/permissions") for failure in outcome.failures)
