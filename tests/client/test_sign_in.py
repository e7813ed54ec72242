"""`ws.api` signs in by itself, and again when the clock has passed its token."""

import asyncio
from collections.abc import Iterator

import httpx2
import pytest

from mock_server.client import Mock, RefusedError, SignInChallengeError, Workspace
from tests.client.recording import START, RecordingTransport, async_mock, blocking_mock


@pytest.fixture
def transport() -> Iterator[RecordingTransport]:
    mock, transport = blocking_mock()
    with mock:
        yield transport
    transport.stop()


@pytest.fixture
def ws(transport: RecordingTransport) -> Iterator[Workspace]:
    with Mock("http://127.0.0.1", transport=transport) as mock, mock.workspace("tried", now=START) as workspace:
        yield workspace


def pass_a_day_elsewhere(transport: RecordingTransport) -> None:
    with Mock("http://127.0.0.1", transport=transport) as other:
        other.workspace("tried").clock.advance(days=1)


def sent(ws: Workspace) -> list[tuple[str | None, int | None]]:
    """Return the operation and the status of each request of clients."""
    return [(each["operation"], each["response"]["status"]) for each in ws.journal.read()]


def test_a_call_works_after_the_clock_has_passed_the_token(ws: Workspace) -> None:
    assert ws.api.get("/partners/").json()["id"] == "partner-id-acme"
    ws.clock.advance(days=1)
    assert ws.api.get("/partners/").status_code == 200
    assert sent(ws) == [("signIn", 200), ("getPartner", 200)] * 2


def test_a_token_is_kept_while_it_is_valid(ws: Workspace) -> None:
    ws.api.get("/partners/")
    ws.clock.advance(minutes=59)
    ws.api.get("/partners/")
    assert [operation for operation, _ in sent(ws)].count("signIn") == 1


def test_an_expired_token_is_replaced_if_another_client_moved_the_clock(
    ws: Workspace, transport: RecordingTransport
) -> None:
    ws.api.get("/partners/")
    pass_a_day_elsewhere(transport)
    assert ws.api.get("/partners/").status_code == 200
    assert sent(ws)[-3:] == [("getPartner", 401), ("signIn", 200), ("getPartner", 200)]


def test_the_switch_keeps_an_expired_token(ws: Workspace) -> None:
    api = ws.api_as("partner@acme.example", sign_in_again=False)
    assert api.get("/partners/").status_code == 200
    ws.clock.advance(days=1)
    assert api.get("/partners/").json()["message"] == "error.auth.token_expired"


def test_the_switch_of_the_client_is_the_default_of_each_workspace(transport: RecordingTransport) -> None:
    with Mock("http://127.0.0.1", transport=transport, sign_in_again=False) as mock, mock.workspace() as ws:
        ws.api.get("/partners/")
        ws.clock.advance(days=1)
        assert ws.api.get("/partners/").status_code == 401


def test_it_signs_in_again_after_a_reset(ws: Workspace) -> None:
    ws.api.get("/partners/")
    ws.reset()
    assert ws.api.get("/partners/").status_code == 200


@pytest.mark.parametrize("effect", [{"status": 401}, {"token": "revoked"}], ids=["status", "revoked"])
def test_a_fault_that_rejects_the_token_is_not_hidden(ws: Workspace, effect: dict[str, object]) -> None:
    ws.api.get("/partners/")
    ws.faults.replace([{"effect": effect, "times": 1}])  # type: ignore[typeddict-item]  # one of two effects
    assert ws.api.get("/partners/").status_code == 401


def test_a_request_with_a_token_of_its_own_is_sent_as_it_is(ws: Workspace) -> None:
    assert ws.api.get("/partners/", headers={"Authorization": "Bearer other"}).status_code == 401
    assert sent(ws) == [("getPartner", 401)]


def test_other_users_have_clients_of_their_own(ws: Workspace) -> None:
    assert ws.api_as("agency@acme.example") is ws.api_as("agency@acme.example")
    ws.api_as("agency@acme.example").get("/partners/", headers={"x-preferred-partner-id": "partner-id-beta"})
    assert [each["user"] for each in ws.journal.read(operation="getPartner")] == ["agency@acme.example"]


@pytest.mark.parametrize("user", ["admin@platform.example", "agency@acme.example"])
def test_a_user_of_several_partners_acts_for_the_given_one(ws: Workspace, user: str) -> None:
    clients = {partner: ws.api_as(user, partner=partner) for partner in ("partner-id-acme", "partner-id-beta")}
    assert {name: api.get("/partners/").json()["id"] for name, api in clients.items()} == {
        name: name for name in clients
    }
    header = {"X-Preferred-Partner-Id": "partner-id-beta"}
    assert clients["partner-id-acme"].get("/partners/", headers=header).json()["id"] == "partner-id-beta"


def test_a_sign_in_that_is_refused_or_needs_an_answer_raises_an_error(ws: Workspace) -> None:
    with pytest.raises(RefusedError, match=r"signIn answered 401: error\.auth\.invalid_credentials"):
        ws.api_as("partner@acme.example", "wrong").get("/partners/")
    with pytest.raises(SignInChallengeError, match="SOFTWARE_TOKEN_MFA") as challenged:
        ws.api_as("mfa@acme.example").get("/partners/")
    assert "AccessToken" in ws.auth.answer_mfa(challenged.value.session, "123456")


def test_the_body_of_a_repeated_request_is_sent_again(ws: Workspace, transport: RecordingTransport) -> None:
    ws.api.get("/partners/")
    pass_a_day_elsewhere(transport)
    settings = {"backhaul_evaluation_attribution_window": 3, "backhaul_evaluation_model": "ALL_PURCHASES"}
    path = "/package_builder/packages/pkg_555/backhaul_evaluation_details"
    assert ws.api.put(path, json=settings).status_code == 200


def test_an_awaited_client_signs_in_again() -> None:
    async def run() -> list[int]:
        mock, _ = async_mock()
        async with mock, mock.workspace(now=START) as ws:
            first = await ws.api.get("/partners/")
            await ws.clock.advance(days=1)
            second: httpx2.Response = await ws.api.get("/partners/")
            return [first.status_code, second.status_code]

    assert asyncio.run(run()) == [200, 200]
