"""The three requests that are measured on every server, and the targets for our server."""

from dataclasses import dataclass
from datetime import date, timedelta

NOW = "2026-11-23T09:00:00Z"
DAYS = 90
LAST_DAY = date(2026, 11, 23)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
SETTINGS = (
    b'{"backhaul_evaluation_attribution_window":30,"backhaul_evaluation_model":"EVENTS_FROM_PACKAGE",'
    b'"email_sent_date":"2026-09-01"}'
)
ROW_COUNT = 3
MAX_MEMORY_MIB = 90.0
"""Target: the resident memory of our server after the load, in MiB."""
MAX_WORKSPACE_MILLISECONDS, MAX_WORKSPACE_KIB = 20.0, 200.0
"""Targets: milliseconds to create a workspace of a loaded world, and KiB of memory of an unchanged workspace."""
MIN_JOURNAL_SHARE = 0.90
"""Target: the minimum rate with a journal (and without fault rules), as a fraction of the rate without a journal."""
MAX_REFUSAL_RATIO = 2.0
"""Target: the CPU time of refusing a body of 1 MiB of unknown members, relative to reading the body once."""
MAX_START_RATIO = 1.5
"""Target: the time until our server returns data, divided by the time until a FastAPI hello-world returns 200."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `min_share` is the target for our server's rate, divided by the raw application's rate."""

    title: str
    method: str
    path: str
    query: str
    script: str
    min_share: float
    body: bytes | None = None

    @property
    def target(self) -> str:
        """The path with the query."""
        return f"{self.path}?{self.query}" if self.query else self.path


CAMPAIGN_RESULTS = Case(
    title=f"GET campaign results, {ROW_COUNT} rows",
    method="GET",
    path="/campaign_results/",
    query="eid=evt_abc123&partner_id=partner-id-acme",
    script="get.lua",
    min_share=0.30,
)
PUT_SETTINGS = Case(
    title="PUT evaluation settings",
    method="PUT",
    path="/package_builder/packages/pkg_555/backhaul_evaluation_details",
    query="",
    script="put_settings.lua",
    min_share=0.30,
    body=SETTINGS,
)
DAILY_REVENUE = Case(
    title=f"GET daily revenue, {DAYS} days",
    method="GET",
    path="/daily_revenue_summary/",
    query=f"event_id=evt_abc123&start_date={FIRST_DAY}&end_date={LAST_DAY}",
    script="get.lua",
    min_share=0.15,
)
CASES = (CAMPAIGN_RESULTS, PUT_SETTINGS, DAILY_REVENUE)
