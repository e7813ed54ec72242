"""The table of client checks, and the function that runs them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import pairwise

from mock_server.domain.client_checks import polling, requests, signing_in, writing
from mock_server.domain.exchanges import CONSOLE_HEADER, PARTNER_HEADER_LOWER, Exchange
from mock_server.domain.pieces import Steps, in_pieces


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """One check: the rules that the behaviour breaks, the function that finds such calls, and texts for the report."""

    id: str
    rules: tuple[str, ...]
    find_calls: Callable[[Sequence[Exchange]], list[Exchange]]
    description: str
    advice: str


@dataclass(frozen=True, slots=True)
class ClientFinding:
    """A check, and the calls that it found."""

    check: ClientCheck
    calls: tuple[Exchange, ...]


CHECKS_WITHOUT_POLLING = (
    ClientCheck(
        "signs-in-on-each-call",
        ("AUTH-01", "AUTH-06", "RATE-01"),
        signing_in.find_sign_in_per_call,
        "signs in again for every call, although the previous token is still valid",
        "Reuse the AccessToken for all calls until ExpiresIn (3600 s) has passed.",
    ),
    ClientCheck(
        "refreshes-on-401-only",
        ("AUTH-05", "AUTH-06"),
        signing_in.find_refresh_only_after_401,
        "refreshes a token only after a call was refused because it had expired, never before",
        "Refresh the token a minute before it expires, so that no call has to be repeated.",
    ),
    ClientCheck(
        "names-another-partner",
        ("PART-04",),
        requests.find_partner_mismatches,
        "sends a partner_id other than the partner that the request is scoped to",
        "Set partner_id and X-Preferred-Partner-Id from the same variable.",
    ),
    ClientCheck(
        "saves-unchanged-settings",
        ("BEV-02",),
        writing.find_unchanged_settings,
        "saves unchanged evaluation settings again within a day; each PUT starts an evaluation",
        "PUT settings only if they have changed. To count new purchases, repeat the PUT at most daily.",
    ),
    ClientCheck(
        "posts-rows-by-machine",
        ("CR-03", "JOB-01"),
        writing.find_machine_posts,
        "posts five or more campaign results at the same time, or at regular intervals",
        "The platform attributes sales itself, daily. POST /campaign_results/ is for adjustments entered by hand.",
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
        "repeats a request unchanged after 400, 403, 404, 409 or 422, and is refused again",
        "Retry only after 429, 5xx or a broken connection. Otherwise, use validation_errors to correct the request.",
    ),
    ClientCheck(
        "sends-no-partner-header",
        ("PART-02",),
        requests.find_missing_partner_header,
        "sends no X-Preferred-Partner-Id for a user with several partners",
        "Send X-Preferred-Partner-Id with each call. The partners are listed in cognito:groups of the IdToken.",
    ),
    ClientCheck(
        "sends-arrays-in-brackets",
        ("BASE-05",),
        requests.find_bracketed_arrays,
        "writes an array's key with brackets, as in city[]=A",
        "Repeat the key: city=A&city=B. Most HTTP libraries have an option for it.",
    ),
)


IMMEDIATE_RETRIES = ClientCheck(
    "retries-without-a-pause",
    ("RATE-02", "ERR-03"),
    requests.find_immediate_retries,
    "repeats a request within a second after 429 or 5xx, two times or more in a row",
    "Wait before each retry, twice as long each time, and stop after a limit. After 429, a minute is always enough.",
)
UNJUDGED_RETRIES = replace(
    IMMEDIATE_RETRIES,
    description="repeats a request after 429 or 5xx, two times or more in a row, while the clock is frozen",
    advice="On a frozen clock no pause can be seen. Let the clock run and repeat this to see whether the client waits.",
)
"""The same check where the pauses cannot be judged."""


def list_checks(interval: timedelta, *, is_frozen: bool = False) -> tuple[ClientCheck, ...]:
    """Return all checks. `interval` is the shortest advised interval between two polls, in whole seconds.

    `is_frozen` says whether the workspace's clock is frozen.
    """
    seconds = int(interval.total_seconds())
    fast_polling = ClientCheck(
        "polls-package-too-fast",
        ("PKG-03", "RATE-01"),
        partial(polling.find_fast_package_polling, interval=interval),
        f"polls a package that is being built less than {seconds} s after the previous read, repeatedly",
        f"A build takes 10 to 15 minutes: poll about every 30 s, and never more often than every {seconds} s.",
    )
    even_polling = ClientCheck(
        "polls-evaluation-without-back-off",
        ("BEV-03",),
        polling.find_polling_without_backoff,
        "polls an unchanged evaluation four times or more without increasing the interval",
        "Increase the interval after each read with the old result "
        f"({seconds} s, {2 * seconds} s, {4 * seconds} s …), and stop after a limit.",
    )
    retries = UNJUDGED_RETRIES if is_frozen else IMMEDIATE_RETRIES
    return (fast_polling, even_polling, retries, *CHECKS_WITHOUT_POLLING)


MAX_PAIRS = 50
"""How many pairs the query and the headers of a call may have before they are shortened."""
NEEDED_HEADERS = (PARTNER_HEADER_LOWER, CONSOLE_HEADER)
QUERY_KEYS: tuple[Callable[[str], bool], ...] = ("partner_id".__eq__, "package_id".__eq__, lambda key: "[" in key)
"""Find the keys of a query that checks look for. The first pair of each is enough."""


def shorten_call(call: Exchange) -> Exchange:
    """Return a call without the pairs of a long query or of long headers that no check needs, so that checks are fast.

    A long query gets a pair that is the same for equal queries, because checks look for repeated requests.
    """
    query, headers = call.query, call.request_headers
    if len(query) > MAX_PAIRS:
        kept = [next((pair for pair in query if matches(pair[0])), None) for matches in QUERY_KEYS]
        query = (*(pair for pair in kept if pair is not None), ("", str(hash(query))))
    if len(headers) > MAX_PAIRS:
        first = [next((pair for pair in headers if pair[0] == name), None) for name in NEEDED_HEADERS]
        headers = tuple(pair for pair in first if pair is not None)
    is_short = query is call.query and headers is call.request_headers
    return call if is_short else replace(call, query=query, request_headers=headers)


@in_pieces
def run_checks(
    calls: Sequence[Exchange], interval: timedelta, *, is_frozen: bool = False
) -> Steps[list[ClientFinding]]:
    """Run all checks on a client's calls, given oldest first. Return the checks that found something.

    `interval` is the shortest advised interval between two polls. `is_frozen` says whether the workspace's clock is
    frozen. See: RATE-01.

    Calls before and after a rewind or a restore are checked separately, because what the client had learnt was undone.
    """
    segments = [(segment, sum(map(_call_units, segment))) for segment in _split_at_rewinds(calls)]
    findings = []
    for check in list_checks(interval, is_frozen=is_frozen):
        found: list[Exchange] = []
        for segment, units in segments:
            found += sorted(check.find_calls(segment), key=lambda call: call.number)
            yield units
        if found:
            findings.append(ClientFinding(check, tuple(found)))
    return findings


def _call_units(call: Exchange) -> int:
    """Return how many units of work it is to check a call: each check looks at its pairs once, at most."""
    return 2 + (len(call.query) + len(call.request_headers)) // 4


def _split_at_rewinds(calls: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """Split the calls at each point where the clock has gone back."""
    start = 0
    for index, (before, call) in enumerate(pairwise(calls), 1):
        if call.at < before.at:
            yield calls[start:index]
            start = index
    yield calls[start:]
