"""The run settings by profile: the number of requests, and the operations that a run must reach."""

from contracts.schemathesis_runner.command import UNKNOWN_PARTNER, RunSettings
from contracts.schemathesis_runner.fuzz_context import FuzzContext
from contracts.spec.markers import Profile
from contracts.spec.owners import READ_RULES, WRITE_RULES
from contracts.target.sandbox import ACME, BETA

CHALLENGES = frozenset({"answerMfaChallenge", "answerNewPasswordChallenge"})
"""Operations that need a Session, which cannot be generated."""
NEEDS_EXPIRED_PACKAGE = frozenset({"regeneratePackage"})
"""Operations that need a package that is a month old."""
REACHABLE_OPERATIONS = frozenset({**READ_RULES, **WRITE_RULES}) - CHALLENGES - NEEDS_EXPIRED_PACKAGE
RARELY_REACHED = frozenset({"createPackage", "mergePackages", "deleteCampaignResult"})
"""Operations that need objects created by the same run, in the right state. A short run does not reach them."""
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
"""The operations to which the document's links lead."""
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
"""How many requests the fuzzing phase sends to each operation."""
FEW_EXAMPLES = 3
"""How many requests the fuzzing phase sends to each read of a target that has no control API."""
SEQUENCES_BY_PROFILE: dict[Profile, int] = {"smoke": 20, "standard": 60, "thorough": 300}
MAX_COVERAGE_READS = 500
"""The maximum number of requests that the coverage phase sends to the read operations."""


def read_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Return the settings of a read-only run: the coverage phase, and the fuzzing phase if there is no sandbox."""
    with_fuzzing = not context.control_url and profile == "thorough"
    few = not context.control_url and profile == "standard"
    required = ALWAYS_REACHABLE
    required |= NEEDS_EVENT if "path.eid" in context.known_ids else frozenset()
    required |= NEEDS_PACKAGE if "path.package_id" in context.known_ids else frozenset()
    return RunSettings(
        phases=("fuzzing",) if few else ("coverage", "fuzzing") if with_fuzzing else ("coverage",),
        max_examples=FEW_EXAMPLES if few else EXAMPLES_BY_PROFILE[profile],
        partners=(context.partner_id,),
        required_operations=required - context.closed_operations,
        known_ids=context.known_ids,
        reads_only=True,
        paced=not context.control_url,
        max_requests=MAX_COVERAGE_READS + (2 * EXAMPLES_BY_PROFILE[profile] * len(READ_RULES) if with_fuzzing else 0),
    )


def coverage_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Return the settings for requests without random data: the document's examples and limits, valid and invalid."""
    return RunSettings(
        ("examples", "coverage"), EXAMPLES_BY_PROFILE[profile], (context.partner_id,), REACHABLE_OPERATIONS
    )


def fuzzing_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Return the settings for random requests, valid and invalid."""
    return RunSettings(
        ("examples", "fuzzing"),
        EXAMPLES_BY_PROFILE[profile],
        (context.partner_id,),
        REACHABLE_OPERATIONS - RARELY_REACHED,
        known_ids=context.known_ids,
    )


def any_partner_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Return the settings for all kinds of requests, whose partner header names a known or an unknown partner."""
    partners = (ACME, BETA, "fd1042", UNKNOWN_PARTNER)
    return RunSettings(
        ("examples", "coverage", "fuzzing"),
        EXAMPLES_BY_PROFILE[profile],
        partners,
        REACHABLE_OPERATIONS - RARELY_REACHED,
    )


def link_settings(context: FuzzContext, profile: Profile) -> RunSettings:
    """Return the settings for sequences of requests. The document's links say which ids of a response to use next."""
    known = {name: ids for name, ids in context.known_ids.items() if name in ("query.eid", "query.partner_id")}
    return RunSettings(
        ("stateful",), SEQUENCES_BY_PROFILE[profile], (context.partner_id,), LINKED_OPERATIONS, known_ids=known
    )
