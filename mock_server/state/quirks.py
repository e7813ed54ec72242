"""Quirks: switches for alternative behaviour where the platform's documents contradict each other."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Quirks:
    """Which alternative documented behaviour is enabled."""

    campaign_results_admin_only: bool = False
    clear_sales_204: bool = False
    numeric_client_id: bool = False
    ignore_unknown: bool = False
    email_date_in_defaults_ignored: bool = False


QUIRK_NAMES = tuple(field.name for field in fields(Quirks))
QUIRK_DESCRIPTIONS = {
    "campaign_results_admin_only": "/campaign_results/ answers 403 without group fd-admin",
    "clear_sales_204": "DELETE /daily_revenue_summary/ answers 204 instead of 200",
    "numeric_client_id": "the id in GET /partners/ is a number",
    "ignore_unknown": "unknown query parameters and body fields are ignored instead of rejected",
    "email_date_in_defaults_ignored": "email_sent_date in the partner's defaults is dropped instead of rejected",
}
