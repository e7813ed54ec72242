"""The sample's packages and manual results: what the platform and the partners' users have done before the start.

Each partner has a package in each final state: built and evaluated, built and not evaluated, failed, expired.
"""

from datetime import date, timedelta
from decimal import Decimal

from mock_server.domain.models import EvaluationSettings
from mock_server.worlds.sample_people import ACME, BETA, FD
from mock_server.worlds.sample_show import instant_on_day
from mock_server.worlds.world import ManualResult, PrebuiltPackage, WorldExtras

MUNICH_EVENT_ID, LONDON_EVENT_ID, NASHVILLE_EVENT_ID = "evt_abc123", "evt_lo7d2m", "evt_na6t1v"
RESULT_IDS = {MUNICH_EVENT_ID: "cr_9f3k2a", LONDON_EVENT_ID: "cr_4h7w1x", NASHVILLE_EVENT_ID: "cr_7t2m8c"}
"""The id of the automated row of each partner's best-known event."""


def build_extras(start_date: date) -> WorldExtras:
    """Return the packages and the manual results of all partners."""
    packages = (
        *_acme_packages(start_date),
        *_partner_packages(BETA, BETA_PACKAGES, start_date),
        *_partner_packages(FD, FD_PACKAGES, start_date),
    )
    return WorldExtras(_manual_results(start_date), packages, RESULT_IDS)


BETA_PACKAGES = (
    ("pkg_611", "London stages", ("evt_lo7d2m", "evt_ma1k6x")),
    ("pkg_612", "Stratford regulars", ("evt_st1a7v", "evt_st2b8w", "evt_st3c9x")),
    ("pkg_613", "Harbour Lights abroad", ("evt_zu4n1d",)),
    ("pkg_604", "Brixton nights", ("evt_lo3b9s",)),
)
FD_PACKAGES = (
    ("pkg_721", "Nashville fans", ("evt_na6t1v", "evt_na2r7c")),
    ("pkg_722", "Paper Boat families", ("evt_at4h8g", "evt_ch3w6m")),
    ("pkg_723", "Paper Boat up north", ("evt_li9n5d",)),
    ("pkg_714", "Honky-tonk regulars", ("evt_na2r7c",)),
)
"""The packages of a partner, as in the docstring of the module: id, title and events."""


def _acme_packages(start_date: date) -> tuple[PrebuiltPackage, ...]:
    """Return the first partner's packages; the first of them is the package in the documentation's examples."""
    settings = EvaluationSettings(30, "EVENTS_FROM_PACKAGE", start_date - timedelta(days=9))
    return (
        PrebuiltPackage(
            id="pkg_555",
            partner_id=ACME,
            title="Munich shows Q3",
            event_ids=(MUNICH_EVENT_ID, "evt_m6d7ay", "evt_f3r8mu", "evt_y1o6tm"),
            targeting_mode="lookalike",
            num_packages=4,
            n_top_events=10,
            built_at=instant_on_day(start_date, -10, 9.2),
            settings=settings,
            evaluated_at=instant_on_day(start_date, -1, 6),
        ),
        PrebuiltPackage(
            id="pkg_556",
            partner_id=ACME,
            title="Cologne nights",
            event_ids=("evt_c4v8yl", "evt_b2h7qe"),
            targeting_mode="selective",
            num_packages=3,
            n_top_events=5,
            built_at=instant_on_day(start_date, -5, 15),
            settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE"),
            evaluated_at=None,
        ),
        _failed_package(ACME, ("pkg_557", "Alpine evenings", ("evt_n4g7pa", "evt_o6r2ke")), start_date),
        _expired_package(ACME, ("pkg_541", "Season opening", ("evt_k3m9xa",)), start_date),
    )


def _partner_packages(
    partner_id: str, listed: tuple[tuple[str, str, tuple[str, ...]], ...], start_date: date
) -> tuple[PrebuiltPackage, ...]:
    evaluated, built, failed, expired = listed
    return (
        PrebuiltPackage(
            *_identity(partner_id, evaluated),
            targeting_mode="lookalike",
            num_packages=2,
            n_top_events=5,
            built_at=instant_on_day(start_date, -12, 10.5),
            settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE", start_date - timedelta(days=11)),
            evaluated_at=instant_on_day(start_date, -2, 7),
        ),
        PrebuiltPackage(
            *_identity(partner_id, built),
            targeting_mode="inclusive",
            num_packages=2,
            n_top_events=3,
            built_at=instant_on_day(start_date, -4, 16),
            settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE"),
            evaluated_at=None,
        ),
        _failed_package(partner_id, failed, start_date),
        _expired_package(partner_id, expired, start_date),
    )


def _failed_package(partner_id: str, listed: tuple[str, str, tuple[str, ...]], start_date: date) -> PrebuiltPackage:
    return PrebuiltPackage(
        *_identity(partner_id, listed),
        targeting_mode="selective",
        num_packages=2,
        n_top_events=2,
        built_at=instant_on_day(start_date, -2, 11.25),
        settings=EvaluationSettings(30, "EVENTS_FROM_PACKAGE"),
        evaluated_at=None,
        status="FAILED",
    )


def _expired_package(partner_id: str, listed: tuple[str, str, tuple[str, ...]], start_date: date) -> PrebuiltPackage:
    return PrebuiltPackage(
        *_identity(partner_id, listed),
        targeting_mode="lookalike",
        num_packages=2,
        n_top_events=3,
        built_at=instant_on_day(start_date, -40, 8.5),
        settings=EvaluationSettings(14, "ALL_PURCHASES", start_date - timedelta(days=39)),
        evaluated_at=instant_on_day(start_date, -24, 9),
        status="EXPIRED",
    )


def _identity(partner_id: str, listed: tuple[str, str, tuple[str, ...]]) -> tuple[str, str, str, tuple[str, ...]]:
    package_id, title, event_ids = listed
    return package_id, partner_id, title, event_ids


def _manual_results(start_date: date) -> tuple[ManualResult, ...]:
    """Return two adjustments of an event of each partner: tickets from the box office, and a correction."""
    box_office, correction = instant_on_day(start_date, -6, 14.5), instant_on_day(start_date, -4, 9.25)
    return (
        ManualResult(MUNICH_EVENT_ID, "cr_01hq9m", 12, Decimal("540.00"), box_office),
        ManualResult(MUNICH_EVENT_ID, "cr_01hqd4", -2, Decimal("-90.00"), correction),
        ManualResult(LONDON_EVENT_ID, "cr_02bc5k", 6, Decimal("252.00"), box_office),
        ManualResult(LONDON_EVENT_ID, "cr_02bf8p", -1, Decimal("-42.00"), correction),
        ManualResult(NASHVILLE_EVENT_ID, "cr_03da7r", 4, Decimal("290.00"), box_office),
        ManualResult(NASHVILLE_EVENT_ID, "cr_03dd2v", -1, Decimal("-55.00"), correction),
    )
