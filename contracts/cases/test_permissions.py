"""A user's permissions: the list, and whether it matches the operations that the user may call."""

import httpx2
import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.measurements import read_once
from contracts.dsl.steps import Row, complete_sign_in
from contracts.dsl.valid_requests import ValidRequest
from contracts.spec.markers import EVERY_WRITE, example, property_test
from contracts.target import tokens
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox

OPERATIONS_BY_PERMISSION = {
    "campaign_results:read": ("listCampaignResults",),
    "campaign_results:write": ("createCampaignResult", "deleteCampaignResult"),
    "events:read": ("listEvents", "getEvent", "getEventSeries", "getEventAttributionModel"),
    "events:write": ("setFrontendStatus", "replaceEventSeries", "setEventAttributionModel"),
    "meta:read": ("getMetaCampaignResults", "getMetaInsights"),
    "packages:read": (
        "listPackages",
        "getPackage",
        "getClusterCustomers",
        "getEvaluationSettings",
        "getEvaluation",
    ),
    "packages:write": ("createPackage", "mergePackages", "regeneratePackage", "replaceEvaluationSettings"),
    "partner:read": ("getPartner", "getBackhaulDefaults"),
    "partner:write": ("setAttributionModelDefault", "setBackhaulDefaults"),
    "sales:read": ("getDailyRevenueSummary", "exportSalesEdit"),
    "sales:write": (
        "clearSales",
        "uploadSalesEdit",
        "ingestTransactionSummary",
        "ingestTransactionSummaryFromExcel",
    ),
}
"""The operations that each permission allows."""
ALL_PERMISSIONS = sorted(OPERATIONS_BY_PERMISSION)
ADMIN_PERMISSIONS = ["campaign_results:read", "campaign_results:write"]
ADMIN_GROUP = "fd-admin"


def read_permissions(client: Client) -> Row:
    """Return the response with a user's permissions."""
    answer = client.call("getPermissions")
    assertions.step_status(answer, 200)
    return dict(answer.json())


@property_test("PERM-01.read", "PERM-01.details", profile="smoke")
def test_a_user_may_ask_what_they_may_do(deployment: Deployment) -> None:
    assertions.step_status(deployment.partner.call("getPermissions"), 200)


@property_test("PERM-02.members", profile="smoke")
def test_permissions_are_told_for_the_scoped_partner(deployment: Deployment) -> None:
    assertions.equal("partner", read_permissions(deployment.partner)["partner_id"], deployment.partner_id)
    assertions.equal(
        "other partner", read_permissions(deployment.second_partner)["partner_id"], deployment.second_partner_id
    )


@property_test("PERM-02.members")
@pytest.mark.parametrize("role", ["partner", "second"])
def test_the_groups_are_those_of_the_token(deployment: Deployment, role: str) -> None:
    person = deployment.credentials(role)
    signed = complete_sign_in(deployment, role)
    client = deployment.anonymous.with_headers(
        authorization=f"Bearer {signed['AccessToken']}", x_preferred_partner_id=person.partner_id
    )
    groups = tokens.parse_claims(signed["IdToken"])["cognito:groups"]
    assertions.equal("groups", read_permissions(client)["groups"], groups)


@property_test("PERM-02.features", profile="smoke")
def test_the_features_of_the_pages_are_true_or_false(deployment: Deployment) -> None:
    answered = read_permissions(deployment.partner)
    features = answered["Permissions"]
    kinds = {name: isinstance(value, bool) for name, value in features.items()}
    assertions.equal("features, and whether each is true or false", kinds, {"backhaul": True, "wave": True})
    assertions.equal("backhaul", features["backhaul"], "packages:read" in answered["permissions"])


@property_test("PERM-02.members", profile="smoke")
def test_permissions_are_sorted_and_known(deployment: Deployment) -> None:
    permissions = read_permissions(deployment.partner)["permissions"]
    assertions.equal("permissions, which must differ and be sorted", permissions, sorted(set(permissions)))
    assertions.equal("unknown permissions", set(permissions) - set(ALL_PERMISSIONS), set())


