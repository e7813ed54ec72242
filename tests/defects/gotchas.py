"""Defects that remove the surprising behaviour that a gotcha describes."""

from typing import Any

from pydantic import model_validator

from mock_server.platform_api.schemas import campaign_results, packages
from tests.defects.registry import Patch, defect

EVENT_FIELD_NAMES = ("eid", "event_id", "event_ids")


def _rename_event_field(fields: Any, wanted_name: str) -> Any:
    """Return the given fields, with the field that names the event renamed to `wanted_name`."""
    if not isinstance(fields, dict) or wanted_name in fields:
        return fields
    return {wanted_name if key in EVENT_FIELD_NAMES else key: value for key, value in fields.items()}


@defect("CR-03", part="CR-03.bounds")
def an_entry_may_call_its_event_as_others_do(patch: Patch) -> None:
    """A sales adjustment accepts `event_id` or `event_ids` instead of `eid`."""

    class Kind(campaign_results.NewResultQuery):
        @model_validator(mode="before")
        @classmethod
        def _read(cls, given: Any) -> Any:
            return _rename_event_field(given, "eid")

    patch.replace(campaign_results, "NewResultQuery", Kind)


@defect("PKG-02", part="PKG-02.required")
def an_order_may_call_its_events_as_others_do(patch: Patch) -> None:
    """A package's order accepts `eid` or `event_id` instead of `event_ids`."""

    class Kind(packages.NewPackageBody):
        @model_validator(mode="before")
        @classmethod
        def _read(cls, given: Any) -> Any:
            return _rename_event_field(given, "event_ids")

    patch.replace(packages, "NewPackageBody", Kind)
