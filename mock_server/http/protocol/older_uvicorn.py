"""What uvicorn before 0.48 lacks: the method with which its protocol for httptools begins a request."""

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http import httptools_impl

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class OlderHttpToolsProtocol(httptools_impl.HttpToolsProtocol):
    """Sets `running` whenever uvicorn begins a request, which it does without calling a method."""

    running: "RequestResponseCycle | None"
    tasks: set[asyncio.Task[None]]

    def on_headers_complete(self) -> None:
        """Begin the request, unless an earlier one is running."""
        super().on_headers_complete()
        if not self.pipeline:
            self.running = self.cycle

    def on_response_complete(self) -> None:
        """Begin the next request, if the client has sent one."""
        if self.pipeline:
            self.running = self.pipeline[-1][0]
        super().on_response_complete()

    def _start_asgi_task(self, cycle: "RequestResponseCycle", app: "ASGI3Application") -> None:
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)


if TYPE_CHECKING or hasattr(httptools_impl.HttpToolsProtocol, "_start_asgi_task"):
    HttpToolsProtocol = httptools_impl.HttpToolsProtocol
else:
    HttpToolsProtocol = OlderHttpToolsProtocol
