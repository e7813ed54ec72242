"""A package explained: what set each of its fields."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from mock_server.control.explain import cause_format
from mock_server.control.explain.schemas import FieldBody, PackageExplanation, SetByBody
from mock_server.domain import causes, packages
from mock_server.domain.causes import Cause, Version
from mock_server.domain.errors import PackageNotFound, Problem
from mock_server.domain.models import Cluster, Package
from mock_server.http.fields import instant_text
from mock_server.platform_api.schemas import backhaul
from mock_server.state.workspace import Call

OF_ITS_OWN = ("id", "number", "settings", "revision")
"""Fields that are told otherwise, or are the mock's own."""
WINDOW = "backhaul_evaluation_attribution_window"
MODEL = "backhaul_evaluation_model"
EMAIL = "email_sent_date"


def explained(call: Call, package_id: str) -> PackageExplanation:
    """A package and what set each of its fields. Raises PackageNotFound."""
    package = found(call, package_id)
    history = cause_format.past(call, call.store.packages, package.id)
    told: dict[str, FieldBody] = {
        field.name: {"value": _shown(getattr(package, field.name)), "set_by": _told(call, history, field.name)}
        for field in fields(package)
        if field.name not in OF_ITS_OWN
    }
    saved = _saved(history, package.revision)
    for name, value in backhaul.settings(package.settings).items():
        told[name] = {"value": value, "set_by": _of_setting(call, package.revision, saved, name)}
    return {
        "kind": "package",
        "id": package.id,
        "now": instant_text(call.now),
        "changes": history[-1].number - 1,
        "fields": told,
    }


def found(call: Call, package_id: str) -> Package:
    """The package of any partner. Raises PackageNotFound, which names it."""
    package = call.store.packages.get(package_id)
    if package is None:
        raise PackageNotFound(
            Problem("unknown", "package_id", f"there is no package {package_id} in workspace {call.workspace.name}")
        )
    return package


def of_revision(call: Call, package: Package) -> SetByBody:
    """What set a package's settings as a whole: the defaults where all of them are theirs. Rules: DEF-02, BEV-02."""
    saved = _saved(cause_format.past(call, call.store.packages, package.id), package.revision)
    parts = [_of_setting(call, package.revision, saved, name) for name in (WINDOW, MODEL)]
    return next((part for part in parts if part["how"] not in ("defaults", "platform")), parts[0])


def _saved(history: Sequence[Version[Package]], revision: int) -> Version[Package] | None:
    """The version that brought these settings; None where it is no longer kept."""
    for version in history:
        if version.record is not None and version.record.revision == revision:
            return None if version is history[0] and version.number > 1 else version
    return None


def _of_setting(call: Call, revision: int, saved: Version[Package] | None, name: str) -> SetByBody:
    """What set one setting; `saved` is the version that its revision came with. Rules: DEF-02, BEV-02."""
    cause = None if saved is None else saved.cause
    if saved is None or cause is None or saved.number > 1 or saved.record is None:
        return cause_format.told(call, saved, revision)
    if name == EMAIL and saved.record.settings.email_sent_date is None:
        return cause_format.own_default(cause, "a new package starts without a date", revision)
    return _taken(call, saved.record, cause, name) or cause_format.told(call, saved, revision)


def _taken(call: Call, made: Package, cause: Cause, name: str) -> SetByBody | None:
    """The defaults that a package was made with; None where it was given other settings. Rules: DEF-01, DEF-02."""
    history = cause_format.past(call, call.store.defaults, made.partner_id)
    posted = causes.before(history, cause.number)
    if posted is None and history and history[0].number > 1:
        return cause_format.told(call, None, made.revision)
    settings = packages.DEFAULT_SETTINGS if posted is None or posted.record is None else posted.record.settings
    if getattr(settings, _attribute(name)) != getattr(made.settings, _attribute(name)):
        return None
    if posted is None:
        return cause_format.own_default(cause, "no defaults had been posted", made.revision)
    return cause_format.defaults(call, posted, cause, made.revision)


def _attribute(name: str) -> str:
    return name.removeprefix("backhaul_evaluation_")


def _told(call: Call, history: Sequence[Version[Package]], name: str) -> SetByBody:
    return cause_format.told(call, causes.setter(history, attrgetter(name)))


def _shown(value: object) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Cluster):
        return {"tc": value.tc, "label": value.label, "customers": len(value.customers)}
    return [_shown(one) for one in value] if isinstance(value, tuple) else value
