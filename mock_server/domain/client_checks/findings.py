"""The table of what is held against a client, and the judgement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mock_server.domain.client_checks import polling, requests, signing_in, writing
from mock_server.domain.exchanges import Exchange


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """One kind of conduct: which calls show it, the platform's rules that it disregards, and what to do instead."""

    id: str
    rules: tuple[str, ...]
    find_calls: Callable[[Sequence[Exchange]], list[Exchange]]
    description: str
    advice: str


@dataclass(frozen=True, slots=True)
class ClientFinding:
    """A charge, and the calls that show it, at least one."""

    check: ClientCheck
    calls: tuple[Exchange, ...]


CLIENT_CHECKS = (
    ClientCheck(
        "polls-package-too-fast",
        ("PKG-03",),
        polling.find_fast_package_polling,
        "reads a package that is being built within 5 s of the read before, again and again",
        "A build takes 10 to 15 minutes: read the package every 30 s or so, never more often than every 5 s.",
    ),
    ClientCheck(
        "polls-evaluation-without-back-off",
        ("BEV-03",),
        polling.find_polling_without_backoff,
        "reads an unchanged evaluation four times or more, with pauses that do not grow",
        "Wait longer after each read that shows the old result (2 s, 4 s, 8 s …), and stop at a bound.",
    ),
    ClientCheck(
        "signs-in-on-each-call",
        ("AUTH-01", "AUTH-06", "RATE-01"),
        signing_in.find_sign_in_per_call,
        "signs in again for every call or two, while the token before still holds",
        "Keep the AccessToken for its ExpiresIn (3600 s) and send it with every call.",
    ),
    ClientCheck(
        "refreshes-on-401-only",
        ("AUTH-05", "AUTH-06"),
        signing_in.find_refresh_only_after_401,
        "lets each token expire, and refreshes it only when a call was refused for it",
        "Refresh a minute before ExpiresIn has passed: no call is lost, and none has to be sent twice.",
    ),
    ClientCheck(
        "names-another-partner",
        ("PART-04",),
        requests.find_partner_mismatches,
        "sends a partner_id that is not the partner that the request is scoped to",
        "Take partner_id and X-Preferred-Partner-Id from one and the same variable.",
    ),
    ClientCheck(
        "saves-unchanged-settings",
        ("BEV-02",),
        writing.find_unchanged_settings,
        "saves evaluation settings as they were saved within a day before: each PUT starts an evaluation",
        "Compare with what was saved last and PUT what differs; the same again once a day at most, for new purchases.",
    ),
    ClientCheck(
        "posts-rows-by-machine",
        ("CR-03", "JOB-01"),
        writing.find_machine_posts,
        "posts five or more campaign results at one instant, or with the same pause between them",
        "The platform attributes by itself, daily: POST /campaign_results/ is for what a person enters by hand.",
    ),
    ClientCheck(
        "expects-defaults-to-reach-old-packages",
        ("DEF-02",),
        polling.find_stale_default_reads,
        "changes the partner's defaults and then reads an older package's settings three times or more",
        "Defaults are copied into new packages only: PUT the older package's own backhaul_evaluation_details.",
    ),
    ClientCheck(
        "retries-what-was-refused",
        ("ERR-03",),
        requests.find_repeated_refusals,
        "sends a request again as it was after 400, 403, 404, 409 or 422, and is refused again",
        "Only 429, 5xx and a broken connection are worth a retry: read validation_errors and change the request.",
    ),
    ClientCheck(
        "sends-no-partner-header",
        ("PART-02",),
        requests.find_missing_partner_header,
        "sends no X-Preferred-Partner-Id on behalf of a user with several partners",
        "Send X-Preferred-Partner-Id with each call; the partners stand in cognito:groups of the IdToken.",
    ),
    ClientCheck(
        "sends-arrays-in-brackets",
        ("BASE-05",),
        requests.find_bracketed_arrays,
        "writes an array's key with brackets, as in city[]=A",
        "Repeat the key: city=A&city=B. Most HTTP libraries have a switch for it.",
    ),
)


def run_checks(calls: Sequence[Exchange]) -> list[ClientFinding]:
    """What is held against the client that made these calls, oldest first.

    Where the clock went back, by a rewind or a restore, the client begins anew: what it knew then is undone.
    """
    segments = list(_split_at_rewinds(calls))
    findings = [ClientFinding(check, tuple(_find_calls(check, segments))) for check in CLIENT_CHECKS]
    return [finding for finding in findings if finding.calls]


def _find_calls(check: ClientCheck, segments: Iterable[Sequence[Exchange]]) -> Iterator[Exchange]:
    for segment in segments:
        yield from sorted(check.find_calls(segment), key=lambda call: call.number)


def _split_at_rewinds(calls: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """The calls, cut where an instant is before the one of the call before."""
    start = 0
    for index, (before, call) in enumerate(pairwise(calls), 1):
        if call.at < before.at:
            yield calls[start:index]
            start = index
    yield calls[start:]
