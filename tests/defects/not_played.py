"""Defects in the answer to a path that the platform documents and the mock does not play."""

from mock_server.domain.errors import Problem, UnknownPathError
from mock_server.http import auth, router, steps
from mock_server.http.router import OperationRouter
from mock_server.platform_api import documented_elsewhere
from mock_server.platform_api import router as platform
from tests.defects import step_order
from tests.defects.registry import Patch, defect


def _play_less(patch: Patch, *paths: str) -> None:
    """Know only these of the documented paths that are not played."""
    patch.replace(documented_elsewhere, "NOT_PLAYED", paths)


@defect("ERR-03")
def words_that_look_like_events_are_events(patch: Patch) -> None:
    """`/events/venues` is looked up as an event."""
    _play_less(patch, *(path for path in documented_elsewhere.NOT_PLAYED if "{" in path))


@defect("ERR-03")
def documented_paths_of_an_event_are_unknown(patch: Patch) -> None:
    """`/events/{eid}/benchmark` and the like are unknown paths like any other."""
    _play_less(patch, *(path for path in documented_elsewhere.NOT_PLAYED if "{" not in path))


@defect("ERR-03")
def documented_paths_are_known_in_one_form(patch: Patch) -> None:
    """With the other slash, a path that is not played is looked up as an event."""

    def build_router():
        built = OperationRouter(*platform.ROUTERS, not_played=documented_elsewhere.NOT_PLAYED)
        built._literal_routes = {
            path: methods
            for path, methods in built._literal_routes.items()
            if methods or path in documented_elsewhere.NOT_PLAYED
        }
        return built

    patch.replace(platform, "build_router", build_router)


@defect("ERR-03")
def documented_paths_are_not_found_without_a_hint(patch: Patch) -> None:
    """The 404 of a path that is not played has no entry that says so."""
    patch.replace(router, "_not_played_problem", lambda path, *differences: Problem("unknown", "path", f"no {path}"))


@defect("ERR-03")
def documented_paths_are_told_of_reads_only(patch: Patch) -> None:
    """Only a GET of a path that is not played gets the hint."""

    def wrapped(original):
        def send(self, context):
            if context.method != "GET" and self._is_not_played(context.path):
                raise UnknownPathError(Problem("unknown", "path", "there is no such path"))
            return original(self, context)

        return send

    patch.wrap(router.OperationRouter, "reject_or_redirect", wrapped)


@defect("ERR-03", "BASE-11")
def documented_paths_need_no_token(patch: Patch) -> None:
    """A path that is not played is answered before the token is checked."""

    def answer(context):
        if context.router._is_not_played(context.path):
            return steps.match_route(context)
        return None

    step_order.insert(patch, answer, before=auth.authenticate)