@property_test("PERM-03.honest", profile="smoke")
def test_what_is_told_of_reads_is_true(deployment: Deployment) -> None:
    _expect_true_permissions(deployment, deployment.partner, reads_only=True)


@property_test("PERM-03.honest", writes=EVERY_WRITE)
def test_what_is_told_of_reads_and_writes_is_true(writable: Deployment) -> None:
    _expect_true_permissions(writable, writable.partner)


@example("PERM-03.honest", profile="smoke")
@pytest.mark.parametrize("role", ["partner", "admin", "agency"])
def test_what_is_told_is_true_for_each_kind_of_user(sandbox: Sandbox, role: str) -> None:
    _expect_true_permissions(sandbox, sandbox.sign_in(role).with_headers(x_preferred_partner_id=ACME))


@example("PERM-04.all", profile="smoke", documentation="older")
@pytest.mark.parametrize("role", ["partner", "agency", "admin"])
def test_each_user_of_a_partner_has_all_permissions(sandbox: Sandbox, role: str) -> None:
    client = sandbox.sign_in(role).with_headers(x_preferred_partner_id=ACME)
    assertions.equal(f"permissions of {role}", read_permissions(client)["permissions"], ALL_PERMISSIONS)


@example("PERM-04.admin_only", profile="smoke", documentation="newer")
def test_campaign_results_are_the_admins_where_they_are_kept_for_them(sandbox: Sandbox) -> None:
    without = [name for name in ALL_PERMISSIONS if name not in ADMIN_PERMISSIONS]
    assertions.equal("permissions of a partner's user", read_permissions(sandbox.partner)["permissions"], without)
    assertions.equal("permissions of the admin", read_permissions(sandbox.admin)["permissions"], ALL_PERMISSIONS)


@property_test("PERM-04.admin_only")
def test_nobody_lacks_more_than_what_is_kept_for_admins(deployment: Deployment) -> None:
    answered = read_permissions(deployment.partner)
    is_kept_from_user = deployment.follows_newer and ADMIN_GROUP not in answered["groups"]
    assertions.equal(
        "permissions that a partner's user lacks",
        sorted(set(ALL_PERMISSIONS) - set(answered["permissions"])),
        ADMIN_PERMISSIONS if is_kept_from_user else [],
    )


@example("PERM-02.members", profile="smoke")
def test_a_user_of_several_partners_has_the_same_groups_for_each(sandbox: Sandbox) -> None:
    groups = []
    for partner_id in (ACME, BETA):
        answered = read_permissions(sandbox.sign_in("agency").with_headers(x_preferred_partner_id=partner_id))
        assertions.equal("partner", answered["partner_id"], partner_id)
        groups.append(answered["groups"])
    assertions.equal("groups in the second partner's scope", groups[1], groups[0])
    assertions.equal("partners that the groups lack", {ACME, BETA} - set(groups[0]), set())


def _expect_true_permissions(deployment: Deployment, client: Client, *, reads_only: bool = False) -> None:
    """Call the operations of each permission on missing objects. They must get 403 only without the permission."""
    permissions = read_permissions(client)["permissions"]
    requests = valid_requests.harmless_requests(deployment, user=client)
    for permission, operations in OPERATIONS_BY_PERMISSION.items():
        for operation in operations:
            if reads_only and requests[operation].method != "GET":
                continue
            answer = _send(deployment, requests[operation])
            if permission not in permissions:
                assertions.refusal(answer, 403, "error.auth.not_authorized")
            else:
                what = f"{operation} with {permission} is not refused with 403"
                assertions.is_true(
                    what, answer.status_code != 403, expected="another status than 403", seen=answer.text
                )


def _send(deployment: Deployment, valid_request: ValidRequest) -> httpx2.Response:
    """Send a request. Contracts share the responses to reads."""
    if valid_request.method != "GET" or not deployment.samples_cases:
        return valid_request.send()
    return read_once(deployment, f"answer of {valid_request.operation_id}", valid_request.send)
