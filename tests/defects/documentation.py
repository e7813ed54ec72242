"""Defects in the documentation profiles: in one point, the mock follows the other generation.

There are two for each row of the table of differences: one for each generation that the mock may follow.
"""

from dataclasses import replace

from mock_server.state import documentation
from tests.defects.registry import Patch, defect


def _swap_generations(patch: Patch, quirk: str) -> None:
    """Swap the two generations in one row of the table of differences."""
    rows = documentation.DIFFERENCES
    swapped = (replace(row, older=row.newer, newer=row.older) if row.quirk == quirk else row for row in rows)
    patch.replace(documentation, "DIFFERENCES", tuple(swapped))


@defect("DRS-05")
def clearing_is_200_in_the_older_documentation(patch: Patch) -> None:
    """The mock follows the older documentation, but clearing sales returns 200."""
    _swap_generations(patch, "clear_sales_204")


@defect("DRS-05", documentation="newer")
def clearing_is_204_in_the_newer_documentation(patch: Patch) -> None:
    """The mock follows the newer documentation, but clearing sales returns 204."""
    _swap_generations(patch, "clear_sales_204")


@defect("CR-01", "CR-03", "CR-04", "PERM-04")
def campaign_results_are_closed_in_the_older_documentation(patch: Patch) -> None:
    """The mock follows the older documentation, but `/campaign_results/` is reserved for admins."""
    _swap_generations(patch, "campaign_results_admin_only")


@defect("CR-01", "CR-03", "CR-04", "PERM-04", documentation="newer")
def campaign_results_are_open_in_the_newer_documentation(patch: Patch) -> None:
    """The mock follows the newer documentation, but `/campaign_results/` is open to every user."""
    _swap_generations(patch, "campaign_results_admin_only")


@defect("RATE-01")
def polling_is_advised_every_3_seconds(patch: Patch) -> None:
    """The mock follows the older documentation, but recommends polling at most every 3 seconds, like the newer one."""
    _swap_generations(patch, "polling_every_3_seconds")


@defect("RATE-01", documentation="newer")
def polling_is_advised_every_10_seconds(patch: Patch) -> None:
    """The mock follows the newer documentation, but recommends polling at most every 10 seconds, like the older one."""
    _swap_generations(patch, "polling_every_3_seconds")


@defect("EVT-02", part="EVT-02.older_members")
def event_members_are_the_newer_ones_in_the_older_documentation(patch: Patch) -> None:
    """The mock follows the older documentation, but events have only the members of the newer one."""
    _swap_generations(patch, "core_event_members")


@defect("EVT-02", documentation="newer", part="EVT-02.older_absent")
def event_members_are_the_older_ones_in_the_newer_documentation(patch: Patch) -> None:
    """The mock follows the newer documentation, but events also have the members of the older one."""
    _swap_generations(patch, "core_event_members")


@defect("EVT-06")
def cancelled_is_a_status_in_the_older_documentation(patch: Patch) -> None:
    """The mock follows the older documentation, but `frontend_status` may be CANCELLED."""
    _swap_generations(patch, "cancelled_frontend_status")


@defect("EVT-06", documentation="newer")
def cancelled_is_not_a_status_in_the_newer_documentation(patch: Patch) -> None:
    """The mock follows the newer documentation, but `frontend_status` is never CANCELLED."""
    _swap_generations(patch, "cancelled_frontend_status")


@defect("ING-01", part="ING-01.older_answer")
def an_import_returns_no_record_in_the_older_documentation(patch: Patch) -> None:
    """The mock follows the older documentation, but an import does not return the persisted record."""
    _swap_generations(patch, "ingest_without_record")


@defect("ING-01", documentation="newer", part="ING-01.newer_answer")
def an_import_returns_the_record_in_the_newer_documentation(patch: Patch) -> None:
    """The mock follows the newer documentation, but an import returns the persisted record."""
    _swap_generations(patch, "ingest_without_record")
