"""What a user is told that they may do, and whether it is true."""

import pytest

from contracts import expect, tokens, wellformed
from contracts.client import Client
from contracts.deployment import Deployment
from contracts.marks import example, law
from contracts.sandbox import ACME, BETA, Sandbox
from contracts.vocabulary import Row

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
    expect.status(answer, 200)
    return dict(answer.json())


@law("PERM-01", profile="smoke")
def test_a_user_may_ask_what_they_may_do(deployment: Deployment) -> None:
    expect.status(deployment.partner.call("getPermissions"), 200)


@law("PERM-02", profile="smoke")
def test_permissions_are_told_for_the_scoped_partner(deployment: Deployment) -> None:
    expect.equal("partner", permissions_of(deployment.partner)["partner_id"], deployment.partner_id)
    expect.equal("other partner", permissions_of(deployment.second)["partner_id"], deployment.second_partner_id)


@law("PERM-02")
@pytest.mark.parametrize("role", ["partner", "second"])
def test_the_groups_are_those_of_the_token(deployment: Deployment, role: str) -> None:
    person = deployment.person(role)
    signed = tokens.signed_in(deployment.anonymous, person)
    client = deployment.anonymous.having(
        authorization=f"Bearer {signed['AccessToken']}", x_preferred_partner_id=person.partner_id
    )
    groups = tokens.claims_of(signed["IdToken"])["cognito:groups"]
    expect.equal("groups", permissions_of(client)["groups"], groups)


@law("PERM-02", profile="smoke")
def test_permissions_are_sorted_and_known(deployment: Deployment) -> None:
    told = permissions_of(deployment.partner)["permissions"]
    expect.equal("permissions, each once and sorted", told, sorted(set(told)))
    expect.equal("permissions that nobody knows", set(told) - set(EVERY), set())


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
    expect.equal(f"permissions of {role}", permissions_of(client)["permissions"], EVERY)


@example("PERM-04", profile="smoke")
def test_campaign_results_are_the_admins_where_they_are_kept_for_them(sandbox: Sandbox) -> None:
    sandbox.control.put("/quirks", {ADMINS_ONLY: True})
    without = [name for name in EVERY if name not in KEPT]
    expect.equal("permissions of a partner's user", permissions_of(sandbox.partner)["permissions"], without)
    expect.equal("permissions of the admin", permissions_of(sandbox.admin)["permissions"], EVERY)


@law("PERM-04")
def test_nobody_lacks_more_than_what_is_kept_for_admins(deployment: Deployment) -> None:
    told = permissions_of(deployment.partner)["permissions"]
    expect.among("permissions that a partner's user lacks", sorted(set(EVERY) - set(told)), ([], KEPT))


@example("PERM-02", profile="smoke")
def test_a_user_of_several_partners_has_the_same_groups_for_each(sandbox: Sandbox) -> None:
    groups = []
    for partner_id in (ACME, BETA):
        told = permissions_of(sandbox.sign_in("agency").having(x_preferred_partner_id=partner_id))
        expect.equal("partner", told["partner_id"], partner_id)
        groups.append(told["groups"])
    expect.equal("groups for the second partner", groups[1], groups[0])
    expect.equal("both partners among the groups", {ACME, BETA} - set(groups[0]), set())


def _is_true(deployment: Deployment, client: Client, *, reads_only: bool = False) -> None:
    """Ask for all that a permission stands for, about nobody's things: only who may not ask is answered 403."""
    told = permissions_of(client)["permissions"]
    asked = wellformed.harmless(deployment)
    for permission, operations in STANDS_FOR.items():
        for operation in operations:
            if reads_only and asked[operation].method != "GET":
                continue
            answer = asked[operation].send(client)
            if permission not in told:
                expect.refused(answer, 403, "error.auth.not_authorized")
            else:
                what = f"{operation} with {permission} is not refused for want of a permission"
                expect.that(what, answer.status_code != 403, expected="another status than 403", seen=answer.text)
