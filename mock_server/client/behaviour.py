"""Which documented behaviour a workspace has: its quirks, and the generation of the documentation."""

from typing import TYPE_CHECKING

from mock_server.client.connection import AwaitingPart, BlockingPart
from mock_server.client.operation import ControlRequest, operation, same
from mock_server.client.options import Generation

if TYPE_CHECKING:
    from mock_server.client.responses import WorkspaceDocumentation


class QuirkOperations:
    """The operations on quirks."""

    @operation("getQuirks")
    def read(self) -> ControlRequest[dict[str, bool]]:
        """Return which quirks are enabled."""
        return ControlRequest("GET", "/quirks", same)

    @operation("setQuirks")
    def replace(self, /, **enabled: bool) -> ControlRequest[dict[str, bool]]:
        """Set the quirks: `replace(numeric_client_id=True)`. Those left out are set as in the documentation."""
        return ControlRequest("PUT", "/quirks", same, enabled)


class Quirks(QuirkOperations, BlockingPart):
    """The quirks of a workspace."""


class AsyncQuirks(QuirkOperations, AwaitingPart):
    """The quirks of a workspace, awaited."""


class DocumentationOperations:
    """The operations on the generation of the vendor's documentation."""

    @operation("getDocumentation")
    def read(self) -> "ControlRequest[WorkspaceDocumentation]":
        """Return the generation that the workspace follows, and its quirks."""
        return ControlRequest("GET", "/documentation", same)

    @operation("setDocumentation")
    def follow(self, generation: Generation) -> "ControlRequest[WorkspaceDocumentation]":
        """Follow a generation: set all quirks in which the two differ."""
        return ControlRequest("PUT", "/documentation", same, {"documentation": generation})


class Documentation(DocumentationOperations, BlockingPart):
    """The generation of the vendor's documentation that a workspace follows."""


class AsyncDocumentation(DocumentationOperations, AwaitingPart):
    """The generation of the vendor's documentation that a workspace follows, awaited."""
