"""The two generations of the vendor's documentation, as profiles of quirks.

The older one describes `/campaign_results/` for partners and Backhaul; the newer one differs in the rows of
`DIFFERENCES`. A profile sets the quirk of each row, and a quirk that is set beside it wins.
"""

from dataclasses import dataclass
from enum import StrEnum


class Documentation(StrEnum):
    """A generation of the vendor's documentation."""

    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the generations: the rules that it concerns, and whether each generation has the quirk."""

    quirk: str
    rules: tuple[str, ...]
    older: bool
    newer: bool


DIFFERENCES = (
    Difference("core_event_members", ("EVT-02",), older=False, newer=True),
    Difference("cancelled_frontend_status", ("EVT-06",), older=False, newer=True),
    Difference("clear_sales_204", ("DRS-05",), older=True, newer=False),
    Difference("campaign_results_admin_only", ("CR-01", "CR-03", "CR-04", "PERM-04"), older=False, newer=True),
    Difference("ingest_without_record", ("ING-01",), older=False, newer=True),
    Difference("polling_every_3_seconds", ("RATE-01",), older=False, newer=True),
)
