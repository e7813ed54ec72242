"""Rate limits: how many requests are accepted in a minute, and what a refusal does not reveal."""

import httpx2

from contracts.dsl import assertions, steps
from contracts.spec.markers import example
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
            hints = [name for name in refusal.headers if name == "retry-after" or name.startswith("x-ratelimit")]
            assertions.equal("headers that show a time to retry or a remaining limit", hints, [])
