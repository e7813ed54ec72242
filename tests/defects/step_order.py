"""Change the order of a request's steps, so that another error comes first."""

from collections.abc import Awaitable
from contextlib import suppress

from mock_server.domain.errors import PlatformError
from mock_server.http import steps
from mock_server.http.context import RequestContext
from mock_server.http.steps import Step
from mock_server.state.workspace import OperationCall
from tests.defects.registry import Patch


def insert(patch: Patch, step: Step, before: Step) -> None:
    """Insert a step before another one. Raises ValueError if the other one is not in the list."""
    place = steps.PLATFORM_STEPS.index(before)
    patch.replace(steps, "PLATFORM_STEPS", (*steps.PLATFORM_STEPS[:place], step, *steps.PLATFORM_STEPS[place:]))


def replace(patch: Patch, old: Step, new: Step) -> None:
    """Replace a step with another one. Raises ValueError if the old step is not in the list."""
    place = steps.PLATFORM_STEPS.index(old)
    patch.replace(steps, "PLATFORM_STEPS", (*steps.PLATFORM_STEPS[:place], new, *steps.PLATFORM_STEPS[place + 1 :]))


def delay_refusals(patch: Patch, step: Step, refusals: tuple[type[PlatformError], ...], before: Step) -> None:
    """Ignore these errors of a step, and run the step again before a later one.

    If the step succeeded the first time, it must do nothing the second time.
    """

    def attempt(context: RequestContext) -> Awaitable[None] | None:
        with suppress(*refusals):
            return step(context)
        return None

    replace(patch, step, attempt)
    insert(patch, step, before=before)


def make_call(context: RequestContext) -> OperationCall:
    """Build the call of an operation from the data that is known before the body is read."""
    return OperationCall(context.workspace, context.now, context.partner_id, context.groups)
