"""How a cause is told: as fields, and in a sentence."""

from collections.abc import Sequence
from typing import TypeVar

from mock_server.control.explain.schemas import HowSet, SetByBody
from mock_server.domain.causes import Cause, Version
from mock_server.http.fields import instant_text
from mock_server.state import change_cause
from mock_server.state.record_history import MOST
from mock_server.state.store import Table
from mock_server.state.workspace import Call

Record = TypeVar("Record")

JOBS = {
    "package_stage": "the package's build",
    "package_expiry": "the package's expiry",
    "evaluation": "the evaluation job",
    "attribution_run": "the attribution run",
    "ingest": "the ingest of a summary of transactions",
}


def past(call: Call, table: Table[Record], key: str) -> Sequence[Version[Record]]:
    """The versions of a record, the one that it was born as where nothing has changed; none where there is none."""
    record = table.get(key)
    born = () if record is None else (Version(1, None, record),)
    return table.versions.of(key) or born


def told(call: Call, version: Version[Record] | None, revision: int | None = None) -> SetByBody:
    """What a version comes from; None is one that is no longer kept."""
    if version is None:
        says = f"a change before the last {MOST}, which alone are kept"
        return _body("forgotten", None, says, revision)
    cause = version.cause or change_cause.beginning(call.workspace)
    return _body(cause.how, cause, sentence(cause), revision)


def defaults(call: Call, posted: Version[Record], taken: Cause, revision: int) -> SetByBody:
    """A value that a new package took from the partner's defaults, whoever posted them. Rule: DEF-02."""
    cause = posted.cause or change_cause.beginning(call.workspace)
    says = f"the partner's defaults, set by {sentence(cause)}; the package was made by {sentence(taken)}"
    return _body("defaults", cause, says, revision)


def own_default(taken: Cause, why: str, revision: int) -> SetByBody:
    """A value that the platform gave a new package by itself. Rule: DEF-01."""
    says = f"the platform's own default, as {why}; the package was made by {sentence(taken)}"
    return _body("platform", None, says, revision)


def sentence(cause: Cause) -> str:
    """A cause in words."""
    at = instant_text(cause.at)
    if cause.how == "world":
        return f"the world, at its birth at {at}"
    if cause.how == "snapshot":
        return f"the snapshot that was restored, taken at {at}; it does not tell what was before"
    if cause.job is not None:
        return f"{JOBS.get(cause.job.kind, cause.job.kind)} due at {at}"
    whose = "control request" if cause.how == "control" else "request"
    return f"{cause.request} ({cause.operation}, {whose} {cause.request_id}) at {at}"


def _body(how: HowSet, cause: Cause | None, says: str, revision: int | None) -> SetByBody:
    return {
        "how": how,
        "operation": None if cause is None else cause.operation or None,
        "request": None if cause is None else cause.request or None,
        "request_id": None if cause is None else cause.request_id or None,
        "job": None if cause is None or cause.job is None else cause.job.kind,
        "at": None if cause is None else instant_text(cause.at),
        "revision": revision,
        "says": says,
    }
