"""The two generations of the vendor's documentation, as profiles of quirks.

The older generation documents `/campaign_results/` for partners, and Backhaul. The newer generation differs in the rows
of `DIFFERENCES`. A profile sets the quirk of each row; a quirk that is set explicitly takes precedence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from mock_server.state.quirks import Quirks

Documentation: TypeAlias = Literal["older", "newer"]
"""A generation of the vendor's documentation."""
GENERATIONS: tuple[Documentation, ...] = get_args(Documentation)
DEFAULT_DOCUMENTATION: Documentation = "older"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the generations: the rules that it concerns, and the value of the quirk in each."""

    quirk: str
    rules: tuple[str, ...]
    older: bool
    newer: bool

    def is_on(self, documentation: Documentation) -> bool:
        """Whether the quirk is on in the generation."""
        return self.newer if documentation == "newer" else self.older


DIFFERENCES = (
    Difference("core_event_members", ("EVT-02",), older=False, newer=True),
    Difference("cancelled_frontend_status", ("EVT-06",), older=False, newer=True),
    Difference("clear_sales_204", ("DRS-05",), older=True, newer=False),
    Difference("campaign_results_admin_only", ("CR-01", "CR-03", "CR-04", "PERM-04"), older=False, newer=True),
    Difference("ingest_without_record", ("ING-01",), older=False, newer=True),
    Difference("polling_every_3_seconds", ("RATE-01",), older=False, newer=True),
)


def set_profile(quirks: Quirks, documentation: Documentation) -> Quirks:
    """Return a copy of the quirks in which each quirk of the table is set as in the generation.

    The others do not change.
    """
    return replace(quirks, **{each.quirk: each.is_on(documentation) for each in DIFFERENCES})


def build_quirks(documentation: Documentation, named: Mapping[str, bool]) -> Quirks:
    """Return the quirks of a generation, except that the named ones are set as given. All others are off."""
    return replace(set_profile(Quirks(), documentation), **named)
