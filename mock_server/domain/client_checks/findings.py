"""The table of what is held against a client, and the judgement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mock_server.domain.client_checks import polling, requests, signing_in, writing
from mock_server.domain.exchanges import Exchange


@dataclass(frozen=True, slots=True)
class Charge:
    """One kind of conduct: which calls show it, the platform's rules that it disregards, and what to do instead."""

    id: str
    rules: tuple[str, ...]
    find: Callable[[Sequence[Exchange]], list[Exchange]]
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A charge, and the calls that show it, at least one."""

    charge: Charge
    calls: tuple[Exchange, ...]


CHARGES = (
    Charge(
        "polls-package-too-fast",
        ("PKG-03",),
        polling.packages_too_fast,
        "reads a package that is being built within 5 s of the read before, again and again",
        "A build takes 10 to 15 minutes: read the package every 30 s or so, never more often than every 5 s.",
    ),
    Charge(
        "polls-evaluation-without-back-off",
        ("BEV-03",),
        polling.evaluations_without_back_off,
        "reads an unchanged evaluation four times or more, with pauses that do not grow",
        "Wait longer after each read that shows the old result (2 s, 4 s, 8 s …), and stop at a bound.",
    ),
    Charge(
        "signs-in-on-each-call",
        ("AUTH-01", "AUTH-06", "RATE-01"),
        signing_in.on_each_call,
        "signs in again for every call or two, while the token before still holds",
        "Keep the AccessToken for its ExpiresIn (3600 s) and send it with every call.",
    ),
    Charge(
        "refreshes-on-401-only",
        ("AUTH-05", "AUTH-06"),
        signing_in.refreshed_on_401_only,
        "lets each token expire, and refreshes it only when a call was refused for it",
        "Refresh a minute before ExpiresIn has passed: no call is lost, and none has to be sent twice.",
    ),
    Charge(
        "names-another-partner",
        ("PART-04",),
        requests.another_partner,
        "sends a partner_id that is not the partner that the request is scoped to",
        "Take partner_id and X-Preferred-Partner-Id from one and the same variable.",
    ),
    Charge(
        "saves-unchanged-settings",
        ("BEV-02",),
        writing.unchanged_settings,
        "saves evaluation settings as they were saved within a day before: each PUT starts an evaluation",
        "Compare with what was saved last and PUT what differs; the same again once a day at most, for new purchases.",
    ),
    Charge(
        "posts-rows-by-machine",
        ("CR-03", "JOB-01"),
        writing.rows_by_machine,
        "posts five or more campaign results at one instant, or with the same pause between them",
        "The platform attributes by itself, daily: POST /campaign_results/ is for what a person enters by hand.",
    ),
    Charge(
        "expects-defaults-to-reach-old-packages",
        ("DEF-02",),
        polling.defaults_to_reach_old_packages,
        "changes the partner's defaults and then reads an older package's settings three times or more",
        "Defaults are copied into new packages only: PUT the older package's own backhaul_evaluation_details.",
    ),
    Charge(
        "retries-what-was-refused",
        ("ERR-03",),
        requests.refused_before,
        "sends a request again as it was after 400, 403, 404, 409 or 422, and is refused again",
        "Only 429, 5xx and a broken connection are worth a retry: read validation_errors and change the request.",
    ),
    Charge(
        "sends-no-partner-header",
        ("PART-02",),
        requests.no_partner,
        "sends no X-Preferred-Partner-Id on behalf of a user with several partners",
        "Send X-Preferred-Partner-Id with each call; the partners stand in cognito:groups of the IdToken.",
    ),
    Charge(
        "sends-arrays-in-brackets",
        ("BASE-05",),
        requests.brackets,
        "writes an array's key with brackets, as in city[]=A",
        "Repeat the key: city=A&city=B. Most HTTP libraries have a switch for it.",
    ),
)


def judge(calls: Sequence[Exchange]) -> list[Finding]:
    """What is held against the client that made these calls, oldest first.

    Where the clock went back, by a rewind or a restore, the client begins anew: what it knew then is undone.
    """
    stretches = list(_stretches(calls))
    found = [Finding(charge, tuple(_found(charge, stretches))) for charge in CHARGES]
    return [finding for finding in found if finding.calls]


def _found(charge: Charge, stretches: Iterable[Sequence[Exchange]]) -> Iterator[Exchange]:
    for stretch in stretches:
        yield from sorted(charge.find(stretch), key=lambda call: call.number)


def _stretches(calls: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """The calls, cut where an instant is before the one of the call before."""
    begun = 0
    for place, (before, call) in enumerate(pairwise(calls), 1):
        if call.at < before.at:
            yield calls[begun:place]
            begun = place
    yield calls[begun:]
