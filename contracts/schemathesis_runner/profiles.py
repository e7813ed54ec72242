"""How much each profile asks of schemathesis, and what must be reached before its silence means anything."""

from contracts.schemathesis_runner.command import UNKNOWN_PARTNER, RunSettings
from contracts.schemathesis_runner.rule_mapping import READ_RULES, WRITE_RULES
from contracts.schemathesis_runner.test_world import FuzzContext
from contracts.spec.markers import Profile
from contracts.target.sandbox import ACME, BETA

CHALLENGES = frozenset({"answerMfaChallenge", "answerNewPasswordChallenge"})
"""They need a Session, which nobody can make up."""
NEEDS_EXPIRED_PACKAGE = frozenset({"regeneratePackage"})
"""It needs a package of which a month has passed."""
REACHABLE_OPERATIONS = frozenset({**READ_RULES, **WRITE_RULES}) - CHALLENGES - NEEDS_EXPIRED_PACKAGE
RARELY_REACHED = frozenset({"createPackage", "mergePackages", "deleteCampaignResult"})
"""They need ids that only this run has made, in the right state: a short run does not get to them."""
LINKED_OPERATIONS = frozenset(
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
ALWAYS_REACHABLE = frozenset({"getStatus", "getPartner", "getBackhaulDefaults", "listEvents", "listPackages"})
NEEDS_EVENT = frozenset(
    {
        "getEvent",
        "getEventSeries",
        "getEventAttributionModel",
        "getDailyRevenueSummary",
        "exportSalesEdit",
        "listCampaignResults",
    }
)
NEEDS_PACKAGE = frozenset({"getPackage", "getEvaluationSettings", "getEvaluation"})

EXAMPLES_BY_PROFILE: dict[Profile, int] = {"smoke": 5, "standard": 15, "thorough": 100}
"""Requests for each operation in the fuzzing phase."""
SEQUENCES_BY_PROFILE: dict[Profile, int] = {"smoke": 20, "standard": 60, "thorough": 300}
MAX_COVERAGE_READS = 500
"""How many requests the coverage phase makes of the reads, generously."""


def read_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Reading alone: every kind of request, and drawn ones where the target's own world is all that there is."""
    with_fuzzing = not context.control_url and profile != "smoke"
    required = ALWAYS_REACHABLE
    required |= NEEDS_EVENT if "path.eid" in context.known_ids else frozenset()
    required |= NEEDS_PACKAGE if "path.package_id" in context.known_ids else frozenset()
    return RunSettings(
        phases=("coverage", "fuzzing") if with_fuzzing else ("coverage",),
        max_examples=EXAMPLES_BY_PROFILE[profile],
        partners=(context.partner_id,),
        required_operations=required,
        known_ids=context.known_ids,
        reads_only=True,
        max_requests=MAX_COVERAGE_READS + (2 * EXAMPLES_BY_PROFILE[profile] * len(READ_RULES) if with_fuzzing else 0),
    )


def coverage_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Every kind of request, good and bad, by the document's own examples and limits; nothing is left to chance."""
    return RunSettings(
        ("examples", "coverage"), EXAMPLES_BY_PROFILE[profile], (context.partner_id,), REACHABLE_OPERATIONS
    )


def fuzzing_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Drawn requests, good and bad."""
    return RunSettings(
        ("examples", "fuzzing"),
        EXAMPLES_BY_PROFILE[profile],
        (context.partner_id,),
        REACHABLE_OPERATIONS - RARELY_REACHED,
        known_ids=context.known_ids,
    )


def any_partner_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """The same, on behalf of partners that are the user's, another's or nobody's."""
    partners = (ACME, BETA, "fd1042", UNKNOWN_PARTNER)
    return RunSettings(
        ("examples", "coverage", "fuzzing"),
        EXAMPLES_BY_PROFILE[profile],
        partners,
        REACHABLE_OPERATIONS - RARELY_REACHED,
    )


def link_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Walks along the document's links, from what an answer names to the request that takes it."""
    known = {name: ids for name, ids in context.known_ids.items() if name in ("query.eid", "query.partner_id")}
    return RunSettings(
        ("stateful",), SEQUENCES_BY_PROFILE[profile], (context.partner_id,), LINKED_OPERATIONS, known_ids=known
    )
