"""Names the rule that owns each element of a response: a header, a member, a status or a whole operation.

A difference in an element is charged to its owner, whichever contract meets it. Where a single part of a rule owns the
element, the owner is the part, such as `BASE-04.timestamp`; else it is the rule.
"""

READ_RULES = {
    "getStatus": "BASE-02",
    "getPartner": "PART-03",
    "getBackhaulDefaults": "DEF-01",
    "listEvents": "EVT-01",
    "getEvent": "EVT-03",
    "getEventSeries": "EVT-04",
    "getEventAttributionModel": "LAM-01",
    "getDailyRevenueSummary": "DRS-01",
    "exportSalesEdit": "SED-01",
    "listCampaignResults": "CR-01",
    "getMetaCampaignResults": "META-01",
    "getMetaInsights": "META-04",
    "getPermissions": "PERM-01",
    "listPackages": "PKG-01",
    "getPackage": "PKG-04",
    "getClusterCustomers": "PKG-06",
    "getEvaluationSettings": "BEV-01",
    "getEvaluation": "BEV-03",
}
WRITE_RULES = {
    "signIn": "AUTH-01",
    "refreshToken": "AUTH-05",
    "answerMfaChallenge": "AUTH-07",
    "answerNewPasswordChallenge": "AUTH-07",
    "setAttributionModelDefault": "PART-05",
    "setBackhaulDefaults": "DEF-01",
    "setFrontendStatus": "EVT-08",
    "replaceEventSeries": "EVT-04",
    "setEventAttributionModel": "LAM-01",
    "clearSales": "DRS-05",
    "uploadSalesEdit": "SED-03",
    "ingestTransactionSummary": "ING-01",
    "ingestTransactionSummaryFromExcel": "ING-07",
    "createCampaignResult": "CR-03",
    "deleteCampaignResult": "CR-04",
    "createPackage": "PKG-02",
    "mergePackages": "PKG-05",
    "regeneratePackage": "PKG-11",
    "replaceEvaluationSettings": "BEV-02",
}
RULE_BY_OPERATION = {**READ_RULES, **WRITE_RULES}
"""The rule about the parameters and the successful response of each operation."""
OWNER_BY_SCHEMA = {
    "ErrorResponse": "ERR-01",
    "ValidationError": "ERR-02",
    "SignInChallenge": "AUTH-07.names",
    "Timestamp": "BASE-04.timestamp",
    "PlatformStatus": "BASE-02.body",
    "EventAttributionModel": "LAM-01",
    "Partner": "PART-03",
    "EventPage": "EVT-01",
    "Event": "EVT-02",
    "FrontendStatus": "EVT-06",
    "CampaignStatus": "EVT-06",
    "ClientCampaignStatus": "EVT-06",
    "DailyRevenueSummary": "DRS-02",
    "RevenueDay": "DRS-02",
    "CampaignResult": "CR-02",
    "MetaCampaignResults": "META-01",
    "MetaCampaignResult": "META-02",
    "MetaDay": "META-05",
    "Permissions": "PERM-02",
    "Package": "PKG-01",
    "PackageDetail": "PKG-04",
    "BackhaulDefaults": "DEF-01",
    "EvaluationSettings": "BEV-01",
    "ClusterEvaluation": "BEV-05",
}
"""The owner of the values of each schema.

For a schema that is not listed, the owner of the schema that contains it applies.
"""
OWNER_BY_MEMBER = {
    ("ErrorResponse", "message"): "ERR-01.message",
    ("ValidationError", "code"): "ERR-02.entries",
}
"""The owner of a member that has one of its own."""
FORBIDDEN_MEMBER, FORBIDDEN_MEMBER_OWNER = "detail", "ERR-01.message"
"""A member that an error body must not contain, and its owner."""
DATE = "BASE-04.date"
"""The owner of the form of a date."""
OWNER_BY_HEADER = {
    "access-control-allow-origin": "BASE-02.any_origin",
    "x-request-id": "BASE-06.present",
    "www-authenticate": "ERR-03.challenge",
}
OWNER_BY_STATUS = {422: "ERR-02.status", 405: "BASE-09.method"}
"""The owner of each undocumented status. Other undocumented refusals belong to OTHER_REFUSAL."""
OTHER_REFUSAL = "ERR-03"
OTHER_REDIRECT = "BASE-07.redirect"
REFUSAL_BODY = "ERR-01"
METHOD = "BASE-09.method"
OWNER_BY_REFUSED_STEP = {401: "AUTH-04.bearer", 429: "RATE-01"}
"""The owner of a documented refusal of a step that should succeed. Others belong to the operation's rule."""
OWNER_BY_EXPECTED_REFUSAL = {
    401: "ERR-03.unauthorized",
    403: "ERR-03.forbidden",
    404: "ERR-03.others",
    409: "ERR-03.others",
    429: "ERR-03.others",
}
"""The part that says which status a refusal has, by the expected status.

A malformed request is missing: another refusal says that the request has been read as a valid one.
"""
DOCUMENTED_KEYS = (
    "error.event.not_found",
    "error.internal.unspecified",
    "error.campaign.setup_invalid",
    "error.auth.invalid_credentials",
    "error.auth.account_disabled",
    "error.auth.mfa_required",
    "error.auth.not_authorized",
)
PUBLIC_OPERATIONS = frozenset(
    {"getStatus", "signIn", "refreshToken", "answerMfaChallenge", "answerNewPasswordChallenge"}
)
"""The operations without a token: their 401 is not about one."""
RESULTS_OPERATIONS = frozenset({"listCampaignResults", "createCampaignResult", "deleteCampaignResult"})
"""The operations whose rules say who may call them."""
ACCESS_RULES = {401: ("AUTH-", "RATE-"), 403: ("AUTH-", "PART-", "PERM-", "META-03", "ERR-04")}
"""The beginnings of the rules about who is refused with a status. Their contracts judge such a refusal themselves."""
TOKEN_RULES = ("AUTH-04", "ERR-03")
"""The rules about requests without a token. Their contracts judge operations that need none themselves."""
NOT_PLAYED = "ERR-03.not_played"


def rule_of(owner: str) -> str:
    """Return the id of the rule that the owner is, or of which it is a part."""
    return owner.partition(".")[0]


def owner_of_operation(operation_id: str) -> str:
    """Return the rule about the successful response of an operation."""
    return RULE_BY_OPERATION.get(operation_id, OTHER_REFUSAL)


def owner_of_step(operation_id: str, status: int) -> str:
    """Return the rule that is broken if an operation answers a step of a contract with this status.

    A token that other operations accept must be accepted here. Otherwise the operation's own rule says what it answers.
    """
    if 300 <= status < 400:
        return OTHER_REDIRECT
    if status == 401 and operation_id in PUBLIC_OPERATIONS:
        return owner_of_operation(operation_id)
    return OWNER_BY_REFUSED_STEP.get(status, owner_of_operation(operation_id))


def owner_of_key(message: str) -> str:
    """Return the part that says that a refusal has this message key."""
    return "ERR-01.keys" if message in DOCUMENTED_KEYS else "ERR-01.other_keys"


def denies_access(operation_id: str, status: int, *, has_token: bool) -> bool:
    """Whether this status refuses a token, or a user of an operation whose rule says who may call it."""
    if status == 401:
        return has_token and operation_id not in PUBLIC_OPERATIONS
    return status == 403 and operation_id in RESULTS_OPERATIONS
