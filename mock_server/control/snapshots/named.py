"""Named checkpoints: states that a client asked to keep, to go back to after a reset, a restore or a rewind.

They are snapshots that the server keeps. So unlike the checkpoints in `state/checkpoints.py`, they survive a reset, and
one can be later than the clock. With a database, they are in it. Those of a workspace that was deleted are no longer
listed, and are dropped as later ones are kept.
"""

from pydantic_core import from_json, to_json

from mock_server.control.reports.keeping import parse_number
from mock_server.control.snapshots import operations
from mock_server.control.snapshots.schemas import NamedCheckpointBody
from mock_server.domain.errors import Problem, UnknownPathError
from mock_server.http.fields import format_timestamp
from mock_server.state import turn
from mock_server.state.reports import Reports
from mock_server.state.workspace import OperationCall

MAX_OF_WORKSPACE = 5
"""How many a workspace has at most. The oldest is dropped."""


async def add(call: OperationCall, kept: Reports, name: str) -> NamedCheckpointBody:
    """Keep the present state of the workspace under a name."""
    at = format_timestamp(call.now)
    content = await turn.run(call.turn, operations.save, call)
    for old in (await read(call, kept))[MAX_OF_WORKSPACE - 1 :]:
        await kept.remove(old["id"])
    number = await kept.add(to_json({"workspace": call.workspace.identity, "at": at, "name": name}), content)
    return {"id": number, "at": at, "name": name}


async def read(call: OperationCall, kept: Reports) -> list[NamedCheckpointBody]:
    """Return the named checkpoints of the workspace, newest first."""
    parsed = [(number, from_json(summary)) for number, summary in await kept.list_summaries()]
    return [
        {"id": number, "at": summary["at"], "name": summary["name"]}
        for number, summary in parsed
        if summary["workspace"] == call.workspace.identity
    ]


async def restore(call: OperationCall, kept: Reports, checkpoint_id: str) -> OperationCall:
    """Return to a named checkpoint, which stays. Return a call at its time. Raises UnknownPathError."""
    number = parse_number(checkpoint_id)
    is_known = any(each["id"] == number for each in await read(call, kept))
    content = await kept.find(number) if number is not None and is_known else None
    if content is None:
        message = f"there is no named checkpoint {checkpoint_id}; GET {call.base_path}/_mock/points/named lists them"
        raise UnknownPathError(Problem("unknown", "checkpoint_id", message))
    return await turn.run(call.turn, operations.restore, call, content)
