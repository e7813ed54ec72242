"""The sample's partners, users and customers."""

from dataclasses import replace

from mock_server.domain.models import Partner, User
from mock_server.worlds.randomness import Chance
from mock_server.worlds.world import derive_subject

ACME, BETA, FD = "partner-id-acme", "partner-id-beta", "fd1042"
PASSWORD = "wavetank"  # noqa: S105 - printed at every start
MFA_TOKEN = "123456"  # noqa: S105 - documented. See: AUTH-07
CUSTOMER_COUNTS = {ACME: 4000, BETA: 300, FD: 200}
"""The number of customers of each partner."""


def partners() -> dict[str, Partner]:
    """Return the three partners, each with its own currency. See: PART-03."""
    listed = (
        _partner(ACME, "Acme Konzerte GmbH", "acme.example", "EUR"),
        replace(
            _partner(BETA, "Beta Live Ltd", "beta.example", "GBP"),
            vertical="theatre",
            campaign_recommendations=False,
            campaign_pricing_model="REVENUE_SHARE",
            ner_active=True,
            attribution_model_default="META",
        ),
        replace(
            _partner(FD, "Cumberland Tickets Inc.", "cumberland.example", "USD"),
            demand_prediction=False,
            campaign_recommendations=False,
            pricing_tier="starter",
        ),
    )
    return {partner.id: partner for partner in listed}


def users() -> dict[str, User]:
    """Return the users, one for each outcome of a sign-in. See: AUTH-03, AUTH-07, PART-01, PART-02, PART-06."""
    agency = (ACME, BETA, FD, "external-user", "webapp-access-group-7")
    listed = (
        _user("partner@acme.example", (ACME,)),
        _user("agency@acme.example", agency),
        _user("admin@platform.example", ("fd-admin",)),
        _user("mfa@acme.example", (ACME,), mfa_token=MFA_TOKEN),
        _user("new@acme.example", (ACME,), must_change_password=True),
        _user("disabled@acme.example", (ACME, "account-disabled")),
        _user("external@acme.example", ("external-user",)),
    )
    return {user.username: user for user in listed}


def draw_tastes(partner_id: str, id_prefix: str, shares: dict[str, int], chance: Chance) -> dict[str, str]:
    """Draw the tastes of a partner's customers. The result maps ids to tastes.

    The ids start with `id_prefix`. `shares` is each taste's share of the customers in percent.
    """
    drawn = chance.choices(list(shares), list(shares.values()), k=CUSTOMER_COUNTS[partner_id])
    return {f"cus_{id_prefix}{number:05d}": taste for number, taste in enumerate(drawn, 1)}


def _partner(partner_id: str, name: str, domain: str, currency: str) -> Partner:
    return Partner(
        id=partner_id,
        name=name,
        domain=domain,
        currency=currency,
        vertical="live_entertainment",
        demand_prediction=True,
        campaign_recommendations=True,
        status="active",
        pricing_tier="growth",
        campaign_pricing_model="COST_PER_SALE",
        ner_active=False,
        attribution_model_default="FD",
    )


def _user(
    username: str, groups: tuple[str, ...], mfa_token: str | None = None, must_change_password: bool = False
) -> User:
    return User(username, PASSWORD, derive_subject(username), username, groups, mfa_token, must_change_password)
