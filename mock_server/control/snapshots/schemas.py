"""What the bodies and answers about snapshots, points and forks look like."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from mock_server.control.schemas import Timestamp
from mock_server.control.workspaces.schemas import MAX_TTL_SECONDS, WorkspaceName
from mock_server.http.fields import BODY_INTEGER, ClosedModel, TimestampText, closed
from mock_server.state.checkpoints import CheckpointReason
from mock_server.state.snapshot import FORMAT, VERSION
from mock_server.state.workspace_registry import DEFAULT_TTL

MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024
"""Bytes of a snapshot."""
OBJECT_SCHEMA: JsonDict = {"type": "object"}


class SnapshotBody(RootModel[dict[str, Any]]):
    """A workspace's whole state as one document, to be kept as it is; docs/time-travel.md tells what stands in it.

    `records` holds all of each kind, but of the world's users, customers and sales only what differs from the world
    that `world` names. Amounts are strings, so that all their digits stay; durations are in seconds.
    """

    model_config = ConfigDict(
        defer_build=True,
        json_schema_extra={
            "required": ["format", "version", "world", "clock", "counters", "faults", "limits", "jobs", "records"],
            "properties": {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "world": {
                    "type": "object",
                    "required": ["seed", "created_at", "source", "digest"],
                    "properties": {
                        "seed": {"type": "integer"},
                        "created_at": {"type": "string", "format": "date-time"},
                        "source": {"enum": ["sample", "csv"]},
                        "digest": {"type": "string"},
                    },
                },
                "clock": OBJECT_SCHEMA,
                "timing": OBJECT_SCHEMA,
                "counters": {"type": "object", "additionalProperties": {"type": "integer"}},
                "quirks": OBJECT_SCHEMA,
                "faults": OBJECT_SCHEMA,
                "limits": OBJECT_SCHEMA,
                "jobs": OBJECT_SCHEMA,
                "records": OBJECT_SCHEMA,
            },
        },
    )


class RewindRequest(ClosedModel):
    """The instant to go back to: the last kept point at or before it."""

    to: Timestamp


class ForkRequest(ClosedModel):
    """A fork to be made: its name, made from a counter where it is left out, and how long it may stay idle."""

    name: WorkspaceName | None = None
    ttl_seconds: Annotated[int, Field(ge=1, le=MAX_TTL_SECONDS), BODY_INTEGER] = DEFAULT_TTL


@closed
class CheckpointBody(TypedDict):
    """A kept point, and what it was kept at: the world's birth, a restore, or before a move of the clock."""

    at: TimestampText
    reason: CheckpointReason


@closed
class CheckpointsBody(TypedDict):
    """Where the clock stands, and the points that can be gone back to, the earliest first."""

    now: TimestampText
    checkpoints: list[CheckpointBody]
