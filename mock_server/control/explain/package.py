"""Explains a package: the cause of each field's value."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from mock_server.control.explain import cause_format
from mock_server.control.explain.schemas import CauseBody, FieldBody, PackageExplanation
from mock_server.domain import causes, packages
from mock_server.domain.causes import Cause, RecordVersion
from mock_server.domain.errors import PackageNotFoundError, Problem
from mock_server.domain.models import Cluster, Package
from mock_server.http.fields import format_timestamp
from mock_server.platform_api.schemas import backhaul
from mock_server.state.workspace import OperationCall

EXCLUDED_FIELDS = ("id", "number", "settings", "revision")
"""Fields that the explanation shows in another place, or that exist only in the mock."""
WINDOW = "backhaul_evaluation_attribution_window"
MODEL = "backhaul_evaluation_model"
EMAIL = "email_sent_date"


def explain(call: OperationCall, package_id: str) -> PackageExplanation:
    """Explain each field of a package. Raises PackageNotFoundError."""
    package = require_package(call, package_id)
    history = cause_format.list_versions(call, call.store.packages, package.id)
    field_bodies: dict[str, FieldBody] = {
        field.name: {
            "value": _to_json_value(getattr(package, field.name)),
            "set_by": _field_cause(call, history, field.name),
        }
        for field in fields(package)
        if field.name not in EXCLUDED_FIELDS
    }
    saved_version = _version_of_revision(history, package.revision)
    for name, value in backhaul.settings_answer(package.settings).items():
        field_bodies[name] = {"value": value, "set_by": _setting_cause(call, package.revision, saved_version, name)}
    return {
        "kind": "package",
        "id": package.id,
        "now": format_timestamp(call.now),
        "changes": history[-1].number - 1,
        "fields": field_bodies,
    }


def require_package(call: OperationCall, package_id: str) -> Package:
    """Return a package of any partner. Raises PackageNotFoundError."""
    package = call.store.packages.get(package_id)
    if package is None:
        raise PackageNotFoundError(
            Problem("unknown", "package_id", f"there is no package {package_id} in workspace {call.workspace.name}")
        )
    return package


def settings_cause(call: OperationCall, package: Package) -> CauseBody:
    """Return one cause for all settings: the request that saved one of them, else the defaults. See: DEF-02, BEV-02."""
    saved_version = _version_of_revision(
        cause_format.list_versions(call, call.store.packages, package.id), package.revision
    )
    causes_of_settings = [_setting_cause(call, package.revision, saved_version, name) for name in (WINDOW, MODEL)]
    return next(
        (part for part in causes_of_settings if part["kind"] not in ("defaults", "platform")), causes_of_settings[0]
    )


def _version_of_revision(history: Sequence[RecordVersion[Package]], revision: int) -> RecordVersion[Package] | None:
    """Return the version in which the package got this revision; None if this version is no longer recorded."""
    for version in history:
        if version.record is not None and version.record.revision == revision:
            return None if version is history[0] and version.number > 1 else version
    return None


def _setting_cause(
    call: OperationCall, revision: int, saved_version: RecordVersion[Package] | None, name: str
) -> CauseBody:
    """The cause of one setting; `saved_version` is the version that set the revision. See: DEF-02, BEV-02."""
    cause = None if saved_version is None else saved_version.cause
    if saved_version is None or cause is None or saved_version.number > 1 or saved_version.record is None:
        return cause_format.cause_body(call, saved_version, revision)
    if name == EMAIL and saved_version.record.settings.email_sent_date is None:
        return cause_format.platform_default_cause_body(cause, "a new package starts without a date", revision)
    return _inherited_defaults_cause(call, saved_version.record, cause, name) or cause_format.cause_body(
        call, saved_version, revision
    )


def _inherited_defaults_cause(call: OperationCall, new_package: Package, cause: Cause, name: str) -> CauseBody | None:
    """The cause of a setting that was copied from the defaults; None for any other setting. See: DEF-01, DEF-02."""
    history = cause_format.list_versions(call, call.store.defaults, new_package.partner_id)
    posted = causes.version_before(history, cause.number)
    if posted is None and history and history[0].number > 1:
        return cause_format.cause_body(call, None, new_package.revision)
    settings = packages.DEFAULT_SETTINGS if posted is None or posted.record is None else posted.record.settings
    if getattr(settings, _attribute_name(name)) != getattr(new_package.settings, _attribute_name(name)):
        return None
    if posted is None:
        return cause_format.platform_default_cause_body(cause, "no defaults had been posted", new_package.revision)
    return cause_format.partner_defaults_cause_body(call, posted, cause, new_package.revision)


def _attribute_name(name: str) -> str:
    return name.removeprefix("backhaul_evaluation_")


def _field_cause(call: OperationCall, history: Sequence[RecordVersion[Package]], name: str) -> CauseBody:
    return cause_format.cause_body(call, causes.find_setting_version(history, attrgetter(name)))


def _to_json_value(value: object) -> Any:
    if isinstance(value, datetime):
        return format_timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Cluster):
        return {"tc": value.tc, "label": value.label, "customers": len(value.customers)}
    return [_to_json_value(one) for one in value] if isinstance(value, tuple) else value
