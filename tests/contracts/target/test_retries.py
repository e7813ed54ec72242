"""A real deployment may be busy: requests are repeated within bounds, and then the contract is blocked."""

import httpx2
import pytest

from contracts.spec.transcript import Transcript
from contracts.spec.verdicts import BlockedError, BrokenRuleError
from contracts.target.retries import LONGEST_PAUSE, PAUSE_BEFORE_REPEAT, PAUSES, PatientSender

Answer = int | type[httpx2.TransportError]


class Target:
    """Answers with these statuses or failures in turn, the last one again and again."""

    def __init__(self, *answers: Answer, headers: dict[str, str] | None = None) -> None:
        self._answers, self._headers = list(answers), headers or {}
        self.requests, self.pauses = 0, list[float]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, int):
            return httpx2.Response(answer, headers=self._headers)
        raise answer("lost", request=request)

    def send(self, method: str = "GET", path: str = "/events/") -> int:
        with httpx2.Client(transport=httpx2.MockTransport(self)) as http:
            request = http.build_request(method, f"http://platform.example/api/v3{path}")
            return PatientSender(self.pauses.append).send(http, request, Transcript()).status_code


def test_after_too_many_requests_it_waits_longer_each_time() -> None:
    target = Target(429, 429, 200)
    assert target.send() == 200
    assert target.pauses == list(PAUSES[:2])


def test_a_target_that_stays_busy_blocks_the_contract() -> None:
    target = Target(429)
    with pytest.raises(BlockedError, match="answered 429"):
        target.send()
    assert (target.requests, target.pauses) == (len(PAUSES) + 1, list(PAUSES))
    assert sum(PAUSES) > 60


@pytest.mark.parametrize(
    ("text", "pause"), [("2", 2.0), ("86400", LONGEST_PAUSE), ("soon", PAUSES[0]), ("-1", PAUSES[0])]
)
def test_it_waits_as_long_as_the_target_asks_but_not_for_ever(text: str, pause: float) -> None:
    target = Target(429, 200, headers={"retry-after": text})
    target.send()
    assert target.pauses == [pause]


@pytest.mark.parametrize("failure", [502, 503, 504, httpx2.ReadError, httpx2.ConnectTimeout])
def test_a_failure_on_the_way_is_tried_once_more(failure: Answer) -> None:
    target = Target(failure, 200)
    assert target.send() == 200
    assert (target.requests, target.pauses) == (2, [PAUSE_BEFORE_REPEAT])


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_fails_again_blocks_the_contract(status: int) -> None:
    target = Target(status)
    with pytest.raises(BlockedError, match=f"answered {status} twice"):
        target.send()
    assert target.requests == 2


def test_a_connection_that_is_lost_again_is_reported() -> None:
    with pytest.raises(httpx2.ReadError):
        Target(httpx2.ReadError).send()


def test_a_post_that_may_have_had_an_effect_is_not_repeated() -> None:
    for failure, error in ((503, BlockedError), (httpx2.ReadError, httpx2.ReadError)):
        target = Target(failure, 200)
        with pytest.raises(error):
            target.send("POST", "/campaign_results/")
        assert target.requests == 1
    assert Target(503, 200).send("POST", "/auth") == 200


@pytest.mark.parametrize("status", [200, 400, 500])
def test_any_other_response_is_returned_at_once(status: int) -> None:
    target = Target(status)
    assert (target.send(), target.requests, target.pauses) == (status, 1, [])


def test_a_body_that_cannot_be_decoded_is_a_fault_of_the_target_with_its_call() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(b"no gzip"))

    transcript = Transcript()
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        request = http.build_request("GET", "http://platform.example/api/v3/events/")
        with pytest.raises(BrokenRuleError, match="the response to GET /api/v3/events/") as broken:
            PatientSender([].append).send(http, request, transcript)
    assert broken.value.assumed is False
    assert "cannot be decoded" in str(broken.value.seen)
    assert transcript.exchanges()[0].to_curl().startswith("curl -sS http://platform.example/api/v3/events/")
