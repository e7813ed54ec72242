"""What a user is told that they may do, and whether it is true."""

import pytest

from contracts.dsl import assertions, valid_requests
from contracts.dsl.steps import Row
from contracts.spec.markers import example, law
from contracts.target import tokens
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.sandbox import ACME, BETA, Sandbox

STANDS_FOR = {
    "campaign_results:read": ("listCampaignResults",),
    "campaign_results:write": ("createCampaignResult", "deleteCampaignResult"),
    "events:read": ("listEvents", "getEvent", "getEventSeries", "getEventAttributionModel"),
    "events:write": ("replaceEventSeries", "setEventAttributionModel"),
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
    "sales:write": ("clearSales", "uploadSalesEdit", "ingestTransactionSummary"),
}
"""What each permission stands for."""
EVERY = sorted(STANDS_FOR)
KEPT = ["campaign_results:read", "campaign_results:write"]
ADMINS_ONLY = "campaign_results_admin_only"


def permissions_of(client: Client) -> Row:
    """What a user is told."""
    answer = client.call("getPermissions")
    assertions.status(answer, 200)
    return dict(answer.json())


@law("PERM-01", profile="smoke")
def test_a_user_may_ask_what_they_may_do(deployment: Deployment) -> None:
    assertions.status(deployment.partner.call("getPermissions"), 200)


@law("PERM-02", profile="smoke")
def test_permissions_are_told_for_the_scoped_partner(deployment: Deployment) -> None:
    assertions.equal("partner", permissions_of(deployment.partner)["partner_id"], deployment.partner_id)
    assertions.equal("other partner", permissions_of(deployment.second)["partner_id"], deployment.second_partner_id)


@law("PERM-02")
@pytest.mark.parametrize("role", ["partner", "second"])
def test_the_groups_are_those_of_the_token(deployment: Deployment, role: str) -> None:
    person = deployment.person(role)
    signed = tokens.signed_in(deployment.anonymous, person)
    client = deployment.anonymous.having(
        authorization=f"Bearer {signed['AccessToken']}", x_preferred_partner_id=person.partner_id
    )
    groups = tokens.claims_of(signed["IdToken"])["cognito:groups"]
    assertions.equal("groups", permissions_of(client)["groups"], groups)


@law("PERM-02", profile="smoke")
def test_permissions_are_sorted_and_known(deployment: Deployment) -> None:
    told = permissions_of(deployment.partner)["permissions"]
    assertions.equal("permissions, each once and sorted", told, sorted(set(told)))
    assertions.equal("permissions that nobody knows", set(told) - set(EVERY), set())


@law("PERM-03", profile="smoke")
def test_what_is_told_of_reads_is_true(deployment: Deployment) -> None:
    _is_true(deployment, deployment.partner, reads_only=True)


@law("PERM-03")
def test_what_is_told_of_reads_and_writes_is_true(writable: Deployment) -> None:
    _is_true(writable, writable.partner)


@example("PERM-03", profile="smoke")
@pytest.mark.parametrize("role", ["partner", "admin", "agency"])
@pytest.mark.parametrize("kept", [False, True], ids=["open to partners", "kept for admins"])
def test_what_is_told_is_true_on_either_side_of_the_documents(sandbox: Sandbox, role: str, *, kept: bool) -> None:
    client = sandbox.sign_in(role).having(x_preferred_partner_id=ACME)
    sandbox.control.put("/quirks", {ADMINS_ONLY: kept})
    _is_true(sandbox, client)


@example("PERM-04", profile="smoke")
@pytest.mark.parametrize("role", ["partner", "agency", "admin"])
def test_each_user_of_a_partner_has_all_permissions(sandbox: Sandbox, role: str) -> None:
    sandbox.control.put("/quirks", {ADMINS_ONLY: False})
    client = sandbox.sign_in(role).having(x_preferred_partner_id=ACME)
    assertions.equal(f"permissions of {role}", permissions_of(client)["permissions"], EVERY)


@example("PERM-04", profile="smoke")
def test_campaign_results_are_the_admins_where_they_are_kept_for_them(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {ADMINS_ONLY: True})
    without = [name for name in EVERY if name not in KEPT]
    assertions.equal("permissions of a partner's user", permissions_of(sandbox.partner)["permissions"], without)
    assertions.equal("permissions of the admin", permissions_of(sandbox.admin)["permissions"], EVERY)


@law("PERM-04")
def test_nobody_lacks_more_than_what_is_kept_for_admins(deployment: Deployment) -> None:
    told = permissions_of(deployment.partner)["permissions"]
    assertions.among("permissions that a partner's user lacks", sorted(set(EVERY) - set(told)), ([], KEPT))


@example("PERM-02", profile="smoke")
def test_a_user_of_several_partners_has_the_same_groups_for_each(sandbox: Sandbox) -> None:
    groups = []
    for partner_id in (ACME, BETA):
        told = permissions_of(sandbox.sign_in("agency").having(x_preferred_partner_id=partner_id))
        assertions.equal("partner", told["partner_id"], partner_id)
        groups.append(told["groups"])
    assertions.equal("groups for the second partner", groups[1], groups[0])
    assertions.equal("both partners among the groups", {ACME, BETA} - set(groups[0]), set())


def _is_true(deployment: Deployment, client: Client, *, reads_only: bool = False) -> None:
    """Ask for all that a permission stands for, about nobody's things: only who may not ask is answered 403."""
    told = permissions_of(client)["permissions"]
    asked = valid_requests.harmless(deployment)
    for permission, operations in STANDS_FOR.items():
        for operation in operations:
            if reads_only and asked[operation].method != "GET":
                continue
            answer = asked[operation].send(client)
            if permission not in told:
                assertions.refused(answer, 403, "error.auth.not_authorized")
            else:
                what = f"{operation} with {permission} is not refused for want of a permission"
                assertions.that(what, answer.status_code != 403, expected="another status than 403", seen=answer.text)
