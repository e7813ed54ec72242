"""What a test report says about a workspace: its clock, and the requests that clients sent."""

from typing import TYPE_CHECKING

from mock_server.cli.journal import format_exchange
from mock_server.client.connection import IN_PROCESS_ORIGIN
from mock_server.client.errors import MockError

if TYPE_CHECKING:
    from mock_server.client.responses import JournalEntry
    from mock_server.client.workspace import Workspace

IN_PROCESS_NOTE = "it runs in this process and has no socket: give your own client the ASGI application wavetank.app"


def describe(workspace: "Workspace", limit: int) -> tuple[str, str]:
    """Return the title and the text of a section: the clock, and the last requests with their errors."""
    try:
        entries = workspace.journal.read(limit=limit)
        lines = [f"{workspace.clock.now.isoformat()} is the time of its clock"]
        if workspace.url.startswith(IN_PROCESS_ORIGIN):
            lines.append(IN_PROCESS_NOTE)
    except MockError as error:
        return f"wavetank: {workspace.name}", f"its journal cannot be read: {error}"
    lines += [line for entry in entries for line in _format_entry(entry)] or ["no request was sent to it"]
    return f"wavetank: journal of {workspace.platform_url}", "\n".join(lines)


def _format_entry(entry: "JournalEntry") -> list[str]:
    """Format a request in one line, and the messages of an error in further ones."""
    body = entry["response"]["body"]
    error = body["json"] if body is not None and (entry["response"]["status"] or 0) >= 400 else None
    if not isinstance(error, dict):
        return [format_exchange({**entry})]
    problems = [each["message"] for each in error.get("validation_errors", [])]
    return [format_exchange({**entry}), *(f"    {text}" for text in (error.get("message"), *problems) if text)]
