"""Converts a cause to a response body, with a description in words."""

from collections.abc import Sequence
from typing import TypeVar

from mock_server.control.explain.schemas import CauseBody, CauseBodyKind
from mock_server.domain.causes import Cause, RecordVersion
from mock_server.http.fields import format_timestamp
from mock_server.state import change_cause
from mock_server.state.record_history import MAX_VERSIONS
from mock_server.state.store import RecordTable
from mock_server.state.workspace import OperationCall

Record = TypeVar("Record")

JOB_NAMES = {
    "package_stage": "the package's build",
    "package_expiry": "the package's expiry",
    "evaluation": "the evaluation job",
    "attribution_run": "the attribution run",
    "ingest": "the ingest of a transaction summary",
}


def list_versions(call: OperationCall, table: RecordTable[Record], key: str) -> Sequence[RecordVersion[Record]]:
    """Return the recorded versions of a record: only the initial version if the record has never changed."""
    record = table.get(key)
    initial_version = () if record is None else (RecordVersion(1, None, record),)
    return table.history.versions_of(key) or initial_version


def cause_body(call: OperationCall, version: RecordVersion[Record] | None, revision: int | None = None) -> CauseBody:
    """Build the body for the cause of a version; pass None for a version that is no longer recorded."""
    if version is None:
        description = f"a change that is no longer recorded, because only the last {MAX_VERSIONS} are kept"
        return _build_cause_body("no_longer_recorded", None, description, revision)
    cause = version.cause or change_cause.initial_cause(call.workspace)
    return _build_cause_body(cause.kind, cause, format_cause(cause), revision)


def partner_defaults_cause_body(
    call: OperationCall, defaults_version: RecordVersion[Record], creation_cause: Cause, revision: int
) -> CauseBody:
    """Build the body for the cause of a value that a new package took from its partner's defaults. See: DEF-02."""
    cause = defaults_version.cause or change_cause.initial_cause(call.workspace)
    description = (
        f"the partner's defaults, set by {format_cause(cause)}; the package was created by "
        f"{format_cause(creation_cause)}"
    )
    return _build_cause_body("defaults", cause, description, revision)


def platform_default_cause_body(creation_cause: Cause, reason: str, revision: int) -> CauseBody:
    """Build the body for the cause of a value that a new package took from the platform's default. See: DEF-01."""
    description = f"the platform's default, because {reason}; the package was created by {format_cause(creation_cause)}"
    return _build_cause_body("platform", None, description, revision)


def format_cause(cause: Cause) -> str:
    """Format the cause as a noun phrase that can follow the words "set by"."""
    at = format_timestamp(cause.at)
    if cause.kind == "world":
        return f"the world's initial data of {at}"
    if cause.kind == "snapshot":
        return f"the restored snapshot of {at}; earlier changes are not recorded"
    if cause.job is not None:
        return f"{JOB_NAMES.get(cause.job.kind, cause.job.kind)} due at {at}"
    request_kind = "control request" if cause.kind == "control" else "request"
    return f"{cause.request} ({cause.operation}, {request_kind} {cause.request_id}) at {at}"


def _build_cause_body(kind: CauseBodyKind, cause: Cause | None, description: str, revision: int | None) -> CauseBody:
    return {
        "kind": kind,
        "operation": None if cause is None else cause.operation or None,
        "request": None if cause is None else cause.request or None,
        "request_id": None if cause is None else cause.request_id or None,
        "job": None if cause is None or cause.job is None else cause.job.kind,
        "at": None if cause is None else format_timestamp(cause.at),
        "revision": revision,
        "description": description,
    }
