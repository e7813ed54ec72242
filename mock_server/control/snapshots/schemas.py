"""Schemas of snapshots, checkpoints and forks."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, RootModel
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from mock_server.control.schemas import Timestamp
from mock_server.http.fields import ClosedModel, TimestampText, closed
from mock_server.state.checkpoints import CheckpointReason
from mock_server.state.documentation import GENERATIONS
from mock_server.state.snapshot import FORMAT, VERSION

MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024
"""The largest snapshot that a request may contain, in bytes."""
MAX_NAME = 200
"""The most characters that the name of a checkpoint may have."""
ResumeFrom: TypeAlias = Literal["snapshot", "machine"]
OBJECT_SCHEMA: JsonDict = {"type": "object", "additionalProperties": True}


class SnapshotBody(RootModel[dict[str, Any]]):
    """The complete state of a workspace. docs/time-travel.md describes the members.

    `records` contains every record, except that users, customers and purchases are included only if they differ from
    the world that `world` identifies. Amounts are strings, to keep every digit. Durations are in seconds.
    """

    model_config = ConfigDict(
        defer_build=True,
        json_schema_extra={
            "required": ["format", "version", "world", "clock", "counters", "faults", "limits", "jobs", "records"],
            "properties": {
                "format": {"type": "string", "const": FORMAT},
                "version": {"type": "integer", "const": VERSION},
                "world": {
                    "type": "object",
                    "required": ["seed", "created_at", "source", "digest"],
                    "properties": {
                        "seed": {"type": "integer"},
                        "created_at": {"type": "string", "format": "date-time"},
                        "source": {"type": "string", "enum": ["sample", "csv"]},
                        "digest": {"type": "string"},
                    },
                },
                "clock": OBJECT_SCHEMA,
                "timing": OBJECT_SCHEMA,
                "counters": {"type": "object", "additionalProperties": {"type": "integer"}},
                "documentation": {"enum": list(GENERATIONS)},
                "quirks": OBJECT_SCHEMA,
                "faults": OBJECT_SCHEMA,
                "limits": OBJECT_SCHEMA,
                "jobs": OBJECT_SCHEMA,
                "records": OBJECT_SCHEMA,
            },
        },
    )


class RestoreQuery(ClosedModel):
    """The time from which the clock continues: the snapshot's, or the present time of the server's machine.

    With `machine`, the jobs that fall due between the two times are performed.
    """

    resume_from: Annotated[ResumeFrom, Field(description="The time from which the clock continues.")] = "snapshot"


class NamedCheckpointRequest(ClosedModel):
    """What the checkpoint is called, such as the action before which it is taken."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]


class RewindRequest(ClosedModel):
    """The time to rewind to: the last checkpoint at or before `to` is restored."""

    to: Timestamp


@closed
class CheckpointBody(TypedDict):
    """A checkpoint: its time, and the reason why it was recorded.

    With `clock_move`, it was recorded before a move of the clock. With `hourly`, it is the state at a full hour of a
    running clock.
    """

    at: TimestampText
    reason: CheckpointReason


@closed
class CheckpointsBody(TypedDict):
    """The clock's time, and the checkpoints that can be restored, earliest first."""

    now: TimestampText
    checkpoints: list[CheckpointBody]


@closed
class NamedCheckpointBody(TypedDict):
    """A named checkpoint: its id, the time of its state, and its name."""

    id: int
    at: TimestampText
    name: str
