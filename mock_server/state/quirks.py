"""Quirks: switches that enable an alternative documented behaviour, for points in which the documents disagree.

All are off in `Quirks()`. A workspace uses the values of its documentation profile (`documentation.py`), except for
quirks that are set explicitly.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Quirks:
    """The alternative documented behaviours, each enabled or not."""

    campaign_results_admin_only: bool = False
    clear_sales_204: bool = False
    numeric_client_id: bool = False
    ignore_unknown: bool = False
    email_date_in_defaults_ignored: bool = False
    customer_list_csv: bool = False
    core_event_members: bool = False
    cancelled_frontend_status: bool = False
    ingest_without_record: bool = False
    polling_every_3_seconds: bool = False


QUIRK_NAMES = tuple(field.name for field in fields(Quirks))
QUIRK_DESCRIPTIONS = {
    "campaign_results_admin_only": "/campaign_results/ answers 403 without group fd-admin",
    "clear_sales_204": "DELETE /daily_revenue_summary/ answers 204 instead of 200",
    "numeric_client_id": "the id in GET /partners/ is a number",
    "ignore_unknown": "unknown query parameters and body fields are ignored instead of rejected",
    "email_date_in_defaults_ignored": "email_sent_date in the partner's defaults is ignored instead of rejected",
    "customer_list_csv": "a cluster's customer list is CSV instead of JSON",
    "core_event_members": "events lack currency, campaign_stop_time, has_active_campaigns and the state of benchmark",
    "cancelled_frontend_status": "frontend_status may also be CANCELLED",
    "ingest_without_record": "POST /ingest/transaction_summary returns only validation_errors",
    "polling_every_3_seconds": "clients are advised to poll at most every 3 s, instead of every 10 s",
}
