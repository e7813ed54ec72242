"""How much each profile asks of schemathesis, and what must be reached before its silence means anything."""

from contracts.schemathesis_runner.command import NOBODY, Order
from contracts.schemathesis_runner.rule_mapping import READS, WRITES
from contracts.schemathesis_runner.test_world import Stage
from contracts.spec.markers import Profile
from contracts.target.sandbox import ACME, BETA

CHALLENGES = frozenset({"answerMfaChallenge", "answerNewPasswordChallenge"})
"""They need a Session, which nobody can make up."""
OF_AN_EXPIRED_PACKAGE = frozenset({"regeneratePackage"})
"""It needs a package of which a month has passed."""
EVERYTHING = frozenset({**READS, **WRITES}) - CHALLENGES - OF_AN_EXPIRED_PACKAGE
RARELY_DRAWN = frozenset({"createPackage", "mergePackages", "deleteCampaignResult"})
"""They need ids that only this run has made, in the right state: a short run does not get to them."""
LINKED = frozenset(
    {
        "createCampaignResult",
        "listCampaignResults",
        "deleteCampaignResult",
        "createPackage",
        "getPackage",
        "getEvaluationSettings",
        "replaceEvaluationSettings",
        "getEvaluation",
    }
)
"""The ends of the document's links."""
ALWAYS_THERE = frozenset({"getStatus", "getPartner", "getBackhaulDefaults", "listEvents", "listPackages"})
OF_AN_EVENT = frozenset(
    {
        "getEvent",
        "getEventSeries",
        "getEventAttributionModel",
        "getDailyRevenueSummary",
        "exportSalesEdit",
        "listCampaignResults",
    }
)
OF_A_PACKAGE = frozenset({"getPackage", "getEvaluationSettings", "getEvaluation"})

DRAWN: dict[Profile, int] = {"smoke": 5, "standard": 15, "thorough": 100}
"""Requests for each operation in the fuzzing phase."""
WALKS: dict[Profile, int] = {"smoke": 20, "standard": 60, "thorough": 300}
COVERING_READS = 500
"""How many requests the coverage phase makes of the reads, generously."""


def reads(stage: Stage, profile: Profile) -> Order:
    """Reading alone: every kind of request, and drawn ones where the target's own world is all that there is."""
    drawn = not stage.control and profile != "smoke"
    reached = ALWAYS_THERE
    reached |= OF_AN_EVENT if "path.eid" in stage.known else frozenset()
    reached |= OF_A_PACKAGE if "path.package_id" in stage.known else frozenset()
    return Order(
        phases=("coverage", "fuzzing") if drawn else ("coverage",),
        examples=DRAWN[profile],
        partners=(stage.partner_id,),
        must_reach=reached,
        known=stage.known,
        reads_only=True,
        most_requests=COVERING_READS + (2 * DRAWN[profile] * len(READS) if drawn else 0),
    )


def covering(stage: Stage, profile: Profile) -> Order:
    """Every kind of request, good and bad, by the document's own examples and limits; nothing is left to chance."""
    return Order(("examples", "coverage"), DRAWN[profile], (stage.partner_id,), EVERYTHING)


def drawing(stage: Stage, profile: Profile) -> Order:
    """Drawn requests, good and bad."""
    return Order(
        ("examples", "fuzzing"), DRAWN[profile], (stage.partner_id,), EVERYTHING - RARELY_DRAWN, known=stage.known
    )


def drawing_any_partner(stage: Stage, profile: Profile) -> Order:
    """The same, on behalf of partners that are the user's, another's or nobody's."""
    partners = (ACME, BETA, "fd1042", NOBODY)
    return Order(("examples", "coverage", "fuzzing"), DRAWN[profile], partners, EVERYTHING - RARELY_DRAWN)


def following_links(stage: Stage, profile: Profile) -> Order:
    """Walks along the document's links, from what an answer names to the request that takes it."""
    known = {name: ids for name, ids in stage.known.items() if name in ("query.eid", "query.partner_id")}
    return Order(("stateful",), WALKS[profile], (stage.partner_id,), LINKED, known=known)
