"""Users by the partners that they belong to, signed in without a partner header."""

from contracts.dsl.steps import complete_sign_in
from contracts.spec.verdicts import NotApplicableError
from contracts.target.client import Client
from contracts.target.deployment import Deployment
from contracts.target.tokens import partner_groups

NOT_AUTHORIZED = "error.auth.not_authorized"
UNKNOWN_PARTNER = "partner-id-of-nobody"


def user_with_partners(deployment: Deployment, *, several: bool) -> tuple[Client, list[str]]:
    """Sign in a user of several partners or of one, without a partner header. Return the client and the partner ids.

    Raises NotApplicableError if the run has no such user.
    """
    for role in ("partner", "second"):
        if role in deployment.users:
            tokens = complete_sign_in(deployment, role)
            partners = partner_groups(tokens["IdToken"])
            if (len(partners) > 1) if several else (len(partners) == 1):
                return deployment.anonymous.with_headers(authorization=f"Bearer {tokens['AccessToken']}"), partners
    raise NotApplicableError(f"needs a user of {'several partners' if several else 'one partner'}")


def user_without_partner(deployment: Deployment) -> Client:
    """Sign in the user who belongs to no partner."""
    token = complete_sign_in(deployment, "external")["AccessToken"]
    return deployment.anonymous.with_headers(authorization=f"Bearer {token}")
