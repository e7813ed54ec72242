"""Snapshot files of a server: the state with which it starts, and the state that it saves when it stops."""

from pathlib import Path

from mock_server.control.snapshots import operations
from mock_server.domain import text_encoding
from mock_server.domain.errors import InvalidRequestError
from mock_server.state import state_file
from mock_server.state.state_file import StateFileError
from mock_server.state.workspace import OperationCall, Workspace


def load(workspace: Workspace, file: Path) -> None:
    """Restore a workspace from a file. Raises StateFileError."""
    call = OperationCall(workspace, workspace.clock.now())
    try:
        content = file.read_bytes()
        operations.restore(call, text_encoding.strip_byte_order_mark(content))
    except OSError as error:
        raise StateFileError(f"cannot read {file}: {error.strerror}") from error
    except InvalidRequestError as error:
        problems = "; ".join(problem.message for problem in error.problems)
        raise StateFileError(f"cannot start from {file}: {problems}") from error


def require_writable(file: Path) -> None:
    """Raise StateFileError if a state could not be saved to this file."""
    try:
        state_file.require_writable(file)
    except OSError as error:
        raise StateFileError(f"cannot write {file}: {error.strerror}") from error


def save(workspace: Workspace, file: Path) -> None:
    """Save a workspace, in which nothing is at work, to a file. Raises StateFileError.

    Jobs that have fallen due since the last request stay pending, and are performed after the next start.
    """
    try:
        state_file.write(file, operations.save(OperationCall(workspace, workspace.clock.now())) + b"\n")
    except OSError as error:
        raise StateFileError(f"cannot save the state to {file}, which is unchanged: {error.strerror}") from error
