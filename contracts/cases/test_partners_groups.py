"""Partners: the groups of an IdToken and the partner headers that are accepted are the same."""

from collections.abc import Iterator

from contracts.dsl import assertions
from contracts.dsl.cases import require_cases
from contracts.dsl.steps import complete_sign_in
from contracts.spec.markers import property_test
from contracts.target import tokens
from contracts.target.client import Client
from contracts.target.deployment import Deployment

ADMIN_GROUP = "fd-admin"
ROLES = ("partner", "second")


def _sign_in_users(deployment: Deployment) -> Iterator[tuple[str, Client, set[str]]]:
    """Yield each user of a partner, signed in without a partner header, and the partners among the user's groups."""
    for role in ROLES:
        if role in deployment.users:
            signed_in = complete_sign_in(deployment, role)
            client = deployment.anonymous.with_headers(authorization=f"Bearer {signed_in['AccessToken']}")
            groups = tokens.parse_claims(signed_in["IdToken"]).get("cognito:groups", [])
            if ADMIN_GROUP not in groups:
                yield role, client, set(tokens.partner_groups(signed_in["IdToken"]))


@property_test("AUTH-03.partner_groups", "PART-01.own_groups", profile="smoke")
def test_the_partner_headers_that_are_accepted_are_the_groups_of_the_token(deployment: Deployment) -> None:
    users = require_cases(_sign_in_users(deployment), "a user who is no admin")
    named = {credentials.partner_id for credentials in deployment.users.values() if credentials.partner_id}
    partners = sorted(named.union(*(groups for _, _, groups in users)))
    for role, client, groups in users:
        accepted = [
            partner
            for partner in partners
            if client.with_headers(x_preferred_partner_id=partner).call("getPartner").status_code == 200
        ]
        assertions.equal(f"partners whose header the user {role} may send", accepted, sorted(groups))
