"""Rate limits: how many requests are accepted in a minute, and what a refusal does not reveal."""

import httpx2

from contracts.dsl import assertions, steps
from contracts.dsl.cases import require_case, require_cases
from contracts.dsl.sign_in_burst import MOST_SIGN_INS, SignInBurst, exceed_sign_ins
from contracts.spec.markers import example, property_test
from contracts.target.deployment import Deployment
from contracts.target.sandbox import Sandbox
from contracts.target.session import TargetSession

LOW_LIMITS = {"reads": 3, "writes": 2, "sign_ins": 4}
WRONG_CREDENTIALS = {"username": "partner@acme.example", "password": "wrong"}


def read(world: Sandbox) -> httpx2.Response:
    return world.partner.call("getPartner")


def write(world: Sandbox) -> httpx2.Response:
    return world.partner.call("setAttributionModelDefault", query={"model": "FD"})


def sign_in(world: Sandbox) -> httpx2.Response:
    return world.anonymous.call("signIn", body=WRONG_CREDENTIALS)


@example("RATE-01.partner", "RATE-01.key", profile="smoke")
def test_a_partner_has_so_many_reads_and_writes_a_minute(target_session: TargetSession) -> None:
    with target_session.sandbox(rate_limits=LOW_LIMITS) as world:
        assertions.equal("statuses of four reads", [read(world).status_code for _ in range(4)], [200, 200, 200, 429])
        assertions.equal("statuses of three writes", [write(world).status_code for _ in range(3)], [204, 204, 429])
        assertions.refusal(read(world), 429, "error.rate_limited")


@example("RATE-01.counting")
def test_a_minute_later_requests_are_taken_again(target_session: TargetSession) -> None:
    with target_session.sandbox(rate_limits=LOW_LIMITS) as world:
        for _ in range(3):
            assertions.status(read(world), 200)
        world.advance(seconds=59)
        assertions.status(read(world), 429)
        world.advance(seconds=1)
        assertions.equal("statuses a minute later", [read(world).status_code for _ in range(4)], [200, 200, 200, 429])


@example("RATE-01.partner")
def test_a_partner_does_not_use_up_what_another_has(target_session: TargetSession) -> None:
    with target_session.sandbox(rate_limits=LOW_LIMITS) as world:
        for _ in range(4):
            read(world)
        assertions.status(world.second_partner.call("getPartner"), 200)


@example("RATE-01.sign_in", "RATE-01.counting")
def test_sign_in_and_refresh_share_ten_a_minute(target_session: TargetSession) -> None:
    with target_session.sandbox(rate_limits={}) as world:
        for _ in range(9):
            assertions.status(sign_in(world), 401)
        assertions.status(world.anonymous.call("refreshToken", body={"token": "none"}), 400)
        assertions.status(sign_in(world), 429)
        assertions.status(world.anonymous.call("refreshToken", body={"token": "none"}), 429)
        assertions.status(world.anonymous.call("getStatus"), 200)


@example("RATE-01.partner")
def test_the_documented_limits_are_600_reads_and_120_writes(target_session: TargetSession) -> None:
    with target_session.sandbox(rate_limits={}) as world:
        writes = [write(world).status_code for _ in range(121)]
        assertions.equal("accepted writes", writes.count(204), 120)
        reads = [read(world).status_code for _ in range(601)]
        assertions.equal("accepted reads", reads.count(200), 600)


@example("RATE-01.unlimited")
def test_nothing_is_limited_unless_asked_for(sandbox: Sandbox) -> None:
    assertions.equal("statuses of eleven sign-ins", {sign_in(sandbox).status_code for _ in range(11)}, {401})


def expect_polling_advice(target_session: TargetSession, seconds: int) -> None:
    """Poll two packages that are being built: one more often than advised, and one exactly as often as advised."""
    for pause, expected in ((seconds - 1, True), (seconds, False)):
        with target_session.sandbox(timing="faithful") as world:
            package = steps.create_package(world.partner, steps.package_order([world.add_event()]))
            for _ in range(4):
                steps.read_package(world.partner, package["id"])
                world.advance(seconds=pause)
            advice = [
                each["advice"]
                for each in world.control.get("/conduct")["findings"]
                if each["id"] == "polls-package-too-fast"
            ]
            assertions.equal(f"advice to poll less often than every {pause} s", bool(advice), expected)
            for text in advice:
                assertions.is_true("the advice names the interval", f" {seconds} s" in text, seen=text)


@example("RATE-01.older_polling", documentation="older")
def test_clients_are_advised_to_poll_every_10_seconds(target_session: TargetSession) -> None:
    expect_polling_advice(target_session, 10)


@example("RATE-01.newer_polling", documentation="newer")
def test_clients_are_advised_to_poll_every_3_seconds(target_session: TargetSession) -> None:
    expect_polling_advice(target_session, 3)


@example("RATE-02.no_headers", profile="smoke", gotcha="G-12")
def test_a_refusal_for_too_many_does_not_say_when_to_come_back(target_session: TargetSession) -> None:
    with target_session.sandbox(rate_limits=LOW_LIMITS) as world:
        refusals = [[ask(world) for _ in range(5)][-1] for ask in (read, write, sign_in)]
        for refusal in refusals:
            assertions.refusal(refusal, 429)
            assertions.equal("headers that show a time to retry or a remaining limit", list_hints(refusal), [])


def list_hints(refusal: httpx2.Response) -> list[str]:
    return [name for name in refusal.headers if name == "retry-after" or name.startswith("x-ratelimit")]


@property_test("RATE-01.sign_in")
def test_sign_ins_are_limited(deployment: Deployment, target_session: TargetSession) -> None:
    burst = exceed_sign_ins(deployment, target_session)
    assertions.is_true(
        f"one of {MOST_SIGN_INS} sign-ins within a minute is refused",
        burst.refusal is not None,
        expected="a response with 429",
        seen="none",
    )


@property_test("RATE-02.no_headers", gotcha="G-12")
def test_a_refused_sign_in_does_not_say_when_to_come_back(
    deployment: Deployment, target_session: TargetSession
) -> None:
    for refusal in require_cases(list_refusals(exceed_sign_ins(deployment, target_session)), "a response with 429"):
        assertions.equal("headers that show a time to retry or a remaining limit", list_hints(refusal), [])


@property_test("RATE-01.key", "RATE-01.counting")
def test_refused_sign_ins_do_not_count(deployment: Deployment, target_session: TargetSession) -> None:
    burst = exceed_sign_ins(deployment, target_session)
    for refusal in require_cases(list_refusals(burst), "a response with 429"):
        assertions.refusal(refusal, 429, "error.rate_limited", part="RATE-01.key")
    counting = "RATE-01.counting"
    assertions.equal("status of a refresh when sign-ins are refused", burst.refresh.status_code, 429, part=counting)
    assertions.status(burst.status, 200, part=counting)
    is_window_full = all(answer.status_code == 429 for answer in burst.meanwhile)
    require_case(is_window_full, "a minute in which all further sign-ins are refused")
    assertions.equal("status of a sign-in after this minute", burst.later.status_code, 401, part=counting)


def list_refusals(burst: SignInBurst) -> list[httpx2.Response]:
    return [] if burst.refusal is None else [burst.refusal]
