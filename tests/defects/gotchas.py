"""Defects that remove the surprise of a gotcha."""

from typing import Any

from pydantic import model_validator

from mock_server.platform_api.schemas import campaign_results, packages
from tests.defects.registry import Patch, defect

EVENT_FIELD_NAMES = ("eid", "event_id", "event_ids")


def _rename_event_field(fields: Any, wanted_name: str) -> Any:
    """Return the given fields with the event under `name`, whatever its name was."""
    if not isinstance(fields, dict) or wanted_name in fields:
        return fields
    return {wanted_name if key in EVENT_FIELD_NAMES else key: value for key, value in fields.items()}


@defect("CR-03")
def an_entry_may_call_its_event_as_others_do(patch: Patch) -> None:
    """event_id and event_ids are accepted instead of eid."""

    class Kind(campaign_results.NewResultQuery):
        @model_validator(mode="before")
        @classmethod
        def _read(cls, given: Any) -> Any:
            return _rename_event_field(given, "eid")

    patch.replace(campaign_results, "NewResultQuery", Kind)


@defect("PKG-02")
def an_order_may_call_its_events_as_others_do(patch: Patch) -> None:
    """eid and event_id are accepted instead of event_ids."""

    class Kind(packages.NewPackageBody):
        @model_validator(mode="before")
        @classmethod
        def _read(cls, given: Any) -> Any:
            return _rename_event_field(given, "event_ids")

    patch.replace(packages, "NewPackageBody", Kind)
