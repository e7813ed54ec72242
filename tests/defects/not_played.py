"""Defects in the response for a path that the platform documents but the mock does not implement."""

from mock_server.domain.errors import Problem
from mock_server.http import router
from mock_server.platform_api import documented_elsewhere
from tests.defects.registry import Patch, defect


def _play_less(patch: Patch, *paths: str) -> None:
    """Reserve only these of the documented paths that the mock does not implement."""
    patch.replace(documented_elsewhere, "NOT_PLAYED", paths)


@defect("ERR-03")
def words_that_look_like_events_are_events(patch: Patch) -> None:
    """`/events/venues` is looked up as an event."""
    _play_less(patch, *(path for path in documented_elsewhere.NOT_PLAYED if "{" in path))


@defect("ERR-03")
def documented_paths_are_unknown_paths(patch: Patch) -> None:
    """The 404 of a documented path does not say that the mock does not play it."""
    patch.replace(
        router, "_not_played_problem", lambda path, *known: Problem("not_played", "path", f"there is no {path}")
    )
